"""How lines begin that are said, done (``/me``), or a notice: no nick begins so, nor does another line."""

from __future__ import annotations

_AUTHORS = {"action": "** {nick}", "notice": "-{nick}-"}


def author(nick: str, kind: str) -> str:
    """Return the author of a message of a kind: ``ana``, ``** ana``, ``-ana-``."""
    return _AUTHORS[kind].format(nick=nick) if kind in _AUTHORS else nick


def separator(kind: str) -> str:
    """Return what stands between the author of a message to a room and its text."""
    return " " if kind in _AUTHORS else ": "
