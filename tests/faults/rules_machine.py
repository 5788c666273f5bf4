"""Random sequences of commands, crashes and clock jumps for the rules, against invariants.

After every step:

1.  What comes out is, to the last field, what `rules_model.Model` says from the protocol.
2.  ``seq`` is dense from 1, and each record carries the time of its command.
3.  A nick has one holder, without regard to case.
4.  Who is in a room is: joins minus leaves, counted from the records alone.
5.  Nobody hears or does anything in a room that it is not in: a room's records are made by its members.
6.  A reply goes to whoever asked, or to whom the command ends.
7.  Every command is answered, by records or by one reply.
8.  What is refused changes nothing.
9.  A visitor has the smallest free number.
10. A session's id is recorded once; asked again, it is told where.
11. A connection's ``hello``, and nothing else, carries its dialect. It stands before all else of it, its
    ``bye`` behind all else, after a leave of each of its rooms, for the same reason. From the one to the
    other, and no longer, the connection is in the state.
12. A record is quiet if, and only if, it is a join, a leave or a nick, or tells of its author, in a room
    above ``quiet_room``.
13. A record's line read again is the record.
14. A private message tells the sessions that it is from and to, and no other message does. The lines of a
    message of several are neighbours; the first has its tags, and the last its id.

And at the end of a sequence, and at each crash in it:

15. The state that the records add up to is the live state, byte for byte as a snapshot of it; so is what a
    snapshot, or a capture that was made while the chat went on, and the records after it do.
16. The same commands at the same times give the same lines again.
17. Whichever of a command's records are the last before a crash: a start then ends all who are there.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, cast
from unittest.mock import patch

from faults import rules_model_governing
from faults.rules_model import OPERATOR, SECOND, Model, told
from faults.rules_model_governing import Bounds
from faults.rules_records import RecordChecks
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chatsimples.chat import charters, commands, effects
from chatsimples.chat.limits import GuestRooms, Limits
from chatsimples.chat.records import Record, from_line, microseconds, to_line
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
BEGAN = 1_795_359_600_000_000

NICKS = ("ana", "Ana", "bia", "Çã", "çã", "visitante-1", "Visitante-2", "visitante-3")
SECRETS = [f"the-secret-of-session-{number}" for number in range(3)]
ROOMS = ("geral", "Geral", "x", "Y", "y")
ROLES = {"ana": "member", "bia": "member", "mod": "moderator", "adm": "admin"}
ACCOUNTS = ("ana", "Ana", "bia", "mod", "adm")
PROOF = "p" * 32
CHOICES: dict[str, Sequence[Any]] = {
    "account": ACCOUNTS,
    "by": range(6),
    "ended": (False, False, True),
    "key": ("", PROOF, "q" * 32),
    "length": (0, 5, 600),
    "role": ("owner", "operator", "voice", "none"),
    "server_role": ("member", "moderator", "admin"),
    "settings": (
        {"secret": True},
        {"secret": False},
        {"invite_only": True},
        {"invite_only": False},
        {"key": PROOF},
        {"key": ""},
        {"moderated": True},
        {"moderated": False, "accounts_only": True},
        {"limit": 2},
        {"limit": 0, "accounts_only": False},
        {"members_only_history": True},
        {"inviters": "members"},
        {"topic_by": "members"},
        {"topic_by": "operators"},
        {"outsiders": True},
        {"outsiders": False},
        {"key": PROOF, "secret": True, "inviters": "operators"},
        {"key": "abre-te"},
        {},
    ),
    "some_room": ("", "", "x", "Y", "y", "geral"),
    "away": ("", "lunch", "out"),
    "conversation": (("", ""), ("x", ""), ("Y", ""), ("", "ana"), ("", "bia"), ("", "Çã")),
    "lines": (
        (commands.Line("one"), commands.Line("two")),
        (commands.Line("one"), commands.Line("", joined=True), commands.Line("two", joined=True)),
        (commands.Line("one"), commands.Line(""), commands.Line("two"), commands.Line("three")),
    ),
    "realname": ("Ana Lima", "Bia"),
    "said_as": commands.KINDS,
    "says_names": (("", ""), ("al", ""), ("", "Ana Lima"), ("bs", "Bia Sá")),
    "tags": (None, {"+draft/react": "!"}, {"+draft/reply": "7", "+example.org/mood": ""}),
    "typing": ({"+typing": "active"}, {"+draft/typing": "done"}),
    "whom": (
        *((nick, "") for nick in ("ana", "Ana", "bia", "Çã", "visitante-1", "*", "ç?", "?I*")),
        ("", "ana"),
        ("", ""),
    ),
    "how": ("", "", "raise", "lower"),
    "lifted": (False, False, True),
    "muted": (*NICKS, "*", "v*", "b?a"),
    "welcome": (False, True),
    "ahead": (False, True),
    "alone": (False, True),
    "before": range(-1, 60),
    "conn": range(5),
    "dialect": ("json", "text"),
    "everything": (False, True),
    "fatal": (False, True),
    "fresh": (True, True, False),
    "from_snapshot": (False, True),
    "gone": (False, True),
    "guest_rooms": ("plain", "owned"),
    "hold": (5.0, 600.0, 0.0),
    "ending": ("bye", "closed", "timeout"),
    "kind": (commands.Rooms, commands.Ping, commands.Status),
    "log": (LOG, LOG, "another"),
    "mark": ("", "1", "2"),
    "max_rooms": (0, 1, 3),
    "names": ((), *((room,) for room in ROOMS), ("geral", "x"), ("Y", "y"), ("x", "Y", "Geral"), ROOMS),
    "nick": NICKS,
    "operates": (commands.Start, commands.Stop, commands.AccountChanged),
    "own_room": ("", *ROOMS),
    "quiet_room": (0, 1, 2),
    "registers": ("json", "irc"),
    "room": ROOMS,
    "seconds": (1, 6, 700, 3_600, -3_600),
    "session": range(3),
    "since": range(-1, 40),
    "stopped": (False, True),
    "text": ("", "oi"),
    "where": ((0, ""), (5, ""), (99, ""), (-1, "2026-11-29T15:00:00.000000Z")),
}
"""What each argument of a rule may be, simplest first."""
Origin = tuple[int, bytes]
STEPS: list[tuple[str, tuple[str, ...]]] = []
"""The rules' names, and what they take."""
OF_EVERYBODY = frozenset(
    {
        "say",
        "say_to",
        "say_as",
        "join",
        "leave",
        "rename",
        "who",
        "history",
        "history_onwards",
        "ask",
        "come_back",
        "end",
        "take_a_snapshot",
    }
)
"""The rules that `governed_walk` takes beside its own."""
GOVERNING: list[tuple[str, tuple[str, ...]]] = []
"""Those about who is logged in, and what owners, moderators and the operator do."""
SAYING: list[tuple[str, tuple[str, ...]]] = []
"""Those about what is more than just said, and what people tell of themselves."""
MUTING = frozenset({"mute", "let_speak", "set", "log_in", "grant"})
"""Those of `GOVERNING` that say who may be heard."""


