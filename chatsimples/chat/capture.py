"""A snapshot that is made in pieces while the chat goes on, and tells what was when it began.

Sessions that are cut never change: they are shared, table by table, until it changes. Connections and their
sessions do change: whoever is about to change one that has not been told yet has its row written first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from itertools import islice
from typing import Generic, TypeVar

from chatsimples.chat.generations import Shards
from chatsimples.chat.snapshots import SavedConnection, array_head, bare, map_head, pack

T = TypeVar("T")

# What costs as much as a connection's row.
_BYTES = 512
_SESSIONS = 8


class Capture(Generic[T]):
    """See the module.

    Args:
        seq: of the state that is told.
        head: how the snapshot begins.
        connections: all of them, by number.
        row_of: writes a connection.
        kept: the sessions that are cut.

    Attributes:
        seq: of the state that is told.
    """

    def __init__(
        self,
        seq: int,
        head: bytes,
        connections: Mapping[int, T],
        row_of: Callable[[T], SavedConnection],
        kept: Shards,
    ) -> None:
        self.seq = seq
        self._row_of = row_of
        self._untold = dict(connections)
        self._saved: dict[int, bytes] = {}
        self._coming = self._tell(head, list(connections), kept)
        self._left = 0
        self._abandoned = False

    @property
    def needs_rows(self) -> bool:
        """Whether there are connections that must be saved before they change."""
        return bool(self._untold)

    def save(self, conn: int) -> None:
        """Note that a connection or its session is about to change."""
        connection = self._untold.pop(conn, None)
        if connection is not None:
            self._saved[conn] = pack(self._row_of(connection))

    def piece(self, rows: int = 250) -> bytes:
        """Write the next piece; b"" when all is told.

        Args:
            rows: about as much work as so many connections make.

        Raises:
            RuntimeError: it was abandoned.
        """
        if self._abandoned:
            raise RuntimeError("the state has begun another capture, or another life")
        self._left = rows
        told: list[bytes] = []
        while self._left > 0:
            data = next(self._coming, None)
            if data is None:
                break
            told.append(data)
        return b"".join(told)

    def abandon(self) -> None:
        """Let it be: it can't be told to its end any more."""
        self._abandoned = True
        self._coming.close()
        self._untold.clear()
        self._saved.clear()

    def _tell(self, head: bytes, order: list[int], kept: Shards) -> Generator[bytes]:
        yield head + array_head(len(order))
        for conn in order:
            self._left -= 1
            row = self._saved.pop(conn, None)
            if row is None:
                row = pack(self._row_of(self._untold.pop(conn)))
            self._left -= len(row) // _BYTES
            yield row
        yield array_head(len(kept))
        for shard in kept:
            yield map_head(len(shard))
            sessions = iter(shard.items())
            while some := dict(islice(sessions, max(self._left, 1) * _SESSIONS)):
                self._left -= max(len(some) // _SESSIONS, 1)
                yield bare(some)
