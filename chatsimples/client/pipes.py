"""The client in a pipe: each line that comes in is said, each line that is heard goes out."""

from __future__ import annotations

import asyncio
import getpass
import signal
from collections import deque
from collections.abc import Callable
from typing import TextIO

from chatsimples.chat.names import check_nick
from chatsimples.client import events
from chatsimples.client.conversation import Conversation
from chatsimples.client.core import Core
from chatsimples.client.display import Display, plain, safe
from chatsimples.client.link import Link, LinkError
from chatsimples.client.streams import LONGEST_LINE, Input, Output
from chatsimples.config import ClientSettings
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate

NICKS_TRIED = 100
FALLBACK_NICK = "cliente"
_LONGEST_LOGIN = 24
_LAST_OUTPUT = 0.5


def login_nick() -> str:
    """Make a nick of the login name."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):
        return FALLBACK_NICK
    fit = "".join(letter for letter in login if letter.isalnum() or letter in "_-.")
    try:
        return check_nick(fit[:_LONGEST_LOGIN], 0)
    except Refusal:
        return FALLBACK_NICK


class Pipe:
    """One run of the client in a pipe. It is made where its loop runs.

    Args:
        settings: the client's settings.
        translate: the words' language.
        source: what is said; None for nothing.
        target: where what is heard goes; None for nowhere.
        problems: where what goes wrong is told; None for nowhere.
    """

    def __init__(
        self,
        settings: ClientSettings,
        translate: Translate,
        source: TextIO | None,
        target: TextIO | None,
        problems: TextIO | None,
    ) -> None:
        self._translate = translate
        self._problems = problems
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._login = "" if settings.nick else login_nick()
        self._logins_tried = 1
        self._core = Core(settings.nick or self._login, [settings.room])
        self._link = Link(
            self._core,
            settings.host,
            settings.port,
            self._hear,
            translate,
            ready=self._after_hearing,
            once=settings.once,
        )
        self._display = Display(translate)
        self._conversation = Conversation(
            self._core, settings.room, self._link.address, self._display, translate
        )
        self._input = Input(
            None if source is None else source.fileno(),
            lambda lines: self._from_thread(lambda: self._arrived(lines)),
            lambda error: self._from_thread(lambda: self._input_ended(error)),
        )
        self._output = Output(
            None if target is None else target.fileno(),
            lambda: self._from_thread(self._changed.set),
            lambda: self._from_thread(self._stop),
        )
        self._unread: deque[bytes | None] = deque()
        self._lines_read = 0
        self._ended = self._stopped = self._failed = self._resting = False

    async def run(self) -> int:
        """Run until the input has ended and all of it is on record; give the exit code."""
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
            self._fail(str(error))
        elif error is not None:
            raise error
        unsaid = self._core.unanswered + len(self._unread)
        if unsaid and (self._link.was_connected or not self._failed):
            self._fail(self._translate("lines not confirmed as said: {number}").format(number=unsaid))
        await self._flush()
        self._output.close()
        return 1 if self._failed or self._conversation.refused else 0

    def _is_finished(self) -> bool:
        if self._stopped:
            return True
        over = self._conversation.over or (self._ended and not self._unread)
        return over and self._link.was_connected and not self._core.unanswered

    # What comes in.

    def _arrived(self, lines: list[bytes | None]) -> None:
        self._unread.extend(lines)
        self._say_unread()

    def _input_ended(self, error: str) -> None:
        self._ended = True
        if error:
            self._fail(self._translate("the input can't be read: {why}").format(why=error))
        self._changed.set()

    def _say_unread(self) -> None:
        """Say what has been read, as far as the core takes it; only then is more read."""
        some = bool(self._unread)
        # Once there is more than the server takes at once, wait until it has answered all of it. A client
        # that never lets it come to rest is one that floods, however slowly it is read.
        self._resting = self._resting and self._core.unanswered > 0
        while self._unread and not self._resting and not self._conversation.over:
            self._lines_read += 1
            self._say(self._unread.popleft())
            self._resting = self._core.full
        self._link.wake()
        self._changed.set()
        if self._conversation.over:
            self._unread.clear()
        elif some and not self._unread:
            self._input.go_on()

    def _say(self, line: bytes | None) -> None:
        if line is None:
            self._refuse(Refusal("bad_request", why=N_("it has more than {most} bytes"), most=LONGEST_LINE))
            return
        try:
            for answer in self._conversation.typed(line.decode()):
                self._output.write(plain(answer))
        except UnicodeDecodeError:
            self._refuse(Refusal("bad_utf8"))
        except Refusal as refusal:
            self._refuse(refusal)

    def _refuse(self, refusal: Refusal) -> None:
        why = explain(refusal.code, refusal.detail, self._translate)
        self._fail(self._translate("line {number}: {why}").format(number=self._lines_read, why=why))

    # What goes out.

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.NickRefused):
            self._try_another_nick(event)
        for line in self._conversation.heard(event):
            if isinstance(event, events.Refused):
                self._tell(plain(line).removeprefix("! "))
            else:
                self._output.write(plain(line))

    async def _after_hearing(self) -> None:
        self._say_unread()
        await self._until(lambda: not self._output.full)

    def _try_another_nick(self, event: events.NickRefused) -> None:
        if self._login and event.code == "nick_in_use" and self._logins_tried < NICKS_TRIED:
            self._logins_tried += 1
            self._core.call_me(f"{self._login}{self._logins_tried}")
        elif self._login not in ("", FALLBACK_NICK) and event.code == "bad_nick":
            self._login = FALLBACK_NICK
            self._core.call_me(FALLBACK_NICK)
        else:
            self._fail(safe(event.text or event.code))
            self._stop()

    # How it ends.

    def _stop(self) -> None:
        self._stopped = True
        self._changed.set()

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
