"""Snapshots of versions before, as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatsimples.chat.ids import Ids
from chatsimples.chat.limits import UNKNOWN_LIMITS, Limits
from chatsimples.chat.older_snapshots import is_older, read
from chatsimples.chat.sessions import Sessions

AT = "2026-11-22T15:00:00.000000Z"
LIMITS = {"max_rooms": 1, "quiet_room": 2, "nick_hold": 3.0}
OF_VERSION_1: dict[str, Any] = {
    "seq": 4,
    "last_conn": 9,
    "connections": [[7, "json", "ana", "A", {"sala": "Sala"}]],
    "sessions": [["A", "ana", 7, "", [3, 7], {"i": 2}], ["B", "bia", 8, "", [8], {}]],
}
OF_VERSION_2: dict[str, Any] = {
    "seq": 4,
    "last_conn": 9,
    "connections": [[7, "json", "ana", "A", {"sala": "Sala"}, False], [9, "text", "rui", "", {}, False]],
    "sessions": [["B", "bia", 0, AT, [], {"i": 1, "j": 3}], ["A", "ana", 7, "", [], {"i": 2}]],
    "server": "chatsimples 0.2.0",
    "limits": LIMITS,
    "version": 2,
}


def test_they_are_known_by_their_beginning() -> None:
    assert is_older(json.dumps(OF_VERSION_1).encode())
    assert not is_older(b"\x97\x03")
    assert not is_older(b"")


def test_one_of_version_2_is_read_whole() -> None:
    saved = read(json.dumps(OF_VERSION_2).encode())
    assert (4, 9, "chatsimples 0.2.0", Limits(1, 2, 3.0)) == (
        saved.seq, saved.last_conn, saved.server, saved.limits,
    )  # fmt: skip
    ana, rui = saved.connections
    assert (7, "ana", "ana", "json", "A", False) == (
        ana.conn, ana.nick, ana.key, ana.dialect, ana.identity, ana.ends_unsaid,
    )  # fmt: skip
    assert {"sala": "Sala"} == ana.rooms
    assert ana.session is not None
    assert (True, Ids({"i": 2})) == (ana.session.spoke, Ids.read(ana.session.ids))
    assert (9, None) == (rui.conn, rui.session)
    sessions = Sessions()
    sessions.restore_kept(saved.kept)
    bia = sessions.get("B")
    assert bia is not None
    assert ("bia", AT, True, {"i": 1, "j": 3}) == (bia.nick, bia.left_at, bia.spoke, dict(bia.ids))


def test_in_one_of_version_1_a_session_without_its_connection_claims_nothing() -> None:
    saved = read(json.dumps(OF_VERSION_1).encode())
    assert saved.limits is UNKNOWN_LIMITS
    assert saved.connections[0].ends_unsaid
    assert saved.connections[0].session is not None
    assert [3, 7] == saved.connections[0].session.connections
    sessions = Sessions()
    sessions.restore_kept(saved.kept)
    bia = sessions.get("B")
    assert bia is not None
    assert ("", 0, [8]) == (bia.nick, bia.conn, bia.connections)


@pytest.mark.parametrize("bad", [b"{}", b'{"seq":"x"}', b'{"version":3}', b"{", b'{"seq":1,"last_conn":1}'])
def test_what_is_none_is_a_value_error(bad: bytes) -> None:
    with pytest.raises(ValueError):
        read(bad)
