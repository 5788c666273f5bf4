"""The writer: appends, seals, new segments, and what it does when the disk takes no more."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.transcript import Transcript
from transcript.logs import LOG, add, file_size_limit, message_lines, open_log, record_lines

from chatsimples.errors import StorageError, StorageFullError
from chatsimples.transcript.segments import segment_name, segments
from chatsimples.transcript.writer import SEAL_AFTER, TranscriptWriter


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[TranscriptWriter]:
    opened = open_log(tmp_path).writer
    yield opened
    opened.close()


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[TranscriptWriter]:
    opened = open_log(tmp_path, durability="disk").writer
    yield opened
    opened.close()


def seal_count(path: Path) -> int:
    return path.read_bytes().count(b'\n{"type":"seal"')


def test_records_are_in_the_file_when_append_returns(writer: TranscriptWriter, tmp_path: Path) -> None:
    data = add(writer, 3)
    assert writer.path.read_bytes().endswith(b"\n" + data)
    assert (LOG, 3, 3) == (writer.log, writer.last_seq, writer.unsealed)


def test_a_batch_is_one_write(writer: TranscriptWriter, writes: list[bytes]) -> None:
    data = add(writer, 50)
    assert [data] == writes
    add(writer, SEAL_AFTER)
    assert 2 == len(writes)


@pytest.mark.parametrize(
    ("data", "last_seq", "count"),
    [
        (message_lines(1, 1), 2, 1),
        (message_lines(2, 2), 2, 1),
        (message_lines(1, 1), 1, 0),
        (b"", 0, 0),
        (message_lines(1, 1)[:-1], 1, 1),
    ],
)
def test_what_does_not_come_next_is_not_written(
    writer: TranscriptWriter, data: bytes, last_seq: int, count: int
) -> None:
    before = writer.path.read_bytes()
    with pytest.raises(ValueError, match="do not follow"):
        writer.append(data, last_seq, count)
    assert before == writer.path.read_bytes()


def test_a_seal_is_added_once_many_records_are_unsealed(writer: TranscriptWriter) -> None:
    for _ in range(SEAL_AFTER - 1):
        add(writer)
    assert (0, SEAL_AFTER - 1) == (seal_count(writer.path), writer.unsealed)
    add(writer)
    assert (1, 0) == (seal_count(writer.path), writer.unsealed)
    add(writer, 3 * SEAL_AFTER)
    assert (2, 0) == (seal_count(writer.path), writer.unsealed)


def test_a_seal_asked_for_is_written_only_if_there_is_something_to_seal(
    writer: TranscriptWriter, tmp_path: Path
) -> None:
    writer.seal()
    assert 0 == seal_count(writer.path)
    add(writer, 2)
    writer.seal()
    writer.seal()
    assert (1, 0) == (seal_count(writer.path), writer.unsealed)
    assert 2 == Transcript.read(tmp_path).sealed_to


def test_close_seals_and_lets_go_of_the_folder_and_can_be_called_twice(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    add(writer)
    writer.close()
    writer.close()
    assert 1 == Transcript.read(tmp_path).sealed_to
    open_log(tmp_path).writer.close()
    with pytest.raises(StorageError, match="closed"):
        add(writer)


def test_a_segment_that_is_too_large_asks_for_a_roll_which_begins_the_next_one(tmp_path: Path) -> None:
    writer = open_log(tmp_path, segment_size=500).writer
    asked = [writer.should_roll]
    writer.roll()
    assert [segment_name(1)] == [path.name for path in segments(tmp_path)]
    for _ in range(2):
        add(writer, 2)
        asked.append(writer.should_roll)
    for _ in range(2):
        writer.roll()
        asked.append(writer.should_roll)
    assert [False, False, True, False, False] == asked
    data = add(writer)
    writer.close()
    assert [segment_name(1), segment_name(5)] == [path.name for path in segments(tmp_path)]
    assert data in segments(tmp_path)[1].read_bytes()
    assert 5 == Transcript.read(tmp_path).sealed_to


def test_a_short_write_goes_on_with_the_rest(
    writer: TranscriptWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    data = add(writer, 5)
    monkeypatch.undo()
    assert writer.path.read_bytes().endswith(data)
    writer.seal()
    assert 5 == Transcript.read(tmp_path).sealed_to


@pytest.mark.parametrize("count", [3, SEAL_AFTER])
def test_when_there_is_no_room_nothing_changes_and_the_same_append_works_later(
    writer: TranscriptWriter, tmp_path: Path, count: int
) -> None:
    add(writer, 2)
    before = writer.path.read_bytes()
    data = message_lines(3, 2 + count)
    for room in (0, 1, 90, len(data) - 1):
        with file_size_limit(len(before) + room), pytest.raises(StorageFullError, match="large"):
            writer.append(data, 2 + count, count)
        assert before == writer.path.read_bytes()
        assert (2, 2) == (writer.last_seq, writer.unsealed)
    writer.append(data, 2 + count, count)
    writer.seal()
    assert 2 + count == Transcript.read(tmp_path).sealed_to


def test_room_for_the_records_but_not_for_their_seal_is_no_room(
    writer: TranscriptWriter, tmp_path: Path
) -> None:
    before = writer.path.read_bytes()
    data = message_lines(1, SEAL_AFTER)
    with file_size_limit(len(before) + len(data) + 10), pytest.raises(StorageFullError):
        writer.append(data, SEAL_AFTER, SEAL_AFTER)
    assert before == writer.path.read_bytes()
    add(writer)
    assert 1 == len(record_lines(tmp_path))


def test_a_seal_for_which_there_is_no_room_is_written_later(writer: TranscriptWriter, tmp_path: Path) -> None:
    add(writer, 2)
    before = writer.path.read_bytes()
    with file_size_limit(len(before) + 20), pytest.raises(StorageFullError):
        writer.seal()
    assert (before, 2) == (writer.path.read_bytes(), writer.unsealed)
    add(writer)
    writer.seal()
    assert 3 == Transcript.read(tmp_path).sealed_to


def test_a_roll_for_which_there_is_no_room_leaves_the_old_segment_going_on(
    writer: TranscriptWriter, tmp_path: Path
) -> None:
    add(writer, 2)
    writer.seal()
    before = {path.name for path in tmp_path.iterdir()}
    for room in (0, 10, 100):
        with file_size_limit(room), pytest.raises(StorageFullError):
            writer.roll()
        assert before == {path.name for path in tmp_path.iterdir()}
    add(writer)
    writer.roll()
    add(writer)
    writer.seal()
    assert [segment_name(1), segment_name(4)] == [path.name for path in segments(tmp_path)]
    assert 4 == Transcript.read(tmp_path).sealed_to


@pytest.mark.parametrize("taken", [0, 100])
def test_a_new_segment_whose_header_finds_no_room_is_given_up(
    writer: TranscriptWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    add(writer, 2)
    writer.seal()
    before = {path.name for path in tmp_path.iterdir()}
    write = os.write

    def full(fd: int, data: bytes) -> int:
        if b'"type":"transcript"' not in bytes(data):
            return write(fd, data)
        if taken:
            write(fd, data[:taken])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    for _ in range(3):
        with pytest.raises(StorageFullError, match="space"):
            writer.roll()
        assert before == {path.name for path in tmp_path.iterdir()}
        add(writer)
        writer.seal()
    monkeypatch.undo()
    writer.roll()
    assert [segment_name(1), segment_name(6)] == [path.name for path in segments(tmp_path)]
    assert 5 == Transcript.read(tmp_path).sealed_to


def test_close_without_room_for_the_seal_says_so_and_still_closes(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    add(writer, 2)
    with file_size_limit(1), pytest.raises(StorageFullError):
        writer.close()
    writer.close()
    recovery = open_log(tmp_path)
    assert (2, 2) == (recovery.last_seq, recovery.writer.unsealed)
    recovery.writer.close()


class Syncs(list[int]):
    """The inodes that were synced, in order; a sync fails while ``error`` is set."""

    error = False


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> Syncs:
    calls = Syncs()
    real = os.fdatasync

    def sync(fd: int) -> None:
        calls.append(os.fstat(fd).st_ino)
        if calls.error:
            raise OSError(5, "Input/output error")
        real(fd)

    monkeypatch.setattr(os, "fdatasync", sync)
    return calls


needs_fdatasync = pytest.mark.skipif(not hasattr(os, "fdatasync"), reason="macOS syncs by fcntl")


@needs_fdatasync
def test_with_os_durability_nothing_waits_for_the_disk_until_the_end(tmp_path: Path, syncs: Syncs) -> None:
    writer = open_log(tmp_path).writer
    add(writer)
    writer.roll()
    add(writer)
    assert [] == syncs
    writer.close()
    assert [writer.path.stat().st_ino] == syncs


@needs_fdatasync
def test_with_disk_durability_each_append_is_synced_once(durable: TranscriptWriter, syncs: Syncs) -> None:
    syncs.clear()
    add(durable)
    add(durable, SEAL_AFTER)
    assert [durable.path.stat().st_ino] * 2 == syncs


@needs_fdatasync
def test_with_disk_durability_a_roll_syncs_both_files_and_the_folder_in_order(
    durable: TranscriptWriter, syncs: Syncs, tmp_path: Path
) -> None:
    add(durable)
    old = durable.path
    syncs.clear()
    durable.roll()
    assert [path.stat().st_ino for path in (old, durable.path, tmp_path)] == syncs


@needs_fdatasync
def test_after_a_failed_sync_nothing_is_written_or_synced_any_more(
    durable: TranscriptWriter, syncs: Syncs
) -> None:
    add(durable)
    syncs.clear()
    syncs.error = True
    with pytest.raises(StorageError, match="Input/output"):
        add(durable)
    written = durable.path.read_bytes()
    syncs.error = False
    calls: tuple[Callable[[], object], ...] = (
        lambda: add(durable), durable.seal, durable.roll, durable.close
    )  # fmt: skip
    for call in calls:
        with pytest.raises(StorageError, match="Input/output"):
            call()
    assert 1 == len(syncs)
    assert written == durable.path.read_bytes()


@needs_fdatasync
@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_sync_that_fails_in_a_roll_is_fatal(
    durable: TranscriptWriter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: int
) -> None:
    add(durable)
    calls = []
    real = os.fdatasync

    def sync(fd: int) -> None:
        calls.append(fd)
        if len(calls) == step:
            raise OSError(5, "Input/output error")
        real(fd)

    monkeypatch.setattr(os, "fdatasync", sync)
    with pytest.raises(StorageError):
        durable.roll()
    with pytest.raises(StorageError):
        add(durable)
    with pytest.raises(StorageError):
        durable.close()
    assert step == len(calls)
    recovery = open_log(tmp_path)
    assert 1 == recovery.last_seq
    recovery.writer.close()
