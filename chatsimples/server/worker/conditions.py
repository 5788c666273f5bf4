"""The conditions of a connection as its worker sees it: what can happen in each, and what follows.

                 SILENT
    UNDECIDED ────────────► VISITOR
        │ SETTLED              │ SETTLED    (REFUSED: DEAF)
        └──────────┬───────────┘
      ASKED        ▼       LIMITED
    ┌────────── SPEAKING ────────────► THROTTLED
    ▼  ANSWERED    │    ◄────────────     │  │
  WAITING ────────►│       ALLOWED        │  │ ASKED: WAITING
                   │ REFUSED              │ REFUSED
                   └──────────┬───────────┘
                              ▼
                            DEAF

and, if it is HTTP that comes, before SPEAKING:

    UNDECIDED ──REQUESTED──► REQUESTING ──SETTLED──► SPEAKING
                                 │ PASSED
                                 ▼
                              PASSING ──TAKEN──► GONE

From every condition in which the socket is read, ENDED leads to GONE; from THROTTLED and PASSING, ABANDONED.
There is no other way: an event in a condition that does not take it is a fault of the program, and raises.

A timer is not taken back when it is not needed any more: it comes, and in most conditions means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto


class Condition(Enum):
    """What a connection is, as far as reading from it goes."""

    UNDECIDED = auto()
    """Its first bytes have not told its dialect."""

    REQUESTING = auto()
    """Its first bytes are those of an HTTP request, of which the head is awaited."""

    PASSING = auto()
    """The web process is to have it: nothing is read from it, and it is gone when it has been taken."""

    VISITOR = auto()
    """It was silent and speaks the default dialect; its first bytes may yet tell another."""

    SPEAKING = auto()
    """Its dialect is settled, and what it sends becomes commands."""

    THROTTLED = auto()
    """It has given all commands that its pace allows; nothing is read from it until it may give more."""

    WAITING = auto()
    """The secrets that it has shown are looked at; nothing is read from it meanwhile."""

    DEAF = auto()
    """It was refused for good. It is read from, so that its end is seen; nothing is understood."""

    GONE = auto()
    """It has ended."""


class Event(Enum):
    """What leads from one condition to another."""

    SILENT = auto()
    """Nothing has come for so long that the connection speaks the default dialect, provisionally."""

    SETTLED = auto()
    """The dialect is settled."""

    REQUESTED = auto()
    """An HTTP request has begun."""

    PASSED = auto()
    """It is for the web process."""

    TAKEN = auto()
    """It is on its way to the web process."""

    LIMITED = auto()
    """It has given as many commands as its pace allows for now."""

    ALLOWED = auto()
    """Its pace allows all that it has sent."""

    ASKED = auto()
    """It has shown secrets, and somebody looks at them."""

    ANSWERED = auto()
    """What it has shown was looked at."""

    REFUSED = auto()
    """Something was refused that ends the connection."""

    ABANDONED = auto()
    """Its client has hung up, and may not leave behind what it has said; or nobody takes it."""

    ENDED = auto()
    """Its input has ended, or failed."""


class Timer(Enum):
    """What a connection waits for."""

    SILENCE = auto()
    """The silence that decides its dialect."""

    PAUSE = auto()
    """The pause that ends a message without a newline."""

    PACE = auto()
    """The moment at which it may give a command again."""

    REGISTRATION = auto()
    """The end of the time in which it has to say hello."""

    PING = auto()
    """The silence after which it is pinged, or counts as gone."""

    HEAD = auto()
    """The end of the time in which the head of its request has to come."""

    PASS = auto()
    """The moment at which it may be passed on, as there was no room."""


TRANSITIONS: Mapping[Condition, Mapping[Event, Condition]] = {
    Condition.UNDECIDED: {
        Event.SILENT: Condition.VISITOR,
        Event.SETTLED: Condition.SPEAKING,
        Event.REQUESTED: Condition.REQUESTING,
        Event.ENDED: Condition.GONE,
    },
    Condition.REQUESTING: {
        Event.SETTLED: Condition.SPEAKING,
        Event.PASSED: Condition.PASSING,
        Event.ENDED: Condition.GONE,
    },
    Condition.PASSING: {
        Event.TAKEN: Condition.GONE,
        Event.ABANDONED: Condition.GONE,
    },
    Condition.VISITOR: {
        Event.SETTLED: Condition.SPEAKING,
        Event.REFUSED: Condition.DEAF,
        Event.ENDED: Condition.GONE,
    },
    Condition.SPEAKING: {
        Event.LIMITED: Condition.THROTTLED,
        Event.ASKED: Condition.WAITING,
        Event.REFUSED: Condition.DEAF,
        Event.ENDED: Condition.GONE,
    },
    Condition.THROTTLED: {
        Event.ALLOWED: Condition.SPEAKING,
        Event.ASKED: Condition.WAITING,
        Event.REFUSED: Condition.DEAF,
        Event.ABANDONED: Condition.GONE,
    },
    Condition.WAITING: {
        Event.ANSWERED: Condition.SPEAKING,
    },
    Condition.DEAF: {
        Event.ENDED: Condition.GONE,
    },
    Condition.GONE: {},
}

READ = frozenset(condition for condition, events in TRANSITIONS.items() if Event.ENDED in events)
"""The conditions in which the socket is read: only there can its end be seen."""

UNREAD = frozenset({Condition.THROTTLED, Condition.WAITING, Condition.PASSING})
"""The conditions in which nothing is read for now."""

HEEDED: Mapping[Timer, frozenset[Condition]] = {
    Timer.SILENCE: frozenset({Condition.UNDECIDED, Condition.VISITOR}),
    Timer.PAUSE: frozenset({Condition.SPEAKING, Condition.THROTTLED, Condition.WAITING}),
    Timer.PACE: frozenset({Condition.THROTTLED}),
    Timer.REGISTRATION: frozenset(
        {Condition.VISITOR, Condition.SPEAKING, Condition.THROTTLED, Condition.WAITING}
    ),
    Timer.PING: frozenset({Condition.SPEAKING, Condition.THROTTLED, Condition.WAITING}),
    Timer.HEAD: frozenset({Condition.REQUESTING}),
    Timer.PASS: frozenset({Condition.PASSING}),
}
"""The conditions in which a timer that has come means something."""


def follow(condition: Condition, event: Event) -> Condition:
    """Return what a connection in this condition is after an event.

    Raises:
        ValueError: this can't happen in this condition.
    """
    following = TRANSITIONS[condition].get(event)
    if following is None:
        raise ValueError(f"{event.name} can't happen to a connection that is {condition.name}")
    return following
