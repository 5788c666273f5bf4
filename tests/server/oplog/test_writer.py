"""The writer: nobody who tells an event waits, nothing is missing without being counted."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.server.oplog.file import LogFile
from chatsimples.server.oplog.limit import Limit
from chatsimples.server.oplog.writer import MOST_WAITING, Writer

MANY = 1_000_000


class HeldFile(LogFile):
    """A file on a disk that hangs until it is let go; then it takes all, or nothing while it is full."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 0, 0)
        self.goes_on = threading.Event()
        self.writing = threading.Event()
        self.full = False
        self.fault: Exception | None = None

    def write(self, lines: Sequence[bytes]) -> int:
        self.writing.set()
        assert self.goes_on.wait(DEADLINE)
        if self.fault is not None:
            raise self.fault
        return len(lines) if self.full else super().write(lines)


class Log:
    """A file, what writes to it, and what stands in it."""

    def __init__(self, path: Path, most_alike: int = MANY, stderr: TextIO | None = None) -> None:
        self.path = path
        self.file = HeldFile(path)
        self.file.goes_on.set()
        self.writer = Writer(self.file, "acceptor", stderr, Limit(most_alike))

    def events(self) -> list[dict[str, Any]]:
        # The last line may be on its way.
        *lines, _ = self.path.read_bytes().split(b"\n")
        return [json.loads(line) for line in lines]

    def names(self) -> list[str]:
        return [each["event"] for each in self.events()]

    def hold(self) -> None:
        """Let the disk hang, with the writer waiting for it."""
        self.file.goes_on.clear()
        self.file.writing.clear()
        self.writer.tell("info", "hangs", {})
        assert self.file.writing.wait(DEADLINE)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "server.jsonl")
    yield log
    log.file.goes_on.set()


@pytest.fixture
def limited(tmp_path: Path) -> Log:
    return Log(tmp_path / "server.jsonl", 10)


def test_an_event_is_written_at_once_and_without_being_asked_for(log: Log) -> None:
    log.writer.tell("info", "it begins", {"conn": 7})
    eventually(lambda: ["it begins"] == log.names(), "it is written")


def test_while_the_disk_hangs_nobody_waits_and_what_is_too_much_is_counted(log: Log) -> None:
    log.hold()
    for number in range(MOST_WAITING + 500):
        log.writer.tell("info", "event", {"number": number})
    log.writer.flush(0)
    assert [] == log.events()
    log.file.goes_on.set()
    log.writer.flush()
    events = log.events()
    assert [*range(MOST_WAITING)] == [each["number"] for each in events if each["event"] == "event"]
    assert [500] == [each["count"] for each in events if each["event"] == "events were lost"]


def test_what_is_urgent_is_never_dropped(log: Log) -> None:
    log.hold()
    for _ in range(MOST_WAITING + 1):
        log.writer.tell("info", "event", {})
    threading.Timer(0.1, log.file.goes_on.set).start()
    log.writer.tell("critical", "it can't go on", {})
    log.writer.flush()
    assert "it can't go on" in log.names()


def test_what_a_full_disk_does_not_take_is_counted_and_told_once(log: Log) -> None:
    log.file.full = True
    for number in range(1, 6):
        log.writer.tell("info", f"lost {number}", {})
        log.writer.flush()
    assert [] == log.events()
    log.file.full = False
    log.writer.tell("info", "there is room", {})
    log.writer.tell("info", "still", {})
    log.writer.flush()
    assert ["events were lost", "there is room", "still"] == log.names()
    assert 5 == log.events()[0]["count"]


def test_a_fault_does_not_end_the_log(log: Log) -> None:
    log.file.fault = ValueError("a fault")
    log.writer.tell("info", "lost", {})
    log.writer.flush()
    log.file.fault = None
    log.writer.tell("info", "goes on", {})
    log.writer.flush()
    assert ["events were lost", "goes on"] == log.names()


