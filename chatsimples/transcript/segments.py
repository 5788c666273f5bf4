"""Segments, the files that a transcript is made of: their names and their header."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

GENESIS = "0" * 64
"""What stands for the seal before in the first segment of a log."""

VERSION = 2
"""Of the segments that are begun now. Those of version 1 are read for ever."""

HEADER_START = b'{"type":"transcript"'
"""How the line of a header begins, and no other line does."""

LONGEST_HEADER = 1_024
"""Bytes within which a header must end."""

_NAME = re.compile(r"transcript-([0-9]{12,})\.jsonl")


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of a segment.

    Attributes:
        version: which records there can be (see `chatsimples.chat.records`); it never goes back in a log.
        log: the ULID of the log that the segment is a part of.
        first_seq: seq of the first record in the segment, from 1.
        previous: the ``sha256`` of the last seal before, `GENESIS` in a log's first segment.
    """

    type: Literal["transcript"] = "transcript"
    version: Annotated[int, Meta(ge=1, le=VERSION)] = VERSION
    log: Annotated[str, Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")]
    first_seq: Annotated[int, Meta(ge=1)]
    previous: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]

    def encode(self) -> bytes:
        """Write the header as its line, newline included."""
        return msgspec.json.encode(self) + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Header:
        """Read a header from its line, newline included.

        Raises:
            ValueError: it is no header, or not written the way `encode` writes it.
        """
        header = msgspec.json.decode(line, type=cls)
        if header.encode() != line:
            raise ValueError("it is not written in the one way that headers are written")
        return header

    @classmethod
    def read(cls, path: Path) -> Header:
        """Read the header of a segment.

        Raises:
            ValueError: as `decode`.
            OSError: the file can't be read.
        """
        with path.open("rb") as file:
            return cls.decode(file.readline(LONGEST_HEADER))


def segment_name(first_seq: int) -> str:
    """Name the segment whose first record is ``first_seq``."""
    return f"transcript-{first_seq:012d}.jsonl"


def first_seq_of(name: str) -> int | None:
    """Return the first seq that a segment's file name tells, None if the name is no segment's."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def segments(path: Path) -> list[Path]:
    """List the segments in a folder, oldest first; what is no folder is taken for the one segment.

    Raises:
        OSError: the folder can't be read.
    """
    if not path.is_dir():
        return [path]
    found = [(seq, each) for each in path.iterdir() if (seq := first_seq_of(each.name)) is not None]
    return [each for _, each in sorted(found)]
