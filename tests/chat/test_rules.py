"""The rules: what a command makes of a chat."""

from __future__ import annotations

from collections import Counter
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat import commands, effects
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.rules import RULES, Chat, Decided, Standing
from chatsimples.chat.state import State

NOW = 1_795_359_600_000_000
SECRET = "a-secret-of-ana-1"
OTHER_SECRET = "a-secret-of-bia-2"


LIMITS = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0)


class Table:
    """A chat under test, with short ways to say things and to look at what came out."""

    def __init__(self, state: State | None = None, **limits: float) -> None:
        self.state = state or State()
        self.chat = Chat("LOG", self.state)
        self.now = NOW
        self.out: Decided = []
        self.records: list[Record] = []
        self.do(commands.Start(OPERATOR, "chatsimples test", msgspec.structs.replace(LIMITS, **limits)))

    def do(self, command: commands.Command) -> list[Record]:
        """Have a command carried out; return its records."""
        self.out = self.chat.apply(command, self.now)
        made = [each for each in self.out if isinstance(each, Record)]
        self.records += made
        return made

    def visitor(self, conn: int) -> list[Record]:
        return self.do(commands.Open(conn, "text", "::1", visitor=True))

    def hello(
        self,
        conn: int,
        nick: str,
        session: str = SECRET,
        rooms: tuple[str, ...] = ("geral",),
        since: tuple[str, int] = ("", -1),
    ) -> list[Record]:
        self.do(commands.Open(conn, "json", "::1"))
        return self.do(commands.Hello(conn, nick, rooms, session, *since))

    def answers(self, conn: int) -> list[effects.Answer]:
        return [each.answer for each in self.out if isinstance(each, effects.Reply) and each.conn == conn]

    def codes(self, conn: int) -> list[str]:
        return [each.code for each in self.answers(conn) if isinstance(each, effects.Error)]

    def refusal(self, command: commands.Command) -> str:
        """Have a command refused, which changes nothing; return the reason's code."""
        before = self.state.snapshot()
        assert [] == self.do(command)
        assert before == self.state.snapshot()
        (code,) = self.codes(command.conn)
        return code

    def welcome(self, conn: int) -> effects.Welcome:
        """Return the only answer, a welcome."""
        (answer,) = self.answers(conn)
        assert isinstance(answer, effects.Welcome)
        return answer


def kinds(records: list[Record]) -> list[tuple[str, int, str]]:
    """Tell of each record its type, its connection, and its room, reason or new nick."""
    return [(each.type, each.conn, each.room or each.reason or each.new) for each in records]


@pytest.fixture
def table() -> Table:
    return Table()


def test_the_first_record_is_the_start_with_the_limits(table: Table) -> None:
    assert [("start", 1, "chatsimples test", LIMITS)] == [
        (each.type, each.seq, each.server, each.limits) for each in table.records
    ]


def test_a_visitor_has_a_nick_and_is_in_the_default_room(table: Table) -> None:
    hello, join = table.visitor(1)
    assert ("hello", "visitante-1", "text", "") == (hello.type, hello.nick, hello.dialect, hello.identity)
    assert ("join", "visitante-1", "geral") == (join.type, join.nick, join.room)


@pytest.mark.parametrize("kind", [kind for kind in RULES if RULES[kind].needs is Standing.REGISTERED])
def test_before_its_hello_a_connection_can_ask_for_nothing(
    table: Table, kind: type[commands.Command]
) -> None:
    table.do(commands.Open(1, "json", "::1"))
    needed: dict[str, Any] = {
        "conn": 1, "text": "oi", "room": "x", "nick": "a", "line": "oi", "before": 0, "limit": 5
    }  # fmt: skip
    command = kind(**{name: needed[name] for name in kind.__struct_fields__ if name in needed})
    assert "not_registered" == table.refusal(command)


