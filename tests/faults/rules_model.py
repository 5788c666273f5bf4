"""The rules once more, from docs/protocol.md, in sets and dicts: what each command must be answered with.

It knows the product's commands, as they are what goes in, and nothing of its state. What comes out is told in
plain tuples and dicts, as `told` makes them of the product's records and effects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chatsimples.chat import commands, effects
from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import Record

Told = tuple[Any, ...] | dict[str, Any]

DEFAULT_ROOM = "geral"
OPERATOR = 0
SECOND = 1_000_000


def told(out: Iterable[Record | effects.Effect]) -> list[Told]:
    """Tell what the rules gave, without times, in plain things that can be compared."""
    return [_told(each) for each in out]


def _told(each: Record | effects.Effect) -> Told:
    match each:
        case Record():
            fields = msgspec.to_builtins(each)
            return {name: value for name, value in fields.items() if name != "at"}
        case effects.Reply(conn=conn, answer=answer):
            return ("reply", conn, *_answer(answer))
        case effects.Feed():
            return ("feed", each.conn, each.after, sorted(each.rooms), each.connections, each.identity)
        case effects.Recall():
            return ("recall", each.conn, each.room, each.before, each.limit, each.id)
        case effects.Attach():
            return ("attach", each.conn, each.dialect)
        case effects.End():
            return ("end", each.conn)


def _answer(answer: effects.Answer) -> tuple[Any, ...]:
    match answer:
        case effects.Error():
            return ("error", answer.code, answer.id)
        case effects.Welcome():
            return ("welcome", answer.nick, answer.seq, answer.session, answer.resumed, answer.head)
        case effects.Members():
            return ("members", answer.room, sorted(answer.members), answer.count, answer.id)
        case effects.RoomList():
            return ("rooms", [(each.room, each.members) for each in answer.rooms], answer.id)
        case effects.Ping():
            return ("ping", answer.seq)
        case effects.Pong():
            return ("pong", answer.id)
        case effects.Duplicate():
            return ("duplicate", answer.id, answer.seq)
        case effects.CommandList():
            return ("help",)
    raise AssertionError(f"rules never answer with {answer}")


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The command is refused with a code."""


@dataclass
class Person:
    """Whoever is registered on a connection. ``rooms`` by key, in the order in which they were entered."""

    conn: int
    nick: str
    dialect: str
    session: str = ""
    rooms: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        return identity_of(self.session)


@dataclass
class Held:
    """The nick of a session that is gone, which can claim it unless it has said goodbye."""

    nick: str
    since: int
    claimable: bool


