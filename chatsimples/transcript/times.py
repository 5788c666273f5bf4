"""From which record on it is a time or later: a search by halving, over the segments and then within one.

It relies on nothing but that times rise where a clock was not set back. Where one was, a time may have come
more than once; what is found is one of the places at which it comes: the record before is older, and the one
that is found is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatsimples.errors import UnreadableError
from chatsimples.transcript.lines import first_record, first_since
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.segments import first_seq_of


class TimeSearch:
    """Looks for the first record that is not older than a time, in steps of a few short reads each.

    Args:
        reader: of the transcript.
        at: the time, as records have it.
        beyond: the seq that is found if all records are older.

    Attributes:
        seq: what was found, once the search is done.
    """

    def __init__(self, reader: TranscriptReader, at: str, beyond: int) -> None:
        self.seq = beyond
        self._reader = reader
        self._at = at
        self._paths: Sequence[Path] | None = None
        # How many segments begin before the time: from so many on, up to so many.
        self._least = self._most = 0

    def step(self) -> bool:
        """Look a step further; tell whether the search is done.

        Raises:
            UnreadableError: a file can't be read.
        """
        if self._paths is None:
            self._paths = self._reader.segments()
            self._most = len(self._paths)
        if self._least < self._most:
            middle = (self._least + self._most) // 2
            if self._begins_before(self._paths[middle]):
                self._least = middle + 1
            else:
                self._most = middle
            return False
        self._finish(self._paths)
        return True

    def _finish(self, paths: Sequence[Path]) -> None:
        found = self._since(paths[self._least - 1]) if self._least else None
        if found is None and self._least < len(paths):
            found = first_seq_of(paths[self._least].name) or 1
        self.seq = min(self.seq, found or self.seq)

    def _begins_before(self, path: Path) -> bool:
        try:
            first = first_record(path)
        except FileNotFoundError:
            # The oldest segments may be taken away at any time.
            return True
        except OSError as error:
            raise UnreadableError(f"{path} can't be read: {error.strerror}") from error
        return first is not None and first.at < self._at

    def _since(self, path: Path) -> int | None:
        try:
            return first_since(path, self._at)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnreadableError(f"{path} can't be read: {error.strerror}") from error
