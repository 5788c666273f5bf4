"""The table of a connection's conditions, from its first row to its last."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from chatsimples.server.worker import conditions
from chatsimples.server.worker.conditions import (
    HEEDED,
    READ,
    TRANSITIONS,
    UNREAD,
    Condition,
    Event,
    Timer,
    follow,
)

EVERYTHING = list(itertools.product(Condition, Event))


def names(pair: object) -> str:
    return str(getattr(pair, "name", pair)).lower()


@pytest.mark.parametrize(("condition", "event"), EVERYTHING, ids=names)
def test_an_event_leads_where_the_table_says_or_is_refused(condition: Condition, event: Event) -> None:
    following = TRANSITIONS[condition].get(event)
    if following is None:
        with pytest.raises(ValueError, match=f"{event.name} .* {condition.name}"):
            follow(condition, event)
    else:
        assert following is follow(condition, event)


def test_every_condition_can_come_about_and_each_but_the_last_can_be_left() -> None:
    reached = {Condition.UNDECIDED}
    for _ in Condition:
        reached |= {after for before in reached for after in TRANSITIONS[before].values()}
    assert set(Condition) == reached
    assert [Condition.GONE] == [condition for condition in Condition if not TRANSITIONS[condition]]


def test_no_event_leads_back_to_the_condition_in_which_it_came() -> None:
    assert [] == [each for each in EVERYTHING if TRANSITIONS[each[0]].get(each[1]) is each[0]]


def test_a_connection_is_read_from_unless_it_has_to_wait_or_is_gone() -> None:
    assert {Condition.THROTTLED, Condition.WAITING, Condition.PASSING} == UNREAD
    assert set(Condition) - UNREAD - {Condition.GONE} == READ


def test_every_timer_means_something_somewhere_and_none_does_after_the_end() -> None:
    assert set(Timer) == set(HEEDED)
    assert all(HEEDED.values())
    deaf_or_gone = {Condition.DEAF, Condition.GONE}
    assert all(deaf_or_gone.isdisjoint(heeded) for heeded in HEEDED.values())


def test_the_picture_at_the_head_names_every_condition_and_every_event() -> None:
    picture = Path(conditions.__file__).read_text("utf-8").split('"""')[1]
    assert {each.name for each in (*Condition, *Event)} <= set(re.findall(r"[A-Z]{4,}", picture))
