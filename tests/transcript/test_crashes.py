"""A process killed at any system call of a roll, and a disk that is really full."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.effort import few
from support.effort import step as every
from support.transcript import Transcript
from transcript.logs import (
    Sink,
    add,
    make_version_1_log,
    message_lines,
    open_log,
    record_lines,
    recovered,
    roll,
)

from chatsimples.errors import StorageFullError
from chatsimples.transcript.segments import segments
from chatsimples.transcript.verify import verify
from chatsimples.transcript.writer import TranscriptWriter

CALLS = ("open", "write", "close", "rename", "replace", "unlink", "ftruncate", "fsync", "fdatasync")


def kill_at(step: int, *, within: bool) -> None:
    """Make the process kill itself at its ``step``-th system call; ``within``: after half of a write."""
    count = 0

    def deadly(call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                if within and name == "write":
                    call(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return called

    for name in CALLS:
        if hasattr(os, name):
            setattr(os, name, deadly(getattr(os, name), name))


def live(folder: Path, acked: Path, durability: str) -> None:
    """Write, roll, write, roll, write, close; note each seq that was promised."""

    def promise(writer: TranscriptWriter, count: int) -> None:
        add(writer, count)
        notes.write(f"{writer.last_seq}\n")

    with acked.open("w", buffering=1) as notes:
        writer = open_log(folder, durability=durability).writer
        for _ in range(2):
            promise(writer, 2)
            promise(writer, 1)
            roll(writer, folder)
        promise(writer, 1)
        writer.close()


def end_of_a_life(life: Callable[[], object], step: int, *, within: bool) -> int:
    """Return the exit status of a process that lives so, and is killed at its ``step``-th system call."""
    child = os.fork()
    if not child:
        try:
            kill_at(step, within=within)
            life()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.mark.parametrize("durability", ["os", "disk"])
@pytest.mark.parametrize("within", [False, True])
def test_a_kill_at_any_call_loses_nothing_promised_and_the_log_goes_on(
    tmp_path: Path, durability: str, within: bool
) -> None:
    expected = message_lines(1, 100).splitlines(keepends=True)
    step = survived = 0
    while not survived:
        step += every(3)
        folder, acked = tmp_path / str(step), tmp_path / f"{step}.acked"
        survived = 0 == end_of_a_life(partial(live, folder, acked, durability), step, within=within)
        notes = acked.read_text().split() if acked.exists() else []
        promised = int(notes[-1]) if notes else 0
        for _ in range(2):
            sink = Sink()
            recovery = open_log(folder, sink)
            assert promised <= recovery.last_seq
            assert expected[: recovery.last_seq] == sink.told
            add(recovery.writer, 2)
            roll(recovery.writer, folder)
            add(recovery.writer, 1)
            recovery.writer.close()
        assert recovery.last_seq >= promised + 3
        assert expected[: recovery.last_seq + 3] == record_lines(folder)
        assert verify(folder).ok
        Transcript.read(folder)
        shutil.rmtree(folder)
    assert step > 20


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("counts", few([(2, 3, 0), (2, 3)]))
def test_a_kill_at_any_call_of_the_change_to_version_2_loses_nothing(
    tmp_path: Path, counts: tuple[int, ...], within: bool
) -> None:
    step = survived = 0
    while not survived:
        step += every(3)
        folder = tmp_path / str(step)
        expected = make_version_1_log(folder, *counts)
        change = partial(recovered, folder, durability="disk")
        survived = 0 == end_of_a_life(change, step, within=within)
        assert [expected] * 2 == [recovered(folder).told for _ in range(2)]
        recovery = open_log(folder)
        add(recovery.writer, 2)
        recovery.writer.close()
        assert 7 == Transcript.read(folder).sealed_to == verify(folder).last_seq
        shutil.rmtree(folder)
    assert step > 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 64 KiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_on_a_full_disk_nothing_is_torn_and_all_goes_on_when_there_is_room(small_disk: Path) -> None:
    folder, ballast = small_disk / "logs", small_disk / "ballast"
    ballast.write_bytes(bytes(16_384))
    writer = open_log(folder).writer
    with contextlib.suppress(StorageFullError):
        while True:
            add(writer, 7)
    last = writer.last_seq
    assert message_lines(1, last).splitlines(keepends=True) == record_lines(folder)
    with pytest.raises(StorageFullError, match="space"):
        add(writer, 600)
    with contextlib.suppress(StorageFullError):
        while True:
            add(writer)
    ballast.unlink()
    ballast.write_bytes(bytes(8_192))
    assert segments(folder) == [writer.path]
    with contextlib.suppress(StorageFullError):
        while True:
            add(writer)
    with pytest.raises(StorageFullError, match="space"):
        writer.roll()
    assert segments(folder) == [writer.path]
    ballast.unlink()
    writer.roll()
    add(writer, 7)
    writer.close()
    assert 2 == len(segments(folder))
    assert writer.last_seq == Transcript.read(folder).sealed_to == verify(folder).last_seq


def test_a_server_that_starts_on_a_full_disk_says_so(small_disk: Path) -> None:
    folder = small_disk / "logs"
    writer = open_log(folder).writer
    add(writer)
    writer.close()
    with contextlib.suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(512))
    recovery = open_log(folder)
    with pytest.raises(StorageFullError, match="space"):
        add(recovery.writer, 100)
    recovery.writer.close()
