"""What is played when: the records in their rhythm, and what keys do to it. No terminal, and no waiting.

``advance`` shows what is due and tells how long nothing is; ``act`` is told the keys. Whoever calls them in
turn waits in between, and does nothing else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import msgspec

from chatsimples.chat.records import Record, microseconds, timestamp
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate
from chatsimples.replay.narration.visible import visible_name
from chatsimples.replay.play.seeking import Tape
from chatsimples.replay.play.tempo import Tempo
from chatsimples.replay.recording.rhythm import limit_idle, timed
from chatsimples.transcript.reader import Line

Act = Literal[
    "pause", "step", "faster", "slower", "back", "on", "far back", "far on", "begin", "end", "keys", "quit",
    "continued",
]  # fmt: skip
"""What a key does; ``continued`` is no key but the process, after it was stopped."""

LINES_AT_ONCE = 250
"""Records that are shown before keys are looked at again."""

TICK = 0.25
"""Seconds after which the progress has changed though nothing was shown."""

BETWEEN_ROUNDS = 1.0
"""Seconds after which it begins again, in a loop."""

_JUMPS: dict[Act, int] = {"back": -10, "on": 10, "far back": -60, "far on": 60}
_MICRO = 1_000_000

# Seconds that nobody can wait: a float of the clock may not even show them.
_AT_ONCE = 1e-6

# A day before the last that can be written, so that jumps and time zones stay within what can.
_LATEST = microseconds("9999-12-30T00:00:00.000000Z")


class Progress(msgspec.Struct, frozen=True):
    """How far it has come.

    Attributes:
        paused: time stands still.
        at: the time of the recording, in microseconds since 1970.
        seq: of the record that was passed last.
        first, last: the seqs of the first and last one.
        speed: how many times as fast as it happened.
    """

    paused: bool
    at: int
    seq: int
    first: int
    last: int
    speed: float


class Stage(Protocol):
    """Where it is shown."""

    @property
    def rows(self) -> int:
        """How many records can be seen at once."""

    def records(self, records: list[Record]) -> None:
        """Show records."""

    def went_back(self, at: int) -> None:
        """Tell that what follows was before: from this time on, in microseconds since 1970."""

    def went_on(self, at: int, skipped: int) -> None:
        """Tell that records are left out up to this time; how many, or 0 if they were not counted."""

    def again(self) -> None:
        """Tell that it begins again."""

    def keys(self) -> None:
        """Show what the keys do."""


class Player:
    """Plays a tape.

    Args:
        tape: what is played; not empty.
        stage: where to.
        clock: gives seconds that only rise.
        speed: how many times as fast as it happened.
        max_idle: seconds to which a longer silence is cut; 0: as long as it was.
        loop: begin again at the end.
        translate: for the errors.

    Attributes:
        over: it has come to its end, or the person has ended it.
    """

    def __init__(
        self,
        tape: Tape,
        stage: Stage,
        *,
        clock: Callable[[], float],
        speed: float = 1.0,
        max_idle: float = 0.0,
        loop: bool = False,
        translate: Translate = str,
    ) -> None:
        self.over = False
        self._tape = tape
        self._stage = stage
        self._clock = clock
        self._max_idle = max_idle
        self._loop = loop
        self._translate = translate
        self._tempo = Tempo(clock, speed)
        self._played = 0.0
        self._shown = 0
        self._begin(tape.first, None)

    @property
    def progress(self) -> Progress:
        """How far it has come now."""
        return Progress(
            paused=self._tempo.held,
            at=self._now(),
            seq=self._seq,
            first=self._tape.first,
            last=self._tape.last,
            speed=self._tempo.speed,
        )

    def advance(self) -> float | None:
        """Show what is due.

        Returns:
            Seconds until something can be due again; None if that takes a key.

        Raises:
            ChatSimplesError: the transcript can't be read, or a record's time can't.
        """
        shown: list[Record] = []
        while len(shown) < LINES_AT_ONCE and self._find_next() and self._is_due():
            record = self._take()
            shown.append(record)
        if shown:
            self._at = microseconds(shown[-1].at)
            self._shown += len(shown)
            self._stage.records(shown)
        self._played = self._tempo.played
        if self._next is None:
            return self._at_end() if self._ended else 0.0
        if self._tempo.held:
            return None if not self._steps else 0.0
        return min(TICK, max(0.0, self._tempo.until(self._next[0])))

    def act(self, act: Act) -> None:
        """Do what a key asks for."""
        match act:
            case "quit":
                self.over = True
            case "keys":
                self._stage.keys()
            case "pause":
                self._tempo.hold(not self._tempo.held)
                self._steps = 0
            case "step":
                # The first press only pauses: what it would show is about to come anyway.
                self._steps += 1 if self._tempo.held else 0
                self._tempo.hold(True)
            case "faster" | "slower":
                self._tempo.change(2.0 if act == "faster" else 0.5)
            case "continued":
                self._tempo.set(self._played)
            case "begin":
                self._go_back(self._tape.first, None)
            case "end":
                self._go_on(self._tape.last + 1, None)
            case "back" | "far back":
                self._jump_back(self._now() + _JUMPS[act] * _MICRO)
            case "on" | "far on":
                self._jump_on(self._now() + _JUMPS[act] * _MICRO)

    def _begin(self, seq: int, at: int | None) -> None:
        """Go on with the first record from ``seq`` on; the silence before it begins at ``at``, if given."""
        self._seq = seq - 1
        self._at = self._read_time(self._tape.begins, self._tape.first) if at is None else at
        self._silence_from = at
        self._fresh = True
        self._block: deque[Line] = deque()
        self._blocks = self._tape.blocks(seq)
        self._items: Iterator[tuple[float, Line]] = limit_idle(
            timed(iter(self._block.popleft, None)), self._max_idle
        )
        self._next: tuple[float, Line] | None = None
        self._ended = False
        self._again_at: float | None = None
        self._steps = 0

    def _find_next(self) -> bool:
        """Tell whether the next record is known. Otherwise a block is read, in which it may be."""
        if self._next is not None:
            return True
        if not self._block:
            block = next(self._blocks, None)
            self._ended = block is None
            self._block.extend(block or ())
        if not self._block:
            return False
        record = self._block[0][0]
        at = self._read_time(record.at, record.seq)
        self._next = next(self._items)
        if self._fresh:
            self._fresh = False
            silence = 0.0 if self._silence_from is None else max(0, at - self._silence_from) / _MICRO
            self._tempo.set(self._next[0] - (min(silence, self._max_idle) if self._max_idle else silence))
        return True

    def _is_due(self) -> bool:
        assert self._next is not None  # noqa: S101 - for the type checker; `_find_next` says so
        if not self._tempo.held:
            return self._tempo.until(self._next[0]) <= _AT_ONCE
        if not self._steps:
            return False
        self._steps -= 1
        self._tempo.set(self._next[0])
        return True

    def _take(self) -> Record:
        assert self._next is not None  # noqa: S101
        _due, (record, _line) = self._next
        self._next = None
        self._seq = record.seq
        return record

    def _at_end(self) -> float | None:
        if self._tempo.held:
            return None
        if not self._loop or not self._shown:
            self.over = True
            return 0.0
        if self._again_at is None:
            self._again_at = self._clock() + BETWEEN_ROUNDS
        left = self._again_at - self._clock()
        if left > 0:
            return left
        self._stage.again()
        self._begin(self._tape.first, None)
        return 0.0

    def _now(self) -> int:
        """Give the time of the recording; within a silence that is cut, it is that of the silence's end."""
        if self._next is None:
            return self._at
        due, (record, _line) = self._next
        return microseconds(record.at) - round(max(0.0, due - self._tempo.played) * _MICRO)

    def _jump_back(self, at: int) -> None:
        before = self._tape.before(self._seq + 1, 1)
        if before:
            at = min(at, self._read_time(before[0][0].at, before[0][0].seq))
        latest = before[0][0].seq if before else self._seq + 1
        seq = max(self._tape.first, min(latest, self._tape.seq_at(timestamp(max(0, at)))))
        self._go_back(seq, None if seq == self._tape.first else at)

    def _go_back(self, seq: int, at: int | None) -> None:
        if self._seq < self._tape.first:
            return
        self._begin(seq, at)
        self._stage.went_back(self._at)

    def _jump_on(self, at: int) -> None:
        if self._next is None:
            return
        record = self._next[1][0]
        at = max(at, microseconds(record.at))
        self._go_on(max(record.seq, self._tape.seq_at(timestamp(at))), at)

    def _go_on(self, seq: int, at: int | None) -> None:
        """Go on to ``seq``, and show what was last before it."""
        tape = self._tape
        rows = self._stage.rows
        passed = [line[0] for line in tape.before(seq, rows) if line[0].seq > self._seq]
        between = seq - 1 - self._seq
        if at is None or seq > tape.last:
            at = self._read_time(tape.ends, tape.last)
            # It would be over before anybody has seen where it is.
            self._tempo.hold(True)
        if len(passed) == rows if tape.is_filtered else len(passed) < between:
            self._stage.went_on(at, 0 if tape.is_filtered else between - len(passed))
        self._begin(seq, at)
        if passed:
            self._shown += len(passed)
            self._stage.records(passed)

    def _read_time(self, at: str, seq: int) -> int:
        try:
            moment = microseconds(at)
        except ValueError:
            moment = -1
        if not 0 <= moment < _LATEST:
            text = self._translate(N_("record {seq}: {at} is no time"))
            raise ChatSimplesError(text.format(seq=seq, at=visible_name(at)))
        return moment
