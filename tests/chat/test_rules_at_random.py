"""The rules, whatever is asked of them in whatever order."""

from __future__ import annotations

from collections import Counter

from chat.chats import OTHER_SECRET, SECRET, ChatUnderTest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.records import to_line
from chatsimples.chat.state import State

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
    chat = ChatUnderTest(quiet_room=quiet_room, max_rooms=2)
    there: set[int] = set()
    inside: Counter[tuple[int, str]] = Counter()
    for command in asked:
        for record in chat.do(command):
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
    assert list(range(1, len(chat.records) + 1)) == [each.seq for each in chat.records]
    state = chat.state
    assert there == set(state.connections)
    members = {(conn, key) for key, room in state.rooms.items() for conn in room.members}
    assert {where for where, count in inside.items() if count} == members
    assert len(there) == len({each.nick.lower() for each in state.connections.values()}) == len(state.nicks)
    said = [(each.conn, each.id) for each in chat.records if each.type == "message" and each.id]
    assert len(said) == len(set(said))


@given(st.lists(COMMANDS, max_size=60), st.integers(0, 60))
def test_the_records_alone_give_the_same_state_again(asked: list[commands.Command], cut: int) -> None:
    chat = ChatUnderTest()
    for command in asked:
        chat.do(command)
    again = State()
    for record in chat.records[:cut]:
        again.evolve(record)
    resumed = State()
    resumed.restore(again.snapshot())
    for record in chat.records[cut:]:
        resumed.evolve(record)
    assert chat.state.snapshot() == resumed.snapshot()


@given(st.lists(COMMANDS, max_size=40))
def test_the_same_commands_make_the_same_bytes(asked: list[commands.Command]) -> None:
    def run() -> list[bytes]:
        chat = ChatUnderTest()
        for command in asked:
            chat.do(command)
        return [to_line(each) for each in chat.records]

    assert run() == run()
