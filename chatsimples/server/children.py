"""The server's child processes: what each is given, and where it begins.

The supervisor starts them and needs no more of them than this: what they are made of, only they import.
"""

from __future__ import annotations

import socket
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from typing import Any

import msgspec

from chatsimples.config import ServerSettings
from chatsimples.server.channels import Heartbeat


class AcceptorTask(msgspec.Struct):
    """What an acceptor process is given."""

    settings: ServerSettings
    listeners: list[socket.socket]
    commands: SimpleQueue[bytes]
    hand_over: socket.socket
    supervisor: Connection[Any, Any]
    heart: Heartbeat


class BroadcasterTask(msgspec.Struct):
    """What a broadcaster process is given. ``verify_all``: check the whole transcript, not only its end."""

    settings: ServerSettings
    commands: SimpleQueue[bytes]
    hand_over: socket.socket
    supervisor: Connection[Any, Any]
    heart: Heartbeat
    verify_all: bool


def be_acceptor(task: AcceptorTask) -> None:
    """Be the acceptor process, until told to stop or the supervisor is gone."""
    from chatsimples.server.acceptor import run  # noqa: PLC0415 - see above

    run(task)


def be_broadcaster(task: BroadcasterTask) -> None:
    """Be the broadcaster process, until told to stop or the supervisor is gone."""
    from chatsimples.server.broadcaster import run  # noqa: PLC0415 - see above

    run(task)
