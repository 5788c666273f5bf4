"""The terminal: a few lines at the bottom that live, and everything else printed above them.

What is printed goes into the terminal's own scrollback. To print, the living lines (own texts on their way,
the input, the status) are erased, the new ones are written where they stood, and the living ones are drawn
again beneath: all in one piece, so that nothing flickers. The terminal stays in raw mode all the while, so
that no key pressed meanwhile is echoed by it; and nothing is asked of it (no cursor position report), so that
it works the same over a slow line.
"""

from __future__ import annotations

import asyncio
import contextlib
import termios
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
from prompt_toolkit.application import Application
from prompt_toolkit.application.run_in_terminal import in_terminal
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    AnyContainer,
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style
from prompt_toolkit.widgets import SearchToolbar

from chatsimples.client.terminal.draft import Draft
from chatsimples.screen.styled_text import StyledLine, wrap

LINES_HELD = 1_000
"""Lines that wait to be printed, above which the screen is `Screen.full`."""

_LINES_AT_ONCE = 250
_SECONDS_BETWEEN = 0.05
_SIZE_SETTLES = 0.15


_REFLOWING = (
    "TMUX",
    "VTE_VERSION",
    "KITTY_WINDOW_ID",
    "ALACRITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "WT_SESSION",
)
_REFLOWING_PROGRAMS = frozenset({"Apple_Terminal", "WezTerm", "ghostty", "iTerm.app", "vscode"})


