"""The log's file: whoever appends, rotates or renames it, every line is there once and whole."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.server.oplog import file as file_module
from chatsimples.server.oplog.file import LogFile

Open = Callable[..., LogFile]

# Appends so many batches of lines as soon as its stdin ends, and lets the others have their turn in between.
WRITES = """
import json, sys, time
from pathlib import Path
from chatsimples.server.oplog.file import LogFile
path, name, batches, size, count = sys.argv[1:]
file = LogFile(Path(path), int(size), int(count))
print("open", flush=True)
sys.stdin.read()
for batch in range(int(batches)):
    told = ({"by": name, "number": batch * 7 + n, "filling": "x" * (n * 30)} for n in range(7))
    assert not file.write([json.dumps(each).encode() + b"\\n" for each in told])
    time.sleep(0)
"""
LINES = 7


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server.jsonl"


@pytest.fixture
def open_file(path: Path) -> Iterator[Open]:
    opened = []

    def open_it(size: int = 0, count: int = 5) -> LogFile:
        opened.append(LogFile(path, size, count))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


def contents(path: Path) -> dict[str, str]:
    return {each.name: each.read_text("utf-8") for each in sorted(path.parent.iterdir())}


def start_writer(path: Path, name: str, batches: int, size: int, count: int) -> subprocess.Popen[bytes]:
    arguments = [str(path), name, str(batches), str(size), str(count)]
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert b"open\n" == process.stdout.readline()
    return process


def let_go(writers: list[subprocess.Popen[bytes]]) -> None:
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()


def ended(writers: list[subprocess.Popen[bytes]]) -> None:
    for writer in writers:
        assert 0 == writer.wait(DEADLINE)
        assert writer.stdout is not None
        writer.stdout.close()


def each_is_there_once(paths: list[Path], names: str, batches: int) -> None:
    """Each line of each writer must be in one of the files, once, whole, and in its order there."""
    said: dict[str, list[int]] = {}
    for path in paths:
        in_this: dict[str, list[int]] = {}
        for line in path.read_bytes().splitlines(keepends=True):
            assert line.endswith(b"\n")
            told = json.loads(line)
            in_this.setdefault(told["by"], []).append(told["number"])
        for name, numbers in in_this.items():
            assert sorted(numbers) == numbers
            said.setdefault(name, []).extend(numbers)
    assert {name: [*range(batches * LINES)] for name in names} == {
        name: sorted(numbers) for name, numbers in said.items()
    }


def test_it_is_rotated_when_it_has_the_size_and_the_oldest_goes(path: Path, open_file: Open) -> None:
    file = open_file(size=10, count=2)
    for number in range(5):
        assert 0 == file.write([b"%d 45\n" % number, b"\n"])
        assert 0 == file.write([b"9012\n"])
    assert {
        "server.jsonl": "",
        "server.jsonl.1": "4 45\n\n9012\n",
        "server.jsonl.2": "3 45\n\n9012\n",
    } == contents(path)


def test_it_is_not_rotated_before_it_has_the_size(path: Path, open_file: Open) -> None:
    open_file(size=10).write([b"12345678\n"])
    assert {"server.jsonl": "12345678\n"} == contents(path)


def test_with_no_size_it_is_never_rotated(path: Path, open_file: Open) -> None:
    file = open_file(size=0, count=3)
    for _ in range(100):
        file.write([b"x" * 10_000 + b"\n"])
    assert ["server.jsonl"] == [*contents(path)]


def test_with_no_count_nothing_old_is_kept(path: Path, open_file: Open) -> None:
    file = open_file(size=5, count=0)
    file.write([b"first\n"])
    file.write([b"2\n"])
    assert {"server.jsonl": "2\n"} == contents(path)


def test_with_a_lower_count_than_before_what_is_too_many_goes(path: Path, open_file: Open) -> None:
    for number in (1, 2, 3, 4, 6):
        path.with_name(f"server.jsonl.{number}").write_text(f"old {number}\n")
    open_file(size=5, count=2).write([b"first\n"])
    assert {
        "server.jsonl": "",
        "server.jsonl.1": "first\n",
        "server.jsonl.2": "old 1\n",
        "server.jsonl.6": "old 6\n",
    } == contents(path)


def test_where_a_number_is_missing_none_is_pushed_out(path: Path, open_file: Open) -> None:
    for number in (1, 3):
        path.with_name(f"server.jsonl.{number}").write_text(f"old {number}\n")
    open_file(size=5, count=3).write([b"first\n"])
    assert {
        "server.jsonl": "",
        "server.jsonl.1": "first\n",
        "server.jsonl.2": "old 1\n",
        "server.jsonl.3": "old 3\n",
    } == contents(path)


def test_a_file_that_was_renamed_or_removed_is_made_anew(path: Path, open_file: Open) -> None:
    file, other = open_file(), open_file()
    file.write([b"1\n"])
    path.rename(path.with_name("renamed"))
    other.write([b"2\n"])
    file.write([b"3\n"])
    assert {"renamed": "1\n", "server.jsonl": "2\n3\n"} == contents(path)
    path.unlink()
    file.write([b"4\n"])
    other.write([b"5\n"])
    assert {"renamed": "1\n", "server.jsonl": "4\n5\n"} == contents(path)


def test_a_file_that_was_cut_short_is_continued_at_its_end(path: Path, open_file: Open) -> None:
    file = open_file()
    file.write([b"first\n"])
    os.truncate(path, 0)
    file.write([b"second\n"])
    assert {"server.jsonl": "second\n"} == contents(path)


def test_following_makes_the_file_and_lets_go_of_the_old_one(path: Path, open_file: Open) -> None:
    file = open_file()
    path.rename(path.with_name("renamed"))
    file.follow()
    assert {"renamed": "", "server.jsonl": ""} == contents(path)
    inode = path.stat().st_ino
    file.follow()
    assert inode == path.stat().st_ino


def test_when_the_folder_is_gone_nothing_fails(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    file = LogFile(folder / path.name, 5, 2)
    folder.rename(tmp_path / "moved")
    assert 0 == file.write([b"first\n"])
    folder.mkdir()
    assert 0 == file.write([b"2\n"])
    file.close()
    assert "first\n" == (tmp_path / "moved" / path.name).read_text()
    assert "2\n" == (folder / path.name).read_text()


def test_a_rotation_that_can_not_be_done_loses_nothing(path: Path, open_file: Open) -> None:
    file = open_file(size=5, count=1)
    path.with_name("server.jsonl.1").mkdir()
    for number in range(3):
        assert 0 == file.write([b"line %d\n" % number])
    path.with_name("server.jsonl.1").rmdir()
    assert 0 == file.write([b"line 3\n"])
    assert "line 0\nline 1\nline 2\nline 3\n" == path.with_name("server.jsonl.1").read_text()


def test_half_a_line_that_a_killed_process_left_is_ended(path: Path, open_file: Open) -> None:
    path.write_bytes(b"whole\nhal")
    open_file().write([b"next\n"])
    assert {"server.jsonl": "whole\nhal\nnext\n"} == contents(path)


def test_with_the_lock_in_other_hands_for_good_lines_are_still_written(
    path: Path, open_file: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    clock = iter(n / 4 for n in range(1_000))
    stand_in = type("Time", (), {"monotonic": lambda: next(clock), "sleep": waited.append})
    file = open_file(size=5)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        monkeypatch.setattr(file_module, "time", stand_in)
        assert 0 == file.write([b"first\n"])
        assert waited
        assert {"server.jsonl": "first\n"} == contents(path)
    finally:
        os.close(folder)
    assert 0 == file.write([b"2\n"])
    assert {"server.jsonl": "", "server.jsonl.1": "first\n2\n"} == contents(path)


def test_several_processes_write_and_rotate_and_every_line_is_there(path: Path) -> None:
    names, batches = "abc", 400
    # All in all some 1 MB; a file of 8 kB each: as many as it takes are kept.
    writers = [start_writer(path, name, batches, 8_192, 1_000) for name in names]
    let_go(writers)
    ended(writers)
    files = [*path.parent.iterdir()]
    each_is_there_once(files, names, batches)
    assert len(files) > 50
    assert all(each.stat().st_size < 8_192 + 2_000 for each in files)


def test_an_outsider_renames_it_meanwhile_and_every_line_is_there(path: Path) -> None:
    names, batches = "abc", 400
    writers = [start_writer(path, name, batches, 65_536, 1_000) for name in names]
    let_go(writers)
    renamed = 0
    while any(writer.poll() is None for writer in writers):
        # A writer may rotate it between any two of these steps.
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > 4_096:
                path.rename(path.with_name(f"renamed-{renamed}"))
                renamed += 1
    ended(writers)
    each_is_there_once([*path.parent.iterdir()], names, batches)
    assert renamed


def test_a_writer_that_is_killed_breaks_no_line_of_another(path: Path) -> None:
    victim = start_writer(path, "v", 1_000_000, 16_384, 10_000)
    other = start_writer(path, "o", 300, 16_384, 10_000)
    let_go([victim, other])
    eventually(lambda: len([*path.parent.iterdir()]) > 3, "they write")
    victim.kill()
    victim.wait()
    assert victim.stdout is not None
    victim.stdout.close()
    ended([other])
    written = [json.loads(line) for each in path.parent.iterdir() for line in each.read_bytes().splitlines()]
    assert [*range(300 * LINES)] == sorted(each["number"] for each in written if each["by"] == "o")
    of_victim = sorted(each["number"] for each in written if each["by"] == "v")
    assert [*range(len(of_victim))] == of_victim
