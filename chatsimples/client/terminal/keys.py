"""The keys of commands: the defaults, and the person's own (``--keys next=ctrl-n,help=f2``)."""

from __future__ import annotations

import re

from prompt_toolkit.key_binding.key_bindings import _parse_key
from prompt_toolkit.keys import Keys

from chatsimples.errors import SettingError
from chatsimples.i18n import Translate

DEFAULTS: dict[str, tuple[str, ...]] = {
    "next": ("alt-right",),
    "previous": ("alt-left",),
    "urgent": ("alt-a",),
    "earlier": ("pageup",),
    "help": ("f1",),
    "editor": ("ctrl-x ctrl-e",),
    "clear": ("ctrl-l",),
}
"""Commands and their keys. Alt-1 to Alt-9 and the keys of readline can't be changed."""

_TAKEN = {
    *(("c-c",), ("c-d",), ("c-z",), ("c-i",), ("s-tab",), ("c-j",), ("c-m",), ("escape",)),
    *(("escape", str(number)) for number in range(1, 10)),
}

_MODIFIED = re.compile(r"(?:(ctrl|c|alt|meta|m|shift|s)-)?(.+)")
_LONG_NAMES = {"ctrl": "c", "shift": "s"}


def key_sequence(text: str) -> tuple[str, ...]:
    """Read a key as people write it: ``alt-right``, ``ctrl-n``, ``f1``, ``ctrl-x ctrl-e``.

    Raises:
        ValueError: there is no such key, or it can't be spared for its present use (to type a letter).
    """
    sequence: list[str] = []
    for key in text.lower().split():
        found = _MODIFIED.fullmatch(key)
        modifier, name = (found[1], found[2]) if found else (None, key)
        if modifier in {"alt", "meta", "m"}:
            sequence += ["escape", _checked(name)]
        elif modifier:
            sequence.append(_checked(f"{_LONG_NAMES.get(modifier, modifier)}-{name}"))
        else:
            sequence.append(_checked(name))
    if not sequence or len(sequence[0]) == 1 or tuple(sequence) in _TAKEN:
        raise ValueError(text)
    return tuple(sequence)


def bindings(setting: str, translate: Translate) -> dict[tuple[str, ...], str]:
    """Return the command of each key sequence, with the person's own keys in place of the defaults.

    Raises:
        SettingError: a pair can't be read, or names an unknown command or key.
    """
    _ = translate
    own: dict[str, tuple[str, ...]] = {}
    for pair in filter(None, (part.strip() for part in setting.split(","))):
        command, equals, key = (part.strip() for part in pair.partition("="))
        if not equals or command not in DEFAULTS:
            text = _("keys: {pair} is not one of {names}, then = and a key")
            raise SettingError(text.format(pair=repr(pair), names=", ".join(DEFAULTS)))
        own[command] = (*own.get(command, ()), key)
    made: dict[tuple[str, ...], str] = {}
    others = {command: keys for command, keys in DEFAULTS.items() if command not in own}
    # The person's own come last: they may take the default key of another command.
    for command, keys in {**others, **own}.items():
        for key in keys:
            try:
                made[key_sequence(key)] = command
            except ValueError:
                text = _("keys: there is no key {key} (as in alt-right, ctrl-n, f2, pageup)")
                raise SettingError(text.format(key=repr(key))) from None
    return made


def _checked(name: str) -> str:
    # Not public in prompt_toolkit, but the only place that knows all names of keys.
    parsed = _parse_key(name)
    key = parsed.value if isinstance(parsed, Keys) else parsed
    if len(key) > 1 and key.startswith("<"):
        # No key but an event: anything at all, the mouse, a paste.
        raise ValueError(name)
    return key
