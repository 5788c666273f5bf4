"""Verifying what a start has not read: all that stands before a place in the transcript, while it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chatsimples.errors import TranscriptDamagedError
from chatsimples.transcript.lines import count_lines
from chatsimples.transcript.scanner import Pause, Scanner
from chatsimples.transcript.segments import first_seq_of, segments


class Checked(NamedTuple):
    """A segment that was read.

    Attributes:
        path: the segment.
        size: bytes that were read of it.
        whole: whether these are all of it, and it is closed.
        damage: the first damage in it; None if there is none.
    """

    path: Path
    size: int
    whole: bool
    damage: TranscriptDamagedError | None


class Unread:
    """What stands before a place.

    Args:
        folder: the transcript's.
        first_seq: of the segment in which the place is.
        offset: where in it the place is, right behind a seal; 0 for its beginning.

    Attributes:
        paths: the segments, the oldest first.
        size: their bytes up to the place.

    Raises:
        OSError: the folder can't be read.
    """

    def __init__(self, folder: Path, first_seq: int, offset: int) -> None:
        self._last = first_seq
        self._offset = offset
        before = first_seq + 1 if offset else first_seq
        self.paths = [path for path in segments(folder) if (first_seq_of(path.name) or 0) < before]
        self.size = offset + sum(
            path.stat().st_size for path in self.paths if first_seq_of(path.name) != first_seq
        )

    def verify(self, pause: Pause) -> Iterator[Checked]:
        """Check every byte by its seal, segment by segment; go on behind a damaged one.

        Args:
            pause: called after each block that was read, with its bytes.

        Raises:
            OSError: a segment can't be read.
        """
        scanner = Scanner(pause=pause)
        for path in self.paths:
            closed = first_seq_of(path.name) != self._last
            damage = None
            try:
                scanner.scan(path, last=not closed, end=0 if closed else self._offset)
            except TranscriptDamagedError as error:
                damage = error
            else:
                if not closed and (scanner.size, scanner.unsealed) != (self._offset, 0):
                    line = count_lines(path, scanner.size) + 1
                    reason = "it ends here, though more was read of it when the server started"
                    damage = TranscriptDamagedError(path, line, scanner.size, reason)
            yield Checked(path, scanner.size, closed, damage)
            if damage is not None:
                # Whether the next one follows this one was found when the server started.
                scanner = Scanner(pause=pause)
