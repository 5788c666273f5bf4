"""What the load test's processes are given when they start."""

from __future__ import annotations

import socket
from ctypes import Array, c_uint64
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from chatsimples.loadtest.generator.schedule import Due
from chatsimples.loadtest.wire.secure_socket import Trust


class Task(msgspec.Struct, kw_only=True):
    """What each process is given.

    Attributes:
        host, port: of the server.
        protocol: how it is spoken to, by its name.
        tag: of the names in this load test.
        marks_tag: of the marks.
        all_rooms: how many rooms there are.
        rooms: the room of each of the process's own readers or senders.
        pipe: for orders and news.
        join_patience: seconds in which they must be in their rooms.
        trust: whom they trust if they speak TLS; None for connections without.
    """

    host: str
    port: int
    protocol: str
    tag: str
    marks_tag: int
    all_rooms: int
    rooms: list[int]
    pipe: Connection[Any, Any]
    join_patience: float
    trust: Trust | None = None


class Extras(msgspec.Struct, frozen=True):
    """Readers beside the others, which are not in the figures.

    Attributes:
        slow: how many take ``slow_bytes`` a second each, or nothing at all if that is 0.
        churn: how many a second come, stay a moment and leave.
    """

    slow: int = 0
    slow_bytes: int = 0
    churn: float = 0.0


class ReadersTask(Task, kw_only=True):
    """What a reader process is given.

    Attributes:
        first: its readers' numbers begin here.
        extras: its readers beside the others.
        done: for each room, how many texts all readers of this process have.
        wake: a byte here tells the senders to look at ``done``.
        digest: keep digests, to be compared with other processes'.
        size: bytes of every text; 0 if they differ.
    """

    first: int
    done: Array[c_uint64]
    wake: socket.socket
    digest: bool
    extras: Extras = Extras()
    size: int = 0


class SendersTask(Task, kw_only=True):
    """What the sender process is given.

    Attributes:
        size: bytes of a text, where no workload says otherwise.
        done: of each reader process, how many texts of each room all its readers have.
        busy_rooms: of each reader process, the rooms in which it has readers.
        wakes: a byte on one of these tells to look at ``done``.
        patience: seconds for a server that takes nothing any more.
        workload: the messages of an open loop with a rhythm of its own; none for a steady one.
    """

    size: int
    done: list[Array[c_uint64]]
    busy_rooms: list[list[int]]
    wakes: list[socket.socket]
    patience: float
    workload: list[Due] = []
