"""The terminal: a few live rows at the bottom, and everything else printed above them.

Printed lines go into the terminal's own scrollback. To print, the live rows (own texts that are not on record
yet, the input, the status) are erased, the lines are written in their place, and the live rows are drawn
again below: all in one write, so that nothing flickers. The terminal stays in raw mode all the while, so
that it echoes no key; and it is never queried (no cursor position report), so that a slow line makes no
difference.
"""

from __future__ import annotations

import asyncio
import contextlib
import termios
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
from prompt_toolkit.application.run_in_terminal import in_terminal
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyPressEvent
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
from prompt_toolkit.layout.processors import BeforeInput, ConditionalProcessor, PasswordProcessor
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style
from prompt_toolkit.widgets import SearchToolbar

from chatsimples.client.terminal.draft import Draft
from chatsimples.client.terminal.key_bindings import DraftBindings, Handlers
from chatsimples.client.terminal.output import HeldOutput, ResizingApplication
from chatsimples.screen.styled_text import StyledLine, wrap

LINES_HELD = 1_000
"""Lines that wait to be printed, above which the screen is `Screen.full`."""

_LINES_AT_ONCE = 250
_SECONDS_BETWEEN = 0.05


class LiveRows(msgspec.Struct, frozen=True):
    """What the live rows show; called at each drawing.

    Attributes:
        prompt: what stands before the input.
        status: the status line; while pasted lines wait, the question about them.
        unconfirmed: the own texts that are not on record yet, oldest first, at most so many.
        search: what stands before the words of a search in what was typed before.
    """

    prompt: Callable[[], StyledLine]
    status: Callable[[], StyledLine]
    unconfirmed: Callable[[int], list[StyledLine]]
    search: str


