"""A state that knows nothing but how far the transcript goes, told in as many pieces as a test likes."""

from __future__ import annotations

from chatsimples.transcript.writer import TranscriptWriter


class Capture:
    """A state that is being told.

    Attributes:
        left: pieces that were not asked for yet.
        abandoned: whether it was let be.
    """

    def __init__(self, seq: int, pieces: int, size: int) -> None:
        self.seq = seq
        self.left = pieces
        self.abandoned = False
        self._size = size

    def piece(self, rows: int) -> bytes:
        """Return the next piece."""
        if not self.left:
            return b""
        self.left -= 1
        return b"%010d" % self.seq * (self._size // 10)

    def abandon(self) -> None:
        """Be let be."""
        self.abandoned = True


class Told:
    """See the module.

    Args:
        writer: of the transcript.
        pieces: how many it is told in.
        size: bytes of each.

    Attributes:
        behind: records that were decided and are not written.
        captures: all that were begun.
    """

    def __init__(self, writer: TranscriptWriter, pieces: int = 3, size: int = 10) -> None:
        self.behind = 0
        self.captures: list[Capture] = []
        self.pieces = pieces
        self.size = size
        self._writer = writer

    @property
    def seq(self) -> int:
        """Seq of the last record."""
        return self._writer.last_seq + self.behind

    def capture(self) -> Capture:
        """Begin to tell it."""
        self.captures.append(Capture(self.seq, self.pieces, self.size))
        return self.captures[-1]
