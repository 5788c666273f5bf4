"""The ids of what a session has said: there may be very many sessions, and few ids or thousands in one.

A table of 64 ids takes some 8 kB as a dict, and 1 kB as the bytes that a snapshot holds. So few ids are kept
as these bytes, and two bytes of each one's hash beside them: an id whose hash is not there is not there, and
for the rare others the bytes are read. A new one is appended, and the oldest are cut off, as the size of each
pair is known: both cost the same however many there are. Whoever has many has a dict.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

_FEW = 128
_LARGE = 1 << 8

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, int]).decode

_FIX_MAP, _MAP_16, _MAP_32 = 0x80, 0xDE, 0xDF
_SHORT, _MEDIUM = 1 << 4, 1 << 16


class Ids(Mapping[str, int]):
    """The seqs of a session's messages by their ids, the oldest first.

    Args:
        table: what is in it at first.
    """

    __slots__ = ("_count", "_marks", "_packed", "_sizes", "_table")

    def __init__(self, table: dict[str, int] | None = None) -> None:
        self._count = 0
        # The pairs as a snapshot holds them; unless there are many: then they are in the table.
        self._packed = bytearray()
        # Of each id two bytes of its hash, in the same order; None where that was not asked for yet.
        self._marks: bytearray | None = bytearray()
        # Of each pair its size; None where that is not known, or where one is of more than 255 bytes.
        self._sizes: bytearray | None = bytearray()
        self._table: dict[str, int] | None = None
        if table:
            self._hold(table)

    @classmethod
    def read(cls, written: bytes | memoryview | msgspec.Raw) -> Ids:
        """Take over what `written` gave. The pairs are not looked at before they are asked for.

        Raises:
            ValueError: it is no table.
        """
        ids = cls()
        view = memoryview(written)
        ids._count, size = _head_of(view)
        ids._packed += view[size:]
        ids._marks = ids._sizes = None
        return ids

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __iter__(self) -> Iterator[str]:
        """Give the ids."""
        return iter(self._all())

    def __getitem__(self, message_id: str) -> int:
        """Return the seq of a message."""
        return self._all()[message_id]

    def get(self, message_id: str, default: int | None = None) -> int | None:  # type: ignore[override] # of ints
        """Return the seq of a message, if its id is known."""
        table = self._table
        if table is not None:
            return table.get(message_id, default)
        marks = self._marks
        if marks is None:
            marks = self._learn()
            if self._table is not None:
                return self._table.get(message_id, default)
        # Hashes of texts are keyed anew in each process: nobody can choose ids that look alike.
        if _mark_of(message_id) not in marks:
            return default
        return self._all().get(message_id, default)

    def add(self, message_id: str, seq: int) -> bool:
        """Note a message's seq; tell whether its id is a new one."""
        before, marks = self._count, self._marks
        if self._table is not None:
            self._table[message_id] = seq
            self._count = len(self._table)
        elif before >= _FEW:
            self._hold({**self._all(), message_id: seq})
        elif marks is None and self._is_surely_new(message_id):
            self._append(message_id, seq)
        else:
            if marks is None:
                marks = self._learn()
            mark = _mark_of(message_id)
            if mark in marks:
                self._hold({**self._all(), message_id: seq})
            else:
                self._append(message_id, seq)
                marks += mark
        return self._count > before

    def keep_newest(self, count: int) -> None:
        """Forget all but the newest ones."""
        surplus = self._count - count
        if surplus <= 0:
            return
        sizes, marks = self._sizes, self._marks
        if self._table is not None or sizes is None or marks is None:
            self._hold(dict(islice(self._all().items(), surplus, None)))
            return
        del self._packed[: sum(sizes[:surplus])]
        del sizes[:surplus]
        del marks[: 2 * surplus]
        self._count = count

    def parted(self, newest: int) -> tuple[Ids, Ids]:
        """Return the older ones, and so many of the newest."""
        older = max(0, self._count - newest)
        if not older:
            return Ids(), self
        # Whoever parts them writes them: nobody asks for their marks.
        if self._table is not None:
            pairs = iter(self._table.items())
            return Ids.read(_pack(dict(islice(pairs, older)))), Ids.read(_pack(dict(pairs)))
        if self._sizes is not None:
            size = sum(self._sizes[:older])
        else:
            size = len(_pack(dict(islice(self._all().items(), older)))) - len(_head(older))
        return (
            Ids.read(_head(older) + self._packed[:size]),
            Ids.read(_head(newest) + self._packed[size:]),
        )

    def written(self) -> bytes:
        """Write it as a MessagePack map, for `read`."""
        if self._table is not None:
            return _pack(self._table)
        return _head(self._count) + self._packed

    def _append(self, message_id: str, seq: int) -> None:
        pair = _pack((message_id, seq))[1:]
        self._packed += pair
        self._count += 1
        if self._sizes is not None:
            if len(pair) < _LARGE:
                self._sizes.append(len(pair))
            else:
                self._sizes = None

    def _is_surely_new(self, message_id: str) -> bool:
        """Tell whether an id is not there, without finding the marks of what was taken over."""
        # At a start, that would be done for sessions that nobody may ask for. What an id begins with is no
        # ASCII: so a look through the bytes takes few steps.
        return message_id.isascii() and _pack(message_id) not in self._packed

    def _all(self) -> dict[str, int]:
        return self._table if self._table is not None else _unpack(self.written())

    def _learn(self) -> bytearray:
        """Find the marks of what was taken over."""
        return self._hold(self._all())

    def _hold(self, table: dict[str, int]) -> bytearray:
        """Hold a table from now on; return its marks, if there are few."""
        self._count = len(table)
        self._packed = bytearray()
        self._marks = marks = bytearray()
        self._table = self._sizes = None
        if self._count > _FEW:
            self._table = table
            return marks
        pairs = [pair[1:] for pair in map(_pack, table.items())]
        self._packed += b"".join(pairs)
        marks += array("H", [hash(each) & 0xFFFF for each in table]).tobytes()
        sizes = [*map(len, pairs)]
        if max(sizes, default=0) < _LARGE:
            self._sizes = bytearray(sizes)
        return marks


def _mark_of(message_id: str) -> bytes:
    # As an array has it.
    return (hash(message_id) & 0xFFFF).to_bytes(2, sys.byteorder)


def _head(count: int) -> bytes:
    """Write how a map of so many pairs begins, as msgspec does."""
    if count < _SHORT:
        return bytes((_FIX_MAP | count,))
    if count < _MEDIUM:
        return bytes((_MAP_16,)) + count.to_bytes(2)
    return bytes((_MAP_32,)) + count.to_bytes(4)


def _head_of(written: memoryview) -> tuple[int, int]:
    """Return how many pairs a map has, and the bytes of its beginning."""
    first = written[0] if written else 0
    if first & 0xF0 == _FIX_MAP:
        return first & 0x0F, 1
    if first in {_MAP_16, _MAP_32}:
        size = 3 if first == _MAP_16 else 5
        return int.from_bytes(written[1:size]), size
    raise ValueError("a table of ids is a map")
