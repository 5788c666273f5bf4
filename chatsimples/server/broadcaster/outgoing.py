"""A batch on its way out: its records by room, rendered at most once per dialect, joined once per room."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Hashable, Iterable
from itertools import accumulate, groupby
from operator import itemgetter

from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.server.broadcaster.conditions import Delivery
from chatsimples.server.broadcaster.outlet import Chunk, Outlet

_Cut = tuple[int, int, bytes]
"""From the first record, up to the second one, what a room heard is replaced by these bytes."""


class Outgoing:
    """The records of one batch, and what each connection gets that differs from what its rooms get.

    Args:
        seq: of the last record that is in the transcript with this batch.

    Attributes:
        entries: the records, each with its line.
        rooms: by key, the indices of the records that are for all in the room.
        own: what a connection gets of its own: before the record at which index, how many records it is,
            which the transcript can give too (none: a reply), and the bytes, framed. A connection that
            stands here is served by itself, be it that it gets nothing of its own.
        movers: the connections that enter or leave a room in this batch.
        for_all: the indices of the records that are for everybody, see `tell_what_is_for_all`.
        ended: the connections that end with it, once they have been served, each with its goodbye.
        authors: the connections that have said something to a room in it.
        moved: whether any record of it can be one of several that are heard as one.
    """

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.entries: list[tuple[Record, bytes]] = []
        self.rooms: dict[str, list[int]] = {}
        self.own: dict[int, list[tuple[int, int, bytes]]] = {}
        self.for_all: list[int] = []
        self.movers: set[int] = set()
        self.ended: dict[int, bytes] = {}
        self.authors: set[int] = set()
        self.moved = False
        self._withheld: dict[int, list[tuple[int, int]]] = {}
        # The last record that was for single connections, and which.
        self._single: tuple[int, set[int]] = (-1, set())
        self._told_already: set[tuple[int, int]] = set()
        self._framed: dict[tuple[Dialect, int], bytes] = {}
        self._rendered: dict[Dialect, list[bytes]] = {}
        self._joined: dict[tuple[Dialect, tuple[str, ...]], bytes] = {}
        self._chunks: dict[tuple[Dialect, tuple[str, ...]], Chunk] = {}
        self._offsets: dict[tuple[Dialect, tuple[str, ...]], tuple[list[int], list[int]]] = {}

    def add_to_room(self, record: Record, line: bytes, key: str, but_not: int = 0) -> None:
        """Add the next record: for all in a room, but not for the connection ``but_not``."""
        index = len(self.entries)
        self.entries.append((record, line))
        indices = self.rooms.get(key)
        if indices is None:
            self.rooms[key] = [index]
        else:
            indices.append(index)
        if but_not:
            self._withhold(but_not, index)

    def add_to_some(self, record: Record, line: bytes, outlets: Iterable[Outlet]) -> None:
        """Add the next record: for single connections alone, perhaps for none."""
        index = len(self.entries)
        self.entries.append((record, line))
        rendered: dict[Dialect, bytes] = {}
        told: set[int] = set()
        self._single = index, told
        for outlet in outlets:
            dialect = outlet.dialect
            data = rendered.get(dialect)
            if data is None:
                data = rendered[dialect] = bytes(dialect.frame(dialect.render(record, line)))
            self.own.setdefault(outlet.conn, []).append((index, 1, data))
            told.add(outlet.conn)

    def add_to_all(self, record: Record, line: bytes) -> None:
        """Add the next record: for everybody who hears it when they are served."""
        self.for_all.append(len(self.entries))
        self.entries.append((record, line))

    def tell_what_is_for_all(self, outlet: Outlet) -> None:
        """Let a connection get what is for everybody, in its place among what it gets of its own.

        To be called for each before it is served, so that nothing goes through all of them at once.
        """
        self.serve_alone(outlet.conn)
        own, dialect = self.own[outlet.conn], outlet.dialect
        for index in self.for_all:
            if (outlet.conn, index) in self._told_already or not outlet.hears(self.entries[index][0]):
                continue
            data = self._framed.get((dialect, index))
            if data is None:
                data = self._framed[dialect, index] = bytes(dialect.frame(self.lines(dialect)[index]))
            insort_right(own, (index, 1, data), key=itemgetter(0))

    def add_signal(self, record: Record, line: bytes, outlets: Iterable[Outlet]) -> None:
        """Add what is on no record: it comes before the next record, for those alone who get all at once."""
        rendered: dict[Dialect, bytes] = {}
        for outlet in outlets:
            if outlet.delivery is not Delivery.IN_STEP:
                continue
            dialect = outlet.dialect
            data = rendered.get(dialect)
            if data is None:
                data = rendered[dialect] = bytes(dialect.frame(dialect.render(record, line)))
            self.add_reply(outlet.conn, data)

    def add_reply(self, conn: int, data: bytes, records: int = 0) -> None:
        """Add a reply to a connection, which tells so many records too: it comes before the next record."""
        if data:
            self.own.setdefault(conn, []).append((len(self.entries), records, data))

    def withdraw(self, conn: int) -> None:
        """Let a connection not be told the last record, as it is told in another way."""
        index = len(self.entries) - 1
        single, told = self._single
        if single == index and conn in told:
            # An answer may stand at the same place.
            self.own[conn].pop()
        elif self.for_all and self.for_all[-1] == index:
            self._told_already.add((conn, index))
        else:
            self._withhold(conn, index)

    def continues(self, record: Record, dialect: Dialect) -> bool:
        """Tell whether the record that comes next is heard as one with the last one, by its own connection.

        That one of them was quiet, and for single connections alone, makes no difference to it.
        """
        if not self.entries:
            return False
        key = dialect.merge(record)
        return key is not None and key == dialect.merge(self.entries[-1][0])

    def serve_alone(self, conn: int) -> None:
        """Let a connection be served by itself, as something changes for it that is no bytes."""
        self.own.setdefault(conn, [])

    def note_mover(self, conn: int) -> None:
        """Note that a connection enters or leaves a room in this batch."""
        self.serve_alone(conn)
        self.movers.add(conn)

    def lines(self, dialect: Dialect) -> list[bytes]:
        """Render all records, once all are there: one after the other is quicker than each when it is met."""
        lines = self._rendered.get(dialect)
        if lines is None:
            render = dialect.render
            lines = self._rendered[dialect] = [render(record, line) for record, line in self.entries]
        return lines

    def shared(self, dialect: Dialect, keys: tuple[str, ...]) -> Chunk:
        """Render and frame all that was said in the rooms ``keys``, for all who hear just these."""
        chunk = self._chunks.get((dialect, keys))
        if chunk is None:
            data = bytes(dialect.frame(self._lines_of(dialect, keys)))
            chunk = self._chunks[dialect, keys] = Chunk(data, self.seq)
        return chunk

    def interleaved(self, dialect: Dialect, keys: tuple[str, ...], conn: int) -> bytes:
        """Render what was said in the rooms ``keys`` with what the connection gets of its own in between.

        The connection has heard these rooms all the while. The shared bytes are cut and joined, not rendered
        again: a thousand who speak in one batch cost a thousand copies, not a million looks at a record.
        """
        own = self.own[conn]
        if not keys:
            return b"".join([data for _, _, data in own])
        indices, offsets = self._places(dialect, keys)
        shared = memoryview(self._lines_of(dialect, keys))
        cuts: list[_Cut] = [(index, index, data) for index, _, data in own]
        cuts += [(first, last, b"") for first, last in self._withheld.get(conn, ())]
        cuts.sort(key=_place)
        frame = dialect.frame
        pieces: list[bytes | memoryview] = []
        reached = 0
        for first, last, data in cuts:
            # A part may stand in the middle of what is cut out.
            pieces += (frame(shared[reached : max(reached, offsets[bisect_left(indices, first)])]), data)
            reached = max(reached, offsets[bisect_left(indices, last)])
        pieces.append(frame(shared[reached:]))
        return b"".join(pieces)

    def count(self, keys: tuple[str, ...], conn: int = 0) -> int:
        """Return how many records are for all in the rooms ``keys``; for a connection, with its own."""
        count = sum(len(self.rooms[key]) for key in keys)
        if conn:
            count += sum(records for _, records, _ in self.own[conn])
            count -= sum(end - first for first, end in self._withheld.get(conn, ()))
        return count

    def filtered(self, outlet: Outlet) -> tuple[bytes, int]:
        """Render what an outlet hears of this batch, for one of the movers; tell how many records it is.

        Of each room it is the part between its coming and its going. When a thousand come in one batch, what
        each does not hear costs nothing.
        """
        dialect = outlet.dialect
        lines = self.lines(dialect)
        withheld = {index for run in self._withheld.get(outlet.conn, ()) for index in range(*run)}
        own = self.own[outlet.conn]
        keyed: list[_Cut] = [(index, 0, data) for index, _, data in own]
        for key, interval in outlet.intervals:
            indices = self.rooms.get(key, [])
            last = interval.last
            begin = bisect_left(indices, interval.first, key=self._seq_of)
            end = len(indices) if last is None else bisect_right(indices, last, key=self._seq_of)
            keyed += [(index, 1, lines[index]) for index in indices[begin:end] if index not in withheld]
        count = len(keyed) - len(own) + sum(records for _, records, _ in own)
        keyed.sort(key=_place)
        if dialect.merges and self.moved:
            heard = [index for index, is_heard, _ in keyed if is_heard]
            told = iter(self._merged(dialect, heard))
            keyed = [(*part[:2], next(told)) if part[1] else part for part in keyed]
        pieces: list[bytes | memoryview] = []
        for is_heard, parts in groupby(keyed, key=itemgetter(1)):
            data = b"".join([part for _, _, part in parts])
            pieces.append(dialect.frame(data) if is_heard else data)
        return b"".join(pieces), count

    def replies(self, conn: int) -> bytes:
        """Render what a connection gets of its own and will not find in the transcript."""
        return b"".join([data for _, records, data in self.own[conn] if not records])

    def _lines_of(self, dialect: Dialect, keys: tuple[str, ...]) -> bytes:
        """Join what was said in the rooms ``keys``, once."""
        joined = self._joined.get((dialect, keys))
        if joined is None:
            joined = self._joined[dialect, keys] = b"".join(self._told(dialect, self._indices(keys)))
        return joined

    def _told(self, dialect: Dialect, indices: list[int]) -> list[bytes]:
        """Give the lines of what is heard, in order; an empty one for what the one before tells."""
        if dialect.merges and self.moved:
            return self._merged(dialect, indices)
        lines = self.lines(dialect)
        return lines if len(indices) == len(lines) else [lines[index] for index in indices]

    def _merged(self, dialect: Dialect, indices: list[int]) -> list[bytes]:
        lines = self.lines(dialect)
        told = []
        last: Hashable | None = None
        for index in indices:
            key = dialect.merge(self.entries[index][0])
            told.append(b"" if key is not None and key == last else lines[index])
            last = key
        return told

    def _seq_of(self, index: int) -> int:
        return self.entries[index][0].seq

    def _withhold(self, conn: int, index: int) -> None:
        runs = self._withheld.get(conn)
        if runs is None:
            self.serve_alone(conn)
            self._withheld[conn] = [(index, index + 1)]
        elif runs[-1][1] > index:
            return
        elif runs[-1][1] == index:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))

    def _indices(self, keys: tuple[str, ...]) -> list[int]:
        if len(keys) == 1:
            return self.rooms[keys[0]]
        indices: list[int] = []
        for key in keys:
            indices += self.rooms[key]
        indices.sort()
        return indices

    def _places(self, dialect: Dialect, keys: tuple[str, ...]) -> tuple[list[int], list[int]]:
        """Tell which records the shared bytes hold, and where each begins; last, where they end."""
        places = self._offsets.get((dialect, keys))
        if places is None:
            indices = self._indices(keys)
            sizes = [len(line) for line in self._told(dialect, indices)]
            places = self._offsets[dialect, keys] = (indices, list(accumulate(sizes, initial=0)))
        return places


def _place(part: _Cut) -> tuple[int, int]:
    return part[:2]
