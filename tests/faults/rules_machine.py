"""Random sequences of commands, crashes and clock jumps for the rules, against invariants.

After every step:

1.  What comes out is, to the last field, what `rules_model.Model` says from the protocol.
2.  ``seq`` is dense from 1, and each record carries the time of its command.
3.  A nick has one holder, without regard to case; nobody is nobody's.
4.  Who is in a room is: joins minus leaves, counted from the records alone.
5.  Nobody hears or does anything in a room that it is not in: a room's records are made by its members.
6.  A reply goes to whoever asked, or to whom the command ends.
7.  Every command is answered, by records or by one reply; but for those of a connection that has ended.
8.  What is refused changes nothing.
9.  A visitor has the smallest free number.
10. A session's id is recorded once; asked again, it is told where.
11. A connection's first record, and no other, carries its dialect and its identity.
12. A record is quiet if, and only if, it is a join, a leave or a nick in a room above ``quiet_room``.
13. A record's line read again is the record.

And at the end of a sequence, and at each crash in it:

14. The state that the records add up to is the live state; so is what a snapshot and the records after it do.
15. The same commands at the same times give the same lines again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from faults.rules_model import SECOND, Model, told
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatsimples.chat import commands, effects
from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import Record, from_line, timestamp, to_line
from chatsimples.chat.rules import Chat, Limits
from chatsimples.chat.state import State

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
BEGAN = 1_795_359_600_000_000

NICKS = ("ana", "Ana", "bia", "Çã", "çã", "visitante-1", "Visitante-2", "visitante-3")
ROOMS = ("geral", "Geral", "x", "Y", "y")
CHOICES: dict[str, Sequence[Any]] = {
    "alone": (False, True),
    "before": range(-1, 60),
    "conn": range(5),
    "dialect": ("json", "text"),
    "fatal": (False, True),
    "fresh": (True, True, False),
    "from_snapshot": (False, True),
    "gone": (False, True),
    "hold": (5, 600),
    "how": ("bye", "closed", "timeout"),
    "kind": (commands.Rooms, commands.Ping),
    "log": (LOG, LOG, "another"),
    "mark": ("", "1", "2"),
    "max_rooms": (0, 1, 3),
    "names": ((), *((room,) for room in ROOMS), ("geral", "x"), ("Y", "y"), ("x", "Y", "Geral"), ROOMS),
    "nick": NICKS,
    "own_room": ("", *ROOMS),
    "quiet_room": (0, 1, 2),
    "room": ROOMS,
    "seconds": (1, 6, 700, 3_600, -3_600),
    "session": range(3),
    "since": range(-1, 40),
    "stopped": (False, True),
    "text": ("", "oi"),
}
"""What each argument of a rule may be, simplest first."""
Origin = tuple[int, bytes]
STEPS: list[tuple[str, tuple[str, ...]]] = []
"""The rules' names, and what they take."""


def _from(*names: str) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.sampled_from(CHOICES[name]) for name in names}


