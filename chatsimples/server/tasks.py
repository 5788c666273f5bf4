"""What each of the server's child processes is given when it starts."""

from __future__ import annotations

import socket
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from typing import Any

import msgspec

from chatsimples.config.server import ServerSettings
from chatsimples.net.doors import Door
from chatsimples.server.channels import Heartbeat


class AcceptorTask(msgspec.Struct):
    """What an acceptor process is given.

    ``hashing`` and, for crowds, ``hashing_crowds``: where passwords are hashed for it; ``web``: where HTTP
    requests go, None if they are refused.
    """

    settings: ServerSettings
    doors: list[Door]
    commands: SimpleQueue[bytes]
    hand_over: socket.socket
    supervisor: Connection[Any, Any]
    heart: Heartbeat
    hashing: socket.socket
    hashing_crowds: socket.socket
    web: socket.socket | None = None


class BroadcasterTask(msgspec.Struct):
    """What a broadcaster process is given. ``verify_all``: check the whole transcript, not only its end."""

    settings: ServerSettings
    commands: SimpleQueue[bytes]
    hand_over: socket.socket
    supervisor: Connection[Any, Any]
    heart: Heartbeat
    verify_all: bool


class TlsTask(msgspec.Struct):
    """What a TLS process is given. ``giving``: where connections go that have shaken hands."""

    settings: ServerSettings
    doors: list[Door]
    giving: socket.socket
    supervisor: Connection[Any, Any]
    heart: Heartbeat


class HashingTask(msgspec.Struct):
    """What a hashing process is given.

    ``asked``: where the questions come; ``gives_way``: whether every other process is to run first.
    """

    settings: ServerSettings
    asked: socket.socket
    gives_way: bool
    supervisor: Connection[Any, Any]


class WebTask(msgspec.Struct):
    """What a web process is given.

    ``taking``: where connections come from of which a request is to be answered; ``giving``: where those go
    that it makes to the chat; ``secret``: random, and the same for each web process of this server.
    """

    settings: ServerSettings
    taking: socket.socket
    giving: socket.socket
    supervisor: Connection[Any, Any]
    heart: Heartbeat
    secret: bytes


class VerifierTask(msgspec.Struct):
    """What a verifier process is given: the place in the transcript before which it is to read."""

    settings: ServerSettings
    supervisor: Connection[Any, Any]
    first_seq: int
    offset: int
