"""A snapshot that is made in pieces while the chat goes on, and tells what was when it began.

Sessions that are cut never change: they are shared, table by table, until it changes. Connections and their
sessions do change: whoever is about to change one that has not been told yet has its row written first.

A snapshot is whole, or tells of the sessions that are cut only what has changed since a whole one was begun.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from itertools import islice
from typing import Generic, TypeVar

from chatsimples.chat.charters import SavedCharter
from chatsimples.chat.generations import Shards
from chatsimples.chat.snapshots import SavedConnection, array_head, bare, map_head, pack

K = TypeVar("K")
T = TypeVar("T")
Of = TypeVar("Of")
C = TypeVar("C")

# What costs as much as a connection's row.
_BYTES = 512
_SESSIONS = 8
_CHANGES_BYTES = 16_384


class _Rows(Generic[K, T]):
    """Rows that are told one by one; one of which the thing is about to change is written before.

    Args:
        things: all of them, by their keys.
        row_of: what is written of one.
    """

    def __init__(self, things: Mapping[K, T], row_of: Callable[[T], object]) -> None:
        self.untold = dict(things)
        self._row_of = row_of
        self._saved: dict[K, bytes] = {}
        self._order = list(things)

    def save(self, key: K) -> None:
        thing = self.untold.pop(key, None)
        if thing is not None:
            self._saved[key] = pack(self._row_of(thing))

    def tell(self) -> Generator[bytes]:
        for key in self._order:
            row = self._saved.pop(key, None)
            yield pack(self._row_of(self.untold.pop(key))) if row is None else row

    def clear(self) -> None:
        self.untold.clear()
        self._saved.clear()


class Capture(Generic[C, Of]):
    """See the module.

    Args:
        seq: of the state that is told.
        head: how the snapshot begins.
        connections: all of them, by number.
        row_of: writes a connection.
        kept: the sessions that are cut; or how many changes of them there are, and these.
        charters: those that have a charter, by key.
        charter_of: writes one of them.

    Attributes:
        seq: of the state that is told.
        kept_size: bytes of what was told of the sessions that are cut.
    """

    def __init__(  # noqa: PLR0917 - in the order of a snapshot
        self,
        seq: int,
        head: bytes,
        connections: Mapping[int, C],
        row_of: Callable[[C], SavedConnection],
        kept: Shards | tuple[int, bytes],
        charters: Mapping[str, Of],
        charter_of: Callable[[Of], SavedCharter],
    ) -> None:
        self.seq = seq
        self.kept_size = 0
        self._connections = _Rows(connections, row_of)
        self._charters = _Rows(charters, charter_of)
        self._coming = self._tell(head, len(connections), kept, len(charters))
        self._left = 0
        self._abandoned = False

    @property
    def needs_rows(self) -> bool:
        """Whether there is anything that must be saved before it changes."""
        return bool(self._connections.untold or self._charters.untold)

    def save(self, conn: int) -> None:
        """Note that a connection or its session is about to change."""
        self._connections.save(conn)

    def save_charter(self, key: str) -> None:
        """Note that what has a charter is about to change, but for its members."""
        self._charters.save(key)

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
        self._connections.clear()
        self._charters.clear()

    def _tell(
        self, head: bytes, connections: int, kept: Shards | tuple[int, bytes], charters: int
    ) -> Generator[bytes]:
        yield head + array_head(connections)
        yield from self._rows(self._connections)
        for told in self._changes(*kept) if isinstance(kept, tuple) else self._kept(kept):
            self.kept_size += len(told)
            yield told
        yield array_head(charters)
        yield from self._rows(self._charters)

    def _kept(self, kept: Shards) -> Generator[bytes]:
        yield array_head(len(kept))
        for shard in kept:
            yield map_head(len(shard))
            sessions = iter(shard.items())
            while some := dict(islice(sessions, max(self._left, 1) * _SESSIONS)):
                self._left -= max(len(some) // _SESSIONS, 1)
                yield bare(some)

    def _changes(self, count: int, written: bytes) -> Generator[bytes]:
        yield array_head(count)
        for start in range(0, len(written), _CHANGES_BYTES):
            self._left -= _CHANGES_BYTES // _BYTES
            yield written[start : start + _CHANGES_BYTES]

    def _rows(self, rows: _Rows[K, T]) -> Generator[bytes]:
        for row in rows.tell():
            self._left -= 1 + len(row) // _BYTES
            yield row
