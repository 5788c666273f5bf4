"""The client in a pipe: each line that comes in is said, each line that is heard goes out."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from typing import TextIO

from chatsimples.client.dialogue.display import Display
from chatsimples.client.names import FALLBACK_NICK, login_nick
from chatsimples.client.pipe.dialogue import LineDialogue, Told
from chatsimples.client.pipe.hangup import is_pipe, when_unread
from chatsimples.client.pipe.json_lines import JsonLines
from chatsimples.client.pipe.line_format import FlatLines
from chatsimples.client.pipe.streams import Input, Output
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.link import Link, Waiting
from chatsimples.config.client import ClientSettings
from chatsimples.errors import LinkError
from chatsimples.i18n import Translate

NICKS_TRIED = 100
_LAST_OUTPUT = 0.5


class Pipe:
    """One run of the client in a pipe. It is made where its loop runs.

    Args:
        settings: the client's settings.
        rooms: the rooms to enter; what is said goes to the first.
        translate: the words' language.
        source: what is said; None for nothing.
        target: where what is heard goes; None for nowhere.
        problems: where what goes wrong is told; None for nowhere.
    """

    def __init__(
        self,
        settings: ClientSettings,
        rooms: list[str],
        translate: Translate,
        *,
        source: TextIO | None,
        target: TextIO | None,
        problems: TextIO | None,
    ) -> None:
        self._translate = translate
        self._stay = settings.stay
        self._target = None if target is None else target.fileno()
        self._problems = problems
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._login = "" if settings.nick else login_nick()
        self._logins_tried = 1
        self._core = Core(settings.nick or self._login, rooms)
        self._link = Link(
            self._core,
            settings.host,
            settings.port,
            self._hear,
            translate,
            changed=self._link_changed,
            ready=self._after_hearing,
            once=settings.once,
        )
        display = Display(translate)
        lines = JsonLines(display, translate) if settings.json else FlatLines(display)
        self._dialogue = LineDialogue(self._core, self._link.address, lines, display, translate)
        self._input = Input(
            None if source is None else source.fileno(),
            lambda lines: self._from_thread(lambda: self._arrived(lines)),
            lambda error: self._from_thread(lambda: self._input_ended(error)),
        )
        self._output = Output(
            self._target,
            lambda: self._from_thread(self._changed.set),
            lambda: self._from_thread(self._output_broken),
        )
        self._unread: deque[bytes | None] = deque()
        self._ended = self._stopped = self._failed = self._resting = False

    async def run(self) -> int:
        """Run until the input has ended and all of it is on record; give the exit code.

        It is 0 if every line that came in was carried out, texts being on record, and 1 if not.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._stop)
        self._input.start()
        self._output.start()
        link = asyncio.create_task(self._link.run(), name="link")
        link.add_done_callback(lambda _: self._changed.set())
        await self._until(lambda: link.done() or self._is_finished())
        await self._link.leave()
        error = None if link.cancelled() else link.exception()
        if isinstance(error, LinkError):
            self._failed = True
            self._pass_on(self._dialogue.failed(str(error)))
        elif error is not None:
            raise error
        unsaid = self._core.unanswered + len(self._unread)
        if unsaid and (self._link.was_connected or not self._failed):
            self._fail(self._translate("lines not confirmed as said: {number}").format(number=unsaid))
        await self._flush()
        self._output.close()
        return 1 if self._failed or self._dialogue.refused else 0

    def _is_finished(self) -> bool:
        if self._stopped:
            return True
        over = self._dialogue.over or (self._ended and not self._unread and not self._stay)
        return over and self._link.was_connected and not self._core.unanswered

    # What comes in.

    def _arrived(self, lines: list[bytes | None]) -> None:
        self._unread.extend(lines)
        self._say_unread()

    def _input_ended(self, error: str) -> None:
        self._ended = True
        if error:
            self._fail(self._translate("the input can't be read: {why}").format(why=error))
        if self._stay and self._target is not None:
            # From here on nothing but a listener keeps it here.
            when_unread(self._target, lambda: self._from_thread(self._stop))
        self._changed.set()

    def _say_unread(self) -> None:
        """Say what has been read, as far as the core takes it; only then is more read."""
        some = bool(self._unread)
        # Once there is more than the server takes at once, wait until it has answered all of it. A client
        # that never lets it come to rest is one that floods, however slowly it is read.
        self._resting = self._resting and self._core.unanswered > 0
        while self._unread and not self._resting and not self._dialogue.over:
            self._pass_on(self._dialogue.typed(self._unread.popleft()))
            self._resting = self._core.full
        self._link.wake()
        self._changed.set()
        if self._dialogue.over:
            self._unread.clear()
        elif some and not self._unread:
            self._input.go_on()

    # What goes out.

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.NickRefused) and self._try_another_nick(event):
            return
        self._pass_on(self._dialogue.heard(event))
        if isinstance(event, events.NickRefused):
            self._failed = True
            self._stop()

    def _link_changed(self) -> None:
        if isinstance(self._link.state, Waiting) and not self._link.state.attempts:
            self._pass_on(self._dialogue.lost(self._link.state.reason))

    async def _after_hearing(self) -> None:
        self._say_unread()
        await self._until(lambda: not self._output.full)

    def _try_another_nick(self, event: events.NickRefused) -> bool:
        if not self._core.nick_wanted:
            # Said twice of one hello: another nick is chosen already.
            return True
        if self._login and event.code == "nick_in_use" and self._logins_tried < NICKS_TRIED:
            self._logins_tried += 1
            self._core.call_me(f"{self._login}{self._logins_tried}")
        elif self._login not in ("", FALLBACK_NICK) and event.code == "bad_nick":
            self._login = FALLBACK_NICK
            self._core.call_me(FALLBACK_NICK)
        else:
            return False
        return True

    def _pass_on(self, told: Told) -> None:
        for line in told.lines:
            self._output.write(line)
        if told.problem:
            self._tell(told.problem)

    # How it ends.

    def _stop(self) -> None:
        self._stopped = True
        self._changed.set()

    def _output_broken(self) -> None:
        # That a reader goes is no failure: it has heard enough. A file that takes no more is one.
        if self._target is not None and not (is_pipe(self._target) or os.isatty(self._target)):
            self._fail(self._translate("the output can't be written"))
        self._stop()

    async def _flush(self) -> None:
        """Let the output flow; when stopped, only for a moment."""
        await self._until(lambda: self._stopped or not self._output.waiting)
        try:
            async with asyncio.timeout(_LAST_OUTPUT):
                await self._until(lambda: not self._output.waiting)
        except TimeoutError:
            pass

    def _fail(self, text: str) -> None:
        self._failed = True
        self._tell(text)

    def _tell(self, text: str) -> None:
        if self._problems is not None:
            try:
                self._problems.write(f"chatsimples: {text}\n")
                self._problems.flush()
            except OSError:
                # Nobody can be told; the exit code still says it.
                self._problems = None

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def _from_thread(self, callback: Callable[[], object]) -> bool:
        """Have the loop call; false if it has ended."""
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            return False
        return True
