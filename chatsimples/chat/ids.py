"""The ids of what a session has said: there may be very many sessions, and few ids or thousands in one.

A table of 64 ids takes some 8 kB as a dict, and 1 kB as the bytes that a snapshot holds. So few ids are kept
as these bytes, and two bytes of each one's hash beside them: an id whose hash is not there is not there, and
for the rare others the bytes are read. Whoever has many has a dict.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

_FEW = 128

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[str, int]).decode

_FIX_MAP, _MAP_16, _MAP_32 = 0x80, 0xDE, 0xDF
_SHORT, _MEDIUM = 1 << 4, 1 << 16


class Ids(Mapping[str, int]):
    """The seqs of a session's messages by their ids, the oldest first.

    Args:
        table: what is in it at first.
    """

    __slots__ = ("_count", "_marks", "_packed", "_table")

    def __init__(self, table: dict[str, int] | None = None) -> None:
        self._count = 0
        # The pairs as a snapshot holds them; unless there are many: then they are in the table.
        self._packed = b""
        # Of each id two bytes of its hash, in the same order; None where that was not asked for yet.
        self._marks: bytes | None = b""
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
        ids._packed = bytes(view[size:])
        ids._marks = None
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
            self._packed += _pack((message_id, seq))[1:]
            self._count += 1
        else:
            if marks is None:
                marks = self._learn()
            mark = _mark_of(message_id)
            if mark in marks:
                self._hold({**self._all(), message_id: seq})
            else:
                self._packed += _pack((message_id, seq))[1:]
                self._marks = marks + mark
                self._count += 1
        return self._count > before

    def keep_newest(self, count: int) -> None:
        """Forget all but the newest ones."""
        surplus = self._count - count
        if surplus <= 0:
            return
        marks = self._marks
        self._hold(dict(islice(self._all().items(), surplus, None)), marks[2 * surplus :] if marks else None)

    def parted(self, newest: int) -> tuple[Ids, Ids]:
        """Return the older ones, and so many of the newest."""
        older = max(0, self._count - newest)
        if not older:
            return Ids(), self
        pairs = iter(self._all().items())
        # Whoever parts them writes them: nobody asks for their marks.
        parted = _pack(dict(islice(pairs, older)))
        if self._table is not None:
            return Ids.read(parted), Ids.read(_pack(dict(pairs)))
        rest = self._packed[len(parted) - len(_head(older)) :]
        return Ids.read(parted), Ids.read(_head(newest) + rest)

    def written(self) -> bytes:
        """Write it as a MessagePack map, for `read`."""
        if self._table is not None:
            return _pack(self._table)
        return _head(self._count) + self._packed

    def _is_surely_new(self, message_id: str) -> bool:
        """Tell whether an id is not there, without finding the marks of what was taken over."""
        # At a start, that would be done for sessions that nobody may ask for. What an id begins with is no
        # ASCII: so a look through the bytes takes few steps.
        return message_id.isascii() and _pack(message_id) not in self._packed

    def _all(self) -> dict[str, int]:
        return self._table if self._table is not None else _unpack(self.written())

    def _learn(self) -> bytes:
        """Find the marks of what was taken over."""
        self._hold(self._all())
        return self._marks or b""

    def _hold(self, table: dict[str, int], marks: bytes | None = None) -> None:
        """Hold a table from now on, whose marks may be known."""
        self._count = len(table)
        if self._count > _FEW:
            self._table, self._packed, self._marks = table, b"", b""
        else:
            self._table = None
            self._packed = _pack(table)[1 if self._count < _SHORT else 3 :]
            self._marks = marks or array("H", [hash(each) & 0xFFFF for each in table]).tobytes()


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
