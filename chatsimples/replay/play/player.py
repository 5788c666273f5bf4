"""Playback: the records in their rhythm, and what keys change in it. Without a terminal, and without waiting.

``advance`` shows what is due and returns how long nothing is; ``perform`` carries out the action of a key.
The caller calls them in turn and waits in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from chatsimples.chat.records import Record, microseconds, timestamp
from chatsimples.i18n import Translate
from chatsimples.replay.play.excerpt import Excerpt
from chatsimples.replay.play.playback_clock import PlaybackClock
from chatsimples.replay.play.schedule import Schedule, read_time

PlayerAction = Literal[
    "pause", "step", "faster", "slower", "back", "on", "far back", "far on", "begin", "end", "keys", "quit",
    "continued",
]  # fmt: skip
"""What a key does; ``continued`` is no key but the process, after it was stopped."""

LINES_AT_ONCE = 250
"""Records that are shown before keys are looked at again."""

TICK = 0.25
"""Seconds after which the progress line has changed though nothing was shown."""

BETWEEN_ROUNDS = 1.0
"""Seconds between the end and another round."""

_JUMPS: dict[PlayerAction, int] = {"back": -10, "on": 10, "far back": -60, "far on": 60}
_MICRO = 1_000_000

# Seconds that nobody can wait: a float of the clock may not even show them.
_AT_ONCE = 1e-6


class PlaybackState(msgspec.Struct, frozen=True):
    """The state of a playback.

    Attributes:
        paused: time stands still.
        at: the time of the recording, in microseconds since 1970.
        seq: of the record that was shown last.
        first, last: the seqs of the first and last one.
        speed: how many times as fast as it was recorded.
    """

    paused: bool
    at: int
    seq: int
    first: int
    last: int
    speed: float


class PlayerView(Protocol):
    """Where a player shows what it plays."""

    @property
    def rows(self) -> int:
        """How many records can be seen at once."""

    def show_records(self, records: list[Record]) -> None:
        """Show records."""

    def show_jump_back(self, at: int) -> None:
        """Show that what follows begins at an earlier time, in microseconds since 1970."""

    def show_jump_on(self, at: int, skipped: int) -> None:
        """Show that records up to a time are left out; how many, or 0 if they were not counted."""

    def show_restart(self) -> None:
        """Show that the playback begins again."""

    def show_keys(self) -> None:
        """Show the keys' meanings."""


