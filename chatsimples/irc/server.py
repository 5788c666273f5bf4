"""What IRC clients are told of the server that does not change while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

NETWORK: Final = "ChatSimples"
"""What clients call the network."""

MOST_TARGETS: Final = 4
"""Targets of one message."""

MOST_ROOMS: Final = 32
"""Rooms that one command can name."""


class Bounds(msgspec.Struct, frozen=True):
    """What names and texts may hold; 0 for no bound. The fields are called as the server's settings are."""

    max_text: int = 0
    max_name: int = 0
    max_rooms: int = 0
    irc_playback: int = 0


class Server(msgspec.Struct, frozen=True):
    """The server.

    Attributes:
        name: of the host.
        log: the id of its log, which is a part of the ids of messages.
        version: the program's.
        notice: what whoever comes is told before anything else.
        bounds: of names and texts.
        now: tells the time, for people.
    """

    name: str = "chatsimples"
    log: str = ""
    version: str = "chatsimples"
    notice: str = ""
    bounds: Bounds = Bounds()
    now: Callable[[], str] = str
