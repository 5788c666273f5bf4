"""What other programs may import to read a transcript. A change of it breaks them: CHANGELOG.md tells it."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import get_args

import msgspec
import pytest
from transcript.logs import make_log

from chatsimples.chat import records
from chatsimples.chat.records import Record
from chatsimples.errors import ChatSimplesError, TranscriptDamagedError, UnreadableError
from chatsimples.transcript import reader
from chatsimples.transcript.reader import Cursor, Line, TranscriptReader


def names(module: ModuleType) -> set[str]:
    """Return what a module defines for others, but for names of types and constants."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    }


def signature(function: object) -> str:
    assert callable(function)
    return str(inspect.signature(function)).replace("'", "")


def methods(kind: type) -> dict[str, str]:
    """Return the signatures of a class and of its public methods."""
    return {
        name: signature(member)
        for name, member in vars(kind).items()
        if name == "__init__" or not name.startswith("_")
    }


def test_the_reader_and_the_cursor_keep_their_signatures() -> None:
    assert {"TranscriptReader", "Cursor"} == names(reader)
    assert {
        "__init__": "(self, path: Path, blocks_kept: int = 0) -> None",
        "cursor": "(self, after_seq: int) -> Cursor",
        "backwards": "(self, before_seq: int, chunk_bytes: int = 65536) -> Iterator[list[Line]]",
        "forget": "(self) -> None",
        "parse": "(self, path: Path, offset: int, block: bytes) -> list[Line]",
        "place": "(self, seq: int) -> tuple[Path, int, int]",
        "segments": "(self) -> list[Path]",
    } == methods(TranscriptReader)
    assert {
        "__init__": "(self, reader: TranscriptReader, after_seq: int) -> None",
        "read": "(self, max_bytes: int) -> list[Line]",
        "read_block": "(self, max_bytes: int) -> tuple[list[Line], int]",
    } == methods(Cursor)


def test_a_reader_tells_its_path_a_cursor_its_seq_and_a_line_is_a_pair(tmp_path: Path) -> None:
    lines = make_log(tmp_path, 2)
    opened = TranscriptReader(tmp_path)
    cursor = opened.cursor(1)
    assert (tmp_path, 1) == (opened.path, cursor.seq)
    assert [(records.from_line(lines[1]), lines[1])] == cursor.read(1_000)
    assert 2 == cursor.seq
    assert (Record, bytes) == get_args(Line)


def test_errors_of_reading_tell_what_is_wrong_and_where() -> None:
    assert "(self, path: Path, line: int, offset: int, reason: str) -> None" == signature(
        TranscriptDamagedError.__init__
    )
    damaged = TranscriptDamagedError(Path("a"), 2, 30, "why")
    assert (Path("a"), 2, 30, "why") == (damaged.path, damaged.line, damaged.offset, damaged.reason)
    for kind in (TranscriptDamagedError, UnreadableError):
        assert issubclass(kind, ChatSimplesError)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("to_line", "(record: Record) -> bytes"),
        ("to_lines", "(records: Sequence[Record]) -> bytes"),
        ("from_line", "(line: bytes) -> Record"),
        ("timestamp", "(microseconds: int) -> str"),
        ("microseconds", "(at: str) -> int"),
    ],
)
def test_records_are_written_and_read_by_functions_that_keep_their_signatures(
    name: str, expected: str
) -> None:
    assert expected == signature(getattr(records, name))


def test_records_and_their_functions_are_all_there_is() -> None:
    functions = {"to_line", "to_lines", "from_line", "timestamp", "microseconds"}
    assert {"Record", *functions} == names(records)


def test_a_record_keeps_its_fields_their_order_and_their_defaults() -> None:
    types = inspect.get_annotations(Record)
    expected = [
        ("seq", "int", msgspec.NODEFAULT),
        ("at", "str", msgspec.NODEFAULT),
        ("type", "str", msgspec.NODEFAULT),
        ("conn", "int", 0),
        ("nick", "str", ""),
        ("new", "str", ""),
        ("room", "str", ""),
        ("to", "str", ""),
        ("to_conn", "int", 0),
        ("text", "str", ""),
        ("id", "str", ""),
        ("reason", "str", ""),
        ("quiet", "bool", False),
        ("dialect", "str", ""),
        ("identity", "str", ""),
        ("to_identity", "str", ""),
        ("server", "str", ""),
        ("limits", "Limits | None", None),
        ("seqs", "str", ""),
        ("old_log", "str", ""),
        ("old_head", "str", ""),
        ("new_head", "str", ""),
    ]
    found = [(each.name, types[each.name], each.default) for each in msgspec.structs.fields(Record)]
    assert expected == found


def test_a_record_can_neither_be_changed_nor_gain_a_field() -> None:
    record = Record(1, "", "stop")
    for field in ("seq", "more"):
        with pytest.raises(AttributeError):
            setattr(record, field, 2)