Step = TypeVar("Step", bound=Callable[..., None])
Decorator = Callable[[Step], Step]

_rule = cast("Callable[..., Decorator[Any]]", rule)
_initialize = cast("Callable[..., Decorator[Any]]", initialize)
_always = cast("Callable[..., Decorator[Any]]", invariant)
LIMITS = ("max_rooms", "quiet_room", "hold", "guest_rooms")


def _from(*names: str) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.sampled_from(CHOICES[name]) for name in names}


def _step(*names: str, weight: int = 1, governs: bool = False, says: bool = False) -> Callable[[Step], Step]:
    """Make a rule of a method whose arguments have these names; `walk` takes it ``weight`` times as often.

    One that ``governs`` is for `governed_walk`, one that ``says`` more than just a text for `saying_walk`.
    """

    def made(method: Step) -> Step:
        (GOVERNING if governs else SAYING if says else STEPS).extend([(method.__name__, names)] * weight)
        return cast("Step", _rule(**_from(*names))(method))

    return made


class RulesMachine(RuleBasedStateMachine):
    """See the module."""

    @_initialize(**_from(*LIMITS))
    def begin(self, max_rooms: int, quiet_room: int, hold: float, guest_rooms: GuestRooms) -> None:
        self.now = BEGAN
        self.model = Model(LOG)
        self.chat = Chat(LOG, State())
        self.records: list[Record] = []
        self.last_of_a_command: tuple[int, int] = (0, 0)
        self.story: list[tuple[commands.Command | Origin, int]] = []
        self.checks = RecordChecks()
        self.snapshot: Origin = (0, self.chat.state.snapshot())
        self.captured: Origin = self.snapshot
        self._begin_a_capture()
        self.next_conn = 1
        self._start((0, b""), Limits(max_rooms, quiet_room, hold, guest_rooms))

    # What may come.

    @_step("dialect")
    def open(self, dialect: str) -> None:
        self._do(commands.Open(self.next_conn, dialect, "::1", visitor=dialect == "text"))
        self.next_conn += 1

    @_step("conn")
    def turn_to_json(self, conn: int) -> None:
        person = self.model.people.get(self._conn(conn))
        # Only whoever has said nothing yet can turn out to speak JSON: it is still where it came in.
        if person is not None and person.dialect == "text" and person.rooms:
            self._do(commands.Open(person.conn, "json", "::1"))

    @_step("conn", "nick", "names", "session", "since", "log", "registers", "fresh", weight=8)
    def hello(  # noqa: PLR0917 - as a hello has them
        self,
        conn: int,
        nick: str,
        names: tuple[str, ...],
        session: int,
        since: int,
        log: str,
        registers: str,
        *,
        fresh: bool,
    ) -> None:
        if fresh:
            self.open("json")
        conn = self.next_conn - 1 if fresh else self._conn(conn)
        self._do(commands.Hello(conn, nick, names, SECRETS[session], log, since, registers))

    @_step("session", "names", weight=2)
    def come_back(self, session: int, names: tuple[str, ...]) -> None:
        self.open("json")
        nick = self.model.last_nick(SECRETS[session]) or NICKS[0]
        self._do(commands.Hello(self.next_conn - 1, nick, names, SECRETS[session]))

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
        word = f"word {len(self.story)}" if mark else ""
        self._do(commands.Leave(self._conn(conn), own_room, mark, word))

    @_step("conn", "nick", "mark")
    def rename(self, conn: int, nick: str, mark: str) -> None:
        self._do(commands.Rename(self._conn(conn), nick, mark))

    @_step("conn", "own_room", "before", "mark")
    def history(self, conn: int, own_room: str, before: int, mark: str) -> None:
        self._do(commands.History(self._conn(conn), own_room, before, 5, mark))

    @_step("conn", "own_room", "where", "everything", "mark")
    def history_onwards(
        self, conn: int, own_room: str, where: tuple[int, str], mark: str, *, everything: bool
    ) -> None:
        after, at = where
        self._do(commands.History(self._conn(conn), own_room, 0, 5, mark, after, at, everything))

    @_step("conn", "own_room", "mark")
    def who(self, conn: int, own_room: str, mark: str) -> None:
        self._do(commands.Who(self._conn(conn), own_room, mark))

    @_step("conn", "kind", "mark")
    def ask(self, conn: int, kind: Any, mark: str) -> None:
        self._do(kind(self._conn(conn), mark))

    @_step("conn")
    def help(self, conn: int) -> None:
        self._do(commands.Help(self._conn(conn)))

    @_step("conn", "ending", weight=2)
    def end(self, conn: int, ending: str) -> None:
        conn = self._conn(conn)
        said = commands.Bye(conn, f"word {len(self.story)}") if ending == "bye" else None
        self._do(said or commands.Close(conn, ending))

    @_step("conn", "mark", "fatal")
    def fault(self, conn: int, mark: str, *, fatal: bool) -> None:
        self._do(commands.Fault(self._conn(conn), "bad_json", {}, mark, fatal))

    @_step("conn", "gone")
    def silent(self, conn: int, *, gone: bool) -> None:
        self._do(commands.Silent(self._conn(conn), 60, gone))

    @_step("nick")
    def kick(self, nick: str) -> None:
        self._do(commands.Kick(OPERATOR, nick))

    @_step("conn", "operates", "nick")
    def pretend_to_be_the_operator(self, conn: int, operates: Any, nick: str) -> None:
        conn = self._conn(conn)
        match operates:
            case commands.Start:
                self._do(commands.Start(conn, "another", Limits(0, 0, 0.0)))
            case commands.Stop:
                self._do(commands.Stop(conn))
            case _:
                self._do(commands.AccountChanged(conn, nick, "admin"))

    # Who is logged in, and governs.

    @_step("conn", "room", "mark", "key", weight=6, governs=True)
    def join_with_a_key(self, conn: int, room: str, mark: str, key: str) -> None:
        self._do(commands.Join(self._conn(conn), room, mark, key=key))

    @_step("account", "nick", "names", "since", "log", weight=3, governs=True)
    def hello_with_an_account(
        self, account: str, nick: str, names: tuple[str, ...], since: int, log: str
    ) -> None:
        self.open("json")
        hello = commands.Hello(
            self.next_conn - 1, nick, names, SECRETS[0], log, since, account=account,
            role=ROLES[account.casefold()], keys=dict.fromkeys(("x", "y"), PROOF),
        )  # fmt: skip
        self._do(hello)

    @_step("conn", "account", "mark", governs=True)
    def log_in(self, conn: int, account: str, mark: str) -> None:
        self._do(commands.Login(self._conn(conn), account, ROLES[account.casefold()], mark))

    @_step("account", "server_role", "ended", governs=True)
    def change_an_account(self, account: str, server_role: str, *, ended: bool) -> None:
        self._do(commands.AccountChanged(OPERATOR, account, server_role, ended))

    @_step("by", "room", "nick", "role", "mark", "how", weight=6, governs=True)
    def grant(self, by: int, room: str, nick: str, role: Any, mark: str, how: Any) -> None:  # noqa: PLR0917
        self._do(commands.Grant(self._by(by, room), room, nick, role, mark, how))

    @_step("by", "room", "settings", "mark", weight=6, governs=True)
    def set(self, by: int, room: str, settings: dict[str, Any], mark: str) -> None:
        self._do(commands.Set(self._by(by, room), room, SettingsAsked(**settings), mark))

    @_step("by", "room", "text", "mark", governs=True)
    def topic(self, by: int, room: str, text: str, mark: str) -> None:
        self._do(commands.Topic(self._by(by, room), room, text, mark))

    @_step("by", "room", "nick", "mark", weight=3, governs=True)
    def invite(self, by: int, room: str, nick: str, mark: str) -> None:
        self._do(commands.Invite(self._by(by, room), room, nick, mark))

    @_step("by", "some_room", "nick", "text", "mark", weight=2, governs=True)
    def kick_from(self, by: int, some_room: str, nick: str, text: str, mark: str) -> None:
        self._do(commands.Kick(self._by(by, some_room), nick, some_room, text, mark))

    @_step("by", "some_room", "whom", "length", "text", "mark", weight=4, governs=True)
    def ban(self, by: int, some_room: str, whom: tuple[str, str], length: int, text: str, mark: str) -> None:  # noqa: PLR0917
        self._do(commands.Ban(self._by(by, some_room), some_room, *whom, length, text, mark))

    @_step("by", "some_room", "whom", "mark", governs=True)
    def unban(self, by: int, some_room: str, whom: tuple[str, str], mark: str) -> None:
        self._do(commands.Unban(self._by(by, some_room), some_room, *whom, mark))

    @_step("by", "some_room", "muted", "length", "text", "mark", "ahead", weight=3, governs=True)
    def mute(  # noqa: PLR0917
        self, by: int, some_room: str, muted: str, length: int, text: str, mark: str, *, ahead: bool
    ) -> None:
        self._do(commands.Mute(self._by(by, some_room), some_room, muted, length, text, mark, ahead))

    @_step("by", "room", "whom", "welcome", "lifted", "mark", weight=3, governs=True)
    def exempt(
        self, by: int, room: str, whom: tuple[str, str], mark: str, *, welcome: bool, lifted: bool
    ) -> None:
        self._do(commands.Exempt(self._by(by, room), room, *whom, welcome, lifted, mark))

    @_step("by", "some_room", "muted", governs=True)
    def let_speak(self, by: int, some_room: str, muted: str) -> None:
        self._do(commands.Mute(self._by(by, some_room), some_room, muted, commands.LIFTED))

    # What is more than just said, and what people tell of themselves.

    @_step("nick", "names", "session", "says_names", says=True)
    def hello_with_a_name(
        self, nick: str, names: tuple[str, ...], session: int, says_names: tuple[str, str]
    ) -> None:
        self.open("json")
        user, realname = says_names
        conn = self.next_conn - 1
        self._do(commands.Hello(conn, nick, names, SECRETS[session], user=user, realname=realname))

    @_step("conn", "conversation", "said_as", "tags", "mark", weight=3, says=True)
    def say_something(
        self, conn: int, conversation: tuple[str, str], said_as: str, tags: dict[str, str] | None, mark: str
    ) -> None:
        text = f"text {len(self.story)}"
        self._do(commands.Say(self._conn(conn), text, *conversation, mark, said_as, tags))

    @_step("conn", "conversation", "mark", weight=2, says=True)
    def react(self, conn: int, conversation: tuple[str, str], mark: str) -> None:
        self._do(commands.Say(self._conn(conn), "", *conversation, mark, "", {"+draft/react": "!"}))

    @_step("conn", "lines", "conversation", "mark", "said_as", "tags", weight=3, says=True)
    def say_lines(  # noqa: PLR0917 - as a message has them
        self,
        conn: int,
        lines: tuple[commands.Line, ...],
        conversation: tuple[str, str],
        mark: str,
        said_as: str,
        tags: dict[str, str] | None,
    ) -> None:
        self._do(commands.Lines(self._conn(conn), lines, *conversation, mark, said_as, tags))

    @_step("conn", "typing", "conversation", weight=3, says=True)
    def signal(self, conn: int, typing: dict[str, str], conversation: tuple[str, str]) -> None:
        self._do(commands.Signal(self._conn(conn), typing, *conversation))

    @_step("conn", "away", "mark", weight=3, says=True)
    def be_away(self, conn: int, away: str, mark: str) -> None:
        self._do(commands.Away(self._conn(conn), away, mark))

    @_step("conn", "realname", "mark", weight=2, says=True)
    def set_name(self, conn: int, realname: str, mark: str) -> None:
        self._do(commands.SetName(self._conn(conn), realname, mark))

    @_step("by", "mark", says=True)
    def announce(self, by: int, mark: str) -> None:
        self._do(commands.Announce(self._by(by, ""), f"text {len(self.story)}", mark))

    @_step("seconds", weight=2)
    def let_the_clock_jump(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @_step()
    def take_a_snapshot(self) -> None:
        self.snapshot = (len(self.records), self.chat.state.snapshot())

    @_step("stopped", "from_snapshot", *LIMITS)
    def restart(
        self,
        max_rooms: int,
        quiet_room: int,
        hold: float,
        guest_rooms: GuestRooms,
        *,
        stopped: bool,
        from_snapshot: bool,
    ) -> None:
        if stopped:
            self._do(commands.Stop(OPERATOR))
        self._check_rebuilt()
        self._check_that_a_torn_command_is_ended()
        origin = self.snapshot if from_snapshot else (0, b"")
        self.chat = Chat(LOG, _rebuilt(self.records, origin))
        self._begin_a_capture()
        self._start(origin, Limits(max_rooms, quiet_room, hold, guest_rooms))
        self.next_conn = self.chat.state.last_conn + 1

    # What must hold.

    @_always()
    def each_nick_has_one_holder(self) -> None:
        holders = Counter(each.nick.casefold() for each in self.model.people.values())
        assert not holders or max(holders.values()) == 1
        assert sorted(holders) == sorted(self.chat.state.nicks)

    @_always()
    def those_who_are_there_are_those_of_the_records(self) -> None:
        live = {
            each.conn: (
                each.nick,
                each.dialect,
                each.identity,
                set(each.rooms),
                each.account,
                each.role,
                each.user,
                each.realname,
                each.away,
            )
            for each in self.chat.state.connections.values()
        }
        recorded = {
            conn: (
                each.nick,
                each.dialect,
                each.identity,
                each.rooms,
                each.account,
                each.role,
                each.user,
                each.realname,
                each.away,
            )
            for conn, each in self.checks.there.items()
        }
        assert recorded == live
        assert [*self.model.people] == [*live]

    @_always()
    def who_is_in_a_room_is_joins_minus_leaves(self) -> None:
        live = {(conn, key) for key, room in self.chat.state.rooms.items() for conn in room.members}
        assert {(conn, key) for conn, each in self.checks.there.items() for key in each.rooms} == live
        assert all(room.members or room.charter for room in self.chat.state.rooms.values())
        assert {*self.model.room_names} == {*self.chat.state.rooms}

    def teardown(self) -> None:
        if hasattr(self, "chat"):
            self._check_rebuilt()
            self._check_that_a_torn_command_is_ended()
            self._check_that_it_comes_out_again()

    # How it is done.

    def _by(self, number: int, room: str) -> int:
        """Return who does what not everybody may: mostly one who is in the room and has an account."""
        if not number:
            return OPERATOR
        key = room.casefold()
        able = [
            each.conn
            for each in self.model.people.values()
            if (each.account or self.model.level(each, key)) and (key in each.rooms or not room)
        ]
        return able[-1 - number % len(able)] if able and number > 1 else self._conn(number)

    def _conn(self, number: int) -> int:
        """Return a connection: one of the last few, so that most are still there."""
        return max(self.next_conn - 1 - number, 1)

    def _start(self, origin: Origin, limits: Limits) -> None:
        self.story.append((origin, self.now))
        self._do(commands.Start(OPERATOR, "chatsimples test", limits))

    def _do(self, command: commands.Command) -> None:
        self.now += 1_000
        self.story.append((command, self.now))
        before = self.chat.state.snapshot()
        out = self.chat.apply(command, self.now)
        assert self.model.answer(command, self.now) == told(out)
        records = _only_records(out)
        self.checks.told(records, self.now)
        self.checks.command_is_done()
        if len(records) > 1:
            self.last_of_a_command = (len(self.records), len(self.records) + len(records))
        self.records += records
        self._check_answered(command, out, before)
        self._go_on_with_the_capture()

    def _begin_a_capture(self) -> None:
        state = self.chat.state
        self.capture, self.told = state.capture(), b""
        self.to_be_told: Origin = (len(self.records), state.snapshot())

    def _go_on_with_the_capture(self) -> None:
        """Tell a piece between any two commands, of another size each time; then begin the next one."""
        piece = self.capture.piece(1 + len(self.story) % 3)
        self.told += piece
        if not piece:
            assert self.to_be_told == (self.capture.seq, self.told), (
                "it tells another state than at its beginning"
            )
            self.captured = self.to_be_told
            self._begin_a_capture()

    def _check_answered(self, command: commands.Command, out: Sequence[Any], before: bytes) -> None:
        replies = [each for each in out if isinstance(each, effects.Reply)]
        others = [each for each in out if not isinstance(each, effects.Reply)]
        assert others or len(replies) == 1 or _means_nothing(command)
        # Replies go to whoever asked; those to others say that this is their end.
        ended = {each.conn for each in others if isinstance(each, effects.End)}
        assert all(each.conn == command.conn or each.conn in ended for each in replies)
        refused = any(isinstance(each.answer, effects.Error) for each in replies)
        if refused and not others:
            assert before == self.chat.state.snapshot(), "what was refused has changed something"

    def _check_rebuilt(self) -> None:
        live = _everything(self.chat.state)
        assert live == _everything(_rebuilt(self.records, (0, b"")))
        assert live == _everything(_rebuilt(self.records, self.snapshot))
        assert live == _everything(_rebuilt(self.records, self.captured))
        assert self.model.recorded == {
            (identity, mark): seq
            for identity, session in self.chat.state.sessions
            for mark, seq in session.ids.items()
        }

    def _check_that_a_torn_command_is_ended(self) -> None:
        first, end = self.last_of_a_command
        if not end:
            return
        left = self.records[: first + 1 + len(self.story) % (end - first - 1)]
        checks, chat = RecordChecks(), Chat(LOG, _rebuilt(left, (0, b"")))
        for record in left:
            checks.told([record], microseconds(record.at))
        start = commands.Start(OPERATOR, "chatsimples test", self.chat.state.limits)
        out = _only_records(chat.apply(start, self.now))
        checks.told(out, self.now)
        checks.command_is_done()
        assert {} == checks.there
        assert {} == chat.state.connections
        assert {} == chat.state.nicks
        assert all(room.charter for room in chat.state.rooms.values())
        assert _everything(chat.state) == _everything(_rebuilt([*left, *out], (0, b"")))

    def _check_that_it_comes_out_again(self) -> None:
        chat = self.chat
        again: list[Record] = []
        for what, now in self.story:
            if isinstance(what, tuple):
                chat = Chat(LOG, _rebuilt(again, what))
            else:
                again += _only_records(chat.apply(what, now))
        assert [*map(to_line, self.records)] == [*map(to_line, again)]


def _only_records(out: Sequence[Any]) -> list[Record]:
    return [each for each in out if isinstance(each, Record)]


def _rebuilt(records: Sequence[Record], origin: Origin) -> State:
    """Return the state that records add up to, from a snapshot that was taken when there were so many."""
    state = State()
    begin, snapshot = origin
    if snapshot:
        state.restore(snapshot)
    for record in records[begin:]:
        state.evolve(from_line(to_line(record)))
    return state


def _everything(state: State) -> tuple[Any, ...]:
    """Return what a state holds: its snapshot, and what that could leave out."""
    return state.snapshot(), state.seq, state.last_conn, state.server, state.limits, sorted(state.nicks)


def walk(chance: random.Random, steps: int) -> None:
    """Go one random way through the machine: the same rules and checks, many times as quick, not shrunk.

    Raises:
        AssertionError: an invariant does not hold.
    """
    machine = RulesMachine()
    machine.begin(**_chosen(chance, LIMITS))
    for _ in range(steps):
        name, arguments = chance.choice(STEPS)
        getattr(machine, name)(**_chosen(chance, arguments))
        machine.each_nick_has_one_holder()
        machine.those_who_are_there_are_those_of_the_records()
        machine.who_is_in_a_room_is_joins_minus_leaves()
    machine.teardown()


def governed_walk(chance: random.Random, steps: int) -> None:
    """Go one random way among people of whom some own rooms, and some are moderators.

    Raises:
        AssertionError: an invariant does not hold.
    """
    machine = RulesMachine()
    machine.begin(chance.choice((0, 3)), chance.choice((0, 2)), 600.0, chance.choice(("plain", "owned")))
    arrivals: list[Callable[[], None]] = [
        partial(machine.hello_with_an_account, account, account, rooms, -1, LOG)
        for account, rooms in (("ana", ("x", "Y")), ("bia", ("x",)), ("mod", ("Y", "geral")), ("adm", ()))
    ]
    # First or last: a room that is there has its owner, and one that a guest makes may be the guest's.
    place = chance.choice((0, len(arrivals)))
    arrivals.insert(place, partial(machine.hello, 0, "Çã", ("x", "geral"), 1, -1, LOG, "json", fresh=True))
    for arrive in arrivals:
        arrive()
    others = [step for step in STEPS if step[0] in OF_EVERYBODY]
    for _ in range(steps):
        name, arguments = chance.choice(GOVERNING if chance.random() < 0.6 else others)
        getattr(machine, name)(**_chosen(chance, arguments))
        if chance.random() < 0.05:
            machine.let_the_clock_jump(chance.choice((1, 6)))
        machine.each_nick_has_one_holder()
        machine.those_who_are_there_are_those_of_the_records()
        machine.who_is_in_a_room_is_joins_minus_leaves()
    machine.teardown()


def saying_walk(chance: random.Random, steps: int) -> None:
    """Go one random way among people who say what is more than just said, and of whom some may be muted.

    Raises:
        AssertionError: an invariant does not hold.
    """
    machine = RulesMachine()
    machine.begin(chance.choice((0, 3)), chance.choice((0, 2)), 600.0, "plain")
    machine.hello_with_an_account("ana", "ana", ("x", "Y"), -1, LOG)
    machine.hello_with_an_account("mod", "mod", ("Y",), -1, LOG)
    machine.hello_with_a_name("bia", ("x", "geral"), 1, ("bs", "Bia Sá"))
    machine.hello_with_a_name("Çã", (), 2, ("", ""))
    others = [step for step in STEPS if step[0] in OF_EVERYBODY]
    others += [step for step in GOVERNING if step[0] in MUTING]
    for _ in range(steps):
        name, arguments = chance.choice(SAYING if chance.random() < 0.6 else others)
        getattr(machine, name)(**_chosen(chance, arguments))
        if chance.random() < 0.1:
            machine.let_the_clock_jump(chance.choice((1, 6, -6)))
        machine.each_nick_has_one_holder()
        machine.those_who_are_there_are_those_of_the_records()
        machine.who_is_in_a_room_is_joins_minus_leaves()
    machine.teardown()


def crowded_walk(chance: random.Random, steps: int) -> None:
    """Go as `governed_walk` where lists are full of two or three.

    Raises:
        AssertionError: an invariant does not hold.
    """
    few = Bounds(*(chance.choice((1, 2, 3)) for _ in range(4)))
    product: dict[str, Any] = {
        "ROLES": few.roles, "BANS": few.sanctions, "INVITED": few.invited, "SERVER_BANS": few.of_server,
    }  # fmt: skip
    with patch.multiple(charters, **product), patch.object(rules_model_governing, "BOUNDS", few):
        governed_walk(chance, steps)


def _chosen(chance: random.Random, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: chance.choice(CHOICES[name]) for name in names}


def _means_nothing(command: commands.Command) -> bool:
    """Tell whether a command may be answered by nothing: it is so already, or concerns nobody."""
    if isinstance(command, commands.AccountChanged | commands.Signal):
        return True
    if isinstance(command, commands.Grant) and command.how:
        return True
    return isinstance(command, commands.SayAs) and not command.text
