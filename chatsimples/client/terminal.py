"""The client on a terminal: one person, a screen and a link, for as long as the person stays."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import Any, cast

from prompt_toolkit.input import create_input
from prompt_toolkit.utils import get_cwidth

from chatsimples.chat.names import check_nick
from chatsimples.client import events
from chatsimples.client.commands import Quit, parse
from chatsimples.client.conversation import Conversation
from chatsimples.client.core import Core
from chatsimples.client.display import Display, Line, safe
from chatsimples.client.link import Connected, Link, LinkError, Waiting
from chatsimples.client.screen import HeldOutput, Screen
from chatsimples.config import ClientSettings
from chatsimples.errors import Refusal
from chatsimples.i18n import Translate

ACKS_AWAITED = 3.0
"""Seconds that leaving waits for what was said to be confirmed."""


class Terminal:
    """One run of the client on a terminal. It is made where its loop runs."""

    def __init__(self, settings: ClientSettings, translate: Translate) -> None:
        self._translate = translate
        self._loop = asyncio.get_running_loop()
        self._core = Core(settings.nick, [settings.room])
        self._display = Display(translate)
        self._link = Link(
            self._core,
            settings.host,
            settings.port,
            self._hear,
            translate,
            changed=self._link_changed,
            ready=self._after_hearing,
            patient=True,
            once=settings.once,
        )
        self._conversation = Conversation(
            self._core, settings.room, self._link.address, self._display, translate
        )
        self._target = cast(HeldOutput, HeldOutput.from_pty(sys.stdout))
        self._target.enable_cpr = False
        self._screen = Screen(
            self._prompt,
            self._status,
            self._entered,
            self._leave,
            source=create_input(sys.stdin),
            target=self._target,
        )
        self._leaving: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()

    async def run(self) -> int:
        """Run until the person leaves; give the exit code."""
        self._loop.set_exception_handler(self._unexpected)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._leave)
        link = asyncio.create_task(self._link.run(), name="link")
        link.add_done_callback(lambda _: self._screen.close())
        # If the terminal is gone, nobody is there to be shown anything; but the server is told goodbye.
        with contextlib.suppress(EOFError, OSError):
            await self._screen.run()
        await self._link.leave()
        error = None if link.cancelled() else link.exception()
        if isinstance(error, LinkError):
            sys.stderr.write(f"chatsimples: {error}\n")
            return 1
        if error is not None:
            raise error
        if self._core.unanswered:
            text = self._translate("lines not confirmed as said: {number}")
            sys.stderr.write(f"chatsimples: {text.format(number=self._core.unanswered)}\n")
        return 0

    # What the person does.

    def _entered(self, text: str) -> bool:
        try:
            if self._core.nick_wanted:
                self._name_entered(text.strip())
            else:
                self._screen.show(self._conversation.typed(text))
        except Refusal as refusal:
            self._screen.show([self._conversation.explain(refusal)])
            return False
        self._link.wake()
        if self._conversation.over:
            self._leave()
        return True

    def _name_entered(self, name: str) -> None:
        if name.startswith("/") and isinstance(parse(name), Quit):
            self._leave()
        elif name:
            self._core.call_me(check_nick(name, 0))

    def _leave(self) -> None:
        if self._leaving is not None:
            # Asked twice: at once, then.
            self._screen.close()
            return
        self._leaving = asyncio.create_task(self._go(), name="leave")
        self._screen.redraw()

    async def _go(self) -> None:
        try:
            async with asyncio.timeout(ACKS_AWAITED):
                while self._core.registered and self._core.unanswered:
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            pass
        await self._link.leave()
        self._screen.close()

    # What the link tells.

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.NickRefused):
            self._screen.show([self._display.problem(safe(event.text or event.code))])
        self._screen.show(self._conversation.heard(event))

    async def _after_hearing(self) -> None:
        self._answered.set()
        self._screen.redraw()
        await self._screen.until(lambda: not self._screen.full)

    def _link_changed(self) -> None:
        state = self._link.state
        if isinstance(state, Waiting):
            if state.attempts == (0 if self._link.was_connected else 1):
                text = self._translate("{why}; trying again").format(why=state.reason)
                self._screen.show([self._display.problem(text)])
            self._count_down()
        self._screen.redraw()

    def _count_down(self) -> None:
        if isinstance(self._link.state, Waiting):
            self._screen.redraw()
            self._loop.call_later(1.0, self._count_down)

    # What is seen.

    def _prompt(self) -> Line:
        if self._core.nick_wanted:
            return [("class:prompt", self._translate("Your nick: "))]
        widest = max(8, self._target.get_size().columns // 4)
        nick = _cut(safe(self._core.nick), widest)
        return [("class:prompt", f"{nick} #{_cut(safe(self._conversation.room), widest)}> ")]

    def _status(self) -> Line:
        _ = self._translate
        state = self._link.state
        if self._leaving is not None:
            look, text = "", _("leaving…")
        elif self._core.nick_wanted:
            look, text = "", _("/sair leaves")
        elif isinstance(state, Connected):
            rooms = " ".join(f"#{safe(room)}" for room in self._core.rooms)
            look, text = "", _("connected: {rooms}").format(rooms=rooms)
        elif isinstance(state, Waiting):
            seconds = max(1, round(state.until - self._loop.time()))
            look, text = (
                "class:status.problem",
                _("no connection; again in {seconds} s").format(seconds=seconds),
            )
        else:
            look, text = (
                "class:status.problem",
                _("connecting to {address}…").format(address=self._link.address),
            )
        line: Line = [(look, f" {text} ")]
        if self._core.unanswered:
            line.append(("", "· " + _("on their way: {number}").format(number=self._core.unanswered)))
        return line

    def _unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), OSError):
            # Drawing failed, as the terminal is gone.
            self._leave()
        else:
            loop.default_exception_handler(context)


def _cut(text: str, columns: int) -> str:
    if get_cwidth(text) <= columns:
        return text
    while text and get_cwidth(text) >= columns:
        text = text[:-1]
    return text + "…"
