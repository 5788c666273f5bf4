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
from collections.abc import Callable, Mapping
from itertools import islice

from chatsimples.loadtest.checking.ledger import Due, Ledger
from chatsimples.loadtest.wire.protocols import Protocol

_LET_GO_AFTER = 1 << 20
_LONGEST_UNIT = 1 << 20
_LONGEST_STRAY = 4_096


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
        self._noise = _at_line_start(protocol.noise)
        self._stray = _at_line_start(protocol.stray)
        # What they share who leave where the stream ends, and its end then.
        self._parted: tuple[int, Ledger] | None = None

    @property
    def held(self) -> int:
        """How many bytes of the stream are held, as not all readers have them."""
        return len(self._bytes)

    def same(self, data: bytes | memoryview, position: int) -> bool:
        """Tell whether the stream has exactly these bytes at a position."""
        return self._bytes.startswith(data, position - self._base)

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


class StreamReader:
    """One reader's place in its room's stream.

    Attributes:
        position: how far what it received is the stream.
        held: bytes after that, of a unit that is not complete yet.
        own: its own ledger, once it has received something else than the stream, or is gone.
        damaged: pieces that it alone received and that are none of what was sent, or not what others got.
        strays: units that it alone received and that ask for an answer not given yet.
    """

    __slots__ = ("_parting", "damaged", "held", "next_piece", "own", "position", "strays", "stream")

    def __init__(self, stream: RoomStream) -> None:
        self.stream = stream
        stream.readers += 1
        for piece in stream.pieces:
            piece.left += 1
        self.position = 0
        # What others have passed before it came is not waited for.
        self.next_piece = stream.begun
        self.held = b""
        self.own: Ledger | None = None
        self.damaged = 0
        self.strays = 0
        # The departures and losses behind it where its bytes began to differ.
        self._parting: tuple[int, int] | None = None

    def receive(self, data: memoryview, now: int) -> None:
        """Take in what was received at a time, in microseconds."""
        stream = self.stream
        end = self.position + len(data)
        if self.held or self.own is not None or end > stream.end or not stream.same(data, self.position):
            self._receive_closely(self.held + bytes(data))
            if self.own is not None:
                # Nobody waits for it; the pieces go on without it.
                return
        else:
            self.position = end
        pieces = stream.pieces
        while self.next_piece - stream.begun < len(pieces):
            piece = pieces[self.next_piece - stream.begun]
            if piece.end > self.position:
                return
            self.next_piece += 1
            piece.arrivals.append(now)
            stream.pass_piece(piece)

    def _receive_closely(self, data: bytes) -> None:
        self.held = b""
        while data and self.own is None:
            stream = self.stream
            known = stream.end - self.position
            if known and not stream.same(data[:known], self.position):
                data = self._differ(data, known)
                continue
            self.position += min(known, len(data))
            rest = data[known:]
            complete = stream.protocol.complete(rest)
            if complete:
                self.strays += stream.extend(rest[:complete])
                self.position = stream.end
            self.held = rest[complete:]
            if len(self.held) <= _LONGEST_UNIT:
                return
            data = self._go_alone(self.position, self.held)
        if self.own is not None:
            self._receive_alone(self.own, data)

    def _differ(self, data: bytes, known: int) -> bytes:
        """Find out what came in place of the stream: something for this connection alone, or a fault.

        Returns:
            What is to be looked at next, from where its place is now.
        """
        stream = self.stream
        expected = stream.slice(self.position, self.position + min(known, len(data)))
        # A unit begins where a line begins; it may have begun like what is expected there, before this data.
        at = stream.line_start(self.position + _common(data, expected))
        unit = stream.slice(at, self.position) + data[max(0, at - self.position) :]
        self.position = at
        stray = stream.protocol.stray
        if stray is not None:
            found = stray.match(unit)
            if found:
                self.strays += 1
                return unit[found.end() :]
            if b"\n" not in unit[:_LONGEST_STRAY] and len(unit) < _LONGEST_STRAY:
                self.held = unit
                return b""
        data = self._go_alone(at, unit)
        if self.own is not None:
            self._parting = self.own.departures, self.own.lost
        return data

    def _go_alone(self, at: int, data: bytes) -> bytes:
        stream = self.stream
        begin = stream.unit_start(at)
        self.own = stream.ledger_at(begin)
        stream.forget_reader(self.next_piece)
        self.held = b""
        return stream.slice(begin, at) + data

    def _receive_alone(self, own: Ledger, data: bytes) -> None:
        complete = self.stream.protocol.complete(data)
        strays, damaged = self.stream.take_alone(own, data[:complete])
        self.strays += strays
        self.damaged += damaged
        self.held = data[complete:]

    def leave(self) -> Ledger:
        """Go from the stream, so that nobody waits for this reader; give what it has received."""
        if self.own is None:
            self.own = self.stream.ledger_of_leaver(self.position)
            self.stream.forget_reader(self.next_piece)
        return self.own

    def finish(self, sent: Mapping[bytes, int]) -> Ledger:
        """Leave, and give the reader's own ledger, with what never came of what was sent so far."""
        own = self.leave()
        own.miss(sent)
        start = self.stream.protocol.start
        if b"\n" in self.held and not (self.held.startswith(start) or start.startswith(self.held)):
            own.first_fault = own.first_fault or f"a reader got {self.held[:80]!r}"
            self.damaged += 1
        self.held = b""
        if self._parting is not None and not self.damaged and not self._explained(own, self._parting, sent):
            own.first_fault = own.first_fault or "a reader got other bytes than the other readers of its room"
            self.damaged = 1
        return own

    def _explained(self, own: Ledger, parting: tuple[int, int], sent: Mapping[bytes, int]) -> bool:
        """Tell whether a fault, its own or that of those who went on, is why its bytes were not theirs."""
        others = self.stream.ledger
        return (
            (own.departures, own.lost) != parting
            or (others.departures, others.lost) != parting
            or self.stream.damaged > 0
            or any(others.received.get(sender) != count for sender, count in sent.items())
        )


def _common(one: bytes, other: bytes) -> int:
    """Tell how many bytes two pieces have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _at_line_start(pattern: re.Pattern[bytes] | None) -> re.Pattern[bytes] | None:
    return None if pattern is None else re.compile(rb"(?m)^(?:" + pattern.pattern + rb")")
