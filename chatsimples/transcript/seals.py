"""Seals: the chain of hashes over the exact bytes of a transcript."""

from __future__ import annotations

import hashlib

SEAL_START = b'{"type":"seal"'
"""How the line of a seal begins, and no other line does."""


class Chain:
    """The running SHA-256 over what follows the last seal.

    A link's hash covers the 64 hex digits of the seal before, then the bytes up to the new seal's line.

    Args:
        previous: the ``sha256`` of the seal before, in hex; in a new segment the header's ``previous``.

    Attributes:
        head: the ``sha256`` of the last seal, in hex.
        pending: bytes since the last seal.
    """

    def __init__(self, previous: str) -> None:
        self._start(previous)

    def update(self, data: bytes) -> None:
        """Add bytes that follow in the file."""
        self._hash.update(data)
        self.pending += len(data)

    def seal(self, seq: int) -> bytes:
        """Give the line of the seal, newline included, and start the next link.

        Args:
            seq: of the last record before the seal.
        """
        digest = self._hash.hexdigest()
        self._start(digest)
        return self.line(seq, digest)

    @staticmethod
    def line(seq: int, head: str) -> bytes:
        """Write the line of a seal, newline included."""
        return b'%b,"seq":%d,"sha256":"%b"}\n' % (SEAL_START, seq, head.encode())

    def copy(self) -> Chain:
        """Return a chain that goes on from here by itself."""
        twin = Chain.__new__(Chain)
        twin.head, twin.pending, twin._hash = self.head, self.pending, self._hash.copy()
        return twin

    def _start(self, previous: str) -> None:
        self.head = previous
        self.pending = 0
        self._hash = hashlib.sha256(previous.encode())
