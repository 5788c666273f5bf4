"""The part of a transcript that is played, with access to any place in it.

Places are found by bisection, as a transcript can have a gigabyte. By time this is right as long as the times
rise. Where the clock was set back while the chat was recorded, a time that came twice is found at one of its
places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record
from chatsimples.replay.narration.descriptions import is_conversation
from chatsimples.replay.recording.selection import Place, Selection
from chatsimples.transcript.reader import Line, TranscriptReader

BLOCK_BYTES = 1 << 18
"""Bytes that are read at a time; in between, keys are answered."""

_NEAR = 4_096
_CHUNKS_BACK = 64
_BEYOND = 1 << 62


class Excerpt:
    """The selected part of a transcript, up to its end at the moment of construction.

    Args:
        path: the folder, or a single segment.
        chosen: which part.

    Attributes:
        first, last: the seqs of its ends; if it is empty, ``last`` is before ``first``.
        begins, ends: the times of these two records; "" if it is empty.

    Raises:
        ChatSimplesError: a file can't be read, or a line is no record.
    """

    def __init__(self, path: Path, chosen: Selection) -> None:
        self._reader = TranscriptReader(path)
        self._chosen = chosen
        self.first, self.last = 1, 0
        self.begins = self.ends = ""
        oldest = self._record(chosen.after + 1)
        newest = next(self._reader.backwards(_BEYOND), None)
        if oldest is None or newest is None:
            return
        self.first, self.last = oldest.seq, newest[-1][0].seq
        end = chosen.end and chosen.end.on_day_of(oldest)
        begin = chosen.begin and chosen.begin.on_day_of(oldest)
        if end:
            self.last = self._last(end)
        if begin:
            self.first = self._find(begin.is_reached)
        first, last = self._record(self.first), self._record(self.last)
        if first and last and self.first <= self.last:
            self.begins, self.ends = first.at, last.at

    @property
    def is_empty(self) -> bool:
        """Whether there is no record in it."""
        return self.first > self.last

    @property
    def is_filtered(self) -> bool:
        """Whether some records between its ends may not be selected."""
        return self._chosen.is_filtered

    def rooms(self) -> set[str]:
        """Return the keys of the rooms in its first block, or of the one room that is selected."""
        if len(self._chosen.rooms) == 1:
            return set(self._chosen.rooms)
        first = next(self.blocks(self.first), [])
        return {heard_key(record.room) for record, _ in first if record.room}

    def blocks(self, seq: int) -> Iterator[list[Line]]:
        """Yield the selected records from ``seq`` on, in blocks; a block may be empty."""
        cursor = self._reader.cursor(seq - 1)
        while cursor.seq < self.last and (block := cursor.read(BLOCK_BYTES)):
            yield [line for line in block if self._is_selected(line)]

    def seq_at(self, at: str) -> int:
        """Return the seq of the first record at or after a time; if there is none, the one after the last."""
        return self._find(lambda record: record.at >= at)

    def before(self, seq: int, count: int) -> list[Line]:
        """Return the last selected records before ``seq``, at most ``count``.

        It looks back over a few megabytes: where selected records are rarer, it returns fewer.
        """
        found: list[Line] = []
        for block in islice(self._reader.backwards(seq), _CHUNKS_BACK):
            found = [line for line in block if self._is_selected(line)] + found
            if len(found) >= count or block[0][0].seq <= self.first:
                break
        return found[-count:] if count > 0 else []

    def _is_selected(self, line: Line) -> bool:
        record = line[0]
        if not (self.first <= record.seq <= self.last and is_conversation(record)):
            return False
        return not self._chosen.is_filtered or self._chosen.wants(record)

    def _last(self, end: Place) -> int:
        if end.seq:
            return min(end.seq, self.last)
        return self._find(end.is_passed) - 1

    def _find(self, holds: Callable[[Record], bool]) -> int:
        """Return the first seq from whose record on the condition holds."""
        low, high = self.first, self.last + 1
        while low < high:
            middle = (low + high) // 2
            record = self._record(middle)
            if record is None or record.seq > self.last or holds(record):
                high = middle
            else:
                low = record.seq + 1
        return low

    def _record(self, seq: int) -> Record | None:
        """Return the first record that has at least this seq."""
        lines = self._reader.cursor(seq - 1).read(_NEAR)
        return lines[0][0] if lines else None
