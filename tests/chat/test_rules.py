"""The rules: what a command makes of a chat."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from chat.chats import LIMITS, NOW, OTHER_SECRET, SECRET, ChatUnderTest
from msgspec.structs import replace

from chatsimples.chat import commands, effects
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.identities import session_of
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.chat.rules import RULES, Chat
from chatsimples.chat.standing import Standing
from chatsimples.chat.state import State


def kinds(records: list[Record]) -> list[tuple[str, int, str]]:
    """Tell of each record its type, its connection, and its room, reason or new nick."""
    return [(each.type, each.conn, each.room or each.reason or each.new) for each in records]


def kinds_that_need(standing: Standing) -> list[type[commands.Command]]:
    return [kind for kind, rule in RULES.items() if rule.needs is standing]


def asked_by(conn: int, kind: type[commands.Command]) -> commands.Command:
    """Make a command of a kind, which nothing but the standing of its connection speaks against."""
    values: dict[str, Any] = {
        "text": "oi", "room": "geral", "nick": "rui", "line": "oi", "before": 0, "limit": 5,
        "server": "mine", "limits": LIMITS, "account": "ana", "role": "member",
            "settings": SettingsAsked(secret=True), "realname": "Rui", "tags": {"+typing": "active"},
        "lines": (commands.Line("oi"), commands.Line("tudo bem?")),
        "at": "", "until": "",
    }  # fmt: skip
    return kind(conn, **{name: values[name] for name in kind.__struct_fields__ if name in values})


@pytest.fixture
def chat() -> ChatUnderTest:
    return ChatUnderTest()


def test_the_first_record_is_the_start_with_the_limits(chat: ChatUnderTest) -> None:
    assert [("start", 1, "chatsimples test", LIMITS)] == [
        (each.type, each.seq, each.server, each.limits) for each in chat.records
    ]


def test_a_visitor_has_a_nick_and_is_in_the_default_room(chat: ChatUnderTest) -> None:
    hello, join = chat.visitor(1)
    assert ("hello", "visitante-1", "text", "") == (hello.type, hello.nick, hello.dialect, hello.identity)
    assert ("join", "visitante-1", "geral") == (join.type, join.nick, join.room)


def test_every_command_has_its_rule_but_the_one_that_never_comes_here() -> None:
    assert set(get_args(commands.Command)) == {*RULES, commands.Forget}


def test_the_name_of_an_account_is_given_to_who_is_logged_in_as_it(chat: ChatUnderTest) -> None:
    chat.visitor(1)
    chat.do(commands.Rename(1, "ana"))
    chat.do(commands.Open(2, "json", "::1"))
    asked = commands.Hello(2, "Ana", ("geral",), SECRET, account="ana", role="member")
    nick, hello, join = chat.do(asked)
    assert ("nick", 1, "visitante-1", "reclaimed") == (nick.type, nick.conn, nick.new, nick.reason)
    assert ("hello", "Ana", "ana", "join") == (hello.type, hello.nick, hello.account, join.type)


def test_it_is_taken_neither_from_the_account_itself_nor_by_another_one(chat: ChatUnderTest) -> None:
    for conn, account in ((1, "ana"), (2, "ana"), (3, "bia"), (4, "")):
        chat.do(commands.Open(conn, "json", "::1"))
        asked = commands.Hello(
            conn, "ana", (), f"a-secret-of-number-{conn}", account=account, role="member" if account else ""
        )
        if conn == 1:
            chat.do(asked)
        else:
            assert "nick_in_use" == chat.refusal(asked)


def test_before_its_hello_a_connection_can_only_come_in_and_go() -> None:
    assert {
        commands.Open, commands.Hello, commands.Bye, commands.Close, commands.Fault, commands.Silent,
        commands.Transmit, commands.Request, commands.Style,
    } == set(kinds_that_need(Standing.CONNECTED))  # fmt: skip


def test_a_request_is_answered_as_a_whole_and_none_of_it_undoes_the_rest(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    asked = (commands.Join(1, "x"), commands.Say(1, "oi", "nowhere"), commands.Ping(1, "p"))
    chat.do(commands.Request(1, b"mark", asked))
    begin, join, refused, pong, end = chat.out
    assert (effects.Asked(1, b"mark"), effects.Answered(1, b"mark")) == (begin, end)
    assert isinstance(join, Record)
    assert [effects.Error("not_in_room", {"room": "nowhere"}), effects.Pong("p")] == [
        each.answer for each in (refused, pong) if isinstance(each, effects.Reply)
    ]


def test_a_hello_that_may_rename_is_both(chat: ChatUnderTest) -> None:
    chat.do(commands.Open(1, "irc", "::1"))
    for nick, kind in (("ana", "hello"), ("bia", "nick")):
        (record,) = chat.do(commands.Hello(1, nick, (), SECRET, dialect="irc", renames=True))
        assert kind == record.type
    assert "bia" == chat.state.connections[1].nick


def test_a_client_without_sessions_takes_its_nick_from_no_other_one(chat: ChatUnderTest) -> None:
    session = session_of("irc", "ana")
    for conn in (1, 2):
        chat.do(commands.Open(conn, "irc", "::1"))
    asked = commands.Hello(1, "ana", (), session, dialect="irc", account="ana", role="member", renames=True)
    (record,) = chat.do(asked)
    assert "nick_in_use" == chat.refusal(replace(asked, conn=2))
    # Once that one is gone, it is the same person.
    chat.do(commands.Close(1, "closed"))
    (again,) = chat.do(replace(asked, conn=2))
    assert record.identity == again.identity != ""


@pytest.mark.parametrize("kind", kinds_that_need(Standing.REGISTERED))
def test_before_its_hello_a_connection_can_ask_for_nothing(
    chat: ChatUnderTest, kind: type[commands.Command]
) -> None:
    chat.hello(2, "rui", OTHER_SECRET)
    chat.do(commands.Open(1, "json", "::1"))
    assert "not_registered" == chat.refusal(asked_by(1, kind))


@pytest.mark.parametrize("kind", kinds_that_need(Standing.REGISTERED))
def test_after_its_bye_a_connection_can_ask_for_nothing(
    chat: ChatUnderTest, kind: type[commands.Command]
) -> None:
    chat.hello(2, "rui", OTHER_SECRET)
    chat.hello(1, "ana")
    chat.do(commands.Bye(1))
    assert "not_registered" == chat.refusal(asked_by(1, kind))


def test_the_operator_alone_starts_stops_and_removes() -> None:
    assert {commands.Start, commands.Stop, commands.AccountChanged} == set(kinds_that_need(Standing.OPERATOR))


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize("kind", kinds_that_need(Standing.OPERATOR))
def test_what_is_the_operators_no_client_can_do(
    chat: ChatUnderTest, kind: type[commands.Command], registered: bool
) -> None:
    chat.hello(2, "rui", OTHER_SECRET)
    if registered:
        chat.hello(1, "ana")
    else:
        chat.do(commands.Open(1, "json", "::1"))
    assert "not_permitted" == chat.refusal(asked_by(1, kind))


def test_a_hello_is_answered_by_a_welcome_at_the_position_before_it(chat: ChatUnderTest) -> None:
    records = chat.hello(1, "ana", rooms=("geral", "x"))
    assert [("hello", 1, ""), ("join", 1, "geral"), ("join", 1, "x")] == kinds(records)
    welcome = chat.welcome(1)
    assert ("ana", "LOG", 1, SECRET, False) == (
        welcome.nick, welcome.log, welcome.seq, welcome.session, welcome.resumed
    )  # fmt: skip
    assert isinstance(chat.out[0], effects.Reply)


def test_only_its_hello_introduces_a_connection(chat: ChatUnderTest) -> None:
    hello, *joins = chat.hello(1, "ana", rooms=("geral", "x"))
    assert ("json", 32) == (hello.dialect, len(hello.identity))
    assert [("", ""), ("", "")] == [(each.dialect, each.identity) for each in joins]
    assert SECRET not in to_line(hello).decode()


def test_a_room_named_twice_in_a_hello_is_entered_once(chat: ChatUnderTest) -> None:
    assert 2 == len(chat.hello(1, "ana", rooms=("geral", "GERAL")))


def test_a_second_hello_is_refused(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    assert "already_registered" == chat.refusal(commands.Hello(1, "b", (), "x" * 20))


def test_a_message_is_recorded_in_the_room_under_its_first_spelling(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=("Sala",))
    (message,) = chat.do(commands.Say(1, "oi", room="sala", id="a1"))
    assert ("message", "ana", "Sala", "oi", "a1") == (
        message.type, message.nick, message.room, message.text, message.id
    )  # fmt: skip


def test_a_private_message_tells_by_itself_whose_it_is(chat: ChatUnderTest) -> None:
    mine = chat.hello(1, "ana")[0].identity
    theirs = chat.hello(2, "Bia", OTHER_SECRET)[0].identity
    (message,) = chat.do(commands.Say(1, "oi", to="bia"))
    assert ("Bia", 2, "") == (message.to, message.to_conn, message.room)
    assert (mine, theirs) == (message.identity, message.to_identity)


def test_to_a_visitor_a_private_message_goes_by_its_connection(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.visitor(2)
    (message,) = chat.do(commands.Say(1, "oi", to="visitante-1"))
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
def test_what_is_refused_changes_nothing(chat: ChatUnderTest, command: commands.Command, code: str) -> None:
    chat.hello(1, "ana")
    chat.hello(2, "bia", OTHER_SECRET)
    assert code == chat.refusal(command)


def test_the_same_id_of_the_same_session_is_recorded_once_also_after_coming_back(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    (first,) = chat.do(commands.Say(1, "oi", room="geral", id="a1"))
    chat.do(commands.Close(1, "closed"))
    chat.hello(2, "ana")
    assert [] == chat.do(commands.Say(2, "oi", room="geral", id="a1"))
    assert [effects.Duplicate("a1", first.seq)] == chat.answers(2)


def test_the_same_id_of_somebody_else_is_another_message(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.hello(2, "bia", OTHER_SECRET)
    chat.do(commands.Say(1, "oi", room="geral", id="1"))
    assert 1 == len(chat.do(commands.Say(2, "oi", room="geral", id="1")))


def test_a_nick_that_somebody_has_is_refused_without_regard_to_case(chat: ChatUnderTest) -> None:
    chat.hello(1, "Ana")
    chat.do(commands.Open(2, "json", "::1"))
    assert "nick_in_use" == chat.refusal(commands.Hello(2, "ana", ("geral",), OTHER_SECRET))


def test_the_same_session_takes_its_nick_from_its_own_older_connection(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    leave, bye, hello, join = chat.hello(2, "ana")
    assert ("leave", 1, "replaced") == (leave.type, leave.conn, leave.reason)
    assert ("bye", 1, "replaced") == (bye.type, bye.conn, bye.reason)
    assert [("hello", 2, "ana"), ("join", 2, "ana")] == [
        (each.type, each.conn, each.nick) for each in (hello, join)
    ]
    assert effects.End(1, "replaced") in chat.out


def test_of_two_connections_of_a_session_the_newer_stays_whatever_comes_first(
    chat: ChatUnderTest,
) -> None:
    chat.hello(2, "ana")
    assert [] == chat.hello(1, "ana")
    assert ["replaced"] == chat.codes(1)
    assert effects.End(1, "replaced") in chat.out
    assert "ana" == chat.state.connections[2].nick


def test_a_session_that_was_cut_gets_its_nick_back_from_whoever_took_it(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.do(commands.Close(1, "closed"))
    chat.hello(2, "ana", OTHER_SECRET)
    renamed, hello, _ = chat.hello(3, "ana")
    assert ("hello", "ana") == (hello.type, hello.nick)
    assert ("nick", 2, "ana", "visitante-1", "reclaimed") == (
        renamed.type, renamed.conn, renamed.nick, renamed.new, renamed.reason
    )  # fmt: skip


def test_who_logs_in_and_takes_the_accounts_name_gets_it_from_a_guest(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.hello(2, "rui", OTHER_SECRET)
    assert "nick_in_use" == chat.refusal(commands.Rename(2, "ANA"))
    chat.do(commands.Login(2, "Ana", "member"))
    lost, won = chat.do(commands.Rename(2, "ANA", "n"))
    assert ("nick", 1, "ana", "visitante-1", "reclaimed") == (
        lost.type, lost.conn, lost.nick, lost.new, lost.reason
    )  # fmt: skip
    assert ("nick", 2, "rui", "ANA", "", "n") == (won.type, won.conn, won.nick, won.new, won.reason, won.id)


def test_another_connection_of_the_account_keeps_the_name(chat: ChatUnderTest) -> None:
    for conn, nick, secret in ((1, "ana", SECRET), (2, "rui", OTHER_SECRET)):
        chat.hello(conn, nick, secret)
        chat.do(commands.Login(conn, "ana", "member"))
    assert "nick_in_use" == chat.refusal(commands.Rename(2, "ana"))


def test_after_goodbye_the_nick_is_free(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.do(commands.Bye(1))
    chat.hello(2, "ana", OTHER_SECRET)
    chat.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == chat.refusal(commands.Hello(3, "ana", (), SECRET))


def test_a_claim_ends_with_its_time(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.do(commands.Close(1, "closed"))
    chat.hello(2, "ana", OTHER_SECRET)
    chat.now += 601_000_000
    chat.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == chat.refusal(commands.Hello(3, "ana", (), SECRET))


@pytest.mark.parametrize("seconds", [0, 1, -3_600])
def test_without_a_hold_nothing_can_be_claimed_wherever_the_clock_goes(seconds: int) -> None:
    chat = ChatUnderTest(nick_hold=0.0)
    chat.hello(1, "ana")
    chat.do(commands.Close(1, "closed"))
    chat.hello(2, "ana", OTHER_SECRET)
    chat.now += seconds * 1_000_000
    chat.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == chat.refusal(commands.Hello(3, "ana", (), SECRET))


def test_a_position_of_this_log_is_resumed_for_the_session(chat: ChatUnderTest) -> None:
    identity = chat.hello(1, "ana")[0].identity
    chat.do(commands.Close(1, "closed"))
    chat.hello(2, "ana", since=("LOG", 2))
    assert effects.Feed(2, 2, ("geral",), (), identity) in chat.out
    welcome = chat.welcome(2)
    assert (True, 2, 5) == (welcome.resumed, welcome.seq, welcome.head)


@pytest.mark.parametrize("since", [("OTHER", 2), ("LOG", 99), ("LOG", -5)])
def test_a_position_that_is_not_in_this_log_is_not_resumed(
    chat: ChatUnderTest, since: tuple[str, int]
) -> None:
    chat.hello(1, "ana", since=since)
    assert not chat.welcome(1).resumed


def test_whoever_goes_leaves_every_room_and_then_is_gone(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=("geral", "x"))
    ended = chat.do(commands.Close(1, "timeout"))
    assert [("leave", "geral"), ("leave", "x"), ("bye", "")] == [(each.type, each.room) for each in ended]
    assert {"timeout"} == {each.reason for each in ended}
    assert ({}, {}) == (chat.state.rooms, chat.state.connections)


def test_who_was_in_no_room_leaves_a_record_too(chat: ChatUnderTest) -> None:
    assert [("hello", 1, "")] == kinds(chat.hello(1, "ana", rooms=()))
    assert [("bye", 1, "closed")] == kinds(chat.do(commands.Close(1, "closed")))


def test_who_never_registered_leaves_none(chat: ChatUnderTest) -> None:
    assert [] == chat.do(commands.Open(1, "json", "::1"))
    assert [] == chat.do(commands.Close(1, "closed"))
    assert [effects.End(1, "closed")] == chat.out


def test_a_text_connection_is_in_one_room_at_a_time(chat: ChatUnderTest) -> None:
    chat.visitor(1)
    leave, join = chat.do(commands.Join(1, "x", alone=True))
    assert ("leave", "geral", "left") == (leave.type, leave.room, leave.reason)
    assert ("join", "x") == (join.type, join.room)


def test_a_change_of_nick_makes_a_record_for_each_room(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=("geral", "x"))
    nicks = chat.do(commands.Rename(1, "bia"))
    assert [("ana", "bia", "geral"), ("ana", "bia", "x")] == [
        (each.nick, each.new, each.room) for each in nicks
    ]


def test_a_change_of_nick_outside_every_room_is_one_record(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=())
    (nick,) = chat.do(commands.Rename(1, "bia"))
    assert ("ana", "bia", "", "") == (nick.nick, nick.new, nick.room, nick.dialect)


def test_a_nick_can_change_its_case(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    assert 1 == len(chat.do(commands.Rename(1, "Ana")))


def test_an_unframed_client_is_named_by_its_message(chat: ChatUnderTest) -> None:
    chat.visitor(1)
    nick, message = chat.do(commands.SayAs(1, "rui", "oi", "rui: oi"))
    assert ("visitante-1", "rui") == (nick.nick, nick.new)
    assert ("rui", "oi") == (message.nick, message.text)
    assert 1 == len(chat.do(commands.SayAs(1, "rui", "de novo", "rui: de novo")))


def test_an_unframed_client_whose_nick_is_taken_is_told_and_loses_nothing(chat: ChatUnderTest) -> None:
    chat.hello(1, "rui")
    chat.visitor(2)
    (message,) = chat.do(commands.SayAs(2, "rui", "oi", "rui: oi"))
    assert ("visitante-1", "rui: oi") == (message.nick, message.text)
    assert ["nick_in_use"] == chat.codes(2)


def test_a_silent_visitor_that_speaks_json_after_all_begins_anew(chat: ChatUnderTest) -> None:
    chat.visitor(1)
    ended = chat.do(commands.Open(1, "json", "::1"))
    assert [("leave", "switched"), ("bye", "switched")] == [(each.type, each.reason) for each in ended]
    hello, join = chat.do(commands.Hello(1, "ana", ("geral",), SECRET))
    assert ("ana", "json", "join") == (hello.nick, hello.dialect, join.type)
    assert not [each for each in chat.out if isinstance(each, effects.End)]


def test_who_enters_a_large_room_is_told_of_nobody_else() -> None:
    chat = ChatUnderTest(quiet_room=2)
    for conn in (1, 2, 3):
        chat.visitor(conn)

    def told(*, entering: bool) -> effects.Members:
        chat.do(commands.Who(3, "geral", numbered=True, entering=entering))
        (reply,) = chat.out
        assert isinstance(reply, effects.Reply)
        assert isinstance(reply.answer, effects.Members)
        return reply.answer

    alone = told(entering=True)
    assert ([3], 3) == (alone.conns, alone.count)
    assert [1, 2, 3] == told(entering=False).conns
    chat.do(commands.Close(1, "closed"))
    assert [2, 3] == told(entering=True).conns


def test_in_a_large_room_coming_going_and_renaming_are_quiet() -> None:
    chat = ChatUnderTest(quiet_room=2)
    quiet = [chat.visitor(conn)[1].quiet for conn in (1, 2, 3, 4)]
    assert [False, False, True, True] == quiet
    assert [True] == [each.quiet for each in chat.do(commands.Rename(1, "a"))]
    assert [True, True, False, False] == [
        chat.do(commands.Close(conn, "closed"))[0].quiet for conn in (1, 2, 3, 4)
    ]


def test_rooms_are_bounded() -> None:
    chat = ChatUnderTest(max_rooms=2)
    chat.hello(1, "ana", rooms=("a", "b"))
    assert "too_many_rooms" == chat.refusal(commands.Join(1, "c"))
    chat.do(commands.Open(2, "json", "::1"))
    assert "too_many_rooms" == chat.refusal(commands.Hello(2, "b", ("a", "b", "c"), OTHER_SECRET))


def test_a_fatal_fault_is_told_and_ends_the_connection(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    leave, bye = chat.do(commands.Fault(1, "line_too_long", {"limit": "9"}, fatal=True))
    assert ("error", "error") == (leave.reason, bye.reason)
    assert ["line_too_long"] == chat.codes(1)
    # Why it ends is told more exactly than it goes on record.
    assert effects.End(1, "line_too_long") == chat.out[-1]


def test_a_clients_own_goodbye_is_answered_when_all_else_has_been_told(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    leave, bye = chat.do(commands.Close(1, "closed", b"until soon"))
    assert ("closed", "closed") == (leave.reason, bye.reason)
    assert [leave, bye, effects.End(1, "closed", b"until soon")] == chat.out


def test_what_a_dialect_itself_answers_changes_nothing_and_needs_no_hello(chat: ChatUnderTest) -> None:
    assert [] == chat.do(commands.Transmit(1, b"\x8a\x00"))
    assert [effects.Transmit(1, b"\x8a\x00")] == chat.out


def test_silence_is_answered_by_a_ping_and_then_by_the_end(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.do(commands.Silent(1, 60, gone=False))
    assert [effects.Ping(3)] == chat.answers(1)
    assert {"timeout"} == {each.reason for each in chat.do(commands.Silent(1, 120, gone=True))}
    assert ["timeout"] == chat.codes(1)


def test_who_has_not_said_hello_is_pinged_and_ended_too(chat: ChatUnderTest) -> None:
    chat.do(commands.Open(1, "json", "::1"))
    chat.do(commands.Silent(1, 60, gone=False))
    assert [effects.Ping(1)] == chat.answers(1)
    assert [] == chat.do(commands.Silent(1, 120, gone=True))
    assert effects.End(1, "timeout") == chat.out[-1]


def test_the_operator_removes_by_nick(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    assert {"kicked"} == {each.reason for each in chat.do(commands.Kick(OPERATOR, "ANA"))}
    assert ["kicked"] == chat.codes(1)
    assert "no_such_nick" == chat.refusal(commands.Kick(OPERATOR, "ANA"))


def test_a_stop_lets_everybody_leave_and_is_the_last_record(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana")
    chat.visitor(2)
    out = chat.do(commands.Stop(OPERATOR))
    assert ["leave", "bye", "leave", "bye", "stop"] == [each.type for each in out]
    assert {"shutdown"} == {each.reason for each in out[:-1]}


def test_a_start_closes_what_a_crash_left_open(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=("geral", "x"))
    chat.hello(2, "bia", OTHER_SECRET, rooms=())
    again = State()
    for record in chat.records:
        again.evolve(record)
    expected = [("start", 0), ("leave", 1), ("leave", 1), ("bye", 1), ("bye", 2)]
    assert expected == [(each.type, each.conn) for each in ChatUnderTest(again).records]
    assert {} == again.connections


def test_what_a_crash_left_open_can_be_closed_one_by_one_with_the_same_records(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=("geral", "x"))
    chat.hello(2, "bia", OTHER_SECRET, rooms=())
    at_once, piecemeal = State(), State()
    for record in chat.records:
        at_once.evolve(record)
        piecemeal.evolve(record)
    start = commands.Start(OPERATOR, "chatsimples test", at_once.limits)
    by_and_by = Chat("LOG", piecemeal)
    asked: list[commands.Command] = [
        replace(start, ends=False), commands.Close(1, "crash"), commands.Close(2, "crash"),
    ]  # fmt: skip
    made = [each for command in asked for each in by_and_by.apply(command, NOW)]
    assert Chat("LOG", at_once).apply(start, NOW) == made
    assert at_once.snapshot() == piecemeal.snapshot()


def test_who_may_enter_a_room_may_read_it_without_being_in_it(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=("Sala",))
    chat.hello(2, "bia", OTHER_SECRET, rooms=())
    chat.do(commands.Who(2, "sala", "w"))
    assert [effects.Members("Sala", ["ana"], 1, id="w")] == chat.answers(2)
    chat.do(commands.History(2, "sala", 0, 5, "h"))
    assert [effects.Recall(2, "Sala", chat.state.seq + 1, 5, "h")] == chat.out


def test_a_question_without_a_room_is_about_the_first_that_one_is_in(chat: ChatUnderTest) -> None:
    chat.hello(1, "ana", rooms=("x", "geral"))
    chat.do(commands.Who(1))
    assert [effects.Members("x", ["ana"], 1)] == chat.answers(1)
    chat.hello(2, "bia", OTHER_SECRET, rooms=())
    assert "not_in_room" == chat.refusal(commands.Who(2))