class Screen:
    """A terminal on which a person reads and writes.

    Args:
        draft: what is typed.
        live: what the live rows show.
        handlers: what the person can cause.
        keys: which key sequence is for which command.
        style: the styles.
        depth: the colours.
        reflows: the terminal wraps its rows anew when it becomes narrower.
        source, output: the terminal.
    """

    def __init__(
        self,
        draft: Draft,
        live: LiveRows,
        handlers: Handlers,
        keys: Mapping[tuple[str, ...], str],
        *,
        style: Style,
        depth: ColorDepth,
        reflows: bool = False,
        source: Input,
        output: HeldOutput,
    ) -> None:
        self._draft = draft
        self._live = live
        self._source = source
        self._output = output
        self._style = style
        self._depth = depth
        self._reflows = reflows
        self._lines: deque[StyledLine] = deque()
        self._printed = asyncio.Event()
        self._printing: asyncio.TimerHandle | None = None
        self._last_print = 0.0
        self._bell = False
        self._closed = False
        self._suspended = False
        bindings = DraftBindings(draft, handlers, self._clear, lambda: self._app.layout.is_searching)
        self._app = ResizingApplication(
            self._layout(),
            style=style,
            color_depth=depth,
            key_bindings=bindings.make(keys),
            erase_when_done=True,
            input=source,
            output=output,
        )
        # After Escape, a second key is awaited no longer than a terminal needs to send one.
        self._app.ttimeoutlen = 0.1
        self._app.timeoutlen = 0.5
        self._app.before_resize = self._follow_reflow
        self._app.after_render += lambda _: output.release()

    @property
    def full(self) -> bool:
        """Whether more lines wait than a person could follow."""
        return len(self._lines) > LINES_HELD

    @property
    def held(self) -> int:
        """How many lines wait to be printed."""
        return len(self._lines)

    @property
    def columns(self) -> int:
        """The terminal's width."""
        return self._output.get_size().columns

    @property
    def rows(self) -> int:
        """The terminal's height."""
        return self._output.get_size().rows

    async def run(self) -> None:
        """Use the terminal until `close`; if that was called already, not at all.

        Raises:
            EOFError, OSError: the terminal is gone.
        """
        if self._closed:
            return
        # The lines begin at the bottom; what stood on the terminal moves up.
        self._output.write_raw("\r\n" * (self.rows - 1))
        try:
            await self._app.run_async(handle_sigint=False, set_exception_handler=False)
        finally:
            if self._printing:
                self._printing.cancel()
            self._output.release()
            self._write(list(self._lines))

    def close(self) -> None:
        """Leave the terminal."""
        self._closed = True
        if self._app.is_running and not self._app.is_done:
            self._app.exit()

    def show(self, lines: list[StyledLine]) -> None:
        """Print lines soon; those that come within a short time are printed together."""
        self._lines.extend(lines)
        if self._lines and self._printing is None:
            loop = asyncio.get_running_loop()
            since = loop.time() - self._last_print
            self._printing = loop.call_later(max(0.0, _SECONDS_BETWEEN - since), self._print)

    def ring(self) -> None:
        """Ring the bell once, with the next lines."""
        self._bell = True

    def redraw(self) -> None:
        """Draw the live rows anew."""
        self._app.invalidate()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds that printing can change."""
        while not condition():
            self._printed.clear()
            await self._printed.wait()

    @asynccontextmanager
    async def suspended(self) -> AsyncIterator[None]:
        """Let another program use the terminal; lines wait meanwhile."""
        self._suspended = True
        try:
            async with in_terminal():
                yield
                # Keys that the other program has not read were not meant for this one.
                with contextlib.suppress(OSError, ValueError, termios.error):
                    termios.tcflush(self._source.fileno(), termios.TCIFLUSH)
        finally:
            self._suspended = False
            self.show([])

    def _print(self) -> None:
        self._printing = None
        if self._suspended or not self._app.is_running or self._app.is_done:
            return
        if self._app.resizing is not None:
            self.show([])
            return
        self._output.hold()
        self._app.renderer.erase()
        now = [self._lines.popleft() for _ in range(min(len(self._lines), _LINES_AT_ONCE))]
        self._write(now)
        if self._bell:
            self._bell = False
            self._output.bell()
        self._app.invalidate()
        self._last_print = asyncio.get_running_loop().time()
        self._printed.set()
        self.show([])

    def _write(self, lines: list[StyledLine]) -> None:
        # Not the function of the same name in prompt_toolkit.shortcuts: that one leaves raw mode while it
        # prints, and the terminal would echo what is typed meanwhile between the lines.
        columns = self.columns
        rows = [row for line in lines for row in wrap(line, columns)]
        pieces = [piece for row in rows for piece in (*row, ("", "\n"))]
        print_formatted_text(self._output, FormattedText(pieces), self._style, color_depth=self._depth)

    def _follow_reflow(self) -> None:
        """Move the cursor to where the live rows would be, had the terminal not wrapped them anew."""
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
            self._output.cursor_up(further)

    def _layout(self) -> Layout:
        search = SearchToolbar(
            forward_search_prompt=self._live.search, backward_search_prompt=self._live.search
        )
        prompt = BeforeInput(lambda: FormattedText(self._live.prompt()))
        draft = Window(
            BufferControl(
                self._draft.buffer,
                input_processors=[
                    ConditionalProcessor(PasswordProcessor(), Condition(self._draft.secret)),
                    prompt,
                ],
                search_buffer_control=search.control,
                preview_search=True,
            ),
            wrap_lines=True,
            dont_extend_height=True,
            height=lambda: Dimension(min=1, max=max(1, self.rows // 2)),
        )
        unconfirmed = Window(FormattedTextControl(self._unconfirmed), dont_extend_height=True)
        state = Window(
            FormattedTextControl(lambda: FormattedText(self._live.status())), height=1, style="class:status"
        )
        parts: list[AnyContainer] = [
            ConditionalContainer(unconfirmed, Condition(lambda: bool(self._live.unconfirmed(1)))),
            draft,
            search,
            state,
        ]
        return Layout(HSplit(parts), focused_element=draft)

    def _unconfirmed(self) -> FormattedText:
        """Return the oldest texts that are not on record yet, as many as leave room for the rest."""
        columns = self.columns
        most = max(1, self.rows // 4)
        rows = [row for line in self._live.unconfirmed(most) for row in wrap(line, columns)][:most]
        pieces = [piece for row in rows for piece in (*row, ("", "\n"))]
        return FormattedText(pieces[:-1])

    def _clear(self, event: KeyPressEvent) -> None:
        # Not erased but pushed up: each terminal keeps erased rows in its own way.
        event.app.renderer.erase()
        self._output.write_raw("\r\n" * (self.rows - 1))
        event.app.invalidate()
