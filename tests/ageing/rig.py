"""A server's broadcaster that lives through years in minutes: its own rules, state, transcript and fan-out.

Only what is outside the process is stood in for: clients' sockets take everything at once, and commands come
from a `Life` instead of from the Queue.
"""

from __future__ import annotations

import gc
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from dialects.wire import DEFAULT_LIMITS

from chatsimples.chat import commands
from chatsimples.chat.rules import Chat
from chatsimples.chat.sessions import BOUNDS, Bounds
from chatsimples.chat.state import State
from chatsimples.dialects.every import every_dialect
from chatsimples.loadtest.ageing.aged_log import BETWEEN_RECORDS, LIMITS
from chatsimples.loadtest.ageing.life import Habits, Life
from chatsimples.server.broadcaster.admission import Admission
from chatsimples.server.broadcaster.checkpointing import Checkpointing
from chatsimples.server.broadcaster.conditions import Event
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.broadcaster.journal import Journal
from chatsimples.server.broadcaster.loop import Broadcaster
from chatsimples.server.broadcaster.program import Replayed
from chatsimples.server.broadcaster.source import Batch, Origin
from chatsimples.server.broadcaster.turns import Turns
from chatsimples.server.channels import HandOver, Heartbeat, spawn_context
from chatsimples.server.process import collect_only_what_is_young
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import recover

DIALECTS = every_dialect(DEFAULT_LIMITS, str, lambda: "a-secret-made-here")
BORN = 1_700_000_000_000_000
LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
COMMANDS_PER_BATCH = 256


class Watch(Protocol):
    """Whoever looks on at a life.

    Attributes:
        spent: tells what has been spent up to now: seconds of the processor, or what else counts as cost.
        asking: what was spent on asking for things.
    """

    asking: float

    @property
    def spent(self) -> Callable[[], float]:
        """See above."""

    def turn(self, seconds: float, busy: float) -> None:
        """Note how long a turn of the loop took, and for how long of that it had the processor."""

    def aged(self, records: int) -> None:
        """Note before a batch how many records there are."""


class Wire:
    """Stands in for a client's socket: it takes everything at once.

    Args:
        taken: is told how many bytes.
    """

    def __init__(self, taken: Callable[[int], object]) -> None:
        self._taken = taken

    def send(self, data: bytes) -> int:
        """Take bytes."""
        size = len(data)
        self._taken(size)
        return size

    def fileno(self) -> int:
        """Have no descriptor, so that what is sent otherwise is sent by `send`."""
        return -1

    def shutdown(self, how: int) -> None:
        """Have nothing to shut."""

    def recv(self, size: int) -> bytes:
        """Have nothing to say."""
        raise BlockingIOError

    def close(self) -> None:
        """Have nothing to close."""


class LifeSource:
    """A source of commands, each batch asked for by a life, until the chat is so old.

    Args:
        life: asks for things.
        state: of the chat; tells how old it is.
        fanout: is given the wires of those who come.
        age: records after which it ends.
        watch: is told before each batch how many records there are, and what it took to ask.
    """

    def __init__(self, life: Life, state: State, fanout: Fanout, age: int, watch: Watch) -> None:
        self.sent = 0
        self._life = life
        self._state = state
        self._fanout = fanout
        self._age = age
        self._watch = watch
        self._left: deque[commands.Command] = deque()
        self.readable, self._writing = socket.socketpair()
        self._writing.send(b"\0")

    @property
    def holds(self) -> bool:
        """Whether a batch was not decided to its end."""
        return bool(self._left)

    def take(self) -> Batch:
        """Ask for something more."""
        event = None
        if not self._left:
            self._watch.aged(self._state.seq)
            if self._state.seq >= self._age:
                event = Event.SOURCE_ENDED
            else:
                began = self._watch.spent()
                self._left += self._life.batch(COMMANDS_PER_BATCH)
                self._watch.asking += self._watch.spent() - began
        return Batch(self._settled(), self.now(), Origin.CLIENTS, event)

    def is_empty(self) -> bool:
        """Tell whether nothing is asked for any more."""
        return self._state.seq >= self._age

    def now(self) -> int:
        """Tell the time: it goes on with each record."""
        return BORN + self._state.seq * BETWEEN_RECORDS

    def close(self) -> None:
        """Let go of what is waited for."""
        self.readable.close()
        self._writing.close()

    def _settled(self) -> Iterator[commands.Command]:
        while self._left:
            command = self._left.popleft()
            if isinstance(command, commands.Open):
                self._fanout.add(command.conn, Wire(self._count))  # type: ignore[arg-type] # as a socket does
            elif isinstance(command, commands.Close):
                self._fanout.peer_gone(command.conn)
            yield command

    def _count(self, size: int) -> None:
        self.sent += size


class TimedTurns(Turns):
    """Turns of the loop, told to whoever measures; what is measured in one is no part of it."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self._start = self._until = self._processor = 0.0

    def begin(self) -> float:
        """Note that a turn begins."""
        self._processor = time.thread_time()
        self._start = self._until = super().begin()
        return self._start

    def did(self, part: str) -> float:
        """Note what has been done."""
        self._until = super().did(part)
        return self._until

    def end(self) -> None:
        """Note that the turn is over."""
        super().end()
        self._watch.turn(self._until - self._start, time.thread_time() - self._processor)


@contextmanager
def young_only() -> Iterator[None]:
    """Collect garbage as the server's children do."""
    before = gc.get_threshold()
    collect_only_what_is_young()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def run(
    habits: Habits,
    age: int,
    folder: Path,
    watched_by: Callable[[Life], Watch],
    *,
    bounds: Bounds = BOUNDS,
    segment_size: int = 33_554_432,
) -> None:
    """Let a chat live through so many records, then stop.

    Args:
        habits: of the people.
        age: records after which it stops.
        folder: of the transcript.
        watched_by: gives whoever looks on.
        bounds: of the sessions.
        segment_size: bytes of a segment.
    """
    state = State(bounds)
    life = Life(habits)
    watch = watched_by(life)
    turns = TimedTurns(watch)
    with ExitStack() as things, young_only(), selectors.DefaultSelector() as selector:
        recovery = recover(
            folder, rules=Replayed(state), new_log=lambda: LOG, durability="os", segment_size=segment_size
        )
        index = LogIndex()
        fanout = Fanout(selector, DIALECTS, TranscriptReader(folder, 16, index), 1 << 20)
        source = LifeSource(life, state, fanout, age, watch)
        hand_over = HandOver()
        ours, theirs = spawn_context().Pipe()
        for each in (source, hand_over.giving, hand_over.taking, ours, theirs):
            things.callback(each.close)
        broadcaster = Broadcaster(
            chat=Chat(recovery.log, state),
            source=source,
            admission=Admission(fanout, hand_over.taking),
            journal=Journal(recovery.writer, Checkpointing(recovery, state), index),
            fanout=fanout,
            selector=selector,
            supervisor=theirs,
            heart=Heartbeat(spawn_context()),
            translate=str,
            now=source.now,
            stop_timeout=5.0,
            turns=turns,
        )
        broadcaster.start(commands.Start(commands.OPERATOR, "chatsimples", LIMITS))
        broadcaster.serve()
