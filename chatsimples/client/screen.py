"""The terminal: an input line and a status line at the bottom, and everything else printed above them.

What is printed goes into the terminal's own scrollback. To print, the two lines are erased, the new ones are
written where they stood, and the two are drawn again beneath: all in one piece, so that nothing flickers.
The terminal stays in raw mode all the while, so that no key pressed meanwhile is echoed by it; and nothing is
asked of it (no cursor position report), so that it works the same over a slow line.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import BufferControl, Dimension, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from chatsimples.client.commands import TAB
from chatsimples.client.display import Line

LINES_HELD = 1_000
"""Lines that wait to be printed, above which the screen is `Screen.full`."""

_LINES_AT_ONCE = 250
_SECONDS_BETWEEN = 0.05

# The terminal's own colours, and of those only such as can be read on dark and on light ground alike.
STYLE = Style.from_dict(
    {
        "time": "ansicyan",
        "past": "ansicyan",
        "room": "ansicyan",
        "nick": "bold",
        "own": "bold ansigreen",
        "private": "bold ansimagenta",
        "notice": "ansicyan",
        "problem": "ansired",
        "prompt": "bold",
        "status": "reverse",
        "status.problem": "reverse ansired",
    }
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


class Screen:
    """A terminal on which a conversation is held.

    Args:
        prompt: gives what stands before the input.
        status: gives the status line.
        entered: is given what was typed; true if it is dealt with, false if it stays to be corrected.
        leave: is called when the person wants to leave.
        source, target: the terminal.
    """

    def __init__(
        self,
        prompt: Callable[[], Line],
        status: Callable[[], Line],
        entered: Callable[[str], bool],
        leave: Callable[[], None],
        *,
        source: Input,
        target: HeldOutput,
    ) -> None:
        self._entered = entered
        self._leave = leave
        self._target = target
        self._lines: deque[Line] = deque()
        self._printed = asyncio.Event()
        self._printing: asyncio.TimerHandle | None = None
        self._last_print = 0.0
        self._closed = False
        self._buffer = Buffer(multiline=False, history=InMemoryHistory())
        draft = Window(
            BufferControl(self._buffer, input_processors=[BeforeInput(lambda: FormattedText(prompt()))]),
            wrap_lines=True,
            dont_extend_height=True,
            height=lambda: Dimension(min=1, max=max(1, target.get_size().rows // 2)),
        )
        state = Window(FormattedTextControl(lambda: FormattedText(status())), height=1, style="class:status")
        self._app: Application[None] = Application(
            Layout(HSplit([draft, state]), focused_element=draft),
            style=STYLE,
            key_bindings=self._keys(),
            erase_when_done=True,
            input=source,
            output=target,
        )
        self._app.after_render += lambda _: target.release()

    @property
    def full(self) -> bool:
        """Whether more lines wait than a person could follow."""
        return len(self._lines) > LINES_HELD

    async def run(self) -> None:
        """Hold the terminal until `close`; if that was called already, not at all.

        Raises:
            EOFError, OSError: the terminal is gone.
        """
        if self._closed:
            return
        # The lines begin at the bottom, where they stay, and what stood on the terminal moves up.
        self._target.write_raw("\r\n" * (self._target.get_size().rows - 1))
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

    def show(self, lines: list[Line]) -> None:
        """Print lines, soon: many that come at once are printed at once."""
        self._lines.extend(lines)
        if self._lines and self._printing is None:
            loop = asyncio.get_running_loop()
            since = loop.time() - self._last_print
            self._printing = loop.call_later(max(0.0, _SECONDS_BETWEEN - since), self._print)

    def redraw(self) -> None:
        """Show a prompt and a status that have changed."""
        self._app.invalidate()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds that printing can change."""
        while not condition():
            self._printed.clear()
            await self._printed.wait()

    def _print(self) -> None:
        self._printing = None
        if not self._app.is_running or self._app.is_done:
            return
        self._target.hold()
        self._app.renderer.erase()
        now = [self._lines.popleft() for _ in range(min(len(self._lines), _LINES_AT_ONCE))]
        self._write(now)
        self._app.invalidate()
        self._last_print = asyncio.get_running_loop().time()
        self._printed.set()
        self.show([])

    def _write(self, lines: list[Line]) -> None:
        # The renderer's own function. The one of the same name in prompt_toolkit.shortcuts leaves raw mode
        # while it prints: the terminal would echo what is typed meanwhile into the midst of the lines.
        pieces = [piece for line in lines for piece in (*line, ("", "\n"))]
        print_formatted_text(self._target, FormattedText(pieces), STYLE)

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        empty = Condition(lambda: not self._buffer.text)

        @keys.add("enter")
        def _enter(event: KeyPressEvent) -> None:  # noqa: ARG001 - the shape of a key's function
            text = self._buffer.text
            if self._entered(text):
                self._buffer.reset(append_to_history=bool(text.strip()))
                # So that the up key finds it at once, and not only after the next drawing.
                self._buffer.load_history_if_not_yet_loaded()

        @keys.add("c-c")
        @keys.add("c-d", filter=empty)
        def _away(event: KeyPressEvent) -> None:  # noqa: ARG001
            self._leave()

        @keys.add("c-z")
        def _suspend(event: KeyPressEvent) -> None:
            event.app.suspend_to_background()

        @keys.add("c-l")
        def _clear(event: KeyPressEvent) -> None:
            event.app.renderer.clear()

        @keys.add(Keys.BracketedPaste)
        def _paste(event: KeyPressEvent) -> None:
            data = event.data.replace("\r\n", "\n").replace("\r", "\n")
            self._buffer.insert_text(data.replace("\t", TAB))

        return keys
