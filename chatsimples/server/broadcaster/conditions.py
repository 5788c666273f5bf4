"""The conditions of the broadcaster and of an outlet: which events each takes, and what follows.

The broadcaster is in one `Condition`. An outlet is in two conditions that change independently: how bytes get
to its socket (`Delivery`), and how far its connection is from its end (`Lifecycle`).

**The broadcaster** records its start, and serves once that is written. From then on:

* A disk without room stops all but the operator's orders: nothing is taken from the source until what was
  decided is on record. The source is not looked at meanwhile: a lost one shows at the next attempt to take.
* A lost source is the supervisor's business: it replaces both children, or is stopping them.
* Told to stop, the broadcaster takes what is left in the source. If that can't be had or can't be written,
  and whenever the supervisor is gone, it ends at once.
* A disk that has failed ends everything: nothing more is written or delivered.

**Delivery.** In step, bytes go straight to the socket. A full socket puts the outlet behind: bytes wait in
memory. One that is too far behind, or comes back after a cut, catches up: it is served from the transcript,
and goes on live at the transcript's end, behind if bytes wait there. A broken socket is sent nothing more.

**Lifecycle.** A connection ends when the rules end it and when its client is gone, in either order. What is
on its way is still delivered. If the client is still there then, only the sending side is closed, and the
client's own end is awaited for a while: closing at once could destroy what the client has not read yet
(RFC 9293, 3.6.1: a close with unread input resets the connection).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import TypeVar

C = TypeVar("C", bound=Enum)
E = TypeVar("E", bound=Enum)


def after(table: Mapping[C, Mapping[E, C]], condition: C, event: E) -> C:
    """Return the condition that follows.

    Raises:
        RuntimeError: the event can't happen in this condition.
    """
    try:
        return table[condition][event]
    except KeyError:
        raise RuntimeError(f"{event} can't happen in {condition}") from None


class Condition(Enum):
    """What the broadcaster does."""

    STARTING = auto()
    SERVING = auto()
    STORAGE_FULL = auto()
    SOURCE_LOST = auto()
    STOPPING = auto()
    ENDING = auto()
    FAILED = auto()


class Event(Enum):
    """What happens to the broadcaster.

    ``NOT_WRITTEN``: the disk has no room for what was decided; ``WRITTEN``: now it had; ``SOURCE_EMPTY`` is
    looked for only while stopping.
    """

    STARTED = auto()
    NOT_WRITTEN = auto()
    WRITTEN = auto()
    SOURCE_LOST = auto()
    SOURCE_EMPTY = auto()
    SOURCE_ENDED = auto()
    STOP_ORDERED = auto()
    SUPERVISOR_GONE = auto()
    STORAGE_FAILED = auto()


CONDITIONS: Mapping[Condition, Mapping[Event, Condition]] = {
    Condition.STARTING: {
        Event.STARTED: Condition.SERVING,
        Event.NOT_WRITTEN: Condition.FAILED,
        Event.STORAGE_FAILED: Condition.FAILED,
    },
    Condition.SERVING: {
        Event.NOT_WRITTEN: Condition.STORAGE_FULL,
        Event.SOURCE_LOST: Condition.SOURCE_LOST,
        Event.SOURCE_ENDED: Condition.ENDING,
        Event.STOP_ORDERED: Condition.STOPPING,
        Event.SUPERVISOR_GONE: Condition.ENDING,
        Event.STORAGE_FAILED: Condition.FAILED,
    },
    Condition.STORAGE_FULL: {
        Event.NOT_WRITTEN: Condition.STORAGE_FULL,
        Event.WRITTEN: Condition.SERVING,
        Event.STOP_ORDERED: Condition.ENDING,
        Event.SUPERVISOR_GONE: Condition.ENDING,
        Event.STORAGE_FAILED: Condition.FAILED,
    },
    Condition.SOURCE_LOST: {
        Event.NOT_WRITTEN: Condition.STORAGE_FULL,
        Event.STOP_ORDERED: Condition.ENDING,
        Event.SUPERVISOR_GONE: Condition.ENDING,
        Event.STORAGE_FAILED: Condition.FAILED,
    },
    Condition.STOPPING: {
        Event.NOT_WRITTEN: Condition.ENDING,
        Event.SOURCE_LOST: Condition.ENDING,
        Event.SOURCE_EMPTY: Condition.ENDING,
        Event.SOURCE_ENDED: Condition.ENDING,
        Event.STOP_ORDERED: Condition.STOPPING,
        Event.SUPERVISOR_GONE: Condition.ENDING,
        Event.STORAGE_FAILED: Condition.FAILED,
    },
    Condition.ENDING: {
        Event.NOT_WRITTEN: Condition.ENDING,
        Event.WRITTEN: Condition.ENDING,
        Event.STOP_ORDERED: Condition.ENDING,
        Event.SUPERVISOR_GONE: Condition.ENDING,
        Event.STORAGE_FAILED: Condition.FAILED,
    },
    Condition.FAILED: {
        Event.STORAGE_FAILED: Condition.FAILED,
    },
}

TAKING = frozenset({Condition.SERVING, Condition.STOPPING})
"""The conditions in which commands are taken from the source."""

OVER = frozenset({Condition.ENDING, Condition.FAILED})
"""The conditions in which the loop does not go on."""


class Delivery(Enum):
    """How bytes get to an outlet's socket."""

    IN_STEP = auto()
    BEHIND = auto()
    CATCHING_UP = auto()
    BROKEN = auto()


