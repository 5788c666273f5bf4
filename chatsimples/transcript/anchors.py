"""Anchors: places in a transcript at which the chain of seals begins anew, and so reading can begin."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segments import LONGEST_HEADER, Header

LONGEST_SEAL = 128
"""Bytes that the line of a seal has at most."""

_SEAL = re.compile(rb'\{"type":"seal","seq":([0-9]+),"sha256":"([0-9a-f]{64})"\}\n\Z')


class Anchor(msgspec.Struct, frozen=True):
    """The place right after a seal, or at the beginning of a segment.

    Attributes:
        log: the log's id.
        first_seq: of the segment.
        offset: where in the segment it is, in bytes.
        seq: of the last record before it; 0 if there is none.
        head: the ``sha256`` of the last seal before it.
    """

    log: str
    first_seq: int
    offset: int
    seq: int
    head: str

    @classmethod
    def beginning(cls, header: Header) -> Anchor:
        """Return the beginning of the segment with this header."""
        return cls(header.log, header.first_seq, 0, header.first_seq - 1, header.previous)

    @property
    def is_beginning(self) -> bool:
        """Whether it is the beginning of its segment."""
        return not self.offset

    def holds(self, path: Path) -> bool:
        """Tell whether a segment is of this log, and has this seal right before this place.

        Raises:
            OSError: the segment can't be read.
        """
        with path.open("rb") as file:
            try:
                header = Header.decode(file.readline(LONGEST_HEADER))
            except ValueError:
                return False
            if (header.log, header.first_seq) != (self.log, self.first_seq):
                return False
            if self.is_beginning:
                return self == Anchor.beginning(header)
            line = Chain.line(self.seq, self.head)
            if self.offset <= len(line):
                return False
            file.seek(self.offset - len(line) - 1)
            return file.read(len(line) + 1) == b"\n" + line


def last_seal(data: bytes) -> tuple[int, str] | None:
    """Return the seq and the ``sha256`` of the seal with which some bytes end; None if with none."""
    start = data.rfind(b"\n", 0, -1) + 1
    found = _SEAL.match(data, start)
    return (int(found[1]), found[2].decode()) if found else None
