"""An exported page's style sheet and script: what it shares with the chat's page, and its own."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_PAGE = _HERE.parent.parent / "page"


def style_sheet() -> str:
    """Return the style sheet: the colours, the player, and ``player.css``."""
    return _joined(_PAGE / "style" / "colours.css", _PAGE / "style" / "player.css", _HERE / "player.css")


def script() -> str:
    """Return the script, a module: the player, and behind it ``player.js``, which shows it the rows."""
    return _joined(_PAGE / "js" / "player" / "playback.js", _HERE / "player.js")


def _joined(*files: Path) -> str:
    return "\n".join(file.read_text("utf-8") for file in files)
