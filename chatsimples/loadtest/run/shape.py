"""What a load consists of, how fast it goes, and how long is waited for whom."""

from __future__ import annotations

import msgspec

from chatsimples.loadtest.generator.schedule import Due


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a load consists of, apart from how fast it goes.

    Attributes:
        protocol: how the server is spoken to.
        clients: readers.
        senders: at least one per room.
        rooms: readers and senders are spread over them.
        size: bytes of a text.
        slow: readers beside the others that take ``slow_bytes`` a second each.
        churn: reconnects a second, beside the others.
        processes: that hold readers; 0: as many as the machine has to spare.
        workload: the messages of an open loop, if they are not to come steadily.
        tag: of the names of this load test; empty on a server of its own.
        marks_tag: a number of this load test.
    """

    protocol: str
    clients: int
    senders: int
    rooms: int
    size: int
    slow: int = 0
    slow_bytes: int = 0
    churn: float = 0.0
    processes: int = 0
    workload: list[Due] = []
    tag: str = ""
    marks_tag: int = 0


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """For how many seconds a load test waits for others before it says what is wrong.

    Attributes:
        join: until everybody is in their rooms.
        marks: until everybody has heard what is said there.
        still: for a server that takes or delivers nothing any more.
        silence: for a process of its own that says nothing.
    """

    join: float = 60.0
    marks: float = 30.0
    still: float = 10.0
    silence: float = 60.0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a phase goes: ``rate`` messages a second, or 0 for a closed loop with a window."""

    rate: float
    window: int
    seconds: float
