"""The life of a chat."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec.structs import replace

from chatsimples.chat import commands, effects
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.loadtest.ageing.life import COMING_AND_GOING, EVERYBODY_STAYS, Habits, Life

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
NOW = 1_795_359_600_000_000
MANY = 12_000


def lived(habits: Habits) -> tuple[Life, State, Counter[str]]:
    """Let a life be lived; return what it was, what was left, and how often what happened."""
    life, state = Life(habits), State()
    chat = Chat(LOG, state)
    chat.apply(commands.Start(commands.OPERATOR, "x", Limits(32, 256, 600.0)), NOW)
    happened: Counter[str] = Counter()
    for command in life.batch(MANY):
        for each in chat.apply(command, NOW):
            if isinstance(each, Record):
                happened[each.type] += 1
            elif isinstance(each, effects.Reply):
                happened[type(each.answer).__name__] += 1
    return life, state, happened


@pytest.mark.parametrize("habits", [COMING_AND_GOING, EVERYBODY_STAYS], ids=["going", "staying"])
def test_nothing_that_is_asked_for_is_refused(habits: Habits) -> None:
    life, state, happened = lived(habits)
    assert 0 == happened["Error"]
    assert (habits.connected if habits.visits_end else life.sessions) == len(state.connections)


def test_people_come_go_come_back_and_say_some_things_twice() -> None:
    life, state, happened = lived(COMING_AND_GOING)
    visits = happened["hello"]
    assert 0 < happened["Duplicate"] < happened["message"] // 50
    assert COMING_AND_GOING.connected == visits - happened["bye"]
    assert life.sessions < visits < 1.2 * life.sessions
    # Two million sessions in twenty million records.
    assert 8 < state.seq / visits < 12


def test_the_same_seed_is_the_same_life() -> None:
    assert Life(COMING_AND_GOING, 1).batch(3_000) == Life(COMING_AND_GOING, 1).batch(3_000)
    assert Life(COMING_AND_GOING, 1).batch(3_000) != Life(COMING_AND_GOING, 2).batch(3_000)


def test_half_of_those_who_come_open_a_room_of_their_own() -> None:
    life, _, _ = lived(COMING_AND_GOING)
    assert life.names > 1.4 * life.sessions


def test_numbers_and_names_go_on_after_those_of_another_life() -> None:
    first = Habits(connected=50, own_rooms=100)
    lives = [Life(first), Life(replace(first, before=50))]
    hellos = [each for life in lives for each in life.batch(100) if isinstance(each, commands.Hello)]
    assert [*range(1, 101)] == [each.conn for each in hellos]
    assert 100 == len({each.nick for each in hellos}) == len({each.session for each in hellos})
    assert 100 == len({each.rooms for each in hellos})
    assert [50, 50] == [life.sessions for life in lives]
