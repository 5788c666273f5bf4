"""The tables of conditions, each whole: every event in every condition."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from chatsimples.server.broadcaster.conditions import (
    CONDITIONS,
    DELIVERIES,
    DELIVERING,
    LIFECYCLES,
    OVER,
    TAKING,
    Condition,
    Delivery,
    DeliveryEvent,
    Event,
    Lifecycle,
    LifecycleEvent,
    after,
)

Table = Mapping[Any, Mapping[Any, Any]]

# What follows from each event (rows) in each condition (columns); "-" where it can't happen.
BROADCASTER = """
                 STARTING  SERVING       STORAGE_FULL  SOURCE_LOST   STOPPING  ENDING  FAILED
STARTED          SERVING   -             -             -             -         -       -
NOT_WRITTEN      FAILED    STORAGE_FULL  STORAGE_FULL  STORAGE_FULL  ENDING    ENDING  -
WRITTEN          -         -             SERVING       -             -         ENDING  -
SOURCE_LOST      -         SOURCE_LOST   -             -             ENDING    -       -
SOURCE_EMPTY     -         -             -             -             ENDING    -       -
SOURCE_ENDED     -         ENDING        -             -             ENDING    -       -
STOP_ORDERED     -         STOPPING      ENDING        ENDING        STOPPING  ENDING  -
SUPERVISOR_GONE  -         ENDING        ENDING        ENDING        ENDING    ENDING  -
STORAGE_FAILED   FAILED    FAILED        FAILED        FAILED        FAILED    FAILED  FAILED
"""
DELIVERY = """
         IN_STEP      BEHIND       CATCHING_UP  BROKEN
BLOCKED  BEHIND       BEHIND       CATCHING_UP  -
DRAINED  -            IN_STEP      CATCHING_UP  -
REWOUND  CATCHING_UP  CATCHING_UP  CATCHING_UP  BROKEN
LIVE     IN_STEP      BEHIND       BEHIND       BROKEN
FAILED   BROKEN       BROKEN       BROKEN       BROKEN
"""
LIFECYCLE = """
           OPEN     HUNG_UP    ENDING     FINISHING  LINGERING  CLOSED
ENDED      ENDING   FINISHING  ENDING     FINISHING  -          -
PEER_GONE  HUNG_UP  HUNG_UP    FINISHING  FINISHING  CLOSED     CLOSED
DELIVERED  -        -          LINGERING  CLOSED     -          -
ABANDONED  CLOSED   CLOSED     CLOSED     CLOSED     CLOSED     CLOSED
"""
TABLES: list[tuple[Table, type[Enum], type[Enum], str]] = [
    (CONDITIONS, Condition, Event, BROADCASTER),
    (DELIVERIES, Delivery, DeliveryEvent, DELIVERY),
    (LIFECYCLES, Lifecycle, LifecycleEvent, LIFECYCLE),
]
CASES = [
    pytest.param(table, conditions[condition], events[event], follows, id=f"{condition} {event}")
    for table, conditions, events, text in TABLES
    for header, *rows in [[line.split() for line in text.strip().splitlines()]]
    for event, *row in rows
    for condition, follows in zip(header, row, strict=True)
]


@pytest.mark.parametrize(("table", "condition", "event", "follows"), CASES)
def test_what_follows_from_an_event(table: Table, condition: Enum, event: Enum, follows: str) -> None:
    if follows == "-":
        with pytest.raises(RuntimeError, match=f"{event} can't happen in {condition}"):
            after(table, condition, event)
    else:
        assert follows == after(table, condition, event).name


def test_nothing_is_left_out() -> None:
    pairs = sum(len(conditions) * len(events) for _, conditions, events, _ in TABLES)
    assert pairs == len(CASES)


@pytest.mark.parametrize(("table", "conditions", "first"), [
    (CONDITIONS, Condition, Condition.STARTING),
    (DELIVERIES, Delivery, Delivery.IN_STEP),
    (LIFECYCLES, Lifecycle, Lifecycle.OPEN),
])  # fmt: skip
def test_every_condition_can_be_reached(table: Table, conditions: type[Enum], first: Enum) -> None:
    reached = [first]
    for condition in reached:
        reached += [each for each in table[condition].values() if each not in reached]
    assert {*conditions} == {*reached}


def test_commands_are_taken_only_while_the_loop_goes_on() -> None:
    assert not TAKING & OVER


def test_the_disks_failure_ends_every_condition() -> None:
    assert {Condition.FAILED} == {row[Event.STORAGE_FAILED] for row in CONDITIONS.values()}


def test_there_is_no_way_back_from_an_end() -> None:
    assert OVER >= {follows for condition in OVER for follows in CONDITIONS[condition].values()}
    ended = DELIVERING | {Lifecycle.LINGERING, Lifecycle.CLOSED}
    assert ended >= {follows for condition in ended for follows in LIFECYCLES[condition].values()}


def test_a_broken_socket_stays_broken() -> None:
    assert {Delivery.BROKEN} == {*DELIVERIES[Delivery.BROKEN].values()}
