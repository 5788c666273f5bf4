"""Records in the groups in which commands made them: what is the same for every version of the transcript."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from chatsimples.chat.names import printable
from chatsimples.chat.records import Record, microseconds
from chatsimples.chat.state import State
from chatsimples.errors import Refusal
from chatsimples.replay.proof.numbers import NumberSet
from chatsimples.replay.proof.saying import SAID
from chatsimples.replay.proof.verdict import Taken, UnruledError
from chatsimples.transcript.redaction import MARKER, is_redacted, parse_seqs

_NAME_SHOWN = 64

GroupSize = Callable[[Sequence[Record], int], int]
"""Tells how many records from an index on can have come of one command."""


class GroupReader(ABC):
    """Takes the records of a transcript, from its beginning or from where a state is known.

    Args:
        state: what the records before add up to; empty at the beginning of a log.
        group_size: tells where a group ends. Where the records end with it, more of it may follow.

    Attributes:
        state: what the records up to now add up to.
        running: whether the server was running after them. A part of a log may begin anywhere.
        ended: connections that are not there any more.
        at, now: the time of the last record, as it is written and in microseconds since 1970.
    """

    def __init__(self, state: State, group_size: GroupSize) -> None:
        self.state = state
        self.running = state.seq > 0
        self.ended = NumberSet()
        self.now = 0
        self._group_size = group_size
        self._pending: list[Record] = []
        self._redacted = NumberSet()
        self._seq = 0
        self.at = ""

    def feed(self, records: Sequence[Record]) -> Iterator[Taken]:
        """Take the next records; yield each command with its records, when the rules have made them again.

        A group whose end is not there yet is kept for the next call.

        Raises:
            UnruledError: at the first record that the rules do not make.
        """
        records = [*self._pending, *records] if self._pending else records
        return self._take(records, final=False)

    def finish(self) -> Iterator[Taken]:
        """Take what is left at the end of the transcript.

        Raises:
            UnruledError: as `feed`.
        """
        return self._take(self._pending, final=True)

    @abstractmethod
    def take_message(self, record: Record) -> Iterable[Taken]:
        """Infer the command of a message of one line, or of a reaction, and have the rules make it again."""

    @abstractmethod
    def take_group(self, group: Sequence[Record], following: Record | None) -> Iterable[Taken]:
        """Infer the command of any other group.

        Args:
            group: its records.
            following: the record behind it, if there is one.
        """

    def check_name(self, check: Callable[[str, int], str], name: str) -> None:
        """See that a name is one, written as names are; how long it may be is a setting.

        Raises:
            UnruledError: it is none.
        """
        try:
            is_right = check(name, 0) == name
        except Refusal:
            is_right = False
        if not is_right:
            raise self.fault(f"nobody and no room can be called {printable(name, _NAME_SHOWN)}")

    def fault(self, reason: str) -> UnruledError:
        """Return the fault of the record that is taken."""
        return UnruledError(self._seq, reason)

    def set_time(self, record: Record) -> None:
        """Go on to a record and its time."""
        self._seq = record.seq
        if record.at != self.at:
            self.at = record.at
            self.now = microseconds(record.at)

    def _take(self, records: Sequence[Record], *, final: bool) -> Iterator[Taken]:
        position, count = 0, len(records)
        while position < count:
            record = records[position]
            self.set_time(record)
            # What was said is nearly all there is.
            if record.type in SAID and not record.parts and self.running:
                if record.text == MARKER or (not record.text and is_redacted(record)):
                    self._redacted.add(record.seq)
                yield from self.take_message(record)
                position += 1
                continue
            size = self._group_size(records, position)
            # The record behind a group tells whether it was cut short.
            if position + size >= count and not final:
                break
            following = records[position + size] if position + size < count else None
            yield from self._taken(records[position : position + size], following)
            position += size
        self._pending = list(records[position:])

    def _taken(self, group: Sequence[Record], following: Record | None) -> Iterable[Taken]:
        first = group[0]
        if not self.running and first.type not in {"start", "redaction"}:
            raise self.fault("the server was not running: a start is due")
        if first.type == "redaction":
            self._check_redaction(first)
            self.state.evolve(first)
            return (Taken(None, group),)
        for record in group:
            if is_redacted(record):
                self._redacted.add(record.seq)
        return self.take_group(group, following)

    def check_times(self, group: Sequence[Record]) -> None:
        """See that records of one command have one time.

        Raises:
            UnruledError: they have not.
        """
        if any(record.at != group[0].at for record in group):
            # Which of them is wrong, they do not tell.
            which = f"one of the records {group[0].seq} to {group[-1].seq}, which came of one command"
            raise self.fault(f"{which}, has a wrong time")

    def _check_redaction(self, record: Record) -> None:
        """See that the records which a redaction names have no text any more."""
        try:
            ranges = parse_seqs(record.seqs)
        except ValueError as error:
            raise self.fault(f"its seqs can't be read: {error}") from None
        for seq in chain.from_iterable(ranges):
            if seq not in self._redacted:
                raise self.fault(f"record {seq}, which it names, has its text, or never had one")


def may_be_cut(following: Record | None) -> bool:
    """Tell whether the group before a record may be the beginning of what its command makes."""
    return following is None or following.type in {"start", "redaction"}
