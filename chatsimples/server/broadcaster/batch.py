"""A batch on its way out: its records by room, rendered at most once per dialect, joined once per room."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.server.broadcaster.outlet import Chunk, Outlet


class Batch:
    """The records of one batch and what each connection gets of its own.

    Args:
        seq: of the last record that is in the transcript with this batch.
    """

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.entries: list[tuple[Record, bytes]] = []
        self.rooms: dict[str, list[int]] = {}
        self.personal: dict[int, list[tuple[int, bool, bytes]]] = {}
        self.unheard: dict[int, list[tuple[int, int]]] = {}
        self.moved: set[int] = set()
        self._rendered: dict[str, list[bytes]] = {}
        self._chunks: dict[tuple[str, ...], Chunk] = {}
        self._offsets: dict[tuple[str, ...], tuple[list[int], list[int]]] = {}

    def lines(self, dialect: Dialect) -> list[bytes]:
        """Render all records, once all are there: one after the other is quicker than each when it is met."""
        lines = self._rendered.get(dialect.name)
        if lines is None:
            render = dialect.render
            lines = self._rendered[dialect.name] = [render(record, line) for record, line in self.entries]
        return lines

    def chunk(self, dialect: Dialect, keys: tuple[str, ...]) -> Chunk:
        """Render all that was said in the rooms ``keys``."""
        chunk = self._chunks.get((dialect.name, *keys))
        if chunk is None:
            lines = self.lines(dialect)
            indices = self._indices(keys)
            data = b"".join(lines if len(indices) == len(lines) else [lines[index] for index in indices])
            chunk = self._chunks[dialect.name, *keys] = Chunk(data, self.seq)
        return chunk

    def woven(self, dialect: Dialect, keys: tuple[str, ...], conn: int) -> bytes:
        """Render what was said in the rooms ``keys`` with what the connection gets of its own in between.

        The connection has heard these rooms all the while. The shared bytes are cut and joined, not rendered
        again: a thousand who speak in one batch cost a thousand copies, not a million looks at a record.
        """
        if not keys:
            return b"".join([data for _, _, data in self.personal[conn]])
        indices, offsets = self._places(dialect, keys)
        shared = memoryview(self.chunk(dialect, keys).data)
        # A part was noted before the record at its index was: it comes before that record.
        cuts = [(index, index, data) for index, _, data in self.personal[conn]]
        cuts += [(first, last, b"") for first, last in self.unheard.get(conn, ())]
        cuts.sort(key=_place)
        pieces: list[bytes | memoryview] = []
        reached = 0
        for first, last, data in cuts:
            # A part may stand in the middle of what is cut out.
            pieces += (shared[reached : max(reached, offsets[bisect_left(indices, first)])], data)
            reached = max(reached, offsets[bisect_left(indices, last)])
        pieces.append(shared[reached:])
        return b"".join(pieces)

    def picked(self, outlet: Outlet) -> bytes:
        """Render what an outlet hears of this batch in which it came into a room or left one."""
        keyed = [(index, 0, data) for index, _, data in self.personal[outlet.conn]]
        for indices in self.rooms.values():
            lines = self.lines(outlet.dialect)
            keyed += [(index, 1, lines[index]) for index in indices if outlet.hears(self.entries[index][0])]
        keyed.sort(key=_place)
        return b"".join([data for _, _, data in keyed])

    def _indices(self, keys: tuple[str, ...]) -> list[int]:
        if len(keys) == 1:
            return self.rooms[keys[0]]
        return sorted(index for key in keys for index in self.rooms[key])

    def _places(self, dialect: Dialect, keys: tuple[str, ...]) -> tuple[list[int], list[int]]:
        """Tell which records the shared bytes hold, and where each begins; last, where they end."""
        places = self._offsets.get((dialect.name, *keys))
        if places is None:
            indices = self._indices(keys)
            lines = self.lines(dialect)
            sizes = [len(lines[index]) for index in indices]
            places = self._offsets[dialect.name, *keys] = (indices, list(accumulate(sizes, initial=0)))
        return places

    def add_to_room(self, key: str) -> None:
        """Note that the record that comes next is for all in a room."""
        indices = self.rooms.get(key)
        if indices is None:
            self.rooms[key] = [len(self.entries)]
        else:
            indices.append(len(self.entries))

    def add_personal(self, conn: int, data: bytes = b"", *, record: bool = False) -> None:
        """Note that a connection gets something of its own in this batch, here in the order.

        ``record`` tells a record, which the transcript can give too, from a reply.
        """
        mine = self.personal.setdefault(conn, [])
        if data:
            mine.append((len(self.entries), record, data))

    def add_unheard(self, conn: int) -> None:
        """Note that a connection does not get the record that comes next, though its room does."""
        index = len(self.entries)
        runs = self.unheard.get(conn)
        if runs is None:
            self.personal.setdefault(conn, [])
            self.unheard[conn] = [(index, index + 1)]
        elif runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))

    def add_moved(self, conn: int) -> None:
        """Note that a connection comes into a room or leaves one in this batch."""
        self.personal.setdefault(conn, [])
        self.moved.add(conn)


def _place(part: tuple[int, int, bytes]) -> tuple[int, int]:
    return part[:2]
