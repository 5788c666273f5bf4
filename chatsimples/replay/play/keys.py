"""Keys: a terminal's bytes become actions, whatever pieces they arrive in."""

from __future__ import annotations

import re

from chatsimples.replay.play.player import PlayerAction

KEYS: dict[bytes, PlayerAction] = {
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
_ARROWS: dict[bytes, PlayerAction] = {
    b"A": "far back",
    b"B": "far on",
    b"C": "on",
    b"D": "back",
    b"F": "end",
    b"H": "begin",
}
_NUMBERED: dict[bytes, PlayerAction] = {b"1": "begin", b"7": "begin", b"4": "end", b"8": "end"}

# A control sequence (ECMA-48, 5.4), one of a single shift (SS3), or any other byte.
_KEY = re.compile(rb"\x1b\[([0-?]*)[ -/]*([@-~])|\x1bO(.)|(.)", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_LONGEST = 32


class KeyParser:
    """Reads keys out of a terminal's bytes. A key without an action is skipped as a whole."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[PlayerAction]:
        """Return the keys' actions; an incomplete sequence is kept until its end arrives."""
        data = self._rest + data
        unfinished = _UNFINISHED.search(data)
        end = unfinished.start() if unfinished and len(data) - unfinished.start() < _LONGEST else len(data)
        self._rest = data[end:]
        found = (_action(key) for key in _KEY.finditer(data, 0, end))
        return [action for action in found if action]


def _action(key: re.Match[bytes]) -> PlayerAction | None:
    parameters, final, shifted, plain = key.groups()
    if plain is not None:
        return KEYS.get(plain)
    if final == b"~":
        return _NUMBERED.get(parameters.partition(b";")[0])
    return _ARROWS.get(final or shifted)
