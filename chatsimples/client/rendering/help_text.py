"""The help: the commands, and at a terminal the keys."""

from __future__ import annotations

from chatsimples.client.requests.command_words import COMMANDS, usage
from chatsimples.i18n import N_, Translate
from chatsimples.screen.styled_text import StyledLine, width
from chatsimples.words.governing import COMMANDS as GOVERNING
from chatsimples.words.settings import setting_words

_KEYS = (
    ("Tab", N_("completes nicks, rooms, commands and :emoji:")),
    ("Alt-1…9, Alt-←/→", N_("another conversation")),
    ("Alt-A", N_("where there is something new")),
    ("PgUp", N_("what was said before")),
    ("↑ ↓ Ctrl-R", N_("what you have typed before")),
    ("Ctrl-X Ctrl-E", N_("write in your editor")),
)
# Commands that a key stands for too, and those that few may give.
_ALSO = {"help": "F1", "quit": "Ctrl-C"}
_FOR_FEW = frozenset({*GOVERNING, "status"})


def help_rows(translate: Translate, *, terminal: bool, governing: bool = False) -> list[tuple[str, str]]:
    """Return the rows of the help: what is typed or pressed, and what it does.

    Args:
        translate: the language.
        terminal: for people at a terminal, with the keys.
        governing: the commands of those who govern rooms, and nothing else; they are told apart, so that each
            part fits a screen.
    """
    _ = translate
    rows = [
        (usage(command, _) + (f", {_ALSO[name]}" if terminal and name in _ALSO else ""), _(command.help))
        for name, command in COMMANDS.items()
        if (terminal or not command.on_terminal) and (name in _FOR_FEW) == governing
    ]
    if governing:
        rows.append((_("NAME"), ", ".join(_setting_names(_))))
        return [*rows, (_("#ROOM or *"), _("in front: in that room, on the whole server"))]
    rows.append(("/help rooms, /ajuda salas", _("what owners and operators of rooms can do")))
    rows.append((_("//text"), _("say a text that begins with /")))
    return rows + [(keys, _(meaning)) for keys, meaning in _KEYS if terminal]


def _setting_names(translate: Translate) -> list[str]:
    # "en" is the code of the language of these texts; translated, it is that of the reader's.
    return setting_words(translate("en"))


def help_table(translate: Translate, *, aligned: bool, governing: bool = False) -> list[StyledLine]:
    """Return the help for a terminal; ``aligned`` in two columns."""
    rows = help_rows(translate, terminal=True, governing=governing)
    widest = max(width([("", typed)]) for typed, _meaning in rows) if aligned else 0
    return [
        [("class:notice", f"  {typed}  ".ljust(widest + 4)), ("class:text", meaning)]
        for typed, meaning in rows
    ]