@pytest.mark.parametrize(
    "command",
    [commands.Kick(1, "bia"), commands.Stop(1), commands.Start(1, "mine", LIMITS)],
)
def test_what_is_the_operators_no_client_can_do(table: Table, command: commands.Command) -> None:
    table.hello(1, "ana")
    table.hello(2, "bia", OTHER_SECRET)
    assert "not_permitted" == table.refusal(command)


def test_every_command_has_its_rule() -> None:
    assert set(get_args(commands.Command)) == set(RULES)


def test_a_hello_is_answered_by_a_welcome_at_the_position_before_it(table: Table) -> None:
    records = table.hello(1, "ana", rooms=("geral", "x"))
    assert [("hello", 1, ""), ("join", 1, "geral"), ("join", 1, "x")] == kinds(records)
    welcome = table.welcome(1)
    assert ("ana", "LOG", 1, SECRET, False) == (
        welcome.nick, welcome.log, welcome.seq, welcome.session, welcome.resumed
    )  # fmt: skip
    assert isinstance(table.out[0], effects.Reply)


def test_only_its_hello_introduces_a_connection(table: Table) -> None:
    hello, *joins = table.hello(1, "ana", rooms=("geral", "x"))
    assert ("json", 32) == (hello.dialect, len(hello.identity))
    assert [("", ""), ("", "")] == [(each.dialect, each.identity) for each in joins]
    assert SECRET not in to_line(hello).decode()


def test_a_room_named_twice_in_a_hello_is_entered_once(table: Table) -> None:
    assert 2 == len(table.hello(1, "ana", rooms=("geral", "GERAL")))


def test_a_second_hello_is_refused(table: Table) -> None:
    table.hello(1, "ana")
    assert "already_registered" == table.refusal(commands.Hello(1, "b", (), "x" * 20))


def test_a_message_is_recorded_in_the_room_under_its_first_spelling(table: Table) -> None:
    table.hello(1, "ana", rooms=("Sala",))
    (message,) = table.do(commands.Say(1, "oi", room="sala", id="a1"))
    assert ("message", "ana", "Sala", "oi", "a1") == (
        message.type, message.nick, message.room, message.text, message.id
    )  # fmt: skip


def test_a_private_message_tells_by_itself_whose_it_is(table: Table) -> None:
    mine = table.hello(1, "ana")[0].identity
    theirs = table.hello(2, "Bia", OTHER_SECRET)[0].identity
    (message,) = table.do(commands.Say(1, "oi", to="bia"))
    assert ("Bia", 2, "") == (message.to, message.to_conn, message.room)
    assert (mine, theirs) == (message.identity, message.to_identity)


def test_to_a_visitor_a_private_message_goes_by_its_connection(table: Table) -> None:
    table.hello(1, "ana")
    table.visitor(2)
    (message,) = table.do(commands.Say(1, "oi", to="visitante-1"))
    assert (2, "") == (message.to_conn, message.to_identity)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (commands.Say(1, "oi", room="x"), "not_in_room"),
        (commands.Say(1, "oi", to="ninguem"), "no_such_nick"),
        (commands.Join(1, "GERAL"), "already_in_room"),
        (commands.Leave(1, "x"), "not_in_room"),
        (commands.Rename(1, "BIA"), "nick_in_use"),
        (commands.Rename(1, "ana"), "nick_unchanged"),
    ],
)
def test_what_is_refused_changes_nothing(table: Table, command: commands.Command, code: str) -> None:
    table.hello(1, "ana")
    table.hello(2, "bia", OTHER_SECRET)
    assert code == table.refusal(command)


def test_the_same_id_of_the_same_session_is_recorded_once_also_after_coming_back(table: Table) -> None:
    table.hello(1, "ana")
    (first,) = table.do(commands.Say(1, "oi", room="geral", id="a1"))
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana")
    assert [] == table.do(commands.Say(2, "oi", room="geral", id="a1"))
    assert [effects.Duplicate("a1", first.seq)] == table.answers(2)


