"""The timeline of a recorded chat that happens again: what has happened by now, and when more will.

There is one for all listeners: everybody hears the same at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from chatsimples.chat.state import State
from chatsimples.errors import ChatSimplesError, TranscriptDamagedError
from chatsimples.i18n import N_, Translate
from chatsimples.replay.recording.selection import Place
from chatsimples.replay.recording.source import lines
from chatsimples.transcript.checkpoints import load_checkpoint
from chatsimples.transcript.reader import Line
from chatsimples.transcript.segments import Header, segments

BETWEEN_ROUNDS = 1.0
"""Seconds before it begins again: who has to connect anew for it has time to."""

_RELEASED_AT_ONCE = 2_000

Pace = Callable[[Iterable[Line]], Iterator[tuple[float, Line]]]
"""Gives lines with the seconds after the first at which they are due."""


class Timeline:
    """A recorded chat as it goes on.

    Args:
        path: the folder or the file.
        place: where it begins; None for the transcript's own beginning.
        pace: when what is due.
        translate: for the errors.
        loop: begin again at the end.

    Attributes:
        log: the log's id.
        seq: of the last record that has happened; what is before the place has happened.
        state: who is where now.
        round: how often it has begun again.
        start_seq: where each round begins.
        last_seq: of the last record, once a round has come to its end.
        ended: whether there will be no more.

    Raises:
        ChatSimplesError: the transcript can't be read, or ends before the place.
    """

    def __init__(
        self, path: Path, place: Place | None, pace: Pace, translate: Translate, *, loop: bool = False
    ) -> None:
        self.log = ""
        self.seq = 0
        self.state = State()
        self.round = 0
        self.start_seq = 0
        self.last_seq = 0
        self.ended = False
        self._path = path
        self._pace = pace
        self._loop = loop
        self._read_header()
        if place is not None:
            self._go_to(place, translate)
        self.start_seq = self.seq
        self._at_start = self.state.snapshot()
        self._began = 0.0
        self._coming: Iterator[tuple[float, Line]] = iter(())
        self._next: tuple[float, Line] | None = None

    @property
    def due(self) -> float | None:
        """When the next record is due, by the clock of `begin`; None if there is none."""
        return None if self._next is None else self._began + self._next[0]

    def begin(self, now: float) -> None:
        """Let it begin, at the time ``now`` in seconds."""
        self._began = now
        self._coming = self._pace(lines(self._path, self.start_seq))
        self._take_next()
        if self._next is None:
            self._end(now)

    def release(self, now: float) -> bool:
        """Let happen what is due, or some of it; tell whether anything was.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        count = 0
        while self._next is not None and self._began + self._next[0] <= now and count < _RELEASED_AT_ONCE:
            record = self._next[1][0]
            self.state.evolve(record)
            self.seq = record.seq
            count += 1
            self._take_next()
        if count and self._next is None:
            self._end(now)
        return count > 0

    def until(self, number: int) -> int:
        """Return the seq up to which all has happened in a round, this one or one before."""
        return self.seq if number == self.round else self.last_seq

    def _take_next(self) -> None:
        self._next = next(self._coming, None)

    def _end(self, now: float) -> None:
        self.last_seq = self.seq
        if not self._loop or self.last_seq == self.start_seq:
            self.ended = True
            return
        self.round += 1
        self.seq = self.start_seq
        self.state.restore(self._at_start)
        self.begin(now + BETWEEN_ROUNDS)

    def _read_header(self) -> None:
        """Learn the log's id and, where the log's beginning is not there, who was where before."""
        first = segments(self._path)[0]
        try:
            header = Header.read(first)
        except ValueError:
            raise TranscriptDamagedError(first, 1, 0, "its header is not right") from None
        self.log = header.log
        if header.first_seq > 1:
            saved = load_checkpoint(first.parent, header)
            if saved is not None:
                self.state.restore(saved)

    def _go_to(self, place: Place, translate: Translate) -> None:
        start = place
        for record, _ in lines(self._path):
            start = start.on_day_of(record)
            if start.is_reached(record):
                return
            self.state.evolve(record)
            self.seq = record.seq
        raise ChatSimplesError(translate(N_("--at: the transcript ends before that")))
