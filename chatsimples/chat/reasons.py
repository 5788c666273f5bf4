"""What people are told of a leave, by the reason that its record gives."""

from __future__ import annotations

from chatsimples.i18n import N_

_LEFT = N_("{nick} has left {room}")
_TOLD = {
    "closed": N_("{nick} has left {room}: the connection was lost"),
    "timeout": N_("{nick} has left {room}: no sign of life"),
    "kicked": N_("{nick} was removed from {room}"),
    "banned": N_("{nick} was banned from {room}"),
    "revoked": N_("{nick} has left {room}: the account's sessions have ended"),
    "error": N_("{nick} has left {room}: the connection broke a limit"),
    "shutdown": N_("{nick} has left {room}: the server stops"),
    "crash": N_("{nick} has left {room}: the server had failed"),
}


def told_of_leave(reason: str) -> str:
    """Return the text for a leave, to be translated; ``{nick}`` and ``{room}`` stand in it."""
    return _TOLD.get(reason, _LEFT)
