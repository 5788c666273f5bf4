"""A file is there as a whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from support.waiting import DEADLINE
from transcript.logs import file_size_limit

from chatsimples.errors import ChatSimplesError, SettingError
from chatsimples.replay.export.output import OutputFile, open_output


def write(path: Path, source: Path, data: bytes = b"new") -> OutputFile:
    with open_output(str(path), source, str) as output:
        output.write(data[:1])
        output.write(data[1:])
    return output


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def test_a_file_is_written_and_its_bytes_are_counted(tmp_path: Path, source: Path) -> None:
    assert 3 == write(tmp_path / "out", source).size
    assert b"new" == (tmp_path / "out").read_bytes()
    assert {"logs", "out"} == names(tmp_path)


def test_it_has_its_name_only_when_it_is_whole(tmp_path: Path, source: Path) -> None:
    with open_output(str(tmp_path / "out"), source, str) as output:
        output.write(b"x")
        assert not (tmp_path / "out").exists()
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("error", [ChatSimplesError("x"), KeyboardInterrupt(), RuntimeError()])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, source: Path, error: BaseException
) -> None:
    out = tmp_path / "out"
    out.write_bytes(b"old")
    with pytest.raises(type(error)), open_output(str(out), source, str) as output:
        output.write(b"new")
        raise error
    assert b"old" == out.read_bytes()
    assert {"logs", "out"} == names(tmp_path)


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path, source: Path) -> None:
    with file_size_limit(1000), pytest.raises(ChatSimplesError, match="out can't be written: File too large"):
        write(tmp_path / "out", source, bytes(100_000))
    assert {"logs"} == names(tmp_path)


def test_the_new_file_has_the_permissions_of_the_old_one(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "out"
    out.touch()
    out.chmod(0o600)
    write(out, source)
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path, source: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write(tmp_path / "link", source)
    assert (tmp_path / "link").is_symlink()
    assert b"new" == (tmp_path / "file").read_bytes()


def test_a_name_may_be_as_long_as_the_system_takes(tmp_path: Path, source: Path) -> None:
    write(tmp_path / ("é" * 127), source)
    assert b"new" == (tmp_path / ("é" * 127)).read_bytes()


def test_a_named_pipe_is_written_to_and_stays(tmp_path: Path, source: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe, source)
    reader.join(DEADLINE)
    assert [b"new"] == read
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["logs", "logs/transcript-000000000001.jsonl", "chat.jsonl"])
def test_nothing_is_written_over_a_folder_or_a_transcript(tmp_path: Path, source: Path, name: str) -> None:
    (tmp_path / "chat.jsonl").write_bytes(b"old")
    with pytest.raises(SettingError, match=name):
        write(tmp_path / name, source if name.startswith("logs") else tmp_path / "chat.jsonl")
    assert b"old" == (tmp_path / "chat.jsonl").read_bytes()
    assert set() == names(source)


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path, source: Path) -> None:
    with pytest.raises(ChatSimplesError, match="nowhere/out can't be written: No such file"):
        write(tmp_path / "nowhere" / "out", source)
