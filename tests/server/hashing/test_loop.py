"""The hashing process: it answers who still waits, gives way to all others, and ends with the supervisor."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from server.logins.hashers import CountingHasher
from support.waiting import DEADLINE, eventually

from chatsimples.config.server import ServerSettings
from chatsimples.server.channels import FollowLog, send, spawn_context
from chatsimples.server.children import be_hashing
from chatsimples.server.hashing.channel import channel
from chatsimples.server.hashing.exchange import Question, ask, receive
from chatsimples.server.hashing.loop import give_way, serve
from chatsimples.server.hashing.remote import RemoteHasher
from chatsimples.server.hashing.roads import Roads
from chatsimples.server.tasks import HashingTask

Ends = tuple[socket.socket, socket.socket]
FAULT = "what breaks it"


@pytest.fixture
def ends() -> Iterator[Ends]:
    asking, asked = channel()
    yield asking, asked
    asking.close()
    asked.close()


class Faulty(CountingHasher):
    """Fails over one password: so it can be ended."""

    def hash(self, password: str) -> str:
        if password == FAULT:
            raise MemoryError(password)
        return super().hash(password)


def test_what_nobody_waits_for_any_more_costs_no_work(ends: Ends) -> None:
    asking, asked = ends
    hasher = Faulty()
    ended: list[int] = []
    ask(asking, Question("given up", makes=True)).close()
    serving = threading.Thread(target=serve, args=(asked, hasher, ended.append))
    with ask(asking, Question("awaited", makes=True)) as replied:
        serving.start()
        reply = receive(replied)
    assert reply is not None
    assert "hash:detiawa" == reply.hashed
    assert 1 == hasher.work
    with ask(asking, Question(FAULT, makes=True)):
        serving.join(DEADLINE)
    assert [1] == ended


def test_a_fault_ends_the_process_and_whoever_waits_sees_that(ends: Ends) -> None:
    asking, asked = ends
    codes: list[int] = []
    with ask(asking, Question(FAULT, makes=True)) as replied:
        serve(asked, Faulty(), codes.append)
        assert receive(replied) is None
    assert [1] == codes


@pytest.mark.parametrize("gives_way", [False, True])
def test_as_a_process_it_hashes_and_compares_until_its_supervisor_is_gone(
    ends: Ends, tmp_path: Path, gives_way: bool
) -> None:
    asking, asked = ends
    context = spawn_context()
    pipe, theirs = context.Pipe()
    process = context.Process(
        target=be_hashing, args=(HashingTask(ServerSettings(logs=str(tmp_path)), asked, gives_way, theirs),)
    )
    own = os.getpriority(os.PRIO_PROCESS, 0) if sys.platform == "linux" else 0
    process.start()
    theirs.close()
    try:
        hasher = RemoteHasher(Roads(asking, asking), DEADLINE)
        hashed = hasher.hash("a good password")
        assert hasher.matches(hashed, "a good password")
        assert not hasher.matches("", "a good password")
        log = tmp_path / "server.jsonl"
        log.rename(tmp_path / "before.jsonl")
        send(pipe, FollowLog())
        if sys.platform == "linux":
            assert (19 if gives_way else own) == os.getpriority(os.PRIO_PROCESS, process.pid or 0)
        pipe.close()
        process.join(DEADLINE)
        assert 0 == process.exitcode
        eventually(log.exists, "the log is written to anew")
    finally:
        process.kill()
        process.join()


def test_it_gives_way_to_every_other_process() -> None:
    program = (
        "import os, sys; from chatsimples.server.hashing.loop import give_way; give_way(); "
        "print(os.getpriority(os.PRIO_PROCESS, 0), sys.platform != 'linux' or os.sched_getscheduler(0) == 5)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "19 True" == told.strip()


def test_giving_way_does_no_harm_where_a_system_has_less_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    nice: list[tuple[int, ...]] = []
    monkeypatch.setattr("os.setpriority", lambda *of: nice.append(of))
    monkeypatch.setattr("sys.platform", "darwin")
    give_way()
    assert [(os.PRIO_PROCESS, 0, 19)] == nice
