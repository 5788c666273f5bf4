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
from operator import length_hint
from typing import Any, NamedTuple, Protocol

from chatsimples.chat import commands
from chatsimples.server.broadcaster.conditions import Event
from chatsimples.server.channels import END_OF_COMMANDS
from chatsimples.server.items import ItemReader

BYTES_PER_BATCH = 262_144
"""Of the Queue's items, after which no more are taken for one batch."""


class Origin(Enum):
    """Who has asked for what is in a batch."""

    CLIENTS = auto()
    OPERATOR = auto()
    SERVER = auto()


class Batch(NamedTuple):
    """Commands that are decided together.

    Attributes:
        commands: in order; to be gone through once, and each decided before the next is asked for. Whoever
            stops in between gets the rest with the next batch.
        at: the time at which they are decided, in microseconds since 1970.
        origin: where they come from.
        event: what happened to the source, after all commands that it ever gave, if anything did.
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

    @property
    def holds(self) -> bool:
        """Whether there is something to take that has been read already."""

    def take(self) -> Batch:
        """Take what is there. To be called when something is, else it may wait."""

    def is_empty(self) -> bool:
        """Tell whether nothing is there to be taken."""


class QueueSource:
    """The Queue between workers and broadcaster.

    Its own pipe is waited for: that needs no second thread. This is the only reader.

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
        self._items = ItemReader(queue)
        self.readable = self._items.pipe
        self._settle = settle
        self._now = now
        # Connection.poll() would make a selector each time.
        self._poll = select.poll()
        self._poll.register(self.readable, select.POLLIN)
        self._left: Iterator[commands.Command] = iter([])
        self._event: Event | None = None

    @property
    def holds(self) -> bool:
        """Whether there is something to take that has been read already."""
        return self._event is not None or length_hint(self._left) > 0

    def take(self) -> Batch:
        """Take what is there, but not without end: others wait for their turn too."""
        if not self.holds:
            self._receive()
        event = None
        if not length_hint(self._left):
            event, self._event = self._event, None
        return Batch(self._settle(self._left), self._now(), Origin.CLIENTS, event)

    def is_empty(self) -> bool:
        """Tell whether nothing is there to be taken; a lost Queue seems not to be empty."""
        return not (self.holds or self._items.is_within_item or self._poll.poll(0))

    def _receive(self) -> None:
        try:
            items = self._items.take(BYTES_PER_BATCH)
        except (EOFError, OSError):
            # The acceptor has died, perhaps in the middle of a batch.
            self._event = Event.SOURCE_LOST
            return
        if items and items[-1] == END_OF_COMMANDS:
            # Nobody puts anything after it.
            self._event = Event.SOURCE_ENDED
            items.pop()
        if len(items) == 1:
            self._left = iter(commands.unpack(items[0]))
        else:
            self._left = iter([each for item in items for each in commands.unpack(item)])
