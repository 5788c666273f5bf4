"""The client on a terminal: one person, a screen and a link, for as long as the person stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from datetime import datetime
from typing import Any, cast

from prompt_toolkit.input import create_input
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.styles import Style

from chatsimples.chat.effects import RoomList
from chatsimples.chat.names import check_nick
from chatsimples.client.dialogue.conversations import Conversation, Conversations
from chatsimples.client.dialogue.dialogue import Dialogue, Wishes
from chatsimples.client.dialogue.display import Columns, Display
from chatsimples.client.dialogue.memory import Marks, state_folder
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.link import Link, Waiting
from chatsimples.client.terminal import keys
from chatsimples.client.terminal.completion import Scope
from chatsimples.client.terminal.draft import Draft, Pasted
from chatsimples.client.terminal.editor import EditorError, edit
from chatsimples.client.terminal.input_history import InputHistory
from chatsimples.client.terminal.screen import Deeds, HeldOutput, Screen, View, reflows
from chatsimples.client.terminal.status_line import Condition, offers, status_line
from chatsimples.client.words.commands import Quit, argument_kinds, parse, words
from chatsimples.config.client import ClientSettings
from chatsimples.errors import LinkError, Refusal
from chatsimples.i18n import Translate, language
from chatsimples.screen import colours
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine, cut

ACKS_AWAITED = 3.0
"""Seconds that leaving waits for what was said to be confirmed."""

MARKS_KEPT_EVERY = 15.0
"""Seconds between two times that the place where reading stopped is kept."""

NARROW = 60
"""Columns below which nicks are not aligned."""

_SAID_AGAIN_EVERY = 1.0
_BEHIND = 100
_CLOCKS_DIFFER = 86_400.0
_LAG_LASTS = 1.0


class Terminal:
    """One run of the client on a terminal. It is made where its loop runs.

    Raises:
        SettingError: the keys can't be read.
    """

    def __init__(self, settings: ClientSettings, rooms: list[str], translate: Translate) -> None:
        self._settings = settings
        self._translate = translate
        self._loop = asyncio.get_running_loop()
        self._core = Core(settings.nick, rooms)
        self._target = cast(HeldOutput, HeldOutput.from_pty(sys.stdout))
        self._target.enable_cpr = False
        self._columns = 0
        self._display = Display(translate, columns=Columns())
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
        self._conversations = Conversations(rooms)
        self._marks = Marks(state_folder() / "marks.json")
        self._dialogue = Dialogue(
            self._core,
            self._conversations,
            self._link.address,
            self._display,
            marks=self._marks,
            wishes=Wishes(settings.history, settings.joins, settings.bell),
            translate=translate,
        )
        self._known_rooms: list[str] = []
        self._words = words(language(settings.lang))
        self._draft = Draft(InputHistory(state_folder() / "history"), self._scope)
        background = colours.background(settings.background, os.environ)
        depth = colours.colour_depth(settings.colors, os.environ)
        self._screen = Screen(
            self._draft,
            View(self._prompt, self._status, self._dialogue.pending, translate("search: ")),
            Deeds(self._entered, self._leave, self._switch, self._act),
            keys.bindings(settings.keys, translate),
            style=Style.from_dict(colours.style_rules(depth, background)),
            depth=_DEPTHS[depth],
            reflows=reflows(os.environ),
            source=create_input(sys.stdin),
            target=self._target,
        )
        self._leaving: asyncio.Task[None] | None = None
        self._editing: asyncio.Task[None] | None = None
        self._counting: asyncio.TimerHandle | None = None
        self._answered = asyncio.Event()
        self._least_lag = float("inf")
        self._lag = 0.0
        self._heard_at = 0.0

    async def run(self) -> int:
        """Run until the person leaves; give the exit code."""
        self._loop.set_exception_handler(self._unexpected)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._signalled, number)
        link = asyncio.create_task(self._link.run(), name="link")
        link.add_done_callback(lambda _: self._screen.close())
        keeping = asyncio.create_task(self._keep_marks(), name="keep marks")
        repeating = asyncio.create_task(self._say_again(), name="say again")
        if self._core.nick_wanted:
            self._greet()
        # If the terminal is gone, nobody is there to be shown anything; but the server is told goodbye.
        with contextlib.suppress(EOFError, OSError):
            await self._screen.run()
        keeping.cancel()
        repeating.cancel()
        self._draft.keep()
        self._dialogue.keep_marks()
        self._marks.save()
        await self._link.leave()
        error = None if link.cancelled() else link.exception()
        if isinstance(error, LinkError):
            sys.stderr.write(f"chatsimples: {error}\n")
            return 1
        if error is not None:
            raise error
        if self._dialogue.unsaid:
            text = self._translate("lines not confirmed as said: {number}")
            sys.stderr.write(f"chatsimples: {text.format(number=len(self._dialogue.unsaid))}\n")
            return 1
        return 0

    # What the person does.

    def _entered(self, text: str) -> bool:
        try:
            if self._core.nick_wanted:
                self._name_entered(text.strip())
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

    def _name_entered(self, name: str) -> None:
        if name.startswith("/") and isinstance(parse(name), Quit):
            self._leave()
        elif name:
            self._core.call_me(check_nick(name, 0))

    def _switch(self, number: int) -> None:
        self._bring(self._conversations.number(number))

    def _bring(self, conversation: Conversation | None) -> None:
        if not self._core.nick_wanted:
            self._show(self._dialogue.show(conversation))
            self._screen.redraw()

    def _act(self, what: str) -> None:
        match what:
            case "next" | "previous":
                self._bring(self._conversations.step(1 if what == "next" else -1))
            case "urgent":
                self._bring(self._conversations.most_urgent())
            case "help":
                self._show(self._display.help())
            case "editor":
                self._begin_editing(self._draft.text)
            case "earlier" if not self._core.nick_wanted:
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
            async with self._screen.given_away():
                written = await edit(text, self._translate)
        except EditorError as error:
            self._show([self._display.problem(sanitize(str(error)))])
        finally:
            self._editing = None
        self._draft.written(written)
        self._screen.redraw()

    def _signalled(self, number: int) -> None:
        # Ctrl-C in an editor reaches everything on the terminal, and is meant for the editor.
        if self._editing is None or number != signal.SIGINT:
            self._leave()

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
                while self._core.registered and self._dialogue.unsaid:
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            pass
        await self._link.leave()
        self._screen.close()

    # What the link tells.

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.Happened) and not event.past:
            self._measure_lag(event)
        elif isinstance(event, events.Answered) and isinstance(event.reply, RoomList):
            self._known_rooms = [each.room for each in event.reply.rooms]
        self._show(self._dialogue.heard(event))

    def _measure_lag(self, event: events.Happened) -> None:
        try:
            at = datetime.fromisoformat(event.record.at).timestamp()
        except (ValueError, OverflowError):
            return
        # The two clocks may differ: what came quickest shows by how much.
        lag = time.time() - at
        if lag < -_CLOCKS_DIFFER:
            return
        self._least_lag = min(self._least_lag, lag)
        self._lag = lag - self._least_lag
        self._heard_at = self._loop.time()

    async def _after_hearing(self) -> None:
        self._answered.set()
        self._screen.redraw()
        await self._screen.until(lambda: not self._screen.full)

    def _link_changed(self) -> None:
        state = self._link.state
        self._least_lag = float("inf")
        if isinstance(state, Waiting):
            if state.attempts == (0 if self._link.was_connected else 1):
                text = self._translate("{why}; trying again").format(why=state.reason)
                self._show([self._display.problem(text)])
            self._count_down()
        self._screen.redraw()

    def _count_down(self) -> None:
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None
        if isinstance(self._link.state, Waiting):
            self._screen.redraw()
            self._counting = self._loop.call_later(1.0, self._count_down)

    async def _say_again(self) -> None:
        while True:
            await asyncio.sleep(_SAID_AGAIN_EVERY)
            self._dialogue.say_again()
            self._link.wake()

    async def _keep_marks(self) -> None:
        while True:
            await asyncio.sleep(MARKS_KEPT_EVERY)
            self._dialogue.keep_marks()
            await asyncio.to_thread(self._marks.save)

    # What is seen.

    def _greet(self) -> None:
        _ = self._translate
        where = _("ChatSimples at {address}: what do you want to be called?")
        rule = _("A nick is made of letters, digits and _, without spaces.")
        self._show([self._display.notice(where.format(address=self._link.address))])
        self._show([self._display.notice(rule)])

    def _show(self, lines: list[StyledLine]) -> None:
        if self._dialogue.rang:
            self._dialogue.rang = False
            self._screen.ring()
        self._screen.show(lines)

    def _fit(self) -> None:
        columns = self._screen.columns
        if columns != self._columns:
            self._columns = columns
            width = self._settings.nick_width if columns >= NARROW else 0
            self._display.set_columns(Columns(self._settings.times, width))

    def _prompt(self) -> StyledLine:
        self._fit()
        if self._core.nick_wanted:
            return [("class:prompt", self._translate("Your nick: "))]
        widest = max(8, self._screen.columns // 4)
        nick = cut(sanitize(self._core.nick), widest)
        here = self._dialogue.current
        return [("class:prompt", f"{nick} {cut(sanitize(here.title), widest)}> ")]

    def _question(self, pasted: Pasted) -> StyledLine:
        text = self._translate("paste {number} lines? [a]ll [j]oined [n]o")
        question = text.format(number=len(pasted.lines))
        first = cut(sanitize(pasted.lines[0].strip()), self._screen.columns - len(question) - 3)
        return [("class:question", f" {question} "), ("class:status", f" {first}")]

    def _status(self) -> StyledLine:
        if self._draft.pasted is not None:
            return self._question(self._draft.pasted)
        labels, chosen = self._draft.offered
        if len(labels) > 1:
            return offers(labels, chosen, self._screen.columns)
        now = self._loop.time()
        recent = now - self._heard_at < _LAG_LASTS
        condition = Condition(
            link=self._link.state,
            now=now,
            address=self._link.address,
            leaving=self._leaving is not None,
            nick_wanted=self._core.nick_wanted,
            missing=self._core.missing,
            lag=self._lag if recent else 0.0,
            unprinted=self._screen.held if self._screen.held > _BEHIND else 0,
            unsaid=len(self._dialogue.unsaid),
        )
        return status_line(condition, self._conversations, self._screen.columns, self._translate)

    def _scope(self) -> Scope:
        here = self._dialogue.current
        own = self._core.nick
        nicks = [here.place.to] if here.place.to else [nick for nick in here.people.nicks() if nick != own]
        elsewhere = [each.place.to for each in self._conversations if each.place.to]
        rooms = [each.place.room for each in self._conversations.rooms]
        return Scope(
            nicks=list(dict.fromkeys([*nicks, *elsewhere])),
            rooms=list(dict.fromkeys([*rooms, *self._known_rooms])),
            commands=self._words,
            takes=argument_kinds(),
        )

    def _unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), OSError):
            # Drawing failed, as the terminal is gone.
            self._leave()
        else:
            loop.default_exception_handler(context)


_DEPTHS = {
    1: ColorDepth.DEPTH_1_BIT,
    4: ColorDepth.DEPTH_4_BIT,
    8: ColorDepth.DEPTH_8_BIT,
    24: ColorDepth.DEPTH_24_BIT,
}