class DeliveryEvent(Enum):
    """What happens to an outlet's delivery.

    ``BLOCKED``: the socket did not take all, and the rest waits; ``DRAINED``: nothing waits any more;
    ``REWOUND``: it is served from the transcript from here on; ``LIVE``: it needs the transcript no longer;
    ``FAILED``: the socket takes nothing more.
    """

    BLOCKED = auto()
    DRAINED = auto()
    REWOUND = auto()
    LIVE = auto()
    FAILED = auto()


DELIVERIES: Mapping[Delivery, Mapping[DeliveryEvent, Delivery]] = {
    Delivery.IN_STEP: {
        DeliveryEvent.BLOCKED: Delivery.BEHIND,
        DeliveryEvent.REWOUND: Delivery.CATCHING_UP,
        DeliveryEvent.LIVE: Delivery.IN_STEP,
        DeliveryEvent.FAILED: Delivery.BROKEN,
    },
    Delivery.BEHIND: {
        DeliveryEvent.BLOCKED: Delivery.BEHIND,
        DeliveryEvent.DRAINED: Delivery.IN_STEP,
        DeliveryEvent.REWOUND: Delivery.CATCHING_UP,
        DeliveryEvent.LIVE: Delivery.BEHIND,
        DeliveryEvent.FAILED: Delivery.BROKEN,
    },
    Delivery.CATCHING_UP: {
        DeliveryEvent.BLOCKED: Delivery.CATCHING_UP,
        DeliveryEvent.DRAINED: Delivery.CATCHING_UP,
        DeliveryEvent.REWOUND: Delivery.CATCHING_UP,
        DeliveryEvent.LIVE: Delivery.BEHIND,
        DeliveryEvent.FAILED: Delivery.BROKEN,
    },
    Delivery.BROKEN: {
        DeliveryEvent.REWOUND: Delivery.BROKEN,
        DeliveryEvent.LIVE: Delivery.BROKEN,
        DeliveryEvent.FAILED: Delivery.BROKEN,
    },
}


class Lifecycle(Enum):
    """How far a connection is from its end.

    ``HUNG_UP``: its client is gone, and its end is not decided yet; ``ENDING``: it has ended, and its client
    is there; ``FINISHING``: both; ``LINGERING``: all is delivered, the client's own end is awaited.
    """

    OPEN = auto()
    HUNG_UP = auto()
    ENDING = auto()
    FINISHING = auto()
    LINGERING = auto()
    CLOSED = auto()


DELIVERING = frozenset({Lifecycle.ENDING, Lifecycle.FINISHING})
"""Those of connections that have ended, and to which something may still be on its way."""


class LifecycleEvent(Enum):
    """What happens to a connection.

    ``DELIVERED``: nothing is on its way any more; ``ABANDONED``: nothing is waited for any longer.
    """

    ENDED = auto()
    PEER_GONE = auto()
    DELIVERED = auto()
    ABANDONED = auto()


LIFECYCLES: Mapping[Lifecycle, Mapping[LifecycleEvent, Lifecycle]] = {
    Lifecycle.OPEN: {
        LifecycleEvent.ENDED: Lifecycle.ENDING,
        LifecycleEvent.PEER_GONE: Lifecycle.HUNG_UP,
        LifecycleEvent.ABANDONED: Lifecycle.CLOSED,
    },
    Lifecycle.HUNG_UP: {
        LifecycleEvent.ENDED: Lifecycle.FINISHING,
        LifecycleEvent.PEER_GONE: Lifecycle.HUNG_UP,
        LifecycleEvent.ABANDONED: Lifecycle.CLOSED,
    },
    Lifecycle.ENDING: {
        LifecycleEvent.ENDED: Lifecycle.ENDING,
        LifecycleEvent.PEER_GONE: Lifecycle.FINISHING,
        LifecycleEvent.DELIVERED: Lifecycle.LINGERING,
        LifecycleEvent.ABANDONED: Lifecycle.CLOSED,
    },
    Lifecycle.FINISHING: {
        LifecycleEvent.ENDED: Lifecycle.FINISHING,
        LifecycleEvent.PEER_GONE: Lifecycle.FINISHING,
        LifecycleEvent.DELIVERED: Lifecycle.CLOSED,
        LifecycleEvent.ABANDONED: Lifecycle.CLOSED,
    },
    Lifecycle.LINGERING: {
        LifecycleEvent.PEER_GONE: Lifecycle.CLOSED,
        LifecycleEvent.ABANDONED: Lifecycle.CLOSED,
    },
    Lifecycle.CLOSED: {
        LifecycleEvent.PEER_GONE: Lifecycle.CLOSED,
        LifecycleEvent.ABANDONED: Lifecycle.CLOSED,
    },
}