def reflows(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal breaks rows anew when it becomes narrower, as far as it says who it is.

    Of one that does and is not known, a resize may leave a row of an old draft above. The other way round,
    a line of somebody's message would be erased.
    """
    return environ.get("TERM_PROGRAM", "") in _REFLOWING_PROGRAMS or any(
        environ.get(name) for name in _REFLOWING
    )


class HeldOutput(Vt100_Output):
    """An output that can keep what is drawn until all of it is."""

    _held = False

    def hold(self) -> None:
        """Keep what is drawn from here on."""
        self._held = True

    def release(self) -> None:
        """Let go of what was kept."""
        self._held = False
        self.flush()

    def flush(self) -> None:
        """Send what was drawn to the terminal, unless it is kept."""
        if not self._held:
            super().flush()


class _Application(Application[None]):
    """An application that is told of a new size before it erases what it drew at the old one."""

    before_resize: Callable[[], None] | None = None
    resizing: asyncio.TimerHandle | None = None

    def _on_resize(self) -> None:
        # While a border is dragged, sizes come quicker than drawings: one drawn for a size that has passed
        # would be broken anew, and what is erased then would be somebody's line.
        if self.resizing is not None:
            self.resizing.cancel()
        self.resizing = asyncio.get_running_loop().call_later(_SIZE_SETTLES, self._resized)

    def _resized(self) -> None:
        self.resizing = None
        if self.before_resize is not None:
            self.before_resize()
        super()._on_resize()

    def _redraw(self, render_as_done: bool = False) -> None:
        if self.resizing is None or render_as_done:
            super()._redraw(render_as_done)


class View(msgspec.Struct, frozen=True):
    """What the living lines show, asked for at each drawing.

    Attributes:
        prompt: what stands before the input.
        status: the status line; while pasted lines wait, the question about them.
        pending: the own texts on their way, oldest first, at most so many.
        search: what stands before the words of a search in what was typed before.
    """

    prompt: Callable[[], StyledLine]
    status: Callable[[], StyledLine]
    pending: Callable[[int], list[StyledLine]]
    search: str


class Deeds(msgspec.Struct, frozen=True):
    """What the person can do.

    Attributes:
        entered: is given what was typed; true if it is dealt with, false if it stays to be corrected.
        leave: they want to leave.
        switch: they want the conversation of this number.
        act: they pressed a key for this, one of `chatsimples.client.terminal.keys.DEFAULTS`.
    """

    entered: Callable[[str], bool]
    leave: Callable[[], None]
    switch: Callable[[int], None]
    act: Callable[[str], None]


class Screen:
    """A terminal on which a conversation is held.

    Args:
        draft: what is typed.
        view: what is shown.
        deeds: what the person can do.
        keys: which key sequence is for which act.
        style: the looks.
        depth: the colours.
        reflows: the terminal breaks rows anew when it becomes narrower.
        source, target: the terminal.
    """

    def __init__(
        self,
        draft: Draft,
        view: View,
        deeds: Deeds,
        keys: Mapping[tuple[str, ...], str],
        *,
        style: Style,
        depth: ColorDepth,
        reflows: bool = False,
        source: Input,
        target: HeldOutput,
    ) -> None:
        self._draft = draft
        self._view = view
        self._deeds = deeds
        self._source = source
        self._target = target
        self._style = style
        self._depth = depth
        self._reflows = reflows
        self._lines: deque[StyledLine] = deque()
        self._printed = asyncio.Event()
        self._printing: asyncio.TimerHandle | None = None
        self._last_print = 0.0
        self._bell = False
        self._closed = False
        self._outside = False
        layout, self._asking = self._layout()
        self._app = _Application(
            layout,
            style=style,
            color_depth=depth,
            key_bindings=self._keys(keys),
            erase_when_done=True,
            input=source,
            output=target,
        )
        # Escape waits for no second key longer than a terminal needs to send one.
        self._app.ttimeoutlen = 0.1
        self._app.timeoutlen = 0.5
        self._app.before_resize = self._follow_rows
        self._app.after_render += lambda _: target.release()

    @property
    def full(self) -> bool:
        """Whether more lines wait than a person could follow."""
        return len(self._lines) > LINES_HELD

    @property
    def held(self) -> int:
        """How many lines wait."""
        return len(self._lines)

    @property
    def columns(self) -> int:
        """How wide the terminal is."""
        return self._target.get_size().columns

    @property
    def rows(self) -> int:
        """How high the terminal is."""
        return self._target.get_size().rows

    async def run(self) -> None:
        """Hold the terminal until `close`; if that was called already, not at all.

        Raises:
            EOFError, OSError: the terminal is gone.
        """
        if self._closed:
            return
        # The lines begin at the bottom, where they stay, and what stood on the terminal moves up.
        self._target.write_raw("\r\n" * (self.rows - 1))
        try:
            await self._app.run_async(handle_sigint=False, set_exception_handler=False)
        finally:
            if self._printing:
                self._printing.cancel()
            self._target.release()
            self._write(list(self._lines))

    def close(self) -> None:
        """Give the terminal back."""
        self._closed = True
        if self._app.is_running and not self._app.is_done:
            self._app.exit()

    def show(self, lines: list[StyledLine]) -> None:
        """Print lines, soon: many that come at once are printed at once."""
        self._lines.extend(lines)
        if self._lines and self._printing is None:
            loop = asyncio.get_running_loop()
            since = loop.time() - self._last_print
            self._printing = loop.call_later(max(0.0, _SECONDS_BETWEEN - since), self._print)

    def ring(self) -> None:
        """Ring the bell, with the next lines and once however many there are."""
        self._bell = True

    def redraw(self) -> None:
        """Show what lives, as it has changed."""
        self._app.invalidate()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds that printing can change."""
        while not condition():
            self._printed.clear()
            await self._printed.wait()

    @asynccontextmanager
    async def given_away(self) -> AsyncIterator[None]:
        """Let another program have the terminal; what is to be printed waits."""
        self._outside = True
        try:
            async with in_terminal():
                yield
                # Keys that the other program has not taken were not meant for this one.
                with contextlib.suppress(OSError, ValueError, termios.error):
                    termios.tcflush(self._source.fileno(), termios.TCIFLUSH)
        finally:
            self._outside = False
            self.show([])

    def _print(self) -> None:
        self._printing = None
        if self._outside or not self._app.is_running or self._app.is_done:
            return
        if self._app.resizing is not None:
            self.show([])
            return
        self._target.hold()
        self._app.renderer.erase()
        now = [self._lines.popleft() for _ in range(min(len(self._lines), _LINES_AT_ONCE))]
        self._write(now)
        if self._bell:
            self._bell = False
            self._target.bell()
        self._app.invalidate()
        self._last_print = asyncio.get_running_loop().time()
        self._printed.set()
        self.show([])

    def _write(self, lines: list[StyledLine]) -> None:
        # The renderer's own function. The one of the same name in prompt_toolkit.shortcuts leaves raw mode
        # while it prints: the terminal would echo what is typed meanwhile into the midst of the lines.
        columns = self.columns
        rows = [row for line in lines for row in wrap(line, columns)]
        pieces = [piece for row in rows for piece in (*row, ("", "\n"))]
        print_formatted_text(self._target, FormattedText(pieces), self._style, color_depth=self._depth)

    def _follow_rows(self) -> None:
        """Move the cursor to where the drawn rows would be, had the terminal not broken them anew."""
        drawn = self._app.renderer.last_rendered_screen
        columns = self.columns
        if not self._reflows or drawn is None or columns < 1:
            return
        cursor = drawn.get_cursor_position(self._app.layout.current_window)
        further = cursor.x // columns
        for row in range(cursor.y):
            used = [column for column, cell in drawn.data_buffer[row].items() if cell.char.strip()]
            further += max(used, default=0) // columns
        if further:
            self._target.cursor_up(further)

    def _layout(self) -> tuple[Layout, Condition]:
        asking = Condition(lambda: self._draft.pasted is not None)
        search = SearchToolbar(
            forward_search_prompt=self._view.search, backward_search_prompt=self._view.search
        )
        prompt = BeforeInput(lambda: FormattedText(self._view.prompt()))
        draft = Window(
            BufferControl(
                self._draft.buffer,
                input_processors=[prompt],
                search_buffer_control=search.control,
                preview_search=True,
            ),
            wrap_lines=True,
            dont_extend_height=True,
            height=lambda: Dimension(min=1, max=max(1, self.rows // 2)),
        )
        pending = Window(FormattedTextControl(self._pending), dont_extend_height=True)
        state = Window(
            FormattedTextControl(lambda: FormattedText(self._view.status())), height=1, style="class:status"
        )
        parts: list[AnyContainer] = [
            ConditionalContainer(pending, Condition(lambda: bool(self._view.pending(1)))),
            draft,
            search,
            state,
        ]
        return Layout(HSplit(parts), focused_element=draft), asking

    def _pending(self) -> FormattedText:
        """Show the oldest texts on their way, as many as leave room for the rest."""
        columns = self.columns
        most = max(1, self.rows // 4)
        rows = [row for line in self._view.pending(most) for row in wrap(line, columns)][:most]
        pieces = [piece for row in rows for piece in (*row, ("", "\n"))]
        return FormattedText(pieces[:-1])

    def _keys(self, keys: Mapping[tuple[str, ...], str]) -> KeyBindings:
        made = KeyBindings()
        for sequence, what in keys.items():
            self._bind_act(made, sequence, what)
        for number in range(1, 10):
            self._bind_switch(made, number)
        self._bind_answers(made)
        draft, deeds = self._draft, self._deeds
        empty = Condition(lambda: not draft.text)
        free = ~self._asking

        @made.add("enter", filter=free & Condition(lambda: not self._app.layout.is_searching))
        def _enter(event: KeyPressEvent) -> None:  # noqa: ARG001 - the shape of a key's function
            if deeds.entered(draft.text):
                draft.said()

        @made.add("c-c", filter=free)
        @made.add("c-d", filter=empty & free)
        def _away(event: KeyPressEvent) -> None:  # noqa: ARG001
            deeds.leave()

        @made.add("c-z", filter=free)
        def _suspend(event: KeyPressEvent) -> None:
            event.app.suspend_to_background()

        @made.add("tab", filter=free)
        def _complete(event: KeyPressEvent) -> None:  # noqa: ARG001
            draft.complete()

        @made.add("s-tab", filter=free)
        def _complete_back(event: KeyPressEvent) -> None:  # noqa: ARG001
            draft.complete(-1)

        @made.add(":", filter=free & Condition(lambda: not self._app.layout.is_searching))
        def _colon(event: KeyPressEvent) -> None:  # noqa: ARG001
            draft.typed_colon()

        @made.add(Keys.BracketedPaste, filter=free)
        def _paste(event: KeyPressEvent) -> None:
            draft.paste(event.data)

        return made

    def _bind_answers(self, made: KeyBindings) -> None:
        @made.add(Keys.Any, filter=self._asking, eager=True)
        def _answer(event: KeyPressEvent) -> None:
            self._answered(event.data.lower())

        @made.add(Keys.BracketedPaste, filter=self._asking, eager=True)
        def _paste_again(event: KeyPressEvent) -> None:
            """Take no answer from what is pasted while the question stands."""

        for key in ("escape", "c-c", "c-d", "enter"):
            made.add(key, filter=self._asking, eager=True)(lambda _event: self._answered("n"))

    def _answered(self, key: str) -> None:
        """Do with pasted lines what the person said: all (todas), joined (juntas), or none (não)."""
        if key in {"a", "t", "y", "s"}:
            text = self._draft.take_all()
            self._draft.replace(text)
            if self._deeds.entered(text):
                self._draft.said()
        elif key == "j":
            self._draft.join_pasted()
        elif key == "n":
            self._draft.drop_pasted()

    def _bind_act(self, made: KeyBindings, sequence: tuple[str, ...], what: str) -> None:
        @made.add(*sequence, filter=~self._asking)
        def _act(event: KeyPressEvent) -> None:
            if what == "clear":
                # Not erased but pushed up: terminals keep what is erased in ways of their own.
                event.app.renderer.erase()
                self._target.write_raw("\r\n" * (self.rows - 1))
                event.app.invalidate()
            else:
                self._deeds.act(what)

    def _bind_switch(self, made: KeyBindings, number: int) -> None:
        @made.add("escape", str(number), filter=~self._asking)
        def _switch(event: KeyPressEvent) -> None:  # noqa: ARG001
            self._deeds.switch(number)
