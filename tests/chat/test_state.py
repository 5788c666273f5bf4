"""The state: what the records add up to, and what survives a snapshot."""

from __future__ import annotations

import gc
import json

import msgspec
import pytest

from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record
from chatsimples.chat.snapshots import FORM
from chatsimples.chat.state import State

AT = "2026-11-22T15:00:00.000000Z"
LATER = "2026-11-22T15:00:01.000000Z"
LIMITS = Limits(max_rooms=1, quiet_room=2, nick_hold=3.0)


# A snapshot of this form whose tables of sessions are missing.
WITHOUT_SESSIONS = msgspec.msgpack.encode((FORM, 1, 0, "", LIMITS, [], []))


def state_of(*records: Record) -> State:
    state = State()
    for record in records:
        state.evolve(record)
    return state


def ids_of(state: State, identity: str) -> dict[str, int]:
    session = state.sessions.get(identity)
    return dict(session.ids) if session is not None else {}


def a_chat() -> list[Record]:
    return [
        Record(1, AT, "start", server="chatsimples 1", limits=LIMITS),
        Record(2, AT, "hello", 7, "ana", dialect="json", identity="A"),
        Record(3, AT, "join", 7, "ana", room="Sala"),
        Record(4, AT, "message", 7, "ana", room="Sala", text="x", id="i"),
        Record(5, AT, "hello", 5, "visitante-1", dialect="text"),
    ]


def test_a_connection_is_there_from_its_hello_to_its_bye() -> None:
    state = state_of(*a_chat(), Record(6, LATER, "bye", 7, "ana", reason="closed"))
    assert [5] == list(state.connections)
    assert ["visitante-1"] == list(state.nicks)
    assert {} == state.rooms
    session = state.sessions.get("A")
    assert session is not None
    assert ("ana", 0, LATER) == (session.nick, session.conn, session.left_at)


def test_a_hello_of_a_number_that_is_there_ends_who_had_it() -> None:
    state = state_of(*a_chat(), Record(6, LATER, "hello", 7, "eva", dialect="json", identity="E"))
    assert ["visitante-1", "eva"] == list(state.nicks)
    assert ({}, {}) == (state.rooms, state.connections[7].rooms)
    session = state.sessions.get("A")
    assert session is not None
    assert ("ana", 0, LATER) == (session.nick, session.conn, session.left_at)


def test_who_says_goodbye_claims_no_nick() -> None:
    session = state_of(*a_chat(), Record(6, AT, "bye", 7, "ana", reason="quit")).sessions.get("A")
    assert session is not None
    assert "" == session.nick


def test_a_snapshot_keeps_all_of_it() -> None:
    state = state_of(*a_chat())
    again = State()
    again.restore(state.snapshot())
    assert state.snapshot() == again.snapshot()
    assert (5, 7, {"i": 4}) == (again.seq, again.last_conn, ids_of(again, "A"))
    assert ("chatsimples 1", LIMITS) == (again.server, again.limits)
    assert "Sala" == again.rooms["sala"].name
    assert again.nicks["ana"] is again.connections[7]
    assert [7, 5] == list(again.connections)


@pytest.mark.parametrize("bad", [b"", b"{}", WITHOUT_SESSIONS, b"[]", b'{"seq":"x"}', b'{"version":3}'])
def test_what_is_no_snapshot_is_a_value_error_and_changes_nothing(bad: bytes) -> None:
    state = state_of(*a_chat())
    before = state.snapshot()
    with pytest.raises(ValueError):
        state.restore(bad)
    assert before == state.snapshot()


def test_a_nick_that_two_have_is_still_the_later_ones_after_a_snapshot() -> None:
    # No server records it so.
    state = state_of(*a_chat(), Record(6, AT, "nick", 7, "ana", new="visitante-1", room="Sala"))
    again = State()
    again.restore(state.snapshot())
    assert state.snapshot() == again.snapshot()
    assert (7, [7, 5]) == (again.nicks["visitante-1"].conn, [*again.connections])


def test_a_session_that_spoke_without_an_id_is_kept_when_it_quits() -> None:
    def after(*more: Record) -> State:
        return state_of(*a_chat()[:3], *more, Record(6, LATER, "bye", 7, "ana", reason="quit"))

    assert after(Record(4, AT, "message", 7, "ana", room="Sala", text="x")).sessions.get("A") is not None
    assert after().sessions.get("A") is None


