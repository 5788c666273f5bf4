"""One reader's place in its room's stream: where the others are, or its own once its bytes differ."""

from __future__ import annotations

from collections.abc import Mapping

from chatsimples.loadtest.checking.ledger import Ledger
from chatsimples.loadtest.checking.stream import RoomStream

_LONGEST_UNIT = 1 << 20
_LONGEST_STRAY = 4_096


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
