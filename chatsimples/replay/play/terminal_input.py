"""What comes from a terminal: its keys, one by one, and the signals that a person causes there.

Ctrl-C and Ctrl-Z stay signals. A handler only notes its signal; ``wait`` acts on it, so that nothing is
drawn in the middle of something else. The terminal's settings are restored in any case.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

from chatsimples.replay.play.keys import KeyParser
from chatsimples.replay.play.player import PlayerAction

_NOTED = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT,
)  # fmt: skip
_ENDING = {signal.SIGTERM, signal.SIGHUP}
_LFLAG = 3
_CC = 6


class TerminalInput:
    """The input of a terminal, which is in raw mode while the context lasts.

    Args:
        keys: a descriptor of the terminal; None if there are no keys.
        leave: leaves the screen to others, until it is drawn the next time.

    Attributes:
        ended_by: the signal that ended the playback; 0 if none did.
    """

    def __init__(self, keys: int | None, leave: Callable[[], None]) -> None:
        self.ended_by = 0
        self._keys = keys
        self._leave = leave
        self._parser = KeyParser()
        self._before: list[Any] | None = None
        self._old: dict[signal.Signals, Any] = {}
        self._pipe = (-1, -1)
        self._old_wakeup = -1

    def __enter__(self) -> Self:
        self._pipe = os.pipe()
        for fd in self._pipe:
            os.set_blocking(fd, False)
        self._old_wakeup = signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, _note) for number in _NOTED}
        self._set_raw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Before the handlers: a signal that comes now finds the terminal restored.
        self._restore()
        signal.set_wakeup_fd(self._old_wakeup)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        for fd in self._pipe:
            os.close(fd)

    def wait(self, seconds: float | None) -> list[PlayerAction]:
        """Wait for a key or a signal, and return their actions.

        Args:
            seconds: at most so long; None: without end.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        signals = self._pipe[0]
        watched = [signals] if self._keys is None else [signals, self._keys]
        ready, _, _ = select.select(watched, [], [], seconds)
        actions: list[PlayerAction] = []
        if signals in ready:
            for number in os.read(signals, 512):
                actions += self._signalled(signal.Signals(number))
        if self._keys in ready:
            actions += self._read_keys(self._keys)
        return actions

    def _read_keys(self, fd: int | None) -> list[PlayerAction]:
        assert fd is not None  # noqa: S101 - for the type checker: it was watched
        try:
            data = os.read(fd, 1_024)
        except OSError:
            data = b""
        if not data:
            self._keys = None
        return self._parser.feed(data)

    def _signalled(self, number: signal.Signals) -> list[PlayerAction]:
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        if number in _ENDING:
            self.ended_by = number
            return ["quit"]
        if number == signal.SIGTSTP:
            self._stop()
            return ["continued"]
        if number == signal.SIGCONT:
            self._set_raw()
        # The screen no longer shows what was drawn: it is drawn anew.
        self._leave()
        return ["continued"] if number == signal.SIGCONT else []

    def _stop(self) -> None:
        """Stop the process; go on here when it is continued."""
        self._leave()
        self._restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, _note)
        self._set_raw()

    def _set_raw(self) -> None:
        """Have keys delivered one by one, without echo."""
        if self._keys is None:
            return
        with suppress(termios.error):
            self._before = self._before or termios.tcgetattr(self._keys)
            attributes = list(self._before)
            attributes[_LFLAG] &= ~(termios.ICANON | termios.ECHO)
            attributes[_CC] = [*attributes[_CC]]
            attributes[_CC][termios.VMIN], attributes[_CC][termios.VTIME] = 1, 0
            _set(self._keys, attributes)

    def _restore(self) -> None:
        if self._keys is not None and self._before is not None:
            with suppress(termios.error):
                _set(self._keys, self._before)
        self._before = None


@contextmanager
def keys_of(path: str) -> Iterator[int | None]:
    """Yield a descriptor from which keys can be read: standard input's, else the terminal's own, else None.

    Args:
        path: of the transcript. If it is ``-``, standard input is not for keys.
    """
    if path != "-" and sys.stdin is not None and sys.stdin.isatty():
        yield sys.stdin.fileno()
        return
    with ExitStack() as stack:
        fd = None
        with suppress(OSError):
            fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
            stack.callback(os.close, fd)
        yield fd


def _note(number: int, frame: FrameType | None) -> None:
    """Do nothing: the interpreter has written the number to the pipe."""


def _set(fd: int, attributes: list[Any]) -> None:
    while True:
        try:
            termios.tcsetattr(fd, termios.TCSADRAIN, attributes)
        except termios.error as error:
            # The process was stopped for doing this in the background, and has been continued.
            if error.args[0] != errno.EINTR:
                raise
        else:
            return