class Model:
    """See the module.

    Args:
        log: the log's id.

    Attributes:
        people: who is registered, by connection, in the order in which they came.
        limits: as the last start tells them, in plain things.
        recorded: where the messages of a session are on record, by session and id.
    """

    def __init__(self, log: str) -> None:
        self.log = log
        self.limits: dict[str, Any] = {}
        self.seq = 0
        self.now = 0
        self.people: dict[int, Person] = {}
        self.recorded: dict[tuple[str, str], int] = {}
        self._room_names: dict[str, str] = {}
        self._held: dict[str, Held] = {}
        self._out: list[Told] = []

    def answer(self, command: commands.Command, now: int) -> list[Told]:
        """Tell what a command must be answered with, and take note of what it changes."""
        self._out, self.now = [], now
        try:
            self._carry_out(command, self.people.get(command.conn))
        except Refused as refused:
            self._reply(command.conn, "error", str(refused), getattr(command, "id", ""))
        return self._out

    def named(self, nick: str) -> Person | None:
        """Return who has a nick."""
        return next((each for each in self.people.values() if _same(each.nick, nick)), None)

    def last_nick(self, session: str) -> str:
        """Return what a session is called, or was; nothing, if it never came."""
        current, held = self._current(session), self._held.get(session)
        return current.nick if current else held.nick if held else ""

    def _carry_out(self, command: commands.Command, person: Person | None) -> None:
        match command:
            case commands.Start() | commands.Stop() if command.conn != OPERATOR:
                raise Refused("not_permitted")
            case commands.Kick() if command.conn != OPERATOR:
                raise Refused("not_permitted" if person else "not_registered")
            case commands.Start() | commands.Stop() | commands.Kick():
                self._operate(command)
            case commands.Open():
                self._open(command, person)
            case commands.Hello():
                self._hello(command, person)
            case commands.Bye() | commands.Close() | commands.Silent() | commands.Fault():
                self._end_or_warn(command, person)
            case _ if person is None:
                raise Refused("not_registered")
            case commands.History() | commands.Who() | commands.Rooms() | commands.Ping() | commands.Help():
                self._ask(command, person)
            case _:
                self._act(command, person)

    def _operate(self, command: commands.Start | commands.Stop | commands.Kick) -> None:
        match command:
            case commands.Start():
                self.limits = msgspec.to_builtins(command.limits)
                self._record("start", server=command.server, limits=self.limits)
                self._everybody_goes("crash")
            case commands.Stop():
                self._everybody_goes("shutdown")
                self._record("stop")
            case commands.Kick(nick=nick):
                self._dismiss(self._must_be_there(nick), "kicked", "kicked", by="*")

    def _everybody_goes(self, reason: str) -> None:
        for person in list(self.people.values()):
            self._depart(person, reason)

    # Who comes, and who goes.

    def _open(self, command: commands.Open, visitor: Person | None) -> None:
        if visitor is not None:
            self._depart(visitor, "switched")
        self._out.append(("attach", command.conn, command.dialect))
        if command.visitor:
            person = Person(command.conn, self._visitor(), command.dialect)
            self._welcome(person, self.seq, resumed=False)
            self._arrive(person, [DEFAULT_ROOM])

    def _hello(self, command: commands.Hello, registered: Person | None) -> None:
        if registered is not None:
            raise Refused("already_registered")
        if self.limits["max_rooms"] and len(command.rooms) > self.limits["max_rooms"]:
            raise Refused("too_many_rooms")
        earlier = self._current(command.session)
        if earlier is not None and earlier.conn > command.conn:
            self._reply(command.conn, "error", "replaced", "")
            self._out.append(("end", command.conn))
            return
        holder = self.named(command.nick)
        if holder is not None and holder is not earlier and not self._claims(command):
            raise Refused("nick_in_use")
        if earlier is not None:
            self._dismiss(earlier, "replaced", "replaced")
        elif holder is not None:
            self._take_name(holder, self._visitor(), reason="reclaimed")
        person = Person(command.conn, command.nick, command.dialect, command.session)
        self._held.pop(person.session, None)
        resumed = command.since_log == self.log and 0 <= command.since_seq <= self.seq
        after = command.since_seq if resumed else self.seq
        self._welcome(person, after, resumed=resumed)
        rooms = {room.casefold(): room for room in command.rooms}
        if resumed:
            # No connection of before is named: what was said to it is known by the session's identity.
            self._out.append(("feed", person.conn, after, sorted(rooms), (), person.identity))
        self._arrive(person, rooms.values())

    def _end_or_warn(
        self,
        command: commands.Bye | commands.Close | commands.Silent | commands.Fault,
        person: Person | None,
    ) -> None:
        match command:
            case commands.Bye():
                reason = "quit"
            case commands.Close():
                reason = command.reason
            case commands.Silent():
                answer = ("error", "timeout", "") if command.gone else ("ping", self.seq)
                self._reply(command.conn, *answer)
                reason = "timeout" if command.gone else ""
            case commands.Fault():
                self._reply(command.conn, "error", command.code, command.id)
                reason = "error" if command.fatal else ""
        if reason and person is not None:
            self._depart(person, reason)
        elif reason:
            self._out.append(("end", command.conn))

    def _current(self, session: str) -> Person | None:
        return next((each for each in self.people.values() if session and each.session == session), None)

    def _claims(self, command: commands.Hello) -> bool:
        held = self._held.get(command.session)
        if held is None or not held.claimable or not _same(held.nick, command.nick):
            return False
        if not self.limits["nick_hold"]:
            return False
        return bool(self.now - held.since <= self.limits["nick_hold"] * SECOND)

    def _visitor(self) -> str:
        number = 1
        while self.named(f"visitante-{number}"):
            number += 1
        return f"visitante-{number}"

    # What somebody does who is there.

    def _act(self, command: commands.Command, person: Person) -> None:
        match command:
            case commands.Say():
                self._say(command, person)
            case commands.SayAs():
                self._say_as(command, person)
            case commands.Join():
                self._join(command, person)
            case commands.Leave():
                self._go_out(person, self._own_room(person, command.room), "left", command.id)
            case commands.Rename():
                self._rename(command, person)

    def _say(self, command: commands.Say, person: Person) -> None:
        known = self.recorded.get((person.session, command.id)) if person.session and command.id else None
        if known is not None:
            self._reply(person.conn, "duplicate", command.id, known)
            return
        said = {"text": command.text, "id": command.id}
        if command.to:
            to = self._must_be_there(command.to)
            whose = {"identity": person.identity, "to_identity": to.identity}
            self._record("message", person, to=to.nick, to_conn=to.conn, **said, **whose)
        else:
            self._record("message", person, room=person.rooms[self._own_room(person, command.room)], **said)
        if person.session and command.id:
            self.recorded[person.session, command.id] = self.seq

    def _say_as(self, command: commands.SayAs, person: Person) -> None:
        room, text = person.rooms[self._own_room(person, "")], command.text
        if not _same(command.nick, person.nick):
            if self.named(command.nick):
                self._reply(person.conn, "error", "nick_in_use", "")
                text = command.line
            else:
                self._take_name(person, command.nick)
        if text:
            self._record("message", person, room=room, text=text)

    def _join(self, command: commands.Join, person: Person) -> None:
        if command.room.casefold() in person.rooms:
            raise Refused("already_in_room")
        if command.alone:
            for key in list(person.rooms):
                self._go_out(person, key, "left")
        if self.limits["max_rooms"] and len(person.rooms) >= self.limits["max_rooms"]:
            raise Refused("too_many_rooms")
        self._enter(person, command.room, command.id)

    def _rename(self, command: commands.Rename, person: Person) -> None:
        if command.nick == person.nick:
            raise Refused("nick_unchanged")
        if self.named(command.nick) not in (None, person):
            raise Refused("nick_in_use")
        self._take_name(person, command.nick, id=command.id)

    def _ask(self, command: commands.Command, person: Person) -> None:
        match command:
            case commands.History():
                room = self._some_room(person, command.room)
                before = command.before if 0 < command.before <= self.seq else self.seq + 1
                self._out.append(("recall", person.conn, room, before, command.limit, command.id))
            case commands.Who():
                room = self._some_room(person, command.room)
                nicks = sorted(each.nick for each in self._inside(room.casefold()))
                self._reply(person.conn, "members", room, nicks, len(nicks), command.id)
            case commands.Rooms():
                sizes = [(name, len(self._inside(key))) for key, name in sorted(self._room_names.items())]
                self._reply(person.conn, "rooms", sizes, command.id)
            case commands.Ping():
                self._reply(person.conn, "pong", command.id)
            case commands.Help():
                self._reply(person.conn, "help")

    # Steps.

    def _inside(self, key: str) -> list[Person]:
        return [each for each in self.people.values() if key in each.rooms]

    def _own_room(self, person: Person, name: str) -> str:
        key = name.casefold() if name else next(iter(person.rooms), "")
        if key not in person.rooms:
            raise Refused("not_in_room")
        return key

    def _some_room(self, person: Person, name: str) -> str:
        key = name.casefold() if name else self._own_room(person, "")
        return self._room_names.get(key, name)

    def _must_be_there(self, nick: str) -> Person:
        person = self.named(nick)
        if person is None:
            raise Refused("no_such_nick")
        return person

    def _arrive(self, person: Person, rooms: Iterable[str]) -> None:
        self._record("hello", person, dialect=person.dialect, identity=person.identity)
        self.people[person.conn] = person
        for room in rooms:
            self._enter(person, room)

    def _enter(self, person: Person, name: str, mark: str = "") -> None:
        key = name.casefold()
        shown = self._room_names.setdefault(key, name)
        self._record("join", person, room=shown, id=mark, quiet=self._quiet(len(self._inside(key)) + 1))
        person.rooms[key] = shown

    def _go_out(self, person: Person, key: str, reason: str, mark: str = "") -> None:
        quiet = self._quiet(len(self._inside(key)))
        self._record("leave", person, room=person.rooms.pop(key), reason=reason, id=mark, quiet=quiet)
        if not self._inside(key):
            del self._room_names[key]

    def _take_name(self, person: Person, new: str, **how: Any) -> None:
        if not person.rooms:
            self._record("nick", person, new=new, **how)
        for key, room in person.rooms.items():
            self._record("nick", person, new=new, room=room, quiet=self._quiet(len(self._inside(key))), **how)
        person.nick = new

    def _dismiss(self, person: Person, code: str, reason: str, **by: Any) -> None:
        self._reply(person.conn, "error", code, "")
        self._depart(person, reason, **by)

    def _depart(self, person: Person, reason: str, **by: Any) -> None:
        for key in list(person.rooms):
            self._go_out(person, key, reason)
        self._record("bye", person, reason=reason, **by)
        del self.people[person.conn]
        if person.session:
            self._held[person.session] = Held(person.nick, self.now, claimable=reason != "quit")
        if reason != "switched":
            self._out.append(("end", person.conn))

    def _quiet(self, members: int) -> bool:
        return bool(0 < self.limits["quiet_room"] < members)

    def _welcome(self, person: Person, after: int, *, resumed: bool) -> None:
        self._reply(person.conn, "welcome", person.nick, after, person.session, resumed, self.seq)

    def _reply(self, conn: int, *answer: Any) -> None:
        self._out.append(("reply", conn, *answer))

    def _record(self, kind: str, person: Person | None = None, **fields: Any) -> None:
        self.seq += 1
        record = {"seq": self.seq, "type": kind, **fields}
        if person is not None:
            record |= {"conn": person.conn, "nick": person.nick}
        self._out.append({name: value for name, value in record.items() if value})


def _same(nick: str, other: str) -> bool:
    return nick.casefold() == other.casefold()
