"""The operational log: whole lines of JSON, whoever writes them, and however many write at once."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest
from support.server import clean_environment
from support.waiting import DEADLINE

from chatsimples.server.oplog.events import FILE_NAME

BEGIN = """
import sys, threading
from pathlib import Path
from chatsimples.config.server import ServerSettings
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
oplog.configure(ServerSettings(logs=sys.argv[1]), sys.argv[2])
"""

# As many events as one likes.
NO_LIMIT = """
from chatsimples.server.oplog.file import LogFile
from chatsimples.server.oplog.limit import Limit
from chatsimples.server.oplog.writer import Writer
file = LogFile(Path(sys.argv[1], oplog.FILE_NAME), 0, 0)
log.go_to(Writer(file, sys.argv[2], sys.stderr, Limit(1_000_000)))
"""

TALKS = """
sys.stdin.read()
def talk(thread):
    for number in range(150):
        log.info("event", number=number, filling=f"{sys.argv[2]}-{thread}" * (number % 50) * 40)
threads = [threading.Thread(target=talk, args=(n,), name=f"worker-{n}") for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

EACH_KIND = """
log.info("it begins", conn=7, address="192.0.2.1", ok=True, none=None, path=Path("a"))
log.warning("careful", why="a \\x1b[31m b\\nc\\u2028d", ratio=0.5)
log.error("não", list=[1, "x"])
try:
    raise ValueError("é isto")
except ValueError:
    log.exception("it has failed")
"""

NO_ROOM = """
import resource
log.info("before")
log.flush()
size = Path(sys.argv[1], oplog.FILE_NAME).stat().st_size
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, hard))
for number in range(200):
    log.info("meanwhile", number=number, filling="x" * 100)
    log.flush()
log.info("a long one", filling="x" * 20_000)
log.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
log.info("after")
"""


def start(folder: Path, process: str, script: str, **how: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + script, str(folder), process],
        stdin=subprocess.PIPE,
        stderr=how.pop("stderr", subprocess.PIPE),
        env=clean_environment(NO_COLOR="1"),
        **how,
    )


def run(folder: Path, script: str, **how: Any) -> str:
    """Run a process that logs; return its standard error."""
    process = start(folder, "acceptor", script, **how)
    _, errors = process.communicate(timeout=DEADLINE)
    assert 0 == process.returncode, errors
    return (errors or b"").decode()


def stdin_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin


def stdout_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


def events_in(folder: Path) -> list[dict[str, Any]]:
    """Read the log; every line must be one object of JSON."""
    lines = (folder / FILE_NAME).read_bytes().splitlines(keepends=True)
    assert all(line.endswith(b"\n") for line in lines)
    return [json.loads(line) for line in lines]


def test_an_event_is_a_line_of_json_with_its_process_level_and_time(tmp_path: Path) -> None:
    run(tmp_path, EACH_KIND)
    events = events_in(tmp_path)
    assert ["it begins", "careful", "não", "it has failed"] == [each["event"] for each in events]
    assert ["info", "warning", "error", "error"] == [each["level"] for each in events]
    assert {"acceptor"} == {each["process"] for each in events}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", each["timestamp"]) for each in events)
    first, second, third, fourth = events
    assert (7, "192.0.2.1", True, None) == (first["conn"], first["address"], first["ok"], first["none"])
    assert "a \x1b[31m b\nc\u2028d" == second["why"]
    assert [1, "x"] == third["list"]
    assert "ValueError: é isto" in fourth["exception"]


def test_the_main_thread_is_not_told_others_are(tmp_path: Path) -> None:
    run(
        tmp_path,
        'log.info("a"); t = threading.Thread(target=log.info, args=("b",), name="worker-3"); t.start()',
    )
    assert [None, "worker-3"] == [each.get("thread") for each in events_in(tmp_path)]


def test_for_people_each_event_is_on_stderr_and_forges_no_line(tmp_path: Path) -> None:
    shown = run(tmp_path, EACH_KIND)
    assert all(event in shown for event in ("it begins", "careful", "não", "it has failed"))
    assert "\x1b" not in shown
    assert [] == [line for line in shown.splitlines() if line.startswith(("c", "d"))]


