"""The verifier: reads what a start has not read, slowly, and tells what it finds."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from transcript.logs import make_log

from chatsimples.config.server import ServerSettings
from chatsimples.server.channels import FollowLog, Told, receive_news, send, spawn_context
from chatsimples.server.oplog.events import log
from chatsimples.server.tasks import VerifierTask
from chatsimples.server.verifier import Pace, SupervisorGoneError, run
from chatsimples.transcript.index.closed import has_index, index_path
from chatsimples.transcript.lines import BLOCK_BYTES
from chatsimples.transcript.segments import segments

Pipe = tuple["Connection[Any, Any]", "Connection[Any, Any]"]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    ours, theirs = multiprocessing.Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


class Waiting:
    """A clock, and a pipe on which waiting makes it go on; both say what was waited for."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []
        self.is_over = False

    def poll(self, timeout: float) -> bool:
        self.waits.append(timeout)
        self.now += timeout
        return self.is_over

    def pace(self, rate: int) -> Pace:
        return Pace(self, 1 << 40, rate, lambda: self.now)  # type: ignore[arg-type] # a stand-in


def test_it_reads_no_more_than_its_rate() -> None:
    waiting = Waiting()
    pace = waiting.pace(1_000)
    for _ in range(10):
        waiting.now += 0.25
        pace.pause(500)
    assert 100.0 + 10 * 0.5 == pytest.approx(waiting.now)
    assert 5_000 == pace.bytes


def test_what_was_slower_is_not_made_up_for() -> None:
    waiting = Waiting()
    pace = waiting.pace(1_000)
    waiting.now += 50.0
    for _ in range(4):
        pace.pause(1_000)
    assert [0.0, 1.0, 1.0, 1.0] == waiting.waits


def test_without_its_supervisor_it_reads_no_more(pipe: Pipe) -> None:
    ours, theirs = pipe
    pace = Pace(theirs, 100, 1 << 40, lambda: 0.0)
    pace.pause(10)
    ours.close()
    with pytest.raises(SupervisorGoneError):
        pace.pause(10)


def test_it_follows_the_log_when_it_is_told_to(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pipe
    followed = []
    monkeypatch.setattr(log, "follow_file", lambda: followed.append(True))
    pace = Pace(theirs, 100, 1 << 40, lambda: 0.0)
    send(ours, FollowLog())
    pace.pause(10)
    pace.pause(10)
    assert [True] == followed


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "server.jsonl").read_bytes().splitlines()]


def verify(folder: Path, first_seq: int, offset: int, *, supervised: bool = True) -> list[str]:
    """Let a verifier of its own process read; return what it has told the operator."""
    context = spawn_context()
    ours, theirs = context.Pipe()
    task = VerifierTask(ServerSettings(logs=str(folder), lang="en"), theirs, first_seq, offset)
    process = context.Process(target=run, args=(task,))
    process.start()
    theirs.close()
    if not supervised:
        ours.close()
    told: list[str] = []
    try:
        while supervised:
            news = receive_news(ours)
            assert isinstance(news, Told)
            told += news.lines
    except EOFError:
        pass
    process.join()
    assert 0 == process.exitcode
    ours.close()
    return told


def test_what_is_sound_is_told_in_the_operational_log_only(tmp_path: Path) -> None:
    make_log(tmp_path, 20, 30, 5)
    assert [] == verify(tmp_path, 51, 0)
    began, ended = events(tmp_path)
    size = sum(path.stat().st_size for path in segments(tmp_path)[:2])
    assert ("verifier", "info", 2, size) == tuple(
        began[name] for name in ("process", "level", "segments", "bytes")
    )
    assert ("info", 2, size, 0) == tuple(ended[name] for name in ("level", "segments", "bytes", "damaged"))


def test_damage_is_told_loudly_with_its_place(tmp_path: Path) -> None:
    make_log(tmp_path, 20, 30, 5)
    path = segments(tmp_path)[1]
    path.write_bytes(path.read_bytes().replace(b'"seq":33,', b'"seq":34,'))
    first, second = verify(tmp_path, 51, 0)
    assert "DAMAGED" in first
    assert f"{path}: line 14 " in first
    assert "goes on" in second
    told = [each for each in events(tmp_path) if each["level"] == "critical"]
    assert [(str(path), 14)] == [(each["path"], each["line"]) for each in told]
    assert 1 == events(tmp_path)[-1]["damaged"]


def test_segments_without_an_index_are_given_one(tmp_path: Path) -> None:
    make_log(tmp_path, 20, 30, 5, 9)
    damaged = segments(tmp_path)[1]
    damaged.write_bytes(damaged.read_bytes().replace(b'"seq":33,', b'"seq":34,'))
    verify(tmp_path, 56, 0)
    assert [True, False, True, False] == [has_index(path, BLOCK_BYTES) for path in segments(tmp_path)]


def test_an_index_that_cannot_be_written_is_told_and_missed(tmp_path: Path) -> None:
    make_log(tmp_path, 20, 30, 5)
    first, second, _ = segments(tmp_path)
    index_path(first).mkdir()
    verify(tmp_path, 51, 0)
    _, told, ended = events(tmp_path)
    assert ("warning", str(first)) == (told["level"], told["path"])
    assert 0 == ended["damaged"]
    assert has_index(second, BLOCK_BYTES)


def test_what_cannot_be_read_is_told_and_harms_nothing(tmp_path: Path) -> None:
    make_log(tmp_path, 20, 30, 5)
    path = segments(tmp_path)[0]
    path.unlink()
    path.mkdir()
    assert [] == verify(tmp_path, 51, 0)
    told = events(tmp_path)[-1]
    assert ("error", str(path)) == (told["level"], told["path"])


def test_one_whose_supervisor_is_gone_ends_before_it_has_read_all(tmp_path: Path) -> None:
    make_log(tmp_path, 20, 30, 5)
    verify(tmp_path, 51, 0, supervised=False)
    assert 1 == len(events(tmp_path))
