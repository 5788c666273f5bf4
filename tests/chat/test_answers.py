"""Answers about who is there."""

from __future__ import annotations

import pytest

from chatsimples.chat import answers
from chatsimples.chat.effects import Members, RoomList, RoomSize
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.chat.state import SMALL_ROOM, State

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
    assert Members("x", ["ana", "rui"], 2, id="q") == answers.members(state, "x", "q")
    assert Members("nobody", [], 0) == answers.members(state, "nobody", "")


def test_of_many_members_some_are_told_and_all_counted() -> None:
    state = filled(*((conn, f"n{conn}", "x") for conn in range(1, answers.MEMBERS_TOLD + 11)))
    told = answers.members(state, "x", "")
    assert (answers.MEMBERS_TOLD, answers.MEMBERS_TOLD + 10) == (len(told.members), told.count)


def test_rooms_are_told_by_name_with_their_sizes() -> None:
    state = filled((1, "ana", "B"), (1, "ana", "a"), (2, "rui", "a"))
    assert RoomList([RoomSize("a", 2), RoomSize("B", 1)], 2, id="q") == answers.room_list(state, "q")


def pages_of_members(state: State, room: str, limit: int) -> list[list[str]]:
    pages = [answers.members(state, room, "", limit=limit)]
    while pages[-1].next:
        pages.append(answers.members(state, room, "", after=pages[-1].next, limit=limit))
    return [page.members for page in pages]


@pytest.mark.parametrize("count", [3, SMALL_ROOM, SMALL_ROOM + 1, 3 * SMALL_ROOM])
@pytest.mark.parametrize("limit", [1, 2, 64, 1_000])
def test_pages_of_members_hold_each_once_in_order(count: int, limit: int) -> None:
    nicks = [f"{'Nn'[number % 2]}{number}" for number in range(count)]
    state = filled(*((conn, nick, "x") for conn, nick in enumerate(nicks, 1)))
    pages = pages_of_members(state, "x", limit)
    assert sorted(nicks, key=name_key) == [nick for page in pages for nick in page]
    assert all(len(page) == limit for page in pages[:-1])


def test_pages_of_rooms_hold_each_once_in_order() -> None:
    rooms = [f"{'Ss'[number % 2]}{number}" for number in range(100)]
    state = filled(*((1, "ana", room) for room in rooms))
    told = answers.room_list(state, "", limit=30)
    seen = told.rooms
    while told.next:
        told = answers.room_list(state, "", after=told.next, limit=30)
        seen += told.rooms
    assert sorted(rooms, key=name_key) == [each.room for each in seen]
    assert 100 == told.count


def test_a_page_begins_after_a_name_that_is_gone() -> None:
    state = filled((1, "ana", "a"), (1, "ana", "c"), (2, "rui", "a"))
    assert [RoomSize("c", 1)] == answers.room_list(state, "", after="B").rooms
    assert ["rui"] == answers.members(state, "a", "", after="bia").members


def test_members_of_a_large_room_follow_who_comes_goes_and_is_renamed() -> None:
    state = filled(*((conn, f"n{conn}", "x") for conn in range(1, SMALL_ROOM + 3)))

    def happens(kind: str, conn: int, **fields: str) -> None:
        nick = state.connections[conn].nick
        record = Record(state.seq + 1, AT, kind, conn, nick, **fields)  # type: ignore[arg-type] # all are texts
        state.evolve(record)

    happens("leave", 1, room="x", reason="left")
    happens("nick", 2, room="x", new="Ana")
    happens("bye", 3, reason="quit")
    happens("leave", 4, room="x", reason="left")
    happens("join", 4, room="x")
    nicks = [nick for page in pages_of_members(state, "X", 7) for nick in page]
    expected = ["Ana", *(f"n{conn}" for conn in range(4, SMALL_ROOM + 3))]
    assert sorted(expected, key=name_key) == nicks


def test_an_answer_looks_at_what_it_holds_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    state = filled(*((conn, f"n{conn}", f"x{conn}") for conn in range(1, 2_001)))
    for conn in range(1, 2_001):
        state.evolve(Record(state.seq + 1, AT, "join", conn, f"n{conn}", room="all"))
    looked_at: list[object] = []

    class Counting(dict[str, object]):
        def __getitem__(self, key: str) -> object:
            looked_at.append(key)
            return super().__getitem__(key)

    monkeypatch.setattr(state, "rooms", Counting(state.rooms))
    monkeypatch.setattr(state, "nicks", Counting(state.nicks))
    answers.room_list(state, "", after="x5", limit=10)
    answers.members(state, "all", "", after="n5", limit=10)
    assert 20 == len(looked_at)


def test_no_room_is_left_in_order_when_all_have_gone() -> None:
    state = filled((1, "ana", "a"), (2, "rui", "a"), (2, "rui", "b"))
    for conn in (1, 2):
        state.evolve(Record(state.seq + 1, AT, "bye", conn, state.connections[conn].nick, reason="quit"))
    assert ([], []) == (list(state.room_order), list(state.rooms))


def test_members_are_numbered_for_those_who_ask_for_it() -> None:
    state = filled((2, "rui", "x"), (1, "ana", "x"))
    assert [1, 2] == answers.members(state, "x", "", numbered=True).conns
    assert [2] == answers.members(state, "x", "", "ana", numbered=True).conns
