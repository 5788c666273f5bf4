"""The rules: what a command makes of a chat."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat import commands, effects
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.rules import Chat, Limits
from chatsimples.chat.state import State

NOW = 1_795_359_600_000_000
SECRET = "a-secret-of-ana-1"
OTHER_SECRET = "a-secret-of-bia-2"


class Table:
    """A chat under test, with short ways to say things and to look at what came out."""

    def __init__(self, **limits):
        self.chat = Chat(Limits(**limits), "LOG", "chatsimples test", State())
        self.now = NOW
        self.out = []
        self.records = []
        self.chat_records(self.chat.start(NOW))

    def chat_records(self, out):
        self.out = out
        self.records += [each for each in out if isinstance(each, Record)]
        return [each for each in out if isinstance(each, Record)]

    def do(self, command):
        return self.chat_records(self.chat.apply(command, self.now))

    def visitor(self, conn):
        return self.do(commands.Open(conn, "text", "::1"))

    def hello(self, conn, nick, session=SECRET, rooms=("geral",), since=("", -1)):
        self.do(commands.Open(conn, "json", "::1"))
        return self.do(commands.Hello(conn, nick, rooms, session, *since))

    def answers(self, conn):
        return [each.answer for each in self.out if isinstance(each, effects.Reply) and each.conn == conn]

    def refusal(self, command):
        before = self.chat.state.seq
        assert [] == self.do(command)
        (answer,) = self.answers(command.conn)
        assert before == self.chat.state.seq
        return answer.code


@pytest.fixture
def table():
    return Table()


def test_the_first_record_is_the_start(table):
    assert [("start", 1)] == [(each.type, each.seq) for each in table.records]


def test_a_text_connection_is_a_visitor_in_the_default_room(table):
    (join,) = table.visitor(1)
    assert ("join", "visitante-1", "geral", "text") == (join.type, join.nick, join.room, join.dialect)


def test_a_json_connection_is_nobody_before_its_hello(table):
    table.do(commands.Open(1, "json", "::1"))
    for command in (
        commands.Say(1, "oi", room="geral"), commands.Join(1, "x"), commands.Leave(1, "x"),
        commands.Rename(1, "a"), commands.History(1, "geral", 0, 5), commands.Who(1),
        commands.Rooms(1), commands.Ping(1),
    ):  # fmt: skip
        assert "not_registered" == table.refusal(command)


def test_a_hello_is_answered_by_a_welcome_at_the_position_and_then_a_join_for_each_room(table):
    joins = table.hello(1, "ana", rooms=("geral", "x"))
    assert [("join", "geral", 2), ("join", "x", 3)] == [(each.type, each.room, each.seq) for each in joins]
    (welcome,) = table.answers(1)
    assert ("ana", "LOG", 1, SECRET, False) == (
        welcome.nick, welcome.log, welcome.seq, welcome.session, welcome.resumed
    )  # fmt: skip
    assert table.out.index(next(each for each in table.out if isinstance(each, effects.Reply))) == 0


def test_only_the_first_record_of_a_connection_introduces_it(table):
    first, second = table.hello(1, "ana", rooms=("geral", "x"))
    assert "json" == first.dialect
    assert 32 == len(first.identity)
    assert ("", "") == (second.dialect, second.identity)
    assert SECRET not in to_line(first).decode()


def test_a_room_named_twice_in_a_hello_is_entered_once(table):
    assert 1 == len(table.hello(1, "ana", rooms=("geral", "GERAL")))


def test_a_second_hello_is_refused(table):
    table.hello(1, "ana")
    assert "already_registered" == table.refusal(commands.Hello(1, "b", (), "x" * 20))


def test_a_message_is_recorded_in_the_room_under_its_first_spelling(table):
    table.hello(1, "ana", rooms=("Sala",))
    (message,) = table.do(commands.Say(1, "oi", room="sala", id="a1"))
    assert ("message", "ana", "Sala", "oi", "a1") == (
        message.type, message.nick, message.room, message.text, message.id
    )  # fmt: skip


def test_a_private_message_names_the_connection_that_it_goes_to(table):
    table.hello(1, "ana")
    table.hello(2, "Bia", OTHER_SECRET)
    (message,) = table.do(commands.Say(1, "oi", to="bia"))
    assert ("Bia", 2, "") == (message.to, message.to_conn, message.room)


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
def test_what_is_refused_changes_nothing(table, command, code):
    table.hello(1, "ana")
    table.hello(2, "bia", OTHER_SECRET)
    assert code == table.refusal(command)


def test_the_same_id_of_the_same_session_is_recorded_once_also_after_coming_back(table):
    table.hello(1, "ana")
    (first,) = table.do(commands.Say(1, "oi", room="geral", id="a1"))
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana")
    assert [] == table.do(commands.Say(2, "oi", room="geral", id="a1"))
    assert [effects.Duplicate("a1", first.seq)] == table.answers(2)


def test_the_same_id_of_somebody_else_is_another_message(table):
    table.hello(1, "ana")
    table.hello(2, "bia", OTHER_SECRET)
    table.do(commands.Say(1, "oi", room="geral", id="1"))
    assert 1 == len(table.do(commands.Say(2, "oi", room="geral", id="1")))


def test_a_nick_that_somebody_has_is_refused_without_regard_to_case(table):
    table.hello(1, "Ana")
    table.do(commands.Open(2, "json", "::1"))
    assert "nick_in_use" == table.refusal(commands.Hello(2, "ana", ("geral",), OTHER_SECRET))


def test_the_same_session_takes_its_nick_from_its_own_older_connection(table):
    table.hello(1, "ana")
    leave, join = table.hello(2, "ana")
    assert ("leave", 1, "replaced") == (leave.type, leave.conn, leave.reason)
    assert ("join", 2, "ana") == (join.type, join.conn, join.nick)
    assert effects.End(1) in table.out


def test_of_two_connections_of_a_session_the_newer_stays_whichever_hello_comes_first(table):
    table.hello(2, "ana")
    assert [] == table.hello(1, "ana")
    assert ["replaced"] == [each.code for each in table.answers(1)]
    assert effects.End(1) in table.out
    assert "ana" == table.chat.state.connections[2].nick


def test_a_session_that_was_cut_gets_its_nick_back_from_whoever_took_it(table):
    table.hello(1, "ana")
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana", OTHER_SECRET)
    renamed, _ = table.hello(3, "ana")
    assert ("nick", 2, "ana", "visitante-1", "reclaimed") == (
        renamed.type, renamed.conn, renamed.nick, renamed.new, renamed.reason
    )  # fmt: skip


def test_after_goodbye_the_nick_is_free(table):
    table.hello(1, "ana")
    table.do(commands.Bye(1))
    table.hello(2, "ana", OTHER_SECRET)
    table.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == table.refusal(commands.Hello(3, "ana", (), SECRET))


def test_a_claim_ends_with_its_time(table):
    table.hello(1, "ana")
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana", OTHER_SECRET)
    table.now += 601_000_000
    table.do(commands.Open(3, "json", "::1"))
    assert "nick_in_use" == table.refusal(commands.Hello(3, "ana", (), SECRET))


def test_a_position_of_this_log_is_resumed_with_the_connections_that_were_its_own(table):
    table.hello(1, "ana")
    table.do(commands.Close(1, "closed"))
    table.hello(2, "ana", since=("LOG", 2))
    assert effects.Feed(2, 2, ("geral",), (1, 2)) in table.out
    (welcome,) = table.answers(2)
    assert (True, 2, 3) == (welcome.resumed, welcome.seq, welcome.head)


@pytest.mark.parametrize("since", [("OTHER", 2), ("LOG", 99), ("LOG", -5)])
def test_a_position_that_is_not_in_this_log_is_not_resumed(table, since):
    table.hello(1, "ana", since=since)
    (welcome,) = table.answers(1)
    assert not welcome.resumed


def test_whoever_goes_leaves_every_room(table):
    table.hello(1, "ana", rooms=("geral", "x"))
    leaves = table.do(commands.Close(1, "timeout"))
    assert [("geral", "timeout"), ("x", "timeout")] == [(each.room, each.reason) for each in leaves]
    assert {} == table.chat.state.rooms


def test_a_text_connection_is_in_one_room_at_a_time(table):
    table.visitor(1)
    leave, join = table.do(commands.Join(1, "x", alone=True))
    assert ("leave", "geral", "left") == (leave.type, leave.room, leave.reason)
    assert ("join", "x") == (join.type, join.room)


def test_a_change_of_nick_makes_a_record_for_each_room(table):
    table.hello(1, "ana", rooms=("geral", "x"))
    nicks = table.do(commands.Rename(1, "bia"))
    assert [("ana", "bia", "geral"), ("ana", "bia", "x")] == [
        (each.nick, each.new, each.room) for each in nicks
    ]


def test_a_change_of_nick_outside_every_room_is_one_record(table):
    table.hello(1, "ana", rooms=())
    (nick,) = table.do(commands.Rename(1, "bia"))
    assert ("ana", "bia", "", "json") == (nick.nick, nick.new, nick.room, nick.dialect)


def test_a_nick_can_change_its_case(table):
    table.hello(1, "ana")
    assert 1 == len(table.do(commands.Rename(1, "Ana")))


def test_an_unframed_client_is_named_by_its_message(table):
    table.visitor(1)
    nick, message = table.do(commands.SayAs(1, "rui", "oi", "rui: oi"))
    assert ("visitante-1", "rui") == (nick.nick, nick.new)
    assert ("rui", "oi") == (message.nick, message.text)
    assert 1 == len(table.do(commands.SayAs(1, "rui", "de novo", "rui: de novo")))


def test_an_unframed_client_whose_nick_is_taken_is_told_and_loses_nothing(table):
    table.hello(1, "rui")
    table.visitor(2)
    (message,) = table.do(commands.SayAs(2, "rui", "oi", "rui: oi"))
    assert ("visitante-1", "rui: oi") == (message.nick, message.text)
    assert ["nick_in_use"] == [each.code for each in table.answers(2)]


def test_a_silent_visitor_that_speaks_json_after_all_leaves_and_begins_anew(table):
    table.visitor(1)
    (leave,) = table.do(commands.Open(1, "json", "::1"))
    assert "switched" == leave.reason
    (join,) = table.do(commands.Hello(1, "ana", ("geral",), SECRET))
    assert ("ana", "json") == (join.nick, join.dialect)
    assert effects.End(1) not in table.out


def test_in_a_large_room_coming_going_and_renaming_are_quiet():
    table = Table(quiet_room=2)
    quiet = [table.visitor(conn)[0].quiet for conn in (1, 2, 3, 4)]
    assert [False, False, True, True] == quiet
    assert [True] == [each.quiet for each in table.do(commands.Rename(1, "a"))]
    assert [True, True, False, False] == [
        table.do(commands.Close(conn, "closed"))[0].quiet for conn in (1, 2, 3, 4)
    ]


def test_rooms_are_bounded():
    table = Table(max_rooms=2)
    table.hello(1, "ana", rooms=("a", "b"))
    assert "too_many_rooms" == table.refusal(commands.Join(1, "c"))
    table.do(commands.Open(2, "json", "::1"))
    assert "too_many_rooms" == table.refusal(commands.Hello(2, "b", ("a", "b", "c"), OTHER_SECRET))


def test_a_fatal_fault_is_told_and_ends_the_connection(table):
    table.hello(1, "ana")
    (leave,) = table.do(commands.Fault(1, "line_too_long", {"limit": "9"}, fatal=True))
    assert "error" == leave.reason
    assert ["line_too_long"] == [each.code for each in table.answers(1)]
    assert effects.End(1) == table.out[-1]


def test_silence_is_answered_by_a_ping_with_the_position_and_then_by_the_end(table):
    table.hello(1, "ana")
    table.do(commands.Silent(1, 60, gone=False))
    assert [effects.Ping(2)] == table.answers(1)
    (leave,) = table.do(commands.Silent(1, 120, gone=True))
    assert "timeout" == leave.reason


def test_the_operator_removes_by_nick(table):
    table.hello(1, "ana")
    (leave,) = table.do(commands.Kick(0, "ANA"))
    assert "kicked" == leave.reason
    assert "no_such_nick" == table.refusal(commands.Kick(0, "ANA"))


def test_a_stop_lets_everybody_leave_and_is_the_last_record(table):
    table.hello(1, "ana")
    table.visitor(2)
    out = table.chat_records(table.chat.stop(NOW))
    assert ["shutdown", "shutdown", ""] == [each.reason for each in out]
    assert "stop" == out[-1].type


def test_a_start_closes_what_a_crash_left_open(table):
    table.hello(1, "ana", rooms=("geral", "x"))
    again = State()
    for record in table.records:
        again.evolve(record)
    chat = Chat(Limits(), "LOG", "chatsimples test", again)
    out = [each for each in chat.start(NOW) if isinstance(each, Record)]
    assert [("start", ""), ("leave", "crash"), ("leave", "crash")] == [
        (each.type, each.reason) for each in out
    ]
    assert {} == again.connections


def test_commands_of_a_connection_that_has_ended_are_dropped(table):
    table.hello(1, "ana")
    table.do(commands.Bye(1))
    assert [] == table.do(commands.Say(1, "oi", room="geral"))
    assert [] == table.answers(1)


NICKS = st.sampled_from(["ana", "ANA", "bia", "visitante-1", "rui"])
ROOMS = st.sampled_from(["geral", "x", "Y", "y"])
CONNS = st.integers(1, 4)
IDS = st.sampled_from(["", "1", "2"])
COMMANDS = st.one_of(
    st.builds(commands.Open, CONNS, st.sampled_from(["text", "json"]), st.just("::1")),
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
    st.builds(commands.Kick, st.just(0), NICKS),
)  # fmt: skip


@given(st.lists(COMMANDS, max_size=60), st.integers(0, 3))
def test_whatever_is_asked_the_records_hold_together(asked, quiet_room):
    table = Table(quiet_room=quiet_room, max_rooms=2)
    inside = Counter()
    for command in asked:
        for record in table.do(command):
            where = (record.conn, record.room.lower())
            if record.type == "join":
                inside[where] += 1
                assert 1 == inside[where]
            elif record.type == "leave":
                inside[where] -= 1
                assert 0 == inside[where]
            elif record.type == "message" and record.room:
                assert 1 == inside[where]
    assert list(range(1, len(table.records) + 1)) == [each.seq for each in table.records]
    state = table.chat.state
    members = {(conn, key) for key, room in state.rooms.items() for conn in room.members}
    assert {where for where, count in inside.items() if count} == members
    holders = [each for each in state.connections.values() if each.nick]
    assert len(holders) == len({each.nick.lower() for each in holders}) == len(state.nicks)
    said = [(each.conn, each.id) for each in table.records if each.type == "message" and each.id]
    assert len(said) == len(set(said))


@given(st.lists(COMMANDS, max_size=60), st.integers(0, 60))
def test_the_records_alone_give_the_same_state_again(asked, cut):
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

    def told(state):
        return (
            state.seq,
            {
                key: {conn: each.nick for conn, each in room.members.items()}
                for key, room in state.rooms.items()
            },
            {identity: each.ids for identity, each in state.sessions.items() if each.ids},
        )

    assert told(table.chat.state) == told(resumed)


@given(st.lists(COMMANDS, max_size=40))
def test_the_same_commands_make_the_same_bytes(asked):
    def run():
        table = Table()
        for command in asked:
            table.do(command)
        return [to_line(each) for each in table.records]

    assert run() == run()
