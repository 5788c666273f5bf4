"""The state: what it forgets, and what survives a snapshot."""

import pytest

from chatsimples.chat import state as module
from chatsimples.chat.records import Record
from chatsimples.chat.state import Connection, State

AT = "2026-11-22T15:00:00.000000Z"


def registered(state, conn, nick, identity):
    connection = Connection(conn, "json")
    state.add(connection)
    state.register(connection, nick, identity)
    return connection


def test_a_session_remembers_its_last_ids_and_no_more(monkeypatch):
    monkeypatch.setattr(module, "IDS_PER_SESSION", 3)
    state = State()
    registered(state, 1, "ana", "A")
    for seq in range(1, 6):
        state.evolve(Record(seq, AT, "message", 1, "ana", room="geral", text="x", id=f"id{seq}"))
    assert [0, 0, 3, 4, 5] == [state.recorded("A", f"id{seq}") for seq in range(1, 6)]


def test_sessions_that_are_cut_are_forgotten_first_and_never_those_that_are_there(monkeypatch):
    monkeypatch.setattr(module, "SESSIONS_KEPT", 2)
    state = State()
    registered(state, 1, "a", "A")
    gone = registered(state, 2, "b", "B")
    state.forget(gone, AT, claim=True)
    registered(state, 3, "c", "C")
    assert ["A", "C"] == sorted(state.sessions)


def test_a_snapshot_keeps_sessions_connections_rooms_and_numbers():
    state = State()
    state.evolve(Record(1, AT, "join", 7, "ana", room="Sala", dialect="json", identity="A"))
    state.evolve(Record(2, AT, "message", 7, "ana", room="Sala", text="x", id="i"))
    again = State()
    again.restore(state.snapshot())
    assert state.snapshot() == again.snapshot()
    assert (2, 7, 2) == (again.seq, again.last_conn, again.recorded("A", "i"))
    assert "Sala" == again.rooms["sala"].name
    assert again.nicks["ana"] is again.connections[7]


@pytest.mark.parametrize("bad", [b"", b"{}", b"[]", b'{"seq":"x"}'])
def test_what_is_no_snapshot_is_a_value_error(bad):
    with pytest.raises(ValueError):
        State().restore(bad)


def test_connections_stand_in_the_order_of_their_first_records_live_and_after_a_snapshot():
    live = State()
    for conn in (1, 2, 3):
        live.add(Connection(conn, "json"))
    again = State()
    for seq, conn in enumerate((3, 1, 2), 1):
        live.introduce(live.connections[conn])
        record = Record(seq, AT, "join", conn, f"n{conn}", room="x", dialect="json", identity=f"I{conn}")
        live.evolve(record)
        again.evolve(record)
    restored = State()
    restored.restore(live.snapshot())
    assert [3, 1, 2] == list(live.connections) == list(again.connections) == list(restored.connections)


def test_a_session_whose_connection_left_no_record_is_cut_when_the_server_starts():
    state = State()
    registered(state, 1, "ana", "A")
    restored = State()
    restored.restore(state.snapshot())
    assert 1 == restored.sessions["A"].conn
    restored.cut(AT)
    assert (0, AT, "ana") == (
        restored.sessions["A"].conn,
        restored.sessions["A"].left_at,
        restored.sessions["A"].nick,
    )
