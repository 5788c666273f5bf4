"""What a reader has received of each sender, and what of it was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatsimples.loadtest.wire.texts import HEAD, NUMBERS, numbered

Due = tuple[int, int]
"""Microseconds, and how many texts were due then."""

_KEPT_MISSING = 100_000
_COPIED_MISSING = 1_000


class Ledger:
    """Counts what came: each sender's texts once and in order, or what was not so.

    Args:
        received: texts of each sender that have come before.
        midway: it begins somewhere in the stream: the first text of a sender says where.
        rewinds: keep what `before` needs.

    Attributes:
        taken: how many texts were taken in.
        departures: how many of these were not the next of their sender.
    """

    def __init__(
        self, received: Mapping[bytes, int] | None = None, *, midway: bool = False, rewinds: bool = False
    ) -> None:
        self.received = dict(received or {})
        self.taken = 0
        self.departures = 0
        self.lost = 0
        self.duplicated = 0
        self.reordered = 0
        self.first_fault = ""
        self._midway = midway
        self._missing: set[tuple[bytes, int]] = set()
        self._rewinds = rewinds
        # As it was before the first departure that `before` may have to go back behind.
        self._sound: Ledger | None = None

    def take(self, heads: Sequence[bytes]) -> list[Due]:
        """Take in texts by their first 16 bytes, in the order in which they came; return when they were due.

        What was sent in one piece is compared in one piece, so a thousand texts cost little more than one.
        """
        dues: list[Due] = []
        begin = 0
        while begin < len(heads):
            end = _end_of_run(heads, begin)
            sender, due = heads[begin][:2], heads[begin][7:]
            number = self.received.get(sender, 0)
            expected = sender + (due + sender).join(numbered(number, end - begin)) + due
            if b"".join(heads[begin:end]) == expected:
                self.received[sender] = number + end - begin
                self.taken += end - begin
                dues.append((int(due), end - begin))
            else:
                dues += self._take_each(heads[begin:end])
            begin = end
        return dues

    def miss(self, sent: Mapping[bytes, int]) -> None:
        """Count as lost what was sent and has not come; what was counted so before is not counted again."""
        for sender, count in sent.items():
            if sender not in self.received and self._midway:
                continue
            missing = count - self.received.get(sender, 0)
            if missing > 0:
                self._note(f"the last {missing} texts of sender {sender.decode()} never came")
                self.lost += missing
                self.received[sender] = count

    def strangers(self, sent: Mapping[bytes, int]) -> int:
        """Count the texts of senders that have nothing to say here, as those of other rooms."""
        found = sum(count for sender, count in self.received.items() if sender not in sent)
        if found:
            self._note("texts came that were said in another room")
        return found

    def come(self, sent: Mapping[bytes, int]) -> int:
        """Count what has come of what was sent."""
        return sum(min(self.received.get(sender, 0), count) for sender, count in sent.items())

    def before(self, last: Sequence[bytes], back: int) -> Ledger:
        """Tell how it was before the last texts.

        Args:
            last: the texts that it took since the last `settle`; none need be given if ``back`` is 0.
            back: how many of them to forget.
        """
        sound = self._sound if self._sound is not None and back else self
        first, target = self.taken - len(last), self.taken - back
        ledger = sound._copy()
        if target >= sound.taken:
            ledger.take(last[sound.taken - first : target - first])
            return ledger
        # These came in turn: taking one of them back is counting one less.
        for head in last[target - first : sound.taken - first]:
            ledger.received[head[:2]] -= 1
        ledger.taken = target
        return ledger

    def settle(self, gone: Sequence[bytes], kept: int) -> None:
        """Note that `before` will not be asked to go back behind some texts.

        Args:
            gone: these texts.
            kept: how many were taken after them.
        """
        sound = self._sound
        if sound is None:
            return
        first = self.taken - kept - len(gone)
        sound.take(gone[sound.taken - first :])
        if sound.departures == self.departures:
            self._sound = None

    @property
    def faults(self) -> int:
        """How many texts were lost, duplicated or reordered."""
        return self.lost + self.duplicated + self.reordered

    def _copy(self) -> Ledger:
        ledger = Ledger(self.received, midway=self._midway)
        ledger.taken, ledger.departures = self.taken, self.departures
        ledger.lost, ledger.duplicated, ledger.reordered = self.lost, self.duplicated, self.reordered
        ledger.first_fault = self.first_fault
        if len(self._missing) <= _COPIED_MISSING:
            # Without them, what comes late counts as lost and come again. But there may be many ledgers.
            ledger._missing = set(self._missing)
        return ledger

    def _take_each(self, heads: Sequence[bytes]) -> list[Due]:
        # Not one run, perhaps: halving sees its ends, not what was woven in between.
        dues: list[Due] = []
        for head in heads:
            self._take_one(head)
            self.taken += 1
            due = int(head[7:])
            if dues and dues[-1][0] == due:
                dues[-1] = (due, dues[-1][1] + 1)
            else:
                dues.append((due, 1))
        return dues

    def _depart(self) -> None:
        if self._rewinds and self._sound is None:
            self._sound = self._copy()
        self.departures += 1

    def _take_one(self, head: bytes) -> None:
        sender, told = head[:2], int(head[2:7])
        if self._midway and sender not in self.received:
            self.received[sender] = told + 1
            return
        expected = self.received.get(sender, 0)
        ahead = (told - expected + NUMBERS // 2) % NUMBERS - NUMBERS // 2
        number = expected + ahead
        if ahead:
            self._depart()
        if ahead >= 0:
            if ahead:
                self._note(f"sender {sender.decode()}: {number} came where {expected} was due")
                self.lost += ahead
                if len(self._missing) < _KEPT_MISSING:
                    self._missing.update((sender, each) for each in range(expected, number))
            self.received[sender] = number + 1
        elif (sender, number) in self._missing:
            self._missing.discard((sender, number))
            self.lost -= 1
            self.reordered += 1
        else:
            self._note(f"sender {sender.decode()}: {number} came again where {expected} was due")
            self.duplicated += 1

    def _note(self, fault: str) -> None:
        self.first_fault = self.first_fault or fault


def _end_of_run(heads: Sequence[bytes], begin: int) -> int:
    """Find how far the texts of one sender go that were due together, by halving."""
    first = heads[begin]
    sender, due = first[:2], first[7:HEAD]
    low, high = begin + 1, min(len(heads), begin + NUMBERS)
    if low < high and not (heads[low][7:] == due and heads[low][:2] == sender):
        return low
    last = heads[high - 1]
    if last[7:] == due and last[:2] == sender:
        return high
    while low < high:
        middle = (low + high) // 2
        if heads[middle][7:] == due and heads[middle][:2] == sender:
            low = middle + 1
        else:
            high = middle
    return low
