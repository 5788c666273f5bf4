#!/usr/bin/env python3
"""Writes what the browser's page shares with the rest of the program: words, tables and colours, and emoji.

They stand in `chatsimples/page/words/` and `chatsimples/page/style/colours.css` as they are served, so that
running the server needs nothing to make them.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from chatsimples.chat.reasons import told_of_leave
from chatsimples.client.requests.command_words import COMMANDS
from chatsimples.client.terminal import emoji_names
from chatsimples.dialects.base import NOTICE
from chatsimples.errors import REFUSALS
from chatsimples.i18n import translator
from chatsimples.screen.colours import NICK_COLOURS, PALETTES
from chatsimples.words.governing import COMMANDS as GOVERNING
from chatsimples.words.roles import MARKS, ROLES, role_words
from chatsimples.words.settings import SETTINGS

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "chatsimples" / "page"
# Whose texts the page shows as they come: a refusal may name any of these reasons.
SOURCES = ("chat", "words", "errors.py")
MARKERS = frozenset({"_", "N_", "_translate"})
SAID = re.compile(r'"((?:[^"\\]|\\.)*)"')
REASONS = (
    "left", "quit", "closed", "timeout", "kicked", "banned", "replaced", "error", "revoked", "shutdown",
    "crash",
)  # fmt: skip
# Only for people at a terminal.
WITHOUT = frozenset({"edit"})


def texts() -> Iterator[str]:
    """Yield the texts for people that stand in the sources."""
    for source in SOURCES:
        path = ROOT / "chatsimples" / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in MARKERS and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield first.value


def page_texts() -> Iterator[str]:
    """Yield the texts that the page says itself."""
    for module in sorted((PAGE / "js").rglob("*.js")):
        yield from SAID.findall(module.read_text("utf-8"))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def program_words() -> str:
    """Return the module with the tables and with the Portuguese of what stands in them."""
    portuguese = translator("pt")
    rows = [text for row in COMMANDS.values() for text in (row.arguments, row.help)]
    shown = {*texts(), *page_texts(), *rows, NOTICE}
    known = {text: portuguese(text) for text in sorted(shown) if text}
    tables = {
        "COMMANDS": {
            name: {**row._asdict(), "governing": name in GOVERNING}
            for name, row in COMMANDS.items()
            if name not in WITHOUT
        },
        "SETTINGS": {name: row._asdict() for name, row in SETTINGS.items()},
        "ROLES": list(ROLES),
        "ROLE_WORDS": {lang: role_words(lang) for lang in ("pt", "en")},
        "ROLE_MARKS": MARKS,
        "REFUSALS": REFUSALS,
        "LEAVES": {reason: told_of_leave(reason) for reason in REASONS},
        "NOTICES": [NOTICE, portuguese(NOTICE)],
        "PORTUGUESE": {text: told for text, told in known.items() if text != told},
    }
    lines = [
        "// Made by scripts/make_page_words.py from the program's own tables: change those, and run it.",
        *(
            f"{TYPES.get(name, '')}export const {name} = {json.dumps(table, ensure_ascii=False, indent=1)};"
            for name, table in tables.items()
        ),
    ]
    return "\n".join(lines) + "\n"


TYPES = {
    "COMMANDS": (
        "/** @type {{[name: string]: {words: string[], arguments: string, help: string, takes: string, "
        "on_terminal: boolean, governing: boolean}}} */\n"
    ),
    "SETTINGS": (
        "/** @type {{[name: string]: {portuguese: string, english: string, values: string[][], on: string, "
        "off: string}}} */\n"
    ),
    "ROLE_WORDS": "/** @type {{[lang: string]: string[]}} */\n",
    "ROLE_MARKS": "/** @type {{[role: string]: string}} */\n",
    "LEAVES": "/** @type {{[reason: string]: string}} */\n",
    "REFUSALS": "/** @type {{[code: string]: string}} */\n",
    "PORTUGUESE": "/** @type {{[text: string]: string}} */\n",
}


# Of the page and of exported pages, beside the colours that all screens share.
SURFACES = {
    "light": {
        "ground": "#fdfdfc",
        "side": "#f6f5f2",
        "raised": "#ffffff",
        "ink": "#1d1f21",
        "soft": "#5b5f64",
        "line": "#e5e3dd",
        "edge": "#8b8e90",
        "accent": "#005f87",
        "on-accent": "#ffffff",
        "tint": "#e4eff4",
        "hover": "#00000009",
        "press": "#00000012",
        "named": "#fff6dc",
        "good": "#2e7d4f",
        "shadow": "0 8px 30px #0000001f, 0 1px 3px #0000001a",
        "bar": "#fbfbf9",
        "private-ground": "#fff8fd",
        "hit": "#ffe27a",
        "hit-ink": "#1d1f21",
    },
    "dark": {
        "ground": "#16181b",
        "side": "#1b1e22",
        "raised": "#202429",
        "ink": "#e6e6e3",
        "soft": "#a3a8ae",
        "line": "#2c3036",
        "edge": "#6f757c",
        "accent": "#5fd7ff",
        "on-accent": "#08222c",
        "tint": "#15323e",
        "hover": "#ffffff0a",
        "press": "#ffffff14",
        "named": "#302813",
        "good": "#6cc790",
        "shadow": "0 8px 30px #00000080, 0 1px 3px #00000080",
        "bar": "#202327",
        "private-ground": "#2c1c28",
        "hit": "#ffd75f",
        "hit-ink": "#1d1f21",
    },
}


def colours() -> str:
    """Return the style sheet with all colours: as the system wants them, unless the page says which."""
    light, dark = (_variables(scheme) for scheme in ("light", "dark"))
    lines = [
        "/* Made by scripts/make_page_words.py, from chatsimples/screen/colours.py too. */",
        f":root {{ color-scheme: light dark; {light} }}",
        f"@media screen and (prefers-color-scheme: dark) {{ :root:not([data-scheme]) {{ {dark} }} }}",
        ":root[data-scheme=light] { color-scheme: light; }",
        f":root[data-scheme=dark] {{ color-scheme: dark; {dark} }}",
    ]
    lines += [f".nick{number} {{ color: var(--nick{number}); }}" for number in range(NICK_COLOURS)]
    return "\n".join(lines) + "\n"


def _variables(scheme: str) -> str:
    palette = PALETTES[scheme]
    named = {f"nick{number}": colour for number, colour in enumerate(palette.nicks)}
    named |= {"calm": palette.calm, "red": palette.red, "gold": palette.gold, "pink": palette.pink}
    return " ".join(f"--{name}: {colour};" for name, colour in {**named, **SURFACES[scheme]}.items())


def emoji_table() -> str:
    """Return the emoji and their names in both languages, a line for each, the first to offer first."""
    names: dict[str, list[str]] = {}
    for _bare, name in emoji_names._names():
        character = emoji_names._table()[name]
        # There are five skin tones of each hand: whoever wants one has the keyboard's own picker.
        if not emoji_names._SKIN.search(character):
            names.setdefault(character, []).append(name)
    return "".join(f"{character} {' '.join(each)}\n" for character, each in names.items())


def files() -> dict[Path, str]:
    """Return the files, with what is to stand in them."""
    return {
        PAGE / "words" / "program.js": program_words(),
        PAGE / "words" / "emoji.txt": emoji_table(),
        PAGE / "style" / "colours.css": colours(),
    }


def main() -> None:
    """Write the files."""
    for path, text in files().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
