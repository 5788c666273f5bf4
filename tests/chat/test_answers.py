"""Answers about who is there."""

from __future__ import annotations

from chatsimples.chat import answers
from chatsimples.chat.effects import Members, RoomList, RoomSize
from chatsimples.chat.records import Record
from chatsimples.chat.state import State

AT = "2026-11-22T15:00:00.000000Z"


def filled(*joins: tuple[int, str, str]) -> State:
    state = State()
    for conn, nick, room in joins:
        if conn not in state.connections:
            state.evolve(Record(state.seq + 1, AT, "hello", conn, nick, dialect="text"))
        state.evolve(Record(state.seq + 1, AT, "join", conn, nick, room=room))
    return state


def test_a_room_is_called_as_the_first_who_came_wrote_it() -> None:
    state = filled((1, "ana", "Sala"))
    assert ("Sala", "Vazia") == (answers.shown_name(state, "sala"), answers.shown_name(state, "Vazia"))


def test_members_are_told_by_name_with_their_number() -> None:
    state = filled((2, "rui", "x"), (1, "ana", "x"))
    assert Members("x", ["ana", "rui"], 2, "q") == answers.members(state, "x", "q")
    assert Members("nobody", [], 0, "") == answers.members(state, "nobody", "")


def test_of_many_members_some_are_told_and_all_counted() -> None:
    state = filled(*((conn, f"n{conn}", "x") for conn in range(1, answers.MEMBERS_TOLD + 11)))
    told = answers.members(state, "x", "")
    assert (answers.MEMBERS_TOLD, answers.MEMBERS_TOLD + 10) == (len(told.members), told.count)


def test_rooms_are_told_by_name_with_their_sizes() -> None:
    state = filled((1, "ana", "B"), (1, "ana", "a"), (2, "rui", "a"))
    assert RoomList([RoomSize("a", 2), RoomSize("B", 1)], "q") == answers.room_list(state, "q")
