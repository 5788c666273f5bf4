"""Output to a terminal: drawn in one piece, and aware of what a resize does to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prompt_toolkit.application import Application
from prompt_toolkit.output.vt100 import Vt100_Output

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
    """Tell whether the terminal wraps its rows anew when it becomes narrower, as far as it can be known.

    If it does and is not known, a resize may leave a row of an old draft above. The other way round, a line
    of somebody's message would be erased.
    """
    return environ.get("TERM_PROGRAM", "") in _REFLOWING_PROGRAMS or any(
        environ.get(name) for name in _REFLOWING
    )


class HeldOutput(Vt100_Output):
    """An output that can hold what is drawn until the drawing is complete."""

    _held = False

    def hold(self) -> None:
        """Hold what is drawn from here on."""
        self._held = True

    def release(self) -> None:
        """Write what was held."""
        self._held = False
        self.flush()

    def flush(self) -> None:
        """Write what was drawn to the terminal, unless it is held."""
        if not self._held:
            super().flush()


class ResizingApplication(Application[None]):
    """An application that is told of a new size before it erases what it drew at the old one."""

    before_resize: Callable[[], None] | None = None
    resizing: asyncio.TimerHandle | None = None

    def _on_resize(self) -> None:
        # While a border is dragged, sizes come quicker than drawings. A drawing for a size that has passed
        # would be wrapped anew, and what is erased then would be somebody's line.
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
