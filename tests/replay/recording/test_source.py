"""A recorded chat is read alike from a folder, a file, files put together, and a pipe."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest
from replay.chats import write
from support.waiting import DEADLINE

from chatsimples.chat.records import Record
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.recording import source
from chatsimples.transcript.segments import segment_name

AT = "2026-11-22T15:00:00.000000Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a transcript of three segments, in which one record is long."""
    texts = ["olá " * (60_000 if seq == 6 else 1) for seq in range(1, 13)]
    records = [
        Record(seq, AT, "message", 1, "ana", room="geral", text=text) for seq, text in enumerate(texts, 1)
    ]
    write(tmp_path / "logs", records, per_segment=4)
    return tmp_path / "logs"


def joined(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def read(name: Path | str) -> list[bytes]:
    with source.opened(str(name), str) as path:
        return [line for _, line in source.lines(path)]


def expected(folder: Path) -> list[bytes]:
    return [line for line in joined(folder).splitlines(keepends=True) if line.startswith(b'{"seq"')]


def test_a_folder_and_a_single_segment_are_read(folder: Path) -> None:
    assert expected(folder) == read(folder)
    assert expected(folder)[4:8] == read(folder / segment_name(5))


def test_reading_begins_after_a_seq(folder: Path) -> None:
    with source.opened(str(folder), str) as path:
        assert list(range(7, 13)) == [record.seq for record, _ in source.lines(path, 6)]


def test_segments_put_together_in_one_file_are_read(folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "all.jsonl"
    whole.write_bytes(joined(folder))
    assert expected(folder) == read(whole)


def test_standard_input_is_read_in_pieces_of_any_size(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 7, 100, 1 << 20):
        monkeypatch.setattr(source, "BLOCK_BYTES", max(size, 50 if size == 1 else size))
        stdin = io.TextIOWrapper(io.BytesIO(joined(folder)))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert expected(folder) == read("-")


def test_the_segments_of_standard_input_are_those_that_were_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(joined(folder) + b'{"seq":13,"at')))
    with source.opened("-", str) as path:
        written = {each.name: each.read_bytes() for each in path.iterdir()}
    original = {each.name: each.read_bytes() for each in folder.iterdir()}
    original[segment_name(9)] += b'{"seq":13,"at'
    assert original == written
    assert not path.exists()


def test_a_named_pipe_is_read(folder: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(joined(folder)))
    writer.start()
    assert expected(folder) == read(pipe)
    writer.join(DEADLINE)
    assert not writer.is_alive()


@pytest.mark.parametrize("name", ["missing", "empty", "file/below"])
def test_where_there_is_no_transcript_it_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ChatSimplesError) as raised:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(raised.value)


def test_what_is_no_transcript_is_told_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hello\nworld\n")))
    with pytest.raises(ChatSimplesError, match="line 1"):
        read("-")
