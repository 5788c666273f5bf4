"""The output of an export: a file that is there as a whole or not at all, or standard output."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chatsimples.errors import ChatSimplesError, SettingError
from chatsimples.i18n import N_, Translate
from chatsimples.transcript.segments import first_seq_of

STANDARD_OUTPUT = "-"


class OutputFile:
    """A file that counts the bytes written to it.

    Attributes:
        size: bytes written.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def write(self, data: bytes) -> None:
        """Write bytes."""
        self._file.write(data)
        self.size += len(data)


@contextmanager
def open_output(name: str, source: Path, translate: Translate) -> Iterator[OutputFile]:
    """Yield the output of a name. A file gets its name when the context ends without an error.

    Args:
        name: a file, or ``-`` for standard output.
        source: what is exported, so that it is not written over.
        translate: for the errors.

    Raises:
        SettingError: it is a folder, or a part of a transcript.
        ChatSimplesError: it can't be written.
    """
    if name == STANDARD_OUTPUT:
        output = OutputFile(sys.stdout.buffer)
        yield output
        sys.stdout.buffer.flush()
        return
    path = Path(name).resolve()
    _refuse(path, name, source, translate)
    try:
        with _opened_file(path) as file:
            yield OutputFile(file)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        text = translate(N_("{file} can't be written: {why}"))
        raise ChatSimplesError(text.format(file=name, why=error.strerror)) from None


def _refuse(path: Path, name: str, source: Path, translate: Translate) -> None:
    if path.is_dir():
        raise SettingError(translate(N_("{path} is a folder; name a file in it")).format(path=name))
    if first_seq_of(path.name) is not None or path == source.resolve():
        text = translate(N_("{path} is a transcript's own name; nothing may be written over one"))
        raise SettingError(text.format(path=name))


@contextmanager
def _opened_file(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():
        # A device or a named pipe can't be replaced.
        with path.open("wb") as file:
            yield file
        return
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            if path.exists():
                # Whoever must not read the old one must not read the new one.
                shutil.copymode(path, part)
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
