"""The history of a room: its last messages before a position, looked for from the newest back."""

from __future__ import annotations

from collections.abc import Iterator

from chatsimples.chat.names import name_key
from chatsimples.transcript.index.keys import room_key
from chatsimples.transcript.reader import Line, TranscriptReader


class HistorySearch:
    """The last messages of a room before a seq, looked for in steps of bounded length.

    Args:
        reader: of the transcript.
        key: the room's.
        before: the seq.
        limit: how many messages at most.
        max_bytes: nothing more is added once the lines are longer than this together; 0 for no bound.

    Attributes:
        found: the messages so far, the newest first; in order of seq when the search is done.
        complete: whether nothing older is there.
    """

    def __init__(
        self, reader: TranscriptReader, key: str, before: int, limit: int, max_bytes: int = 0
    ) -> None:
        self.found: list[Line] = []
        self.complete = True
        self._key = key
        self._before = before
        self._limit = limit
        self._max_bytes = max_bytes
        self._size = 0
        self._older: Iterator[list[Line]] = reader.backwards_for(before, frozenset([room_key(key)]))

    @property
    def next_before(self) -> int:
        """Before which seq to go on when the search is done; 0 if nothing older is there."""
        if self.complete:
            return 0
        return self.found[0][0].seq if self.found else self._before

    def step(self) -> bool:
        """Look a step further back; tell whether the search is done.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        chunk = next(self._older, None)
        for record, line in reversed(chunk or ()):
            if record.type == "message" and record.room and name_key(record.room) == self._key:
                # One more than is given shows that there is more.
                if self._is_full():
                    self.complete = False
                    break
                self.found.append((record, line))
                self._size += len(line)
        if chunk is not None and self.complete:
            return False
        self.found.reverse()
        return True

    def _is_full(self) -> bool:
        return len(self.found) >= self._limit or 0 < self._max_bytes < self._size
