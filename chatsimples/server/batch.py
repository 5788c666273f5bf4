"""A batch on its way out: its records by room, rendered at most once per room and dialect."""

from __future__ import annotations

from chatsimples.chat.records import Record
from chatsimples.dialects.base import Dialect
from chatsimples.server.outlet import Chunk


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
        self._rendered: dict[str, dict[int, bytes]] = {}
        self._chunks: dict[tuple[str, ...], Chunk] = {}

    def line(self, dialect: Dialect, index: int) -> bytes:
        """Render the record at ``index``."""
        record, line = self.entries[index]
        if dialect.name == "json":
            return line
        rendered = self._rendered.setdefault(dialect.name, {})
        data = rendered.get(index)
        if data is None:
            data = rendered[index] = dialect.render(record, line)
        return data

    def chunk(self, dialect: Dialect, keys: tuple[str, ...]) -> Chunk:
        """Render all that was said in the rooms ``keys``."""
        chunk = self._chunks.get((dialect.name, *keys))
        if chunk is None:
            indices = self.rooms[keys[0]]
            if len(keys) > 1:
                indices = sorted(index for key in keys for index in self.rooms[key])
            data = b"".join([self.line(dialect, index) for index in indices])
            chunk = self._chunks[dialect.name, *keys] = Chunk(data, self.seq)
        return chunk

    def add_personal(self, conn: int, data: bytes = b"", *, record: bool = False) -> None:
        """Note that a connection gets something of its own in this batch, here in the order.

        ``record`` tells a record, which the transcript can give too, from a reply.
        """
        mine = self.personal.setdefault(conn, [])
        if data:
            mine.append((len(self.entries), record, data))
