"""The client in a pipe: each line of the input is said, each event is written as a line."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from typing import TextIO

from chatsimples.client.address import tls_of
from chatsimples.client.names import FALLBACK_NICK, login_nick
from chatsimples.client.pipe.dialogue import Output, PipeDialogue
from chatsimples.client.pipe.flat_lines import FlatLines
from chatsimples.client.pipe.hangup import is_pipe, when_unread
from chatsimples.client.pipe.json_lines import JsonLines
from chatsimples.client.pipe.streams import LineReader, LineWriter
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core, Login
from chatsimples.client.protocol.link import Link, Waiting
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.config.client import ClientSettings
from chatsimples.errors import LinkError
from chatsimples.i18n import Translate

NICKS_TRIED = 100
_LAST_OUTPUT = 0.5


class PipeApplication:
    """One run of the client in a pipe. It is made where its loop runs.

    Args:
        settings: the client's settings.
        rooms: the rooms to enter; texts go to the first.
        translate: the language.
        stdin: the input; None for none.
        stdout: the output; None for none.
        stderr: where problems are written; None for nowhere.
        login: as whom to log in; None for a guest.
    """

    def __init__(
        self,
        settings: ClientSettings,
        rooms: list[str],
        translate: Translate,
        *,
        stdin: TextIO | None,
        stdout: TextIO | None,
        stderr: TextIO | None,
        login: Login | None = None,
    ) -> None:
        self._translate = translate
        self._stay = settings.stay
        self._stdout = None if stdout is None else stdout.fileno()
        self._stderr = stderr
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._user = "" if settings.nick or settings.account else login_nick()
        self._users_tried = 1
        self._core = Core(settings.nick or settings.account or self._user, rooms, login=login)
        self._link = Link(
            self._core,
            settings.host,
            settings.port,
            self,
            translate,
            once=settings.once,
            tls=tls_of(settings, translate),
        )
        renderer = Renderer(translate)
        lines = JsonLines(renderer, translate) if settings.json else FlatLines(renderer)
        self._dialogue = PipeDialogue(self._core, self._link.address, lines, renderer, translate)
        self._input = LineReader(
            None if stdin is None else stdin.fileno(),
            lambda lines: self._from_thread(lambda: self._arrived(lines)),
            lambda error: self._from_thread(lambda: self._input_ended(error)),
        )
        self._output = LineWriter(
            self._stdout,
            lambda: self._from_thread(self._changed.set),
            lambda: self._from_thread(self._output_broken),
        )
        self._unsaid: deque[bytes | None] = deque()
        self._ended = self._stopped = self._failed = self._resting = False

    async def run(self) -> int:
        """Run until the input has ended and all of it is on record; return the exit code.

        It is 0 if every line of the input was carried out, texts being on record, and 1 if not.
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
            self._write(self._dialogue.failed(str(error)))
        elif error is not None:
            raise error
        unsaid = self._core.unanswered + len(self._unsaid)
        if unsaid and (self._link.was_connected or not self._failed):
            self._fail(self._translate("lines not confirmed as said: {number}").format(number=unsaid))
        await self._flush()
        self._output.close()
        return 1 if self._failed or self._dialogue.refused else 0

    def _is_finished(self) -> bool:
        if self._stopped:
            return True
        over = self._dialogue.over or (self._ended and not self._unsaid and not self._stay)
        return over and self._link.was_connected and not self._core.unanswered

    # The input.

    def _arrived(self, lines: list[bytes | None]) -> None:
        self._unsaid.extend(lines)
        self._say_waiting()

    def _input_ended(self, error: str) -> None:
        self._ended = True
        if error:
            self._fail(self._translate("the input can't be read: {why}").format(why=error))
        if self._stay and self._stdout is not None:
            # From here on only a reader of the output keeps it running.
            when_unread(self._stdout, lambda: self._from_thread(self._stop))
        self._changed.set()

    def _say_waiting(self) -> None:
        """Say the lines that were read, as far as the core takes them; only then is more read.

        Before the first welcome none is said: it tells what the server accepts.
        """
        if not self._link.was_connected:
            return
        some = bool(self._unsaid)
        # Once there is more than the server takes at once, wait until it has answered all of it: a client
        # that always has commands in flight is one that floods, however slowly it is read.
        self._resting = self._resting and self._core.unanswered > 0
        while self._unsaid and not self._resting and not self._dialogue.over:
            self._write(self._dialogue.typed(self._unsaid.popleft()))
            self._resting = self._core.full
        self._link.wake()
        self._changed.set()
        if self._dialogue.over:
            self._unsaid.clear()
        elif some and not self._unsaid:
            self._input.go_on()

    # The link.

    def event_received(self, event: events.Event) -> None:
        """Write an event."""
        if isinstance(event, events.NickRefused) and self._try_another_nick(event):
            return
        self._write(self._dialogue.received(event))
        if isinstance(event, events.NickRefused | events.LoginRefused):
            self._failed = True
            self._stop()

    def link_changed(self) -> None:
        """Write that the connection is lost."""
        if isinstance(self._link.state, Waiting) and not self._link.state.attempts:
            self._write(self._dialogue.lost(self._link.state.reason))

    async def ready(self) -> None:
        """Return when more output can be taken."""
        self._say_waiting()
        await self._until(lambda: not self._output.full)

    def _try_another_nick(self, event: events.NickRefused) -> bool:
        if not self._core.nick_wanted:
            # A second refusal of one hello: another nick is chosen already.
            return True
        if self._user and event.code == "nick_in_use" and self._users_tried < NICKS_TRIED:
            self._users_tried += 1
            self._core.set_nick(f"{self._user}{self._users_tried}")
        elif self._user not in ("", FALLBACK_NICK) and event.code == "bad_nick":
            self._user = FALLBACK_NICK
            self._core.set_nick(FALLBACK_NICK)
        else:
            return False
        return True

    def _write(self, output: Output) -> None:
        for line in output.lines:
            self._output.write(line)
        if output.problem:
            self._report(output.problem)

    # How it ends.

    def _stop(self) -> None:
        self._stopped = True
        self._changed.set()

    def _output_broken(self) -> None:
        # A reader that goes is no failure: it has read enough. A file that takes no more is one.
        if self._stdout is not None and not (is_pipe(self._stdout) or os.isatty(self._stdout)):
            self._fail(self._translate("the output can't be written"))
        self._stop()

    async def _flush(self) -> None:
        """Wait until all output is written; when stopped, only for a moment."""
        await self._until(lambda: self._stopped or not self._output.waiting)
        try:
            async with asyncio.timeout(_LAST_OUTPUT):
                await self._until(lambda: not self._output.waiting)
        except TimeoutError:
            pass

    def _fail(self, text: str) -> None:
        self._failed = True
        self._report(text)

    def _report(self, text: str) -> None:
        if self._stderr is not None:
            try:
                self._stderr.write(f"chatsimples: {text}\n")
                self._stderr.flush()
            except OSError:
                # Nobody can read it; the exit code still says it.
                self._stderr = None

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def _from_thread(self, callback: Callable[[], object]) -> bool:
        """Have the loop call back; false if the loop has ended."""
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            return False
        return True