def test_the_same_id_of_somebody_else_is_another_message(table: Table) -> None:
    table.hello(1, "ana")
    table.hello(2, "bia", OTHER_SECRET)
    table.do(commands.Say(1, "oi", room="geral", id="1"))
    assert 1 == len(table.do(commands.Say(2, "oi", room="geral", id="1")))


def test_a_nick_that_somebody_has_is_refused_without_regard_to_case(table: Table) -> None:
    table.hello(1, "Ana")
    table.do(commands.Open(2, "json", "::1"))
    assert "nick_in_use" == table.refusal(commands.Hello(2, "ana", ("geral",), OTHER_SECRET))


def test_the_same_session_takes_its_nick_from_its_own_older_connection(table: Table) -> None:
    table.hello(1, "ana")
    leave, bye, hello, join = table.hello(2, "ana")
    assert ("leave", 1, "replaced") == (leave.type, leave.conn, leave.reason)
    assert ("bye", 1, "replaced") == (bye.type, bye.conn, bye.reason)
    assert [("hello", 2, "ana"), ("join", 2, "ana")] == [
        (each.type, each.conn, each.nick) for each in (hello, join)
    ]
    assert effects.End(1) in table.out


def test_of_two_connections_of_a_session_the_newer_stays_whichever_hello_comes_first(table: Table) -> None:
    table.hello(2, "ana")
    assert [] == table.hello(1, "ana")
    assert ["replaced"] == table.codes(1)
    assert effects.End(1) in table.out
    assert "ana" == table.chat.state.connections[2].nick


def test_a_session_that_was_cut_gets_its_nick_back_from_whoever_took_it(table: Table) -> None:
    table.hello(1, "ana")
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana", OTHER_SECRET)
    renamed, hello, _ = table.hello(3, "ana")
    assert ("hello", "ana") == (hello.type, hello.nick)
    assert ("nick", 2, "ana", "visitante-1", "reclaimed") == (
        renamed.type, renamed.conn, renamed.nick, renamed.new, renamed.reason
    )  # fmt: skip


def test_after_goodbye_the_nick_is_free(table: Table) -> None:
    table.hello(1, "ana")
    table.do(commands.Bye(1))
    table.hello(2, "ana", OTHER_SECRET)
    table.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == table.refusal(commands.Hello(3, "ana", (), SECRET))


def test_a_claim_ends_with_its_time(table: Table) -> None:
    table.hello(1, "ana")
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana", OTHER_SECRET)
    table.now += 601_000_000
    table.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == table.refusal(commands.Hello(3, "ana", (), SECRET))


@pytest.mark.parametrize("seconds", [0, 1, -3_600])
def test_without_a_hold_nothing_can_be_claimed_wherever_the_clock_goes(seconds: int) -> None:
    table = Table(nick_hold=0.0)
    table.hello(1, "ana")
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana", OTHER_SECRET)
    table.now += seconds * 1_000_000
    table.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == table.refusal(commands.Hello(3, "ana", (), SECRET))


def test_a_position_of_this_log_is_resumed_for_the_session(table: Table) -> None:
    identity = table.hello(1, "ana")[0].identity
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana", since=("LOG", 2))
    assert effects.Feed(2, 2, ("geral",), (), identity) in table.out
    welcome = table.welcome(2)
    assert (True, 2, 5) == (welcome.resumed, welcome.seq, welcome.head)


@pytest.mark.parametrize("since", [("OTHER", 2), ("LOG", 99), ("LOG", -5)])
def test_a_position_that_is_not_in_this_log_is_not_resumed(table: Table, since: tuple[str, int]) -> None:
    table.hello(1, "ana", since=since)
    assert not table.welcome(1).resumed


