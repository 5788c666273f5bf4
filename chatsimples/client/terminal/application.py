"""The client on a terminal: one person, a screen and a link, for as long as the person stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import Any, cast

from prompt_toolkit.input import create_input
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.styles import Style

from chatsimples.chat.effects import RoomList
from chatsimples.chat.names import check_nick
from chatsimples.client.address import tls_of
from chatsimples.client.dialogue.conversations import Conversation, Conversations
from chatsimples.client.dialogue.dialogue import Dialogue
from chatsimples.client.dialogue.preferences import Preferences
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core, Login
from chatsimples.client.protocol.link import Link, Waiting
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.rendering.renderer import Columns, Renderer
from chatsimples.client.requests.actions import Action, Quit
from chatsimples.client.requests.command_words import argument_kinds, words
from chatsimples.client.requests.parser import parse
from chatsimples.client.storage.read_markers import ReadMarkers
from chatsimples.client.storage.state_files import state_folder
from chatsimples.client.terminal import keys
from chatsimples.client.terminal.bottom_rows import BottomRows
from chatsimples.client.terminal.completion import Scope
from chatsimples.client.terminal.draft import Draft
from chatsimples.client.terminal.editor import EditorError, edit
from chatsimples.client.terminal.input_history import InputHistory
from chatsimples.client.terminal.key_bindings import Handlers
from chatsimples.client.terminal.lag import Lag
from chatsimples.client.terminal.output import HeldOutput, reflows
from chatsimples.client.terminal.screen import LiveRows, Screen
from chatsimples.config.client import ClientSettings
from chatsimples.errors import LinkError, Refusal
from chatsimples.i18n import Translate, language
from chatsimples.screen import colours
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine
from chatsimples.words.roles import marked, role_words
from chatsimples.words.settings import setting_words, value_words

CONFIRMATION_AWAITED = 3.0
"""Seconds for which leaving waits for the confirmation of own texts."""

MARKERS_KEPT_EVERY = 15.0
"""Seconds between two times that the read markers are saved."""

NARROW = 60
"""Columns below which nicks are not aligned."""

_POSTPONED_SENT_EVERY = 1.0
_DEPTHS = {
    1: ColorDepth.DEPTH_1_BIT,
    4: ColorDepth.DEPTH_4_BIT,
    8: ColorDepth.DEPTH_8_BIT,
    24: ColorDepth.DEPTH_24_BIT,
}


class TerminalApplication:
    """One run of the client on a terminal. It is made where its loop runs.

    Args:
        settings: the client's settings.
        rooms: the rooms to enter.
        translate: the language.
        login: as whom to log in; None for a guest.

    Raises:
        SettingError: the keys can't be read.
    """

    def __init__(
        self, settings: ClientSettings, rooms: list[str], translate: Translate, login: Login | None = None
    ) -> None:
        self._settings = settings
        self._translate = translate
        self._loop = asyncio.get_running_loop()
        self._core = Core(settings.nick or settings.account, rooms, login=login)
        self._link = Link(
            self._core,
            settings.host,
            settings.port,
            self,
            translate,
            patient=True,
            once=settings.once,
            tls=tls_of(settings, translate),
        )
        self._renderer = Renderer(translate, columns=Columns(settings.times, settings.nick_width))
        self._conversations = Conversations(rooms)
        self._markers = ReadMarkers(state_folder() / "marks.json")
        self._dialogue = Dialogue(
            self._core,
            self._conversations,
            self._link.address,
            self._renderer,
            markers=self._markers,
            preferences=Preferences(settings.history, settings.joins, settings.bell),
            translate=translate,
        )
        self._known_rooms: list[str] = []
        lang = language(settings.lang)
        self._words, self._roles = words(lang), role_words(lang)
        self._setting_words = {word: value_words(word, lang) for word in setting_words(lang)}
        self._draft = Draft(
            InputHistory(state_folder() / "history"), self._scope, lambda: self._core.login_wanted
        )
        self._lag = Lag(self._loop.time)
        self._rows = BottomRows(
            self._dialogue, self._link, self._draft, self._lag, clock=self._loop.time, translate=translate
        )
        self._screen = self._make_screen()
        self._leaving: asyncio.Task[None] | None = None
        self._editing: asyncio.Task[None] | None = None
        self._counting: asyncio.TimerHandle | None = None
        self._answered = asyncio.Event()

    async def run(self) -> int:
        """Run until the person leaves; return the exit code."""
        self._loop.set_exception_handler(self._unexpected)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._signalled, number)
        link = asyncio.create_task(self._link.run(), name="link")
        link.add_done_callback(lambda _: self._screen.close())
        tasks = [
            asyncio.create_task(self._keep_markers(), name="keep markers"),
            asyncio.create_task(self._send_postponed(), name="send postponed"),
        ]
        if self._core.nick_wanted:
            self._ask_nick()
        # If the terminal is gone, nobody reads it; but the server is told goodbye.
        with contextlib.suppress(EOFError, OSError):
            await self._screen.run()
        for task in tasks:
            task.cancel()
        self._draft.keep()
        self._dialogue.keep_markers()
        self._markers.save()
        await self._link.leave()
        return self._exit_code(link)

    def _exit_code(self, link: asyncio.Task[None]) -> int:
        error = None if link.cancelled() else link.exception()
        if isinstance(error, LinkError):
            sys.stderr.write(f"chatsimples: {error}\n")
            return 1
        if error is not None:
            raise error
        if self._dialogue.unconfirmed:
            text = self._translate("lines not confirmed as said: {number}")
            sys.stderr.write(f"chatsimples: {text.format(number=len(self._dialogue.unconfirmed))}\n")
            return 1
        return 0

    def _make_screen(self) -> Screen:
        settings = self._settings
        output = cast(HeldOutput, HeldOutput.from_pty(sys.stdout))
        output.enable_cpr = False
        background = colours.background(settings.background, os.environ)
        depth = colours.colour_depth(settings.colors, os.environ)
        return Screen(
            self._draft,
            LiveRows(
                self._prompt, self._status, self._dialogue.unconfirmed_lines, self._translate("search: ")
            ),
            Handlers(self._enter, self._leave, self._switch, self._command),
            keys.bindings(settings.keys, self._translate),
            style=Style.from_dict(colours.style_rules(depth, background)),
            depth=_DEPTHS[depth],
            reflows=reflows(os.environ),
            source=create_input(sys.stdin),
            output=output,
        )

    # The person.

    def _enter(self, text: str) -> bool:
        try:
            if self._core.nick_wanted:
                self._enter_nick(text.strip())
            elif self._core.login_wanted:
                self._enter_password(text)
                return False
            else:
                self._show(self._dialogue.typed(text))
        except Refusal as refusal:
            self._show([self._dialogue.explain(refusal)])
            return False
        self._link.wake()
        if self._dialogue.edit is not None:
            self._begin_editing(self._dialogue.edit)
        if self._dialogue.over:
            self._leave()
        return True

    def _enter_nick(self, name: str) -> None:
        if name.startswith("/") and isinstance(parse(name, self._core.limits), Quit):
            self._leave()
        elif name:
            self._core.set_nick(check_nick(name, self._core.limits.max_name))

    def _enter_password(self, password: str) -> None:
        """Take the password, which is kept nowhere."""
        self._draft.forget()
        if password.startswith("/") and isinstance(_typed(password, self._core.limits), Quit):
            self._leave()
        elif password:
            self._core.set_password(password)
            self._link.wake()

    def _switch(self, number: int) -> None:
        self._bring(self._conversations.number(number))

    def _bring(self, conversation: Conversation | None) -> None:
        if not self._core.waits:
            self._show(self._dialogue.show(conversation))
            self._screen.redraw()

    def _command(self, command: str) -> None:
        match command:
            case "next" | "previous":
                self._bring(self._conversations.step(1 if command == "next" else -1))
            case "urgent":
                self._bring(self._conversations.most_urgent())
            case "help":
                self._show(self._renderer.help())
            case "editor" if not self._core.login_wanted:
                self._begin_editing(self._draft.text)
            case "earlier" if not self._core.waits:
                try:
                    self._show(self._dialogue.earlier())
                except Refusal as refusal:
                    self._show([self._dialogue.explain(refusal)])
                self._link.wake()

    def _begin_editing(self, text: str) -> None:
        self._dialogue.edit = None
        if self._editing is None:
            self._editing = asyncio.create_task(self._edit(text), name="edit")

    async def _edit(self, text: str) -> None:
        written = text
        try:
            async with self._screen.suspended():
                written = await edit(text, self._translate)
        except EditorError as error:
            self._show([self._renderer.problem(sanitize(str(error)))])
        finally:
            self._editing = None
        self._draft.take_written(written)
        self._screen.redraw()

    def _signalled(self, number: int) -> None:
        # Ctrl-C in an editor reaches every process on the terminal, and is meant for the editor.
        if self._editing is None or number != signal.SIGINT:
            self._leave()

    def _leave(self) -> None:
        if self._leaving is not None:
            # The second time, at once.
            self._screen.close()
            return
        self._rows.leaving = True
        self._leaving = asyncio.create_task(self._leave_confirmed(), name="leave")
        self._screen.redraw()

    async def _leave_confirmed(self) -> None:
        try:
            async with asyncio.timeout(CONFIRMATION_AWAITED):
                while self._core.registered and self._dialogue.unconfirmed:
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            pass
        await self._link.leave()
        self._screen.close()

    # The link.

    def event_received(self, event: events.Event) -> None:
        """Show an event."""
        if isinstance(event, events.RecordReceived) and not event.past:
            self._lag.measure(event.record.at)
        elif isinstance(event, events.ReplyReceived) and isinstance(event.reply, RoomList):
            self._known_rooms = [each.room for each in event.reply.rooms]
        self._show(self._dialogue.received(event))

    async def ready(self) -> None:
        """Return when the screen can take more lines."""
        self._answered.set()
        self._screen.redraw()
        await self._screen.until(lambda: not self._screen.full)

    def link_changed(self) -> None:
        """Show the state of the connection."""
        state = self._link.state
        self._lag.reset()
        if isinstance(state, Waiting):
            if state.attempts == (0 if self._link.was_connected else 1):
                text = self._translate("{why}; trying again").format(why=state.reason)
                self._show([self._renderer.problem(text)])
            self._count_down()
        self._screen.redraw()

    def _count_down(self) -> None:
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None
        if isinstance(self._link.state, Waiting):
            self._screen.redraw()
            self._counting = self._loop.call_later(1.0, self._count_down)

    async def _send_postponed(self) -> None:
        while True:
            await asyncio.sleep(_POSTPONED_SENT_EVERY)
            self._dialogue.send_postponed()
            self._link.wake()

    async def _keep_markers(self) -> None:
        while True:
            await asyncio.sleep(MARKERS_KEPT_EVERY)
            self._dialogue.keep_markers()
            await asyncio.to_thread(self._markers.save)

    # The screen.

    def _ask_nick(self) -> None:
        _ = self._translate
        question = _("ChatSimples at {address}: what do you want to be called?")
        rule = _("A nick is made of letters, digits and _, without spaces.")
        self._show([self._renderer.notice(question.format(address=self._link.address))])
        self._show([self._renderer.notice(rule)])

    def _show(self, lines: list[StyledLine]) -> None:
        if self._dialogue.take_bell():
            self._screen.ring()
        self._screen.show(lines)

    def _prompt(self) -> StyledLine:
        columns = self._screen.columns
        if columns != self._rows.columns:
            self._rows.columns = columns
            self._align()
        return self._rows.prompt()

    def _status(self) -> StyledLine:
        self._rows.unprinted = self._screen.held
        return self._rows.status()

    def _align(self) -> None:
        width = self._settings.nick_width if self._rows.columns >= NARROW else 0
        self._renderer.set_columns(Columns(self._settings.times, width))

    def _scope(self) -> Scope:
        self._dialogue.look_again()
        here = self._dialogue.current
        own, to = self._core.nick, here.destination.to
        nicks = [to] if to else [nick for nick in here.people.nicks() if nick != own]
        elsewhere = [each.destination.to for each in self._conversations if each.destination.to]
        rooms = [each.destination.room for each in self._conversations.rooms]
        return Scope(
            nicks=list(dict.fromkeys([*nicks, *elsewhere])),
            rooms=list(dict.fromkeys([*rooms, *self._known_rooms])),
            commands=self._words,
            takes=argument_kinds(),
            roles=self._roles,
            settings=self._setting_words,
            marks={nick: mark for nick in nicks if (mark := marked("", here.people.role(nick)))},
        )

    def _unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), OSError):
            # Drawing failed, as the terminal is gone.
            self._leave()
        else:
            loop.default_exception_handler(context)


def _typed(text: str, limits: ServerLimits) -> Action | None:
    try:
        return parse(text, limits)
    except Refusal:
        return None
