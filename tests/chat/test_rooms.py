"""What the state of a chat is made of."""

from __future__ import annotations

from chatsimples.chat.rooms import Connection, Room


def test_a_room_and_a_connection_begin_with_nobody_and_nowhere() -> None:
    room, connection = Room("sala", "Sala", {}), Connection(7, "ana", "json", "")
    assert (None, None, {}) == (room.charter, room.order, room.members)
    assert ({}, "", "", None) == (connection.rooms, connection.account, connection.role, connection.session)
    room.members[7] = connection
    assert {} == Room("x", "x", {}).members
    assert {} == Connection(8, "bia", "json", "").rooms
