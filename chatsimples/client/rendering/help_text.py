"""The help: the commands, and at a terminal the keys."""

from __future__ import annotations

from chatsimples.client.requests.command_words import COMMANDS, usage
from chatsimples.i18n import N_, Translate
from chatsimples.screen.styled_text import StyledLine, width

_KEYS = (
    ("Tab", N_("completes nicks, rooms, commands and :emoji:")),
    ("Alt-1…9, Alt-←/→", N_("another conversation")),
    ("Alt-A", N_("where there is something new")),
    ("PgUp", N_("what was said before")),
    ("↑ ↓ Ctrl-R", N_("what you have typed before")),
    ("Ctrl-X Ctrl-E", N_("write in your editor")),
    ("F1", N_("this help")),
    ("Ctrl-C", N_("leave")),
)


def help_rows(translate: Translate, *, terminal: bool) -> list[tuple[str, str]]:
    """Return the rows of the help: what is typed or pressed, and what it does."""
    _ = translate
    shown = [command for command in COMMANDS.values() if terminal or not command.on_terminal]
    rows = [(usage(command, _), _(command.help)) for command in shown]
    rows.append((_("//text"), _("say a text that begins with /")))
    return rows + [(keys, _(meaning)) for keys, meaning in _KEYS if terminal]


def help_table(translate: Translate, *, aligned: bool) -> list[StyledLine]:
    """Return the help for a terminal; ``aligned`` in two columns."""
    rows = help_rows(translate, terminal=True)
    widest = max(width([("", typed)]) for typed, _meaning in rows) if aligned else 0
    return [
        [("class:notice", f"  {typed}  ".ljust(widest + 4)), ("class:text", meaning)]
        for typed, meaning in rows
    ]