def test_whoever_goes_leaves_every_room_and_then_is_gone(table: Table) -> None:
    table.hello(1, "ana", rooms=("geral", "x"))
    ended = table.do(commands.Close(1, "timeout"))
    assert [("leave", "geral"), ("leave", "x"), ("bye", "")] == [(each.type, each.room) for each in ended]
    assert {"timeout"} == {each.reason for each in ended}
    assert ({}, {}) == (table.state.rooms, table.state.connections)


def test_who_was_in_no_room_leaves_a_record_too(table: Table) -> None:
    assert [("hello", 1, "")] == kinds(table.hello(1, "ana", rooms=()))
    assert [("bye", 1, "closed")] == kinds(table.do(commands.Close(1, "closed")))


def test_who_never_registered_leaves_none(table: Table) -> None:
    assert [] == table.do(commands.Open(1, "json", "::1"))
    assert [] == table.do(commands.Close(1, "closed"))
    assert [effects.End(1)] == table.out


def test_a_text_connection_is_in_one_room_at_a_time(table: Table) -> None:
    table.visitor(1)
    leave, join = table.do(commands.Join(1, "x", alone=True))
    assert ("leave", "geral", "left") == (leave.type, leave.room, leave.reason)
    assert ("join", "x") == (join.type, join.room)


def test_a_change_of_nick_makes_a_record_for_each_room(table: Table) -> None:
    table.hello(1, "ana", rooms=("geral", "x"))
    nicks = table.do(commands.Rename(1, "bia"))
    assert [("ana", "bia", "geral"), ("ana", "bia", "x")] == [
        (each.nick, each.new, each.room) for each in nicks
    ]


def test_a_change_of_nick_outside_every_room_is_one_record(table: Table) -> None:
    table.hello(1, "ana", rooms=())
    (nick,) = table.do(commands.Rename(1, "bia"))
    assert ("ana", "bia", "", "") == (nick.nick, nick.new, nick.room, nick.dialect)


def test_a_nick_can_change_its_case(table: Table) -> None:
    table.hello(1, "ana")
    assert 1 == len(table.do(commands.Rename(1, "Ana")))


def test_an_unframed_client_is_named_by_its_message(table: Table) -> None:
    table.visitor(1)
    nick, message = table.do(commands.SayAs(1, "rui", "oi", "rui: oi"))
    assert ("visitante-1", "rui") == (nick.nick, nick.new)
    assert ("rui", "oi") == (message.nick, message.text)
    assert 1 == len(table.do(commands.SayAs(1, "rui", "de novo", "rui: de novo")))


def test_an_unframed_client_whose_nick_is_taken_is_told_and_loses_nothing(table: Table) -> None:
    table.hello(1, "rui")
    table.visitor(2)
    (message,) = table.do(commands.SayAs(2, "rui", "oi", "rui: oi"))
    assert ("visitante-1", "rui: oi") == (message.nick, message.text)
    assert ["nick_in_use"] == table.codes(2)


def test_a_silent_visitor_that_speaks_json_after_all_begins_anew(table: Table) -> None:
    table.visitor(1)
    ended = table.do(commands.Open(1, "json", "::1"))
    assert [("leave", "switched"), ("bye", "switched")] == [(each.type, each.reason) for each in ended]
    hello, join = table.do(commands.Hello(1, "ana", ("geral",), SECRET))
    assert ("ana", "json", "join") == (hello.nick, hello.dialect, join.type)
    assert effects.End(1) not in table.out


def test_in_a_large_room_coming_going_and_renaming_are_quiet() -> None:
    table = Table(quiet_room=2)
    quiet = [table.visitor(conn)[1].quiet for conn in (1, 2, 3, 4)]
    assert [False, False, True, True] == quiet
    assert [True] == [each.quiet for each in table.do(commands.Rename(1, "a"))]
    assert [True, True, False, False] == [
        table.do(commands.Close(conn, "closed"))[0].quiet for conn in (1, 2, 3, 4)
    ]


