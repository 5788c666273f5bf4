"""Where a recorded chat comes from: a folder of segments, one file, or standard input.

Everything that replays reads files by position. So standard input, and a file in which several segments were
put together (``cat logs/transcript-*.jsonl``), are first written apart into a temporary folder.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate
from chatsimples.transcript.reader import Line, TranscriptReader
from chatsimples.transcript.segments import HEADER_START, Header, first_seq_of, segment_name, segments

BLOCK_BYTES = 1 << 20
STANDARD_INPUT = "-"

_INNER_HEADER = b"\n" + HEADER_START


@contextmanager
def opened(name: str, translate: Translate) -> Iterator[Path]:
    """Give the folder or the file that a recorded chat can be read from, while the context lasts.

    Args:
        name: a folder, a file, or ``-``.
        translate: for the errors.

    Raises:
        ChatSimplesError: there is no transcript, or it can't be read.
    """
    with ExitStack() as stack:
        try:
            path = _open(name, stack)
            found = path.exists() and bool(segments(path))
        except OSError as error:
            text = translate(N_("{file} can't be read: {why}"))
            raise ChatSimplesError(text.format(file=error.filename or name, why=error.strerror)) from None
        if not found:
            raise ChatSimplesError(translate(N_("there is no transcript in {path}")).format(path=name))
        yield path


def lines(path: Path, after: int = 0) -> Iterator[Line]:
    """Yield the records after a seq, each with its exact line, up to the end of what is written now.

    Raises:
        ChatSimplesError: a file can't be read, or a line is no record.
    """
    return chain.from_iterable(blocks(path, after))


def blocks(path: Path, after: int = 0) -> Iterator[list[Line]]:
    """Yield the same in blocks, as they are read."""
    cursor = TranscriptReader(path).cursor(after)
    while block := cursor.read(BLOCK_BYTES):
        yield block


def _open(name: str, stack: ExitStack) -> Path:
    path = Path(name)
    if name == STANDARD_INPUT:
        return _apart(sys.stdin.buffer, stack)
    if path.is_dir() or first_seq_of(path.name) is not None:
        return path
    with path.open("rb") as file:
        if not path.is_file():
            # A pipe (<(zcat chat.gz)): what is read is gone.
            return _apart(file, stack)
        if not _has_inner_header(file):
            return path
        file.seek(0)
        return _apart(file, stack)


def _has_inner_header(file: BinaryIO) -> bool:
    end = b""
    while block := file.read(BLOCK_BYTES):
        if _INNER_HEADER in end + block:
            return True
        end = block[-len(_INNER_HEADER) :]
    return False


def _apart(file: BinaryIO, stack: ExitStack) -> Path:
    """Write each segment into a file of its own; what is before the first header, into the first."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chatsimples-")))
    rest = b""
    target = None
    try:
        while block := file.read(BLOCK_BYTES):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            start = 0
            text = whole + newline
            while start < len(text):
                if target is None or text.startswith(HEADER_START, start):
                    if target is not None:
                        target.close()
                    target = _segment(folder, text[start : text.index(b"\n", start) + 1]).open("ab")
                end = text.find(_INNER_HEADER, start) + 1 or len(text)
                target.write(text[start:end])
                start = end
        if rest:
            target = target or _segment(folder, rest).open("ab")
            target.write(rest)
    finally:
        if target is not None:
            target.close()
    return folder


def _segment(folder: Path, line: bytes) -> Path:
    try:
        first_seq = Header.decode(line).first_seq
    except ValueError:
        # It is told where it is read.
        first_seq = 1
    return folder / segment_name(first_seq)
