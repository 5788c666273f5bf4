"""The keys of a terminal: its bytes become what a person wants, whatever pieces they come in."""

from __future__ import annotations

import re

from chatsimples.replay.play.player import Act

KEYS: dict[bytes, Act] = {
    b" ": "pause",
    b".": "step",
    b"+": "faster",
    # The same key without Shift, on many keyboards.
    b"=": "faster",
    b"-": "slower",
    b"?": "keys",
    b"h": "keys",
    b"q": "quit",
    b"Q": "quit",
}
_ARROWS: dict[bytes, Act] = {
    b"A": "far back",
    b"B": "far on",
    b"C": "on",
    b"D": "back",
    b"F": "end",
    b"H": "begin",
}
_NUMBERED: dict[bytes, Act] = {b"1": "begin", b"7": "begin", b"4": "end", b"8": "end"}

# A control sequence (ECMA-48, 5.4), one of a single shift (SS3), or any other byte.
_KEY = re.compile(rb"\x1b\[([0-?]*)[ -/]*([@-~])|\x1bO(.)|(.)", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_LONGEST = 32


class KeyParser:
    """Reads keys out of a terminal's bytes. Those that mean nothing here are passed over whole."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Act]:
        """Give what the keys ask for; a sequence that is not complete waits for its end."""
        data = self._rest + data
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished and len(data) - unfinished.start() < _LONGEST else len(data)
        self._rest = data[end:]
        found = (_act(key) for key in _KEY.finditer(data, 0, end))
        return [act for act in found if act]


def _act(key: re.Match[bytes]) -> Act | None:
    parameters, final, shifted, plain = key.groups()
    if plain is not None:
        return KEYS.get(plain)
    if final == b"~":
        return _NUMBERED.get(parameters.partition(b";")[0])
    return _ARROWS.get(final or shifted)
