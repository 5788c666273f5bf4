"""Emoji by their names, ``:heart:`` or ``:coração_vermelho:``. The table is loaded at its first use."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from chatsimples.screen.sanitize import sanitize

_NAMED = re.compile(r":([^\s:]{1,96}):\Z")
_LONGEST_NAMED = 98
_LONGEST_EMOJI = 12
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")

# The most used come first, whatever their names.
_COMMON = """
😂 ❤️ 🤣 👍 😭 🙏 😘 🥰 😍 😊 🎉 😁 💕 🥺 😅 🔥 ☺️ 🤦
🤷 🙄 😆 🤗 😉 🎂 🤔 👏 🙂 😳 🥳 😎 👌 💜 😔 💪 ✨ 💖
👀 😋 😏 😢 💗 😩 💯 🌹 💙 😃 😡 😜 🙈 😄 🙌 😀 💋 💀
💔 😌 👎 👋 ☕ 🍕 🍺 🚀 ✅ ❌ ⚠️ 🐛 💡 📌 ❓
"""


def replace_before(text: str, cursor: int) -> tuple[int, str] | None:
    """Find the emoji whose name ends at the cursor, without regard to case and accents.

    Returns:
        Where the name begins, with its colon, and the emoji.
    """
    found = _NAMED.search(text[max(0, cursor - _LONGEST_NAMED) : cursor])
    if found is None or not begins_name(text, cursor - len(found[0])):
        return None
    emoji = _table().get(found[1].casefold()) or _bare_table().get(_bare(found[1]))
    return None if emoji is None else (cursor - len(found[0]), emoji)


def begins_name(text: str, colon: int) -> bool:
    """Tell whether an emoji's name may begin at a colon: at the start, after a space or another emoji.

    So ``12:30:45``, ``std::x::y`` and ``"a":100:`` name none.
    """
    if colon == 0 or text[colon - 1].isspace():
        return True
    if text[colon - 1].isascii() or text[colon - 1].isalnum():
        return False
    starts = range(max(0, colon - _LONGEST_EMOJI), colon)
    return any(text[start:colon] in _emoji() for start in starts)


def find(beginning: str, limit: int) -> list[tuple[str, str]]:
    """Return names with a beginning, the most used and the short ones first, with their emoji, each once."""
    wanted = _bare(beginning)
    found: dict[str, str] = {}
    for bare, name in _names():
        if len(found) == limit:
            break
        if bare.startswith(wanted):
            found.setdefault(_table()[name], name)
    return [(name, emoji) for emoji, name in found.items()]


@cache
def _emoji() -> frozenset[str]:
    import emoji  # noqa: PLC0415 - a table of some megabytes, which many never need

    return frozenset(emoji.EMOJI_DATA)


@cache
def _table() -> dict[str, str]:
    import emoji  # noqa: PLC0415 - as above

    emoji.config.load_language("pt")
    # An emoji that sanitizing changes (flags made of tags, emoji newer than this Python) is left out.
    known = {
        character: data
        for character, data in emoji.EMOJI_DATA.items()
        if data["status"] <= emoji.STATUS["fully_qualified"] and sanitize(character) == character
    }
    table: dict[str, str] = {}
    # A name of two emoji means the one that it has in other chats: their names are the aliases.
    for key in ("alias", "en", "pt"):
        for character, data in known.items():
            names = data.get(key) or ()
            for name in (names,) if isinstance(names, str) else names:
                table.setdefault(unicodedata.normalize("NFC", name).strip(":").casefold(), character)
    return table


@cache
def _bare_table() -> dict[str, str]:
    table: dict[str, str] = {}
    for name, character in _table().items():
        table.setdefault(_bare(name), character)
    return table


@cache
def _names() -> list[tuple[str, str]]:
    """The names without and with accents, in the order in which to offer them."""
    common = frozenset(_COMMON.split())

    def order(pair: tuple[str, str]) -> tuple[bool, bool, int, str]:
        character = _table()[pair[1]]
        return character not in common, bool(_SKIN.search(character)), len(pair[0]), pair[1]

    return sorted(((_bare(name), name) for name in _table()), key=order)


def _bare(name: str) -> str:
    if name.isascii():
        return name.lower()
    apart = unicodedata.normalize("NFD", name.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))
