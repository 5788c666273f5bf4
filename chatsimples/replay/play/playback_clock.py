"""Time as it passes during playback: quicker or slower than the clock, or not at all."""

from __future__ import annotations

from collections.abc import Callable

SLOWEST, FASTEST = 0.001, 1_000_000.0


class PlaybackClock:
    """Tells how many seconds of the recording have been played.

    Between two changes this follows from the clock alone, so one late look at it delays nothing after it.

    Args:
        clock: returns seconds that only rise.
        speed: how many seconds of the recording pass in one.
    """

    def __init__(self, clock: Callable[[], float], speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._paused = False
        self._base = 0.0
        self._since = clock()

    @property
    def played(self) -> float:
        """The seconds played; whatever is due by then is to be shown."""
        return self._base if self._paused else self._base + (self._clock() - self._since) * self._speed

    @property
    def paused(self) -> bool:
        """Whether time stands still."""
        return self._paused

    @property
    def speed(self) -> float:
        """How many seconds of the recording pass in one."""
        return self._speed

    def pause(self, paused: bool) -> None:
        """Let time stand still, or go on."""
        self.set(self.played)
        self._paused = paused

    def change_speed(self, factor: float) -> None:
        """Go on so many times as fast."""
        self.set(self.played)
        self._speed = min(FASTEST, max(SLOWEST, self._speed * factor))

    def set(self, played: float) -> None:
        """Go on from there."""
        self._base, self._since = played, self._clock()

    def until(self, due: float) -> float:
        """Return the seconds by the clock until something is due, if time does not stand still."""
        return (due - self.played) / self._speed