class Player:
    """Plays an excerpt.

    Args:
        excerpt: what is played; not empty.
        view: where it is shown.
        clock: returns seconds that only rise.
        speed: how many times as fast as it was recorded.
        max_idle: seconds to which a longer silence is cut; 0: as long as it was.
        loop: begin again at the end.
        translate: for the errors.

    Attributes:
        over: the end was reached, or the person has ended the playback.
    """

    def __init__(
        self,
        excerpt: Excerpt,
        view: PlayerView,
        *,
        clock: Callable[[], float],
        speed: float = 1.0,
        max_idle: float = 0.0,
        loop: bool = False,
        translate: Translate = str,
    ) -> None:
        self.over = False
        self._excerpt = excerpt
        self._view = view
        self._clock = clock
        self._max_idle = max_idle
        self._loop = loop
        self._translate = translate
        self._playback_clock = PlaybackClock(clock, speed)
        self._played = 0.0
        self._shown = 0
        self._schedule: Schedule
        self._begin(excerpt.first, None)

    @property
    def state(self) -> PlaybackState:
        """The state now."""
        return PlaybackState(
            paused=self._playback_clock.paused,
            at=self._now(),
            seq=self._seq,
            first=self._excerpt.first,
            last=self._excerpt.last,
            speed=self._playback_clock.speed,
        )

    def advance(self) -> float | None:
        """Show what is due.

        Returns:
            Seconds until something can be due again; None if that takes a key.

        Raises:
            ChatSimplesError: the transcript can't be read, or a record's time is none.
        """
        shown: list[Record] = []
        while len(shown) < LINES_AT_ONCE and self._next_is_due():
            record = self._schedule.take()
            self._seq = record.seq
            shown.append(record)
        if shown:
            self._at = microseconds(shown[-1].at)
            self._shown += len(shown)
            self._view.show_records(shown)
        self._played = self._playback_clock.played
        if self._schedule.ended:
            # The last records may be none that are shown.
            self._seq = self._excerpt.last
            return self._at_end()
        if self._schedule.next is None:
            return 0.0
        if self._playback_clock.paused:
            return None if not self._steps else 0.0
        return min(TICK, max(0.0, self._playback_clock.until(self._schedule.next[0])))

    def perform(self, action: PlayerAction) -> None:
        """Carry out the action of a key."""
        clock = self._playback_clock
        match action:
            case "quit":
                self.over = True
            case "keys":
                self._view.show_keys()
            case "pause":
                clock.pause(not clock.paused)
                self._steps = 0
            case "step":
                # The first press only pauses: the record that it would show is about to come anyway.
                self._steps += 1 if clock.paused else 0
                clock.pause(True)
            case "faster" | "slower":
                clock.change_speed(2.0 if action == "faster" else 0.5)
            case "continued":
                clock.set(self._played)
            case "begin":
                self._go_back(self._excerpt.first, None)
            case "end":
                self._go_on(self._excerpt.last + 1, None)
            case "back" | "far back":
                self._jump_back(self._now() + _JUMPS[action] * _MICRO)
            case "on" | "far on":
                self._jump_on(self._now() + _JUMPS[action] * _MICRO)

    def _begin(self, seq: int, at: int | None) -> None:
        """Go on with the first record from ``seq`` on; the silence before it begins at ``at``, if given."""
        self._seq = seq - 1
        excerpt = self._excerpt
        self._at = read_time(excerpt.begins, excerpt.first, self._translate) if at is None else at
        self._schedule = Schedule(excerpt, seq, self._max_idle, self._translate)
        self._silence_from = at
        self._is_fresh = True
        self._again_at: float | None = None
        self._steps = 0

    def _next_is_due(self) -> bool:
        self._schedule.find_next()
        if self._schedule.next is None:
            return False
        due, record = self._schedule.next
        if self._is_fresh:
            self._is_fresh = False
            since = self._silence_from
            silence = 0.0 if since is None else max(0, microseconds(record.at) - since) / _MICRO
            self._playback_clock.set(due - (min(silence, self._max_idle) if self._max_idle else silence))
        if not self._playback_clock.paused:
            return self._playback_clock.until(due) <= _AT_ONCE
        if not self._steps:
            return False
        self._steps -= 1
        self._playback_clock.set(due)
        return True

    def _at_end(self) -> float | None:
        if self._playback_clock.paused:
            return None
        if not self._loop or not self._shown:
            self.over = True
            return 0.0
        if self._again_at is None:
            self._again_at = self._clock() + BETWEEN_ROUNDS
        left = self._again_at - self._clock()
        if left > 0:
            return left
        self._view.show_restart()
        self._begin(self._excerpt.first, None)
        return 0.0

    def _now(self) -> int:
        """Return the time of the recording; within a silence that is cut, it is that of the silence's end."""
        if self._schedule.next is None:
            return self._at
        due, record = self._schedule.next
        return microseconds(record.at) - round(max(0.0, due - self._playback_clock.played) * _MICRO)

    def _jump_back(self, at: int) -> None:
        excerpt = self._excerpt
        before = excerpt.before(self._seq + 1, 1)
        if before:
            at = min(at, read_time(before[0][0].at, before[0][0].seq, self._translate))
        latest = before[0][0].seq if before else self._seq + 1
        seq = max(excerpt.first, min(latest, excerpt.seq_at(timestamp(max(0, at)))))
        self._go_back(seq, None if seq == excerpt.first else at)

    def _go_back(self, seq: int, at: int | None) -> None:
        if self._seq < self._excerpt.first:
            return
        self._begin(seq, at)
        self._view.show_jump_back(self._at)

    def _jump_on(self, at: int) -> None:
        if self._schedule.next is None:
            return
        record = self._schedule.next[1]
        at = max(at, microseconds(record.at))
        self._go_on(max(record.seq, self._excerpt.seq_at(timestamp(at))), at)

    def _go_on(self, seq: int, at: int | None) -> None:
        """Go on to ``seq``, and show the last records before it."""
        excerpt = self._excerpt
        rows = self._view.rows
        passed = [line[0] for line in excerpt.before(seq, rows) if line[0].seq > self._seq]
        if at is None or seq > excerpt.last:
            at = read_time(excerpt.ends, excerpt.last, self._translate)
            # Without a pause it would be over before anybody has seen where it is.
            self._playback_clock.pause(True)
        if len(passed) == rows:
            skipped = passed[0].seq - 1 - self._seq
            if skipped:
                self._view.show_jump_on(at, 0 if excerpt.is_filtered else skipped)
        self._begin(seq, at)
        if passed:
            self._shown += len(passed)
            self._view.show_records(passed)
