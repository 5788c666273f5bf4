"""The index of a log: tells a reader in which blocks of a segment it has to look, and is kept by the writer.

The segment that is written has its index in memory. When the next one begins, it is written to a file beside
its segment, a little at a time. Where an index is not there, or can't be used, the whole segment is read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from chatsimples.chat.records import Record
from chatsimples.transcript.index.blocks import Blocks
from chatsimples.transcript.index.closed import ClosedIndex, has_index, write_index
from chatsimples.transcript.index.growing import GrowingIndex
from chatsimples.transcript.index.keys import Keys
from chatsimples.transcript.lines import BLOCK_BYTES
from chatsimples.transcript.segments import first_seq_of

_CLOSING_AT_ONCE = 8
_OPENED = 16_384
_ROOMS_KEPT = 1_048_576


class LogIndex:
    """See the module.

    Args:
        block_bytes: of the blocks into which its segments are cut.

    Attributes:
        block_bytes: the same.
    """

    def __init__(self, block_bytes: int = BLOCK_BYTES) -> None:
        self.block_bytes = block_bytes
        self._growing: GrowingIndex | None = None
        self._closing: OrderedDict[Path, GrowingIndex] = OrderedDict()
        self._closed: dict[Path, ClosedIndex] = {}
        self._rooms_kept = 0
        # Segments whose index could not be written: that is not tried again and again.
        self._hopeless: set[Path] = set()
        self._work: Iterator[None] | None = None

    def note(
        self, path: Path, start: int, size: int, records: Sequence[Record], lines: Sequence[bytes]
    ) -> None:
        """Note records that were added to the log.

        Args:
            path: the segment that they stand in. Another one than before follows it: that is complete.
            start: the first byte of the first one's line.
            size: the bytes of their lines.
            records: as they stand there.
            lines: theirs, each with its newline.
        """
        growing = self._growing
        # Paths are compared only where they are not the same object: this is done for each batch.
        if growing is None or (growing.path is not path and growing.path != path):
            growing = self._begin(path, start)
        if growing is not None:
            growing.note(start, size, records, lines)

    def mend(self, paths: Sequence[Path]) -> None:
        """Let segments that are complete have their indexes, if they have none: a crash may be the reason."""
        for path in paths:
            # What can't be read is told by whoever reads it.
            with suppress(OSError):
                if len(self._closing) < _CLOSING_AT_ONCE and not has_index(path, self.block_bytes):
                    self._complete(GrowingIndex(path, path.stat().st_size, self.block_bytes))

    def find(self, path: Path, keys: Keys) -> Blocks | None:
        """Return the blocks of a segment in which there may be a record with one of some keys.

        Returns:
            None if it is not known: then that can be each of them.
        """
        if self._growing is not None and self._growing.path == path:
            return self._growing.holding(keys)
        closing = self._closing.get(path)
        if closing is not None:
            return closing.holding(keys)
        try:
            closed = self._closed_index(path)
            if closed is not None:
                return closed.holding(keys)
        except (OSError, ValueError):
            # It is a cache. What is wrong with the segment itself is told by whoever reads it.
            self._forget(path)
        if self._is_complete(path) and path not in self._hopeless:
            # So it is read as a whole once, and not each time.
            self.mend([path])
        return None

    @property
    def busy(self) -> bool:
        """Whether there is something to be done, so that `step` should be called soon."""
        return self._work is not None or self._next() is not None

    def step(self) -> bool:
        """Do a little of what is to be done; tell whether there was anything.

        Raises:
            OSError: an index can't be written or a segment read. That one is left out.
        """
        work = self._work or self._working()
        # Whatever ends it, the next call begins anew.
        self._work = None
        if next(work, self) is self:
            return False
        self._work = work
        return True

    def _is_complete(self, path: Path) -> bool:
        """Tell whether a segment comes before the one that is written here; if none is, it is not known."""
        growing = self._growing
        return growing is not None and _first_seq(path) < _first_seq(growing.path)

    def _begin(self, path: Path, start: int) -> GrowingIndex | None:
        if self._growing is not None:
            self._complete(self._growing)
            self._growing = None
        # What can't be read now is told by whoever reads it; the index begins with a later batch.
        with suppress(OSError):
            self._growing = GrowingIndex(path, start, self.block_bytes)
        return self._growing

    def _complete(self, index: GrowingIndex) -> None:
        # More than a few wait only where segments are tiny. Those left out are read as a whole.
        if len(self._closing) < _CLOSING_AT_ONCE:
            self._closing[index.path] = index

    def _closed_index(self, path: Path) -> ClosedIndex | None:
        closed = self._closed.get(path)
        if closed is None:
            closed = ClosedIndex.of(path, self.block_bytes)
            if closed is not None:
                self._keep(path, closed)
        return closed

    def _keep(self, path: Path, closed: ClosedIndex) -> None:
        self._closed[path] = closed
        if closed.rooms is not None:
            self._rooms_kept += len(closed.rooms)
            if self._rooms_kept > _ROOMS_KEPT:
                self._rooms_kept -= len(closed.rooms)
                closed.rooms = None
        if len(self._closed) > _OPENED:
            self._forget(next(iter(self._closed)))

    def _forget(self, path: Path) -> None:
        closed = self._closed.pop(path, None)
        if closed is not None and closed.rooms is not None:
            self._rooms_kept -= len(closed.rooms)

    def _working(self) -> Iterator[None]:
        while (index := self._next()) is not None:
            yield from self._finish(index)

    def _next(self) -> GrowingIndex | None:
        for index in self._closing.values():
            return index
        growing = self._growing
        return growing if growing is not None and not growing.is_known else None

    def _finish(self, index: GrowingIndex) -> Iterator[None]:
        """Learn what is not known of an index, and write it if its segment is complete."""
        written = False
        try:
            yield from index.learn()
            if index.path not in self._closing:
                return
            blocks = index.all_keys()
            known = [keys for keys in blocks if keys is not None]
            if len(known) == len(blocks):
                yield from write_index(index.path, known, self.block_bytes)
                written = True
        except ValueError:
            # The segment is not what a complete one is: whoever reads it tells so.
            pass
        finally:
            if self._closing.pop(index.path, None) is not None and not written:
                self._give_up(index.path)

    def _give_up(self, path: Path) -> None:
        if len(self._hopeless) < _OPENED:
            self._hopeless.add(path)


def _first_seq(path: Path) -> int:
    return first_seq_of(path.name) or 0