def test_rooms_are_bounded() -> None:
    table = Table(max_rooms=2)
    table.hello(1, "ana", rooms=("a", "b"))
    assert "too_many_rooms" == table.refusal(commands.Join(1, "c"))
    table.do(commands.Open(2, "json", "::1"))
    assert "too_many_rooms" == table.refusal(commands.Hello(2, "b", ("a", "b", "c"), OTHER_SECRET))


def test_a_fatal_fault_is_told_and_ends_the_connection(table: Table) -> None:
    table.hello(1, "ana")
    leave, bye = table.do(commands.Fault(1, "line_too_long", {"limit": "9"}, fatal=True))
    assert ("error", "error") == (leave.reason, bye.reason)
    assert ["line_too_long"] == table.codes(1)
    assert effects.End(1) == table.out[-1]


def test_silence_is_answered_by_a_ping_and_then_by_the_end(table: Table) -> None:
    table.hello(1, "ana")
    table.do(commands.Silent(1, 60, gone=False))
    assert [effects.Ping(3)] == table.answers(1)
    assert {"timeout"} == {each.reason for each in table.do(commands.Silent(1, 120, gone=True))}
    assert ["timeout"] == table.codes(1)


def test_who_has_not_said_hello_is_pinged_and_ended_too(table: Table) -> None:
    table.do(commands.Open(1, "json", "::1"))
    table.do(commands.Silent(1, 60, gone=False))
    assert [effects.Ping(1)] == table.answers(1)
    assert [] == table.do(commands.Silent(1, 120, gone=True))
    assert effects.End(1) == table.out[-1]


def test_the_operator_removes_by_nick(table: Table) -> None:
    table.hello(1, "ana")
    assert {"kicked"} == {each.reason for each in table.do(commands.Kick(OPERATOR, "ANA"))}
    assert ["kicked"] == table.codes(1)
    assert "no_such_nick" == table.refusal(commands.Kick(OPERATOR, "ANA"))


def test_a_stop_lets_everybody_leave_and_is_the_last_record(table: Table) -> None:
    table.hello(1, "ana")
    table.visitor(2)
    out = table.do(commands.Stop(OPERATOR))
    assert ["leave", "bye", "leave", "bye", "stop"] == [each.type for each in out]
    assert {"shutdown"} == {each.reason for each in out[:-1]}


def test_a_start_closes_what_a_crash_left_open(table: Table) -> None:
    table.hello(1, "ana", rooms=("geral", "x"))
    table.hello(2, "bia", OTHER_SECRET, rooms=())
    again = State()
    for record in table.records:
        again.evolve(record)
    expected = [("start", 0), ("leave", 1), ("leave", 1), ("bye", 1), ("bye", 2)]
    assert expected == [(each.type, each.conn) for each in Table(again).records]
    assert {} == again.connections


def test_who_may_enter_a_room_may_read_it_without_being_in_it(table: Table) -> None:
    table.hello(1, "ana", rooms=("Sala",))
    table.hello(2, "bia", OTHER_SECRET, rooms=())
    table.do(commands.Who(2, "sala", "w"))
    assert [effects.Members("Sala", ["ana"], 1, "w")] == table.answers(2)
    table.do(commands.History(2, "sala", 0, 5, "h"))
    assert [effects.Recall(2, "Sala", table.state.seq + 1, 5, "h")] == table.out


def test_a_question_without_a_room_is_about_the_first_that_one_is_in(table: Table) -> None:
    table.hello(1, "ana", rooms=("x", "geral"))
    table.do(commands.Who(1))
    assert [effects.Members("x", ["ana"], 1)] == table.answers(1)
    table.hello(2, "bia", OTHER_SECRET, rooms=())
    assert "not_in_room" == table.refusal(commands.Who(2))


