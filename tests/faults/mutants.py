"""Faults planted on purpose, each small and such as one makes: what does not find them finds nothing.

A mutant's function plants it: ``plant(owner, name, make)`` puts ``make(original)`` in an attribute's place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec

from chatsimples.chat import effects
from chatsimples.chat.records import Record
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.chat.visitors import VisitorNames
from chatsimples.errors import Refusal

Plant = Callable[[Any, str, Callable[[Any], Any]], None]
Mutant = Callable[[Plant], None]

OF_THE_RULES: list[Mutant] = []
"""Those of the rules; those of the path of bytes are in `mutants_of_the_path`."""


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Let the product have a fault."""
    with ExitStack() as stack:

        def plant(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
            stack.enter_context(patch.object(owner, name, make(getattr(owner, name))))

        mutant(plant)
        yield


def _rules(mutant: Mutant) -> Mutant:
    OF_THE_RULES.append(mutant)
    return mutant


@_rules
def a_seq_is_skipped(plant: Plant) -> None:
    def make(evolve: Any) -> Any:
        def skipping(self: State, record: Record) -> None:
            evolve(self, record)
            self.seq += record.type == "nick"

        return skipping

    plant(State, "evolve", make)


@_rules
def no_leave_is_recorded_when_somebody_quits(plant: Plant) -> None:
    def make(depart: Any) -> Any:
        def departing(self: Chat, connection: Any, reason: str, *, end: bool = True) -> None:
            if reason == "quit":
                self.state.forget(connection, self._at, claim=False)
                self._out.append(effects.End(connection.conn))
            else:
                depart(self, connection, reason, end=end)

        return departing

    plant(Chat, "_depart", make)


@_rules
def nicks_are_compared_letter_by_letter(plant: Plant) -> None:
    def make(rename: Any) -> Any:
        def renaming(self: Chat, command: Any) -> None:
            taken = {each.nick for each in self.state.connections.values()}
            connection = self._registered(command.conn)
            if connection is None or command.nick in taken:
                rename(self, command)
            else:
                self._take_name(connection, command.nick, command_id=command.id)

        return renaming

    plant(Chat, "_rename", make)


@_rules
def a_repeated_id_is_recorded_again(plant: Plant) -> None:
    plant(Chat, "_known", lambda _: lambda self, connection, mark: False)


@_rules
def a_checkpoint_forgets_the_ids(plant: Plant) -> None:
    def make(restore: Any) -> Any:
        def restoring(self: State, snapshot: bytes) -> None:
            restore(self, snapshot)
            for session in self.sessions.values():
                session.ids.clear()

        return restoring

    plant(State, "restore", make)


@_rules
def a_room_is_quiet_one_member_too_early(plant: Plant) -> None:
    plant(Chat, "_quiet", lambda _: lambda self, members: 0 < self.limits.quiet_room <= members)


@_rules
def a_visitors_number_is_not_given_again(plant: Plant) -> None:
    plant(VisitorNames, "freed", lambda _: lambda self, key: None)


@_rules
def a_nick_is_held_for_ever(plant: Plant) -> None:
    def make(claims: Any) -> Any:
        def claiming(self: Chat, identity: str, nick: str) -> bool:
            now, self._now = self._now, 0
            try:
                return bool(claims(self, identity, nick))
            finally:
                self._now = now

        return claiming

    plant(Chat, "_claims", make)


@_rules
def a_nick_is_held_after_a_goodbye(plant: Plant) -> None:
    plant(
        State,
        "forget",
        lambda forget: lambda self, connection, at, claim: forget(self, connection, at, claim=True),
    )


@_rules
def a_refused_move_leaves_all_the_same(plant: Plant) -> None:
    def make(join: Any) -> Any:
        def joining(self: Chat, command: Any) -> None:
            connection = self.state.connections.get(command.conn)
            if command.alone and connection is not None:
                for room in list(connection.rooms.values()):
                    self._go_out(connection, room, "left")
                if self.limits.max_rooms:
                    raise Refusal("too_many_rooms", limit=self.limits.max_rooms)
            join(self, command)

        return joining

    plant(Chat, "_join", make)


@_rules
def every_record_introduces_its_connection(plant: Plant) -> None:
    def make(record: Any) -> Any:
        def recording(self: Chat, kind: str, connection: Any = None, nick: str = "", **fields: Any) -> None:
            if connection is not None and kind == "leave":
                connection.introduced = False
            record(self, kind, connection, nick, **fields)

        return recording

    plant(Chat, "_record", make)


@_rules
def a_change_of_nick_is_told_to_one_room_only(plant: Plant) -> None:
    def make(take_name: Any) -> Any:
        def taking(self: Chat, connection: Any, new: str, command_id: str = "", reason: str = "") -> None:
            rooms = dict(connection.rooms)
            for key in list(rooms)[1:]:
                del connection.rooms[key]
            take_name(self, connection, new, command_id, reason)
            connection.rooms.update(rooms)

        return taking

    plant(Chat, "_take_name", make)


@_rules
def a_position_that_does_not_exist_yet_is_resumed(plant: Plant) -> None:
    def make(hello: Any) -> Any:
        def greeting(self: Chat, command: Any) -> None:
            since = min(command.since_seq, self.state.seq)
            hello(self, msgspec.structs.replace(command, since_seq=since))

        return greeting

    plant(Chat, "_hello", make)


@_rules
def the_older_of_two_connections_stays(plant: Plant) -> None:
    def make(hello: Any) -> Any:
        def greeting(self: Chat, command: Any) -> None:
            session = self.state.sessions.get(self._identify(command.session))
            if session is not None and session.conn and session.conn < command.conn:
                self._reply(self.state.connections[command.conn], effects.Error("replaced", {}))
                self._depart(self.state.connections[command.conn], "replaced")
            else:
                hello(self, command)

        return greeting

    plant(Chat, "_hello", make)


@_rules
def an_empty_room_stays(plant: Plant) -> None:
    def make(_: Any) -> Any:
        def going(self: State, connection: Any, key: str) -> None:
            room = connection.rooms.pop(key, None)
            if room is not None:
                room.members.pop(connection.conn, None)

        return going

    plant(State, "_go_out", make)
