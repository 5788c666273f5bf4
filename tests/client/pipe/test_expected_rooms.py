"""The rooms are those in which all commands end, and one of them is current."""

from __future__ import annotations

import pytest

from chatsimples.client.pipe.expected_rooms import ExpectedRooms
from chatsimples.client.protocol.core import Core
from chatsimples.errors import Refusal


@pytest.fixture
def rooms() -> ExpectedRooms:
    return ExpectedRooms(Core("ana", ["geral", "turma"]))


def test_the_first_room_is_current_at_first(rooms: ExpectedRooms) -> None:
    assert (["geral", "turma"], "geral") == (rooms.rooms, rooms.current)


def test_a_room_counts_as_entered_and_left_before_the_server_answers(rooms: ExpectedRooms) -> None:
    rooms.enter("dev", go=False)
    rooms.leave("TURMA")
    assert (["geral", "dev"], "geral") == (rooms.rooms, rooms.current)


def test_going_into_a_room_makes_it_current(rooms: ExpectedRooms) -> None:
    assert None is not rooms.enter("dev", go=True)
    assert "dev" == rooms.current
    assert None is rooms.enter("Geral", go=True)
    assert "geral" == rooms.current


def test_leaving_the_current_room_makes_the_first_of_the_others_current(rooms: ExpectedRooms) -> None:
    rooms.leave("geral")
    assert "turma" == rooms.current
    rooms.leave("turma")
    assert ([], "") == (rooms.rooms, rooms.current)


def test_a_refusal_brings_the_room_before_back(rooms: ExpectedRooms) -> None:
    command = rooms.enter("dev", go=True)
    assert command is not None
    rooms.answered(command, refused=True)
    assert (["geral", "turma"], "geral") == (rooms.rooms, rooms.current)


def test_an_answer_leaves_the_rooms_to_the_core(rooms: ExpectedRooms) -> None:
    rooms.answered(rooms.leave("turma"), refused=False)
    assert ["geral", "turma"] == rooms.rooms


def test_a_room_is_not_entered_twice_nor_left_from_outside(rooms: ExpectedRooms) -> None:
    with pytest.raises(Refusal, match="already_in_room"):
        rooms.enter("Turma", go=False)
    with pytest.raises(Refusal, match="not_in_room"):
        rooms.leave("dev")
