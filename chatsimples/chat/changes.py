"""What has become of the sessions that are cut since a whole snapshot was begun.

There may be 100,000 of them, of which few change from one snapshot to the next. So not every snapshot tells
all: one may tell what has changed, and name a whole one for the rest.
"""

from __future__ import annotations

from typing import Final

import msgspec

MOST: Final = 4 << 20
"""Bytes of changes that are kept. With more of them, a whole snapshot costs little more."""


class Change(msgspec.Struct, array_like=True):
    """A value that was kept, or, without a value, a session that was taken out.

    Attributes:
        identity: of the session.
        tier: the number of those in which it was kept.
        value: what was kept of it.
    """

    identity: str
    tier: int
    value: bytes


_pack = msgspec.msgpack.Encoder().encode


class Changes:
    """The changes since `begin`, in order; none are noted before it was called.

    Args:
        most: bytes that are kept. With more of them, nothing is known any more until `begin` is called again.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._count = 0
        self._written: bytearray | None = None

    @property
    def size(self) -> int | None:
        """The bytes of all changes; None if these are not known."""
        return None if self._written is None else len(self._written)

    def begin(self) -> None:
        """Note what changes from now on."""
        self._count = 0
        self._written = bytearray()

    def note(self, identity: str, tier: int = 0, value: bytes = b"") -> None:
        """Note a change, as `Change` tells it."""
        written = self._written
        if written is None:
            return
        written += _pack((identity, tier, value))
        self._count += 1
        if len(written) > self._most:
            self._written = None

    def all(self) -> tuple[int, bytes]:
        """Return how many there are, and all of them, each as `Change` is packed.

        Raises:
            ValueError: they are not known.
        """
        if self._written is None:
            raise ValueError("what has changed is not known")
        return self._count, bytes(self._written)
