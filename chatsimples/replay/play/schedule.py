"""The records that are still to come, each with the moment at which it is due. They are read in blocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from chatsimples.chat.records import Record, microseconds
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate
from chatsimples.replay.play.excerpt import Excerpt
from chatsimples.replay.recording.rhythm import limit_idle, timed
from chatsimples.screen.sanitize import sanitize_name
from chatsimples.transcript.reader import Line

# A day before the last that can be written, so that jumps and time zones stay within what can.
_LATEST = microseconds("9999-12-30T00:00:00.000000Z")


class Schedule:
    """The records of an excerpt from a seq on.

    Args:
        excerpt: what is played.
        seq: of the first record.
        max_idle: seconds to which a longer silence is cut; 0: as long as it was.
        translate: for the errors.

    Attributes:
        next: the next record and when it is due, in seconds of playback; None if it is not known yet.
        ended: there is no further one.
    """

    def __init__(self, excerpt: Excerpt, seq: int, max_idle: float, translate: Translate) -> None:
        self.next: tuple[float, Record] | None = None
        self.ended = False
        self._translate = translate
        self._blocks = excerpt.blocks(seq)
        self._block: deque[Line] = deque()
        self._timed: Iterator[tuple[float, Line]] = limit_idle(
            timed(iter(self._block.popleft, None)), max_idle
        )

    def find_next(self) -> bool:
        """Tell whether the next record is known. If not, one block is read, which may hold it.

        Raises:
            ChatSimplesError: the transcript can't be read, or the record's time is none.
        """
        if self.next is not None:
            return True
        if not self._block:
            block = next(self._blocks, None)
            self.ended = block is None
            self._block.extend(block or ())
        if not self._block:
            return False
        record = self._block[0][0]
        read_time(record.at, record.seq, self._translate)
        due, _line = next(self._timed)
        self.next = due, record
        return True

    def take(self) -> Record:
        """Return the next record, which must be known, and go on to the one after it."""
        if self.next is None:
            raise RuntimeError("the next record is not known")
        record = self.next[1]
        self.next = None
        return record


def read_time(at: str, seq: int, translate: Translate) -> int:
    """Read a record's time, in microseconds since 1970.

    Raises:
        ChatSimplesError: it is none that can be played.
    """
    try:
        moment = microseconds(at)
    except ValueError:
        moment = -1
    if not 0 <= moment < _LATEST:
        text = translate(N_("record {seq}: {at} is no time"))
        raise ChatSimplesError(text.format(seq=seq, at=sanitize_name(at)))
    return moment
