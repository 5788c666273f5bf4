"""Writing all bytes, and waiting for the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from transcript.logs import file_size_limit

from chatsimples.errors import StorageError
from chatsimples.transcript.disk import open_folder, sync, write_all


@pytest.fixture
def fd(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def test_everything_is_written_in_one_call(fd: int, writes: list[bytes]) -> None:
    write_all(fd, b"0123456789")
    assert [b"0123456789"] == writes


def test_a_write_that_takes_a_part_goes_on_with_the_rest(fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda to, data: write(to, data[:3]))
    write_all(fd, b"0123456789")
    assert b"0123456789" == os.pread(fd, 20, 0)


def test_a_write_that_takes_nothing_is_no_endless_loop(fd: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda to, data: 0)
    with pytest.raises(OSError, match="space"):
        write_all(fd, b"0123456789")


def test_the_systems_refusal_comes_through(fd: int) -> None:
    with file_size_limit(4), pytest.raises(OSError, match="large"):
        write_all(fd, b"0123456789")
    assert b"0123" == os.pread(fd, 20, 0)


def test_files_and_folders_can_be_synced(fd: int, tmp_path: Path) -> None:
    write_all(fd, b"x")
    sync(fd)
    folder = open_folder(tmp_path)
    sync(folder)
    os.close(folder)


def test_a_sync_that_fails_is_a_storage_error() -> None:
    reading, writing = os.pipe()
    with pytest.raises(StorageError, match="failed to keep"):
        sync(writing)
    os.close(reading)
    os.close(writing)