def test_a_session_has_one_connection_the_later_one() -> None:
    # No server of this version records the later hello before the earlier bye.
    state = state_of(*a_chat(), Record(6, AT, "hello", 8, "ana2", dialect="json", identity="A"))
    assert state.connections[7].session is None
    assert {"i": 4} == state.connections[8].session.ids if state.connections[8].session else False
    state.evolve(Record(7, AT, "message", 7, "ana", room="Sala", text="x", id="j"))
    state.evolve(Record(8, LATER, "bye", 7, "ana", reason="closed"))
    session = state.sessions.get("A")
    assert session is not None
    assert ("ana2", 8, {"i": 4}) == (session.nick, session.conn, dict(session.ids))


def test_the_garbage_collector_works_on_after_a_restore() -> None:
    snapshot = state_of(*a_chat()).snapshot()
    State().restore(snapshot)
    with pytest.raises(ValueError):
        State().restore(b"")
    assert gc.isenabled()
    gc.disable()
    try:
        State().restore(snapshot)
        assert not gc.isenabled()
    finally:
        gc.enable()


# Version 1, which has neither hello nor bye.


def older_chat() -> list[Record]:
    return [
        Record(1, AT, "start", server="chatsimples 0.1.0"),
        Record(2, AT, "join", 7, "ana", room="Sala", dialect="json", identity="A"),
        Record(3, AT, "join", 7, "ana", room="x"),
        Record(4, AT, "message", 9, "bia", to="ana", to_conn=7, text="x", dialect="json", identity="B"),
    ]


def test_in_version_1_the_first_record_introduces_a_connection() -> None:
    state = state_of(*older_chat())
    assert [(7, "json", "A"), (9, "json", "B")] == [
        (each.conn, each.dialect, each.identity) for each in state.connections.values()
    ]
    session = state.sessions.get("A")
    assert session is not None
    assert [7] == session.connections


def test_in_version_1_the_last_leave_is_the_end() -> None:
    leaves = [
        Record(seq, LATER, "leave", 7, "ana", room=room, reason="closed")
        for seq, room in ((5, "Sala"), (6, "x"))
    ]
    assert 7 in state_of(*older_chat(), leaves[0]).connections
    assert 7 not in state_of(*older_chat(), *leaves).connections


def test_in_version_1_who_leaves_the_last_room_by_its_own_wish_stays() -> None:
    leaves = [
        Record(seq, LATER, "leave", 7, "ana", room=room, reason="left")
        for seq, room in ((5, "Sala"), (6, "x"))
    ]
    assert 7 in state_of(*older_chat(), *leaves).connections


def test_in_version_1_who_was_in_no_room_is_gone_when_the_server_starts_again() -> None:
    state = state_of(*older_chat(), Record(5, LATER, "start", server="chatsimples 0.1.0"))
    assert [7] == list(state.connections)


def test_who_of_version_1_is_there_when_version_2_begins_has_a_bye_like_all() -> None:
    start = Record(5, LATER, "start", server="chatsimples 0.2.0", limits=LIMITS)
    leaves = [
        Record(seq, LATER, "leave", 7, "ana", room=room, reason="crash")
        for seq, room in ((6, "Sala"), (7, "x"))
    ]
    state = state_of(*older_chat(), start, *leaves)
    assert [7] == list(state.connections)
    state.evolve(Record(8, LATER, "bye", 7, "ana", reason="crash"))
    assert {} == state.connections


def test_a_snapshot_of_version_1_is_understood() -> None:
    older = {
        "seq": 4,
        "last_conn": 9,
        "connections": [[7, "json", "ana", "A", {"sala": "Sala"}]],
        "sessions": [["A", "ana", 7, "", [3, 7], {"i": 2}], ["B", "bia", 8, "", [8], {}]],
    }
    state = State()
    state.restore(json.dumps(older).encode())
    assert (4, 9, {"i": 2}) == (state.seq, state.last_conn, ids_of(state, "A"))
    assert "Sala" == state.rooms["sala"].name
    session = state.sessions.get("A")
    assert session is not None
    assert [3, 7] == session.connections
    # Its connection was on no record: nothing tells when it went.
    other = state.sessions.get("B")
    assert other is not None
    assert ("", 0) == (other.nick, other.conn)
    state.evolve(Record(5, AT, "leave", 7, "ana", room="Sala", reason="crash"))
    assert {} == state.connections