def test_on_a_terminal_there_are_colours_but_in_the_file_there_are_none(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    environment = {name: value for name, value in clean_environment().items() if name != "NO_COLOR"}
    command = [sys.executable, "-c", BEGIN + 'log.info("it begins")', str(tmp_path), "acceptor"]
    subprocess.run(command, stderr=slave, env={**environment, "TERM": "xterm"}, check=True, timeout=DEADLINE)
    os.close(slave)
    assert b"\x1b[" in os.read(master, 10_000)
    os.close(master)
    assert b"\\u001b" not in (tmp_path / FILE_NAME).read_bytes()


def test_lines_that_several_processes_and_threads_write_at_once_never_mix(tmp_path: Path) -> None:
    names = ["supervisor", "acceptor", "broadcaster"]
    talkers = [start(tmp_path, name, NO_LIMIT + TALKS, stderr=subprocess.DEVNULL) for name in names]
    for talker in talkers:
        stdin_of(talker).close()
    for talker in talkers:
        assert 0 == talker.wait(DEADLINE)
    said: dict[tuple[str, str], list[int]] = {}
    for event in events_in(tmp_path):
        who = (event["process"], event["thread"])
        said.setdefault(who, []).append(event["number"])
        mark = f"{who[0]}-{who[1].removeprefix('worker-')}"
        assert mark * (event["number"] % 50) * 40 == event["filling"]
    assert {(name, f"worker-{number}"): [*range(150)] for name in names for number in range(3)} == said


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    run(tmp_path, 'log.info("first")')
    run(tmp_path, 'log.info("second")')
    assert ["first", "second"] == [each["event"] for each in events_in(tmp_path)]


def test_a_disk_without_room_ends_nothing_and_leaves_no_broken_line(tmp_path: Path) -> None:
    shown = run(tmp_path, NO_LIMIT + NO_ROOM)
    assert 200 == shown.count("meanwhile")
    assert "after" in shown
    before, lost, after = events_in(tmp_path)
    assert ("before", "after") == (before["event"], after["event"])
    assert ("events were lost", "warning", 201) == (lost["event"], lost["level"], lost["count"])


def test_a_disk_without_room_for_what_stderr_goes_to_ends_nothing_either(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("wb") as file:
        run(tmp_path, NO_LIMIT + NO_ROOM, stderr=file)
    events = [each["event"] for each in events_in(tmp_path)]
    assert ("before", "after") == (events[0], events[-1])


@pytest.mark.parametrize("obstacle", ["a folder", "no folder"])
def test_a_file_that_can_not_be_opened_is_told(tmp_path: Path, obstacle: str) -> None:
    folder = tmp_path / "logs"
    if obstacle == "a folder":
        (folder / FILE_NAME).mkdir(parents=True)
    script = BEGIN.replace("oplog.configure", "configure = oplog.configure\ntry:\n    configure")
    script += '    print("it can")\nexcept OSError as error:\n    print(error.filename)\n'
    command = [sys.executable, "-c", script, str(folder), "acceptor"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert f"{folder / FILE_NAME}\n" == told.stdout


ENDS_AT_ONCE = """
import os
for number in range(100):
    log.info("event", number=number)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it has failed") if sys.stdin.read() == "exception" else log.critical("it can't go on")
os._exit(3)
"""


@pytest.mark.parametrize(("level", "event"), [("exception", "it has failed"), ("", "it can't go on")])
def test_what_ends_a_process_is_on_record_before_it_ends(tmp_path: Path, level: str, event: str) -> None:
    process = start(tmp_path, "acceptor", NO_LIMIT + ENDS_AT_ONCE)
    _, shown = process.communicate(level.encode(), timeout=DEADLINE)
    assert 3 == process.returncode
    *others, last = events_in(tmp_path)
    assert [*range(100)] == [each["number"] for each in others]
    assert event == last["event"]
    assert event in shown.decode()


FULL_STDERR = """
import os
writing = 2
os.set_blocking(writing, False)
try:
    while True:
        os.write(writing, b"x" * 4096)
except BlockingIOError:
    pass
os.set_blocking(writing, True)
for number in range(8_000):
    log.info("event", number=number, filling="x" * 100)
    if number == 4_000:
        log.critical("urgent")
print("goes on", flush=True)
"""


def test_a_stderr_that_nobody_reads_stops_neither_the_process_nor_the_file(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = start(tmp_path, "acceptor", NO_LIMIT + FULL_STDERR, stderr=writing, stdout=subprocess.PIPE)
    try:
        stdin_of(process).close()
        assert process.stdout is not None
        assert b"goes on\n" == stdout_of(process).readline()
        assert 0 == process.wait(DEADLINE)
    finally:
        os.close(writing)
        os.close(reading)
        process.kill()
        process.wait()
        stdout_of(process).close()
    events = events_in(tmp_path)
    told = [each["number"] for each in events if each["event"] == "event"]
    lost = sum(each["count"] for each in events if each["event"] == "events were lost")
    assert 8_000 == len(told) + lost
    assert sorted({*told}) == told
    assert 1 == [each["event"] for each in events].count("urgent")


def test_when_nobody_reads_stderr_any_more_the_file_has_it_all(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(tmp_path, "acceptor", 'log.info("a")\nlog.info("b")', stderr=writing)
    os.close(writing)
    stdin_of(process).close()
    assert 0 == process.wait(DEADLINE)
    assert ["a", "b"] == [each["event"] for each in events_in(tmp_path)]


def test_without_stderr_the_file_has_it_all(tmp_path: Path) -> None:
    script = BEGIN + 'log.info("a")\nlog.info("b")'
    closed = ["sh", "-c", 'exec "$@" 2>&-', "sh"]
    subprocess.run(
        [*closed, sys.executable, "-c", script, str(tmp_path), "acceptor"], check=True, timeout=DEADLINE
    )
    assert ["a", "b"] == [each["event"] for each in events_in(tmp_path)]


NO_STRUCTLOG = """
sys.modules["structlog"] = None
log.warning("no room", why="files", number=7, path=Path("a"))
log.flush()
try:
    raise ValueError("é isto")
except ValueError:
    log.exception("it has failed")
del sys.modules["structlog"]
log.info("it can be had again")
"""


def test_what_happens_while_structlog_cannot_be_had_is_told_plainly(tmp_path: Path) -> None:
    run(tmp_path, NO_STRUCTLOG)
    first, second, third = events_in(tmp_path)
    assert ("no room", "files", 7, "a", "warning", "acceptor") == tuple(
        first[name] for name in ("event", "why", "number", "path", "level", "process")
    )
    assert ("it has failed", "error") == (second["event"], second["level"])
    assert "ValueError: é isto" in second["exception"]
    assert ("it can be had again", "info") == (third["event"], third["level"])
    assert all(each["timestamp"] for each in (first, second, third))