def test_where_there_is_no_room_for_a_thread_it_is_written_by_whoever_tells(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading, "Thread", NoThread)
        log.writer.tell("info", "no room", {})
        log.writer.tell("critical", "no room at all", {})
        assert ["no room", "no room at all"] == log.names()
    log.writer.tell("info", "there is room", {})
    log.writer.flush()
    assert "there is room" == log.names()[-1]


def test_like_events_are_told_ten_times_and_counted(limited: Log) -> None:
    for number in range(5_000):
        limited.writer.tell("info", "a connection was refused", {"number": number})
    limited.writer.tell("warning", "something else", {})
    limited.writer.flush()
    *told, other, left_out = limited.events()
    assert [*range(10)] == [each["number"] for each in told]
    assert "something else" == other["event"]
    assert ("like events were left out", "info", "a connection was refused", 4_990) == (
        left_out["event"],
        left_out["level"],
        left_out["of"],
        left_out["count"],
    )


def test_how_many_were_left_out_is_told_without_a_further_event(
    limited: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.oplog.limit.PERIOD", 0.3)
    for _ in range(15):
        limited.writer.tell("info", "a connection was refused", {})
    eventually(lambda: 11 == len(limited.events()), "it is told")
    assert 5 == limited.events()[-1]["count"]


@pytest.mark.parametrize("level", ["critical", "exception"])
def test_what_is_urgent_is_never_left_out(limited: Log, level: str) -> None:
    for number in range(30):
        limited.writer.tell(level, "it can't go on", {"number": number})
    assert [*range(30)] == [each["number"] for each in limited.events()]


def test_a_file_that_was_renamed_is_made_anew_without_an_event(log: Log) -> None:
    log.writer.tell("info", "before", {})
    log.writer.flush()
    log.path.rename(log.path.with_name("renamed"))
    log.writer.follow()
    eventually(log.path.exists, "the file is made anew")
    log.writer.tell("info", "after", {})
    log.writer.flush()
    assert ["after"] == log.names()


def test_people_see_each_event_as_a_line(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w+", encoding="utf-8") as stderr:
        log = Log(tmp_path / "server.jsonl", stderr=stderr)
        log.writer.tell("info", "it begins", {"conn": 7})
        log.writer.tell("warning", "não", {})
        log.writer.flush()
        first, second = (tmp_path / "stderr").read_text("utf-8").splitlines()
    assert all(part in first for part in ("it begins", "conn=7", "info"))
    assert "não" in second


def test_a_reader_who_comes_back_is_told_how_many_lines_he_missed(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as stderr, open(reading, "rb", buffering=0) as reader:  # noqa: PTH123
        log = Log(tmp_path / "server.jsonl", stderr=stderr)
        for number in range(3_000):
            log.writer.tell("info", "event", {"number": number, "filling": "x" * 300})
            if not number % 500:
                eventually(lambda: len(log.events()) > number, "it is in the file")  # noqa: B023 - at once
        eventually(lambda: 3_000 == len(log.events()), "all of it is in the file")
        shown = b""
        while b"were not shown here" not in shown:
            shown += reader.read(65_536)
    *lines, last = shown.decode().splitlines()
    assert 3_000 == len(lines) + int(last.split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a priority is a whole process's")
def test_what_was_begun_keeps_its_priority_when_the_caller_lowers_its_own(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    before = {*threading.enumerate()}
    priorities: dict[str, int] = {}

    def lower_its_own() -> None:
        log.writer.begin()
        os.nice(3)
        (writing,) = {each for each in threading.enumerate() if each.name == "log"} - before
        for thread in (threading.current_thread(), writing):
            assert thread.native_id is not None
            priorities[thread.name] = os.getpriority(os.PRIO_PROCESS, thread.native_id)

    verifier = threading.Thread(target=lower_its_own, name="verifier")
    verifier.start()
    verifier.join()
    assert 3 == priorities["verifier"] - priorities["log"]
