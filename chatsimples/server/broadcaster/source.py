"""Where commands come from, in the one order in which they are decided.

A `Source` gives batches. The Queue between the server's own processes is one: `QueueSource` knows all there
is to know of it. What a command depends on and only this process knows is settled before the source gives it
(see `admission`): who decides a batch needs the batch alone.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto
from multiprocessing.queues import SimpleQueue
from typing import Any, NamedTuple, Protocol

from chatsimples.chat import commands
from chatsimples.server.broadcaster.conditions import Event
from chatsimples.server.channels import END_OF_COMMANDS, ends_of

BATCHES_PER_TURN = 64


class Origin(Enum):
    """Who has asked for what is in a batch."""

    CLIENTS = auto()
    OPERATOR = auto()
    SERVER = auto()


class Batch(NamedTuple):
    """Commands that are decided together.

    Attributes:
        commands: in order; to be gone through once, and each decided before the next is asked for.
        at: the time at which they are decided, in microseconds since 1970.
        origin: where they come from.
        event: what happened to the source after the last of them, if anything did.
    """

    commands: Iterable[commands.Command]
    at: int
    origin: Origin
    event: Event | None = None


class Source(Protocol):
    """Gives batches of commands."""

    @property
    def readable(self) -> Any:
        """What becomes readable, for a selector, when there is something to take."""

    def take(self) -> Batch:
        """Take what is there. To be called when something is, else it may wait."""

    def is_empty(self) -> bool:
        """Tell whether nothing is there to be taken."""


class QueueSource:
    """The Queue between workers and broadcaster.

    Its own pipe is waited for: that needs no second thread. This is the only reader. A batch of which a part
    is readable is waited for, until it is there or its writer is gone; that can only be seen if no other
    process holds the writing end, so the one of this process is closed.

    Args:
        queue: the Queue.
        settle: drops commands, and makes others definite, before they are given.
        now: tells the time, in microseconds since 1970.
    """

    def __init__(
        self,
        queue: SimpleQueue[bytes],
        settle: Callable[[Iterable[commands.Command]], Iterator[commands.Command]],
        now: Callable[[], int],
    ) -> None:
        self.readable, writable = ends_of(queue)
        writable.close()
        self._queue = queue
        self._settle = settle
        self._now = now
        # Connection.poll() would make a selector each time.
        self._poll = select.poll()
        self._poll.register(self.readable, select.POLLIN)

    def take(self) -> Batch:
        """Take what is there, but not without end: others wait for their turn too."""
        received: list[commands.Command] = []
        event = None
        for _ in range(BATCHES_PER_TURN):
            try:
                item = self._queue.get()
            except (EOFError, OSError):
                # The acceptor has died, perhaps in the middle of a batch.
                event = Event.SOURCE_LOST
                break
            if item == END_OF_COMMANDS:
                event = Event.SOURCE_ENDED
                break
            received += commands.unpack(item)
            if self.is_empty():
                break
        return Batch(self._settle(received), self._now(), Origin.CLIENTS, event)

    def is_empty(self) -> bool:
        """Tell whether nothing is there to be taken; a lost Queue seems not to be empty."""
        return not self._poll.poll(0)
