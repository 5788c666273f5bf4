"""What a room's readers receive, compared at the speed of memory.

All readers of a room must receive the same bytes. So the first to receive a piece of the stream lends it to
the others: it is taken apart once, and all who come after compare theirs with it in one operation. A reader
is only looked at closely from where its bytes differ.

A piece that everybody has passed is let go of; this is also how it is known that everybody has it.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable
from itertools import islice

from chatsimples.loadtest.checking.ledger import Due, Ledger
from chatsimples.loadtest.wire.protocols import Protocol

_LET_GO_AFTER = 1 << 20


class Piece:
    """A part of a room's stream that came at once.

    Attributes:
        end: where it ends in the stream.
        texts: how many texts there are in the room up to its end.
        dues: when its own were due.
        left: readers that have not passed it.
        arrivals: when each of the others had, in microseconds.
    """

    __slots__ = ("arrivals", "dues", "end", "left", "texts")

    def __init__(self, end: int, texts: int, dues: list[Due], left: int) -> None:
        self.end = end
        self.texts = texts
        self.dues = dues
        self.left = left
        self.arrivals: list[int] = []


Passed = Callable[["RoomStream", Piece], None]


class RoomStream:
    """What the readers of one room receive.

    Args:
        protocol: how the server speaks.
        passed: is told each piece once all readers have it.
        digest: keep a digest of the stream, to compare it with that of other processes.
    """

    def __init__(self, number: int, protocol: Protocol, passed: Passed, *, digest: bool = False) -> None:
        self.number = number
        self.protocol = protocol
        self.ledger = Ledger(rewinds=True)
        self.end = 0
        self.texts = 0
        self.damaged = 0
        self.first_damage = ""
        self.readers = 0
        self.pieces: deque[Piece] = deque()
        self.begun = 0
        self.digest = hashlib.blake2b(digest_size=16) if digest else None
        self._passed = passed
        self._bytes = bytearray()
        self._base = 0
        self._compared: object = None
        self._compared_at = 0
        self._noise = _at_line_start(protocol.noise)
        self._stray = _at_line_start(protocol.stray)
        # What they share who leave where the stream ends, and its end then.
        self._parted: tuple[int, Ledger] | None = None

    @property
    def held(self) -> int:
        """How many bytes of the stream are held, as not all readers have them."""
        return len(self._bytes)

    def same(self, data: bytes | memoryview, position: int) -> bool:
        """Tell whether the stream has exactly these bytes at a position.

        Where frames are made lines, many readers are lent the same object: it is compared once.
        """
        lines = data.obj if type(data) is memoryview else None
        if lines is self._compared and lines is not None and position == self._compared_at:
            return True
        found = self._bytes.startswith(data, position - self._base)
        if found and type(lines) is bytes and len(lines) == len(data):
            self._compared, self._compared_at = lines, position
        return found

    def slice(self, begin: int, end: int) -> bytes:
        """Give the stream from one position to another."""
        return bytes(self._bytes[begin - self._base : end - self._base])

    def line_start(self, position: int) -> int:
        """Tell where the line begins in which a position is."""
        return self._bytes.rfind(b"\n", 0, position - self._base) + 1 + self._base

    def unit_start(self, position: int) -> int:
        """Tell where the unit begins in which a position is."""
        start, at = self.protocol.start, position - self._base
        begin = self._bytes.rfind(start, 0, at + len(start)) if start else -1
        if begin < 0:
            return self.line_start(position)
        whole = self.protocol.said.match(self._bytes, begin)
        if whole is not None and whole.end() <= at:
            return max(whole.end() + self._base, self.line_start(position))
        return begin + self._base

    def extend(self, data: bytes) -> int:
        """Add whole units to the stream; return how many of them were for one connection alone, left out."""
        heads = self.protocol.said.findall(data)
        others = data.count(b"\n") - len(heads) * self.protocol.lines
        strays = 0
        if others and self._stray is not None:
            data, strays = self._stray.subn(b"", data)
            others -= strays
        if others:
            others -= len(self._noise.findall(data)) if self._noise is not None else 0
        if others:
            self.damaged += abs(others)
            self.first_damage = self.first_damage or f"unexpected in the stream: {self._strange(data)!r}"
        if not data:
            return strays
        dues = self.ledger.take(heads)
        if self.digest is not None:
            # Of who comes and goes at the end, other processes may have heard less.
            self.digest.update(self._noise.sub(b"", data) if self._noise is not None else data)
        self._bytes += data
        self.end += len(data)
        self.texts += len(heads)
        self.pieces.append(Piece(self.end, self.texts, dues, self.readers))
        return strays

    def pass_piece(self, piece: Piece) -> None:
        """Note that one more reader has a piece; pieces that all have are let go of."""
        piece.left -= 1
        while self.pieces and not self.pieces[0].left:
            done = self.pieces.popleft()
            self.begun += 1
            self._passed(self, done)
            if done.end - self._base > _LET_GO_AFTER:
                self._let_go(done.end)

    def forget_reader(self, first_unpassed: int) -> None:
        """Wait no longer for a reader that has gone, or goes its own way."""
        self.readers -= 1
        for piece in list(islice(self.pieces, first_unpassed - self.begun, None)):
            self.pass_piece(piece)

    def ledger_at(self, position: int) -> Ledger:
        """Tell what whoever received the stream up to a unit's beginning has received."""
        said = self.protocol.said
        heads = said.findall(self._bytes)
        return self.ledger.before(heads, len(said.findall(self._bytes, position - self._base)))

    def ledger_of_leaver(self, position: int) -> Ledger:
        """Tell what a reader that goes has received; those that go at the same end share it."""
        unit = self.unit_start(position)
        if unit != self.end:
            return self.ledger_at(unit)
        if self._parted is None or self._parted[0] != unit:
            self._parted = unit, self.ledger.before((), 0)
        return self._parted[1]

    def take_alone(self, ledger: Ledger, data: bytes) -> tuple[int, int]:
        """Take units of a reader that goes its own way into its ledger.

        Returns:
            How many were for its connection alone, and how many were neither that nor text nor noise.
        """
        heads = self.protocol.said.findall(data)
        ledger.take(heads)
        others = data.count(b"\n") - len(heads) * self.protocol.lines
        strays = len(self._stray.findall(data)) if others and self._stray is not None else 0
        others -= strays
        if others and self._noise is not None:
            others -= len(self._noise.findall(data))
        if others:
            ledger.first_fault = ledger.first_fault or f"a reader got {self._strange(data)!r}"
        return strays, abs(others)

    def _let_go(self, end: int) -> None:
        gone = end - self._base
        if self.ledger.departures:
            said = self.protocol.said
            self.ledger.settle(said.findall(self._bytes, 0, gone), len(said.findall(self._bytes, gone)))
        del self._bytes[:gone]
        self._base = end

    def _strange(self, data: bytes) -> bytes:
        rest = self.protocol.said.sub(b"", data)
        for allowed in (self._noise, self._stray):
            rest = allowed.sub(b"", rest) if allowed is not None else rest
        return rest[:80] or data[:80]


def _at_line_start(pattern: re.Pattern[bytes] | None) -> re.Pattern[bytes] | None:
    return None if pattern is None else re.compile(rb"(?m)^(?:" + pattern.pattern + rb")")