def _step(*names: str, weight: int = 1) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a rule of a method whose arguments have these names; `walk` takes it ``weight`` times as often."""

    def made(method: Callable[..., None]) -> Callable[..., None]:
        STEPS.extend([(method.__name__, names)] * weight)
        return rule(**_from(*names))(method)

    return made


class RulesMachine(RuleBasedStateMachine):
    """See the module."""

    @initialize(**_from("max_rooms", "quiet_room", "hold"))
    def begin(self, max_rooms: int, quiet_room: int, hold: float) -> None:
        self.now = BEGAN
        self.limits = Limits(max_rooms, quiet_room, hold)
        self.model = Model(max_rooms, quiet_room, hold, LOG)
        self.chat = self._new_chat(State())
        self.records: list[Record] = []
        self.story: list[tuple[commands.Command | Origin | str, int]] = []
        self.introduced: set[int] = set()
        self.switched: set[int] = set()
        self.inside: Counter[tuple[int, str]] = Counter()
        self.secrets = [f"the-secret-of-session-{number}" for number in range(3)]
        self.snapshot = (0, self.chat.state.snapshot())
        self.next_conn = 1
        self._start((0, b""))

    def _new_chat(self, state: State) -> Chat:
        return Chat(self.limits, LOG, "chatsimples test", state)

    # What may come.

    @_step("dialect")
    def open(self, dialect: str) -> None:
        self._do(commands.Open(self.next_conn, dialect, "::1"))
        self.next_conn += 1

    @_step("conn")
    def turn_to_json(self, conn: int) -> None:
        person = self.model.people.get(self._conn(conn))
        # Only whoever has said nothing yet can turn out to speak JSON: it is still where it came in.
        if person is not None and person.dialect == "text" and person.rooms:
            self._do(commands.Open(person.conn, "json", "::1"))

    @_step("conn", "nick", "names", "session", "since", "log", "fresh", weight=8)
    def hello(  # noqa: PLR0917 - as a hello has them
        self, conn: int, nick: str, names: tuple[str, ...], session: int, since: int, log: str, *, fresh: bool
    ) -> None:
        if fresh:
            self.open("json")
        conn = self.next_conn - 1 if fresh else self._conn(conn)
        self._do(commands.Hello(conn, nick, names, self.secrets[session], log, since))

    @_step("conn", "own_room", "mark", weight=2)
    def say(self, conn: int, own_room: str, mark: str) -> None:
        self._do(commands.Say(self._conn(conn), f"text {len(self.story)}", own_room, "", mark))

    @_step("conn", "nick", "mark")
    def say_to(self, conn: int, nick: str, mark: str) -> None:
        self._do(commands.Say(self._conn(conn), f"text {len(self.story)}", "", nick, mark))

    @_step("conn", "nick", "text")
    def say_as(self, conn: int, nick: str, text: str) -> None:
        self._do(commands.SayAs(self._conn(conn), nick, text, f"{nick}: {text}"))

    @_step("conn", "room", "mark", "alone")
    def join(self, conn: int, room: str, mark: str, *, alone: bool) -> None:
        self._do(commands.Join(self._conn(conn), room, mark, alone))

    @_step("conn", "own_room", "mark")
    def leave(self, conn: int, own_room: str, mark: str) -> None:
        self._do(commands.Leave(self._conn(conn), own_room, mark))

    @_step("conn", "nick", "mark")
    def rename(self, conn: int, nick: str, mark: str) -> None:
        self._do(commands.Rename(self._conn(conn), nick, mark))

    @_step("conn", "own_room", "before", "mark")
    def history(self, conn: int, own_room: str, before: int, mark: str) -> None:
        self._do(commands.History(self._conn(conn), own_room, before, 5, mark))

    @_step("conn", "own_room", "mark")
    def who(self, conn: int, own_room: str, mark: str) -> None:
        self._do(commands.Who(self._conn(conn), own_room, mark))

    @_step("conn", "kind", "mark")
    def ask(self, conn: int, kind: Any, mark: str) -> None:
        self._do(kind(self._conn(conn), mark))

    @_step("conn")
    def help(self, conn: int) -> None:
        self._do(commands.Help(self._conn(conn)))

    @_step("conn", "how", weight=2)
    def end(self, conn: int, how: str) -> None:
        conn = self._conn(conn)
        self._do(commands.Bye(conn) if how == "bye" else commands.Close(conn, how))

    @_step("conn", "mark", "fatal")
    def fault(self, conn: int, mark: str, *, fatal: bool) -> None:
        self._do(commands.Fault(self._conn(conn), "bad_json", {}, mark, fatal))

    @_step("conn", "gone")
    def silent(self, conn: int, *, gone: bool) -> None:
        self._do(commands.Silent(self._conn(conn), 60, gone))

    @_step("nick")
    def kick(self, nick: str) -> None:
        self._do(commands.Kick(0, nick))

    @_step("seconds", weight=2)
    def let_the_clock_jump(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @_step()
    def take_a_snapshot(self) -> None:
        self.snapshot = (len(self.records), self.chat.state.snapshot())

    @_step("stopped", "from_snapshot")
    def crash(self, *, stopped: bool, from_snapshot: bool) -> None:
        if stopped:
            self.now += 1
            self.story.append(("stop", self.now))
            self._check(None, self.chat.stop(self.now), self.model.stop(self.now))
        self._check_rebuilt()
        origin = self.snapshot if from_snapshot else (0, b"")
        self.chat = self._new_chat(_rebuilt(self.records, origin))
        self._start(origin)
        # Of whom the records do not tell all, the model can't know what they claim.
        for number, secret in enumerate(self.secrets):
            if secret in self.model.doubtful:
                self.secrets[number] = f"{secret}-anew"
        self.next_conn = self.chat.state.last_conn + 1

    # What must hold.

    @invariant()
    def each_nick_has_one_holder(self) -> None:
        holders = Counter(each.nick.casefold() for each in self.model.people.values() if each.nick)
        assert not holders or max(holders.values()) == 1
        live = {conn: each.nick for conn, each in self.chat.state.connections.items()}
        assert {conn: each.nick for conn, each in self.model.people.items()} == live
        assert sorted(holders) == sorted(self.chat.state.nicks)

    @invariant()
    def who_is_in_a_room_is_joins_minus_leaves(self) -> None:
        assert set(self.inside.values()) <= {0, 1}
        live = {(conn, key) for key, room in self.chat.state.rooms.items() for conn in room.members}
        assert {place for place, times in self.inside.items() if times} == live
        assert all(room.members for room in self.chat.state.rooms.values())

    def teardown(self) -> None:
        if hasattr(self, "chat"):
            self._check_rebuilt()
            self._check_that_it_comes_out_again()

    # How it is done.

    def _conn(self, number: int) -> int:
        """Return a connection: one of the last few, so that most are still there."""
        return max(self.next_conn - 1 - number, 1)

    def _start(self, origin: Origin) -> None:
        self.now += 1
        self.story.append((origin, self.now))
        # Whom the records leave open without a room ends without a record, and nobody is there to be told.
        out = _without_ends(self.chat.start(self.now))
        # In which order they leave is open: a checkpoint has them as they came, the records as they spoke.
        order = dict.fromkeys(each.conn for each in out if each.conn)
        self._check(None, out, _without_ends(self.model.start(self.now, list(order))))

    def _do(self, command: commands.Command) -> None:
        self.now += 1_000
        self.story.append((command, self.now))
        before = self.chat.state.snapshot()
        there = command.conn in self.model.people or isinstance(command, commands.Open | commands.Kick)
        out = self.chat.apply(command, self.now)
        self._check(command, out, self.model.answer(command, self.now))
        replies = [each for each in out if isinstance(each, effects.Reply)]
        records = [each for each in out if isinstance(each, Record)]
        others = [each for each in out if isinstance(each, effects.Recall | effects.Attach | effects.End)]
        if isinstance(command, commands.Bye | commands.Close):
            assert effects.End(command.conn) in others
        elif not there:
            assert [] == out
        elif not _means_nothing(command):
            assert records or others or len(replies) == 1
        refused = any(isinstance(each.answer, effects.Error) for each in replies)
        if refused and not records and not others:
            assert before == self.chat.state.snapshot(), "what was refused has changed something"

    def _check(self, command: commands.Command | None, out: list[Any], expected: list[Any]) -> None:
        assert expected == told(out, self.model.on_record)
        for each in out:
            if isinstance(each, Record):
                self._check_record(each)
        # Replies go to whoever asked; those to others say that this is their end.
        ended = {each.conn for each in out if isinstance(each, effects.End)}
        for each in out:
            if isinstance(each, effects.Reply) and command is not None:
                assert each.conn == command.conn or each.conn in ended

    def _check_record(self, record: Record) -> None:
        assert len(self.records) + 1 == record.seq
        assert timestamp(self.now) == record.at
        assert record == from_line(to_line(record))
        if record.type != "leave" and record.conn in self.switched:
            # Whoever it has turned out to be is somebody else, on the same connection.
            self.switched.discard(record.conn)
            self.introduced.discard(record.conn)
        assert bool(record.dialect) == (record.conn not in self.introduced | {0})
        self.introduced.add(record.conn)
        if record.reason == "switched":
            self.switched.add(record.conn)
        self.records.append(record)
        place = (record.conn, record.room.casefold())
        members = sum(times for (_, key), times in self.inside.items() if key == place[1])
        match record.type:
            case "join":
                assert not self.inside[place]
                self.inside[place] += 1
                members += 1
            case "leave":
                assert self.inside[place]
                self.inside[place] -= 1
            case "message" | "nick" if record.room:
                assert self.inside[place]
        large = 0 < self.limits.quiet_room < members
        assert record.quiet == (large and bool(record.room) and record.type in ("join", "leave", "nick"))

    def _check_rebuilt(self) -> None:
        live = _view(self.chat.state)
        assert live == _view(_rebuilt(self.records, (0, b"")))
        assert live == _view(_rebuilt(self.records, self.snapshot))
        recorded = {(identity_of(session), mark): seq for (session, mark), seq in self.model.recorded.items()}
        assert recorded == live["ids"]

    def _check_that_it_comes_out_again(self) -> None:
        chat, again = self.chat, []
        for what, now in self.story:
            match what:
                case "stop":
                    out = chat.stop(now)
                case tuple():
                    chat = self._new_chat(_rebuilt(again, what))
                    out = chat.start(now)
                case _:
                    out = chat.apply(what, now)
            again += [each for each in out if isinstance(each, Record)]
        assert [*map(to_line, self.records)] == [*map(to_line, again)]


def _rebuilt(records: Sequence[Record], origin: Origin) -> State:
    """Return the state that records add up to, from a snapshot that was taken when there were so many."""
    state = State()
    begin, snapshot = origin
    if snapshot:
        state.restore(snapshot)
    for record in records[begin:]:
        state.evolve(from_line(to_line(record)))
    return state


def walk(chance: random.Random, steps: int) -> None:
    """Go one random way through the machine: the same rules and checks, many times as quick, not shrunk.

    Raises:
        AssertionError: an invariant does not hold.
    """
    machine = RulesMachine()
    machine.begin(**_chosen(chance, ("max_rooms", "quiet_room", "hold")))
    for _ in range(steps):
        name, arguments = chance.choice(STEPS)
        getattr(machine, name)(**_chosen(chance, arguments))
        machine.each_nick_has_one_holder()
        machine.who_is_in_a_room_is_joins_minus_leaves()
    machine.teardown()


def _chosen(chance: random.Random, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: chance.choice(CHOICES[name]) for name in names}


def _means_nothing(command: commands.Command) -> bool:
    """Tell whether a command may be answered by nothing: taking the nick that one has, saying nothing."""
    return isinstance(command, commands.SayAs) and not command.text


def _without_ends(out: list[Any]) -> list[Any]:
    return [each for each in out if not isinstance(each, effects.End | tuple)]


def _view(state: State) -> dict[str, Any]:
    """Return what the records tell of a state: who is in which room, as whom, and what was recorded."""
    return {
        "seq": state.seq,
        "rooms": {key: (room.name, set(room.members)) for key, room in state.rooms.items()},
        "people": {
            each.conn: (each.dialect, each.nick, each.identity, sorted(each.rooms))
            for each in state.connections.values()
            if each.rooms
        },
        "ids": {
            (identity, mark): seq
            for identity, session in state.sessions.items()
            for mark, seq in session.ids.items()
        },
    }  # fmt: skip
