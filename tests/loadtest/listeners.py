"""A room's stream and the readers that follow it, and what they are given."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import strategies as st
from loadtest.served import STRAYS, noise, protocol, unit

from chatsimples.loadtest.checking.stream import Piece, RoomStream
from chatsimples.loadtest.checking.stream_reader import StreamReader
from chatsimples.loadtest.wire.protocols import PROTOCOLS
from chatsimples.loadtest.wire.texts import text

KINDS = sorted(PROTOCOLS)
RANDOMS = st.builds(Random, st.integers(0, 1 << 32))
LONGEST = st.sampled_from([1, 3, 40, 1_000, 100_000])
NAMES = (b"00", b"01", b"02")

FAULTS = ("lose", "lose some", "double", "again", "swap", "move", "cut")

Unit = tuple[bytes, int, bytes]
"""Its sender, its number, and the bytes that a reader gets; no sender: noise."""


class Room:
    """A room's stream and its readers, and what was told of its pieces."""

    def __init__(self, kind: str, readers: int) -> None:
        self.kind = protocol(kind)
        self.passed: list[Piece] = []
        self.stream = RoomStream(0, self.kind, lambda _, piece: self.passed.append(piece))
        self.readers = [StreamReader(self.stream) for _ in range(readers)]
        self.now = 0
        self.most_kept = 0

    def feed(self, streams: Sequence[bytes], random: Random, longest: int) -> None:
        """Give each reader its bytes, cut anywhere, in any order among the readers."""
        at = [0] * len(streams)
        while left := [number for number, data in enumerate(streams) if at[number] < len(data)]:
            number = random.choice(left)
            size = random.randint(1, longest)
            self.now += 1
            self.readers[number].receive(
                memoryview(streams[number])[at[number] : at[number] + size], self.now
            )
            at[number] += size
            self.most_kept = max(self.most_kept, self.stream.held)

    @property
    def deliveries(self) -> int:
        return sum(texts * len(piece.arrivals) for piece in self.passed for _, texts in piece.dues)

    def finish(self, sent: dict[bytes, int]) -> tuple[int, int, int, int]:
        """Add everything up as a reader process does: lost, duplicated, reordered, damaged."""
        lost = duplicated = reordered = 0
        damaged = self.stream.damaged
        for place in self.readers:
            own = place.finish(sent)
            damaged += place.damaged
            lost, duplicated, reordered = (
                lost + own.lost,
                duplicated + own.duplicated,
                reordered + own.reordered,
            )
        self.stream.ledger.miss(sent)
        ledger, readers = self.stream.ledger, self.stream.readers
        return (
            lost + ledger.lost * readers,
            duplicated + ledger.duplicated * readers,
            reordered + ledger.reordered * readers,
            damaged,
        )


def load(kind: str, random: Random, most: int = 25) -> list[Unit]:
    """Make what is said in a room by some senders, with the noise that belongs to it."""
    spoken = protocol(kind)
    following = dict.fromkeys(NAMES[: random.randint(1, 3)], 0)
    units: list[Unit] = []
    seq = 0
    while seq < random.randint(0, most):
        sender = random.choice(list(following))
        size = random.choice([16, 17, 60, 300])
        for _ in range(random.randint(1, 4)):
            seq += 1
            said = text(sender, following[sender], seq // 3, size)
            units.append((sender, following[sender], unit(spoken, said, seq)))
            following[sender] += 1
        if random.random() < 0.3 and noise(spoken):
            seq += 1
            units.append((b"", 0, noise(spoken, seq)))
    return units


def sent_of(units: Sequence[Unit]) -> dict[bytes, int]:
    return {name: sum(each[0] == name for each in units) for name in {each[0] for each in units} - {b""}}


def data_of(units: Sequence[Unit]) -> bytes:
    return b"".join(data for _, _, data in units)


def with_strays(kind: str, units: Sequence[Unit], random: Random) -> tuple[bytes, int]:
    """Put what one connection alone gets between its units, also before the first; tell how often."""
    count, parts = 0, []
    for each in [*units, (b"", 0, b"")]:
        while kind in STRAYS and random.random() < 0.2:
            parts.append(random.choice(STRAYS[kind]))
            count += 1
        parts.append(each[2])
    return b"".join(parts), count


def model(units: Sequence[Unit], sent: dict[bytes, int]) -> tuple[int, int, int]:
    """Count slowly what a reader of these units lost, got again, and got late."""
    expected = dict.fromkeys(NAMES, 0)
    missing: set[tuple[bytes, int]] = set()
    duplicated = reordered = 0
    for sender, number, _ in units:
        if not sender:
            continue
        if number >= expected[sender]:
            missing |= {(sender, each) for each in range(expected[sender], number)}
            expected[sender] = number + 1
        elif (sender, number) in missing:
            missing.remove((sender, number))
            reordered += 1
        else:
            duplicated += 1
    missing |= {(name, each) for name in sent for each in range(expected[name], sent[name])}
    return len(missing), duplicated, reordered


def spoil(units: list[Unit], random: Random, fault: str) -> list[Unit]:
    """Do one thing wrong to what a reader receives; units keep what they are."""
    spoilt = list(units)
    if not spoilt:
        return spoilt
    at = random.randrange(len(spoilt))
    if fault in {"lose", "lose some"}:
        del spoilt[at : at + (random.randint(2, 6) if fault == "lose some" else 1)]
    elif fault in {"double", "again"}:
        spoilt.insert(at if fault == "double" else len(spoilt), spoilt[at])
    elif fault == "swap" and at + 1 < len(spoilt):
        spoilt[at], spoilt[at + 1] = spoilt[at + 1], spoilt[at]
    elif fault == "move":
        spoilt.insert(random.randrange(len(spoilt)), spoilt.pop(at))
    elif fault == "cut":
        torn = spoilt.pop()[2]
        spoilt.append((b"", 0, torn[: random.randrange(len(torn))]))
    return spoilt
