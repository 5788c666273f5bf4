"""A state that knows nothing but how far the transcript goes, told in as many pieces as a test likes."""

from __future__ import annotations

from chatsimples.transcript.writer import TranscriptWriter


class Capture:
    """A state that is being told.

    Attributes:
        whole: whether it tells all.
        kept_size: bytes of it that one that is not whole does not tell.
        left: pieces that were not asked for yet.
        abandoned: whether it was let be.
    """

    def __init__(self, seq: int, pieces: int, size: int, *, whole: bool, kept_size: int) -> None:
        self.seq = seq
        self.whole = whole
        self.kept_size = kept_size
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
        kept_size: bytes of a whole one that one that is not whole does not tell.
        changes_size: bytes of what has changed, which it tells instead; None if that is not known.
        captures: all that were begun.
    """

    def __init__(self, writer: TranscriptWriter, pieces: int = 3, size: int = 10) -> None:
        self.behind = 0
        self.kept_size = 0
        self.changes_size: int | None = None
        self.captures: list[Capture] = []
        self.pieces = pieces
        self.size = size
        self._writer = writer

    @property
    def seq(self) -> int:
        """Seq of the last record."""
        return self._writer.last_seq + self.behind

    def capture(self, *, whole: bool) -> Capture:
        """Begin to tell it."""
        size = self.size if whole else self.size - self.kept_size + (self.changes_size or 0)
        self.captures.append(Capture(self.seq, self.pieces, size, whole=whole, kept_size=self.kept_size))
        return self.captures[-1]
