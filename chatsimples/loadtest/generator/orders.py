"""What the load test's processes tell each other, over pipes: orders go down, news come up."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from chatsimples.loadtest.results import Checks

FIRST_MARK, LAST_MARK = 1, 2
"""The first mark is repeated until everybody has heard it; behind the last one the common stream begins."""


class Connect(msgspec.Struct, tag=True, frozen=True):
    """Order: open the connections, and say `Joined` when all are in their rooms."""


class Mark(msgspec.Struct, tag=True, frozen=True):
    """Order to the senders: say this mark in every room. To readers: look for it."""

    number: int


class Begin(msgspec.Struct, tag=True, frozen=True):
    """Order: load begins at ``start``, in microseconds of the system's monotonic clock.

    Attributes:
        rate: texts a second; 0: closed loop with ``window`` texts on their way in each room.
        seconds: how long texts are sent.
    """

    start: int
    rate: float
    window: int
    seconds: float


class Expect(msgspec.Struct, tag=True, frozen=True):
    """Order to readers: this is all that was sent in each room, by sender, since the test began."""

    sent: list[dict[str, int]]
    patience: float


class Finish(msgspec.Struct, tag=True, frozen=True):
    """Order: say what you know, close, and end."""


class Joined(msgspec.Struct, tag=True, frozen=True):
    """News: all are in their rooms; how long each took, in microseconds, and the time from first to last."""

    took: list[int]
    seconds: float


class Seen(msgspec.Struct, tag=True, frozen=True):
    """News of readers: all have seen the mark."""

    number: int


class Progress(msgspec.Struct, tag=True, frozen=True):
    """News of readers, about once a second: counts since the last time, and an encoded histogram."""

    at: float
    deliveries: int
    octets: int
    latencies: bytes


class Sending(msgspec.Struct, tag=True, frozen=True):
    """News of senders, about once a second: texts since the last time, and their lag as a histogram."""

    at: float
    texts: int
    lags: bytes


class Sent(msgspec.Struct, tag=True, frozen=True):
    """News of senders: the load's time is over; what was sent since the test began, by room and sender."""

    sent: list[dict[str, int]]


class Delivered(msgspec.Struct, tag=True, frozen=True):
    """News of readers: everything has come, or nothing comes any more.

    Attributes:
        at: when the last delivery was, in microseconds of the monotonic clock.
        segments: TCP segments with data that were received since the load began; -1 where not counted.
    """

    at: int
    segments: int
    everything: bool


class Found(msgspec.Struct, tag=True, frozen=True):
    """News of readers, the last: what was right and wrong, and a digest of each room."""

    checks: Checks
    digests: dict[int, str]


class Broken(msgspec.Struct, tag=True, frozen=True):
    """News: the load test can't go on, and why."""

    why: str


Order = Connect | Mark | Begin | Expect | Finish
News = Joined | Seen | Progress | Sending | Sent | Delivered | Found | Broken

_encode = msgspec.msgpack.Encoder().encode
_decode_order: Callable[[bytes], Order] = msgspec.msgpack.Decoder(Order).decode
_decode_news: Callable[[bytes], News] = msgspec.msgpack.Decoder(News).decode


def encode(message: Order | News) -> bytes:
    """Write an order or news for a pipe."""
    return _encode(message)


def decode_order(data: bytes) -> Order:
    """Read an order."""
    return _decode_order(data)


def decode_news(data: bytes) -> News:
    """Read news."""
    return _decode_news(data)