NICKS = st.sampled_from(["ana", "ANA", "bia", "visitante-1", "rui"])
ROOMS = st.sampled_from(["geral", "x", "Y", "y"])
CONNS = st.integers(1, 4)
IDS = st.sampled_from(["", "1", "2"])
COMMANDS = st.one_of(
    st.builds(commands.Open, CONNS, st.just("text"), st.just("::1"), st.just(True)),
    st.builds(commands.Open, CONNS, st.just("json"), st.just("::1")),
    st.builds(
        commands.Hello, CONNS, NICKS, st.lists(ROOMS, max_size=3).map(tuple),
        st.sampled_from([SECRET, OTHER_SECRET, "a-third-secret-00"]),
        st.sampled_from(["LOG", ""]), st.integers(-1, 20),
    ),
    st.builds(commands.Say, CONNS, st.just("oi"), room=ROOMS, id=IDS),
    st.builds(commands.Say, CONNS, st.just("oi"), to=NICKS, id=IDS),
    st.builds(commands.SayAs, CONNS, NICKS, st.sampled_from(["", "oi"]), st.just("x: oi")),
    st.builds(commands.Join, CONNS, ROOMS, IDS, st.booleans()),
    st.builds(commands.Leave, CONNS, ROOMS, IDS),
    st.builds(commands.Rename, CONNS, NICKS, IDS),
    st.builds(commands.History, CONNS, ROOMS, st.integers(0, 9), st.integers(1, 9)),
    st.builds(commands.Who, CONNS, ROOMS),
    st.builds(commands.Bye, CONNS),
    st.builds(commands.Close, CONNS, st.sampled_from(["closed", "timeout"])),
    st.builds(commands.Fault, CONNS, st.just("bad_utf8"), st.just({}), fatal=st.booleans()),
    st.builds(commands.Kick, st.just(OPERATOR), NICKS),
)  # fmt: skip


@given(st.lists(COMMANDS, max_size=60), st.integers(0, 3))
def test_whatever_is_asked_the_records_hold_together(asked: list[commands.Command], quiet_room: int) -> None:
    table = Table(quiet_room=quiet_room, max_rooms=2)
    there: set[int] = set()
    inside: Counter[tuple[int, str]] = Counter()
    for command in asked:
        for record in table.do(command):
            where = (record.conn, record.room.lower())
            if record.type == "hello":
                assert record.conn not in there
                there.add(record.conn)
            assert record.conn in there
            if record.type == "bye":
                assert not any(count for (conn, _), count in inside.items() if conn == record.conn)
                there.remove(record.conn)
            elif record.type == "join":
                inside[where] += 1
                assert 1 == inside[where]
            elif record.type == "leave":
                inside[where] -= 1
                assert 0 == inside[where]
            elif record.type == "message" and record.room:
                assert 1 == inside[where]
    assert list(range(1, len(table.records) + 1)) == [each.seq for each in table.records]
    state = table.state
    assert there == set(state.connections)
    members = {(conn, key) for key, room in state.rooms.items() for conn in room.members}
    assert {where for where, count in inside.items() if count} == members
    assert len(there) == len({each.nick.lower() for each in state.connections.values()}) == len(state.nicks)
    said = [(each.conn, each.id) for each in table.records if each.type == "message" and each.id]
    assert len(said) == len(set(said))


@given(st.lists(COMMANDS, max_size=60), st.integers(0, 60))
def test_the_records_alone_give_the_same_state_again(asked: list[commands.Command], cut: int) -> None:
    table = Table()
    for command in asked:
        table.do(command)
    again = State()
    for record in table.records[:cut]:
        again.evolve(record)
    resumed = State()
    resumed.restore(again.snapshot())
    for record in table.records[cut:]:
        resumed.evolve(record)
    assert table.state.snapshot() == resumed.snapshot()


@given(st.lists(COMMANDS, max_size=40))
def test_the_same_commands_make_the_same_bytes(asked: list[commands.Command]) -> None:
    def run() -> list[bytes]:
        table = Table()
        for command in asked:
            table.do(command)
        return [to_line(each) for each in table.records]

    assert run() == run()
