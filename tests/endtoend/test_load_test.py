"""The load test as its user runs it: from the command line to files, exit codes, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from support.effort import few
from support.paths import SAMPLE
from support.server import COMMAND, Server, clean_environment, run_command
from support.tls import Authority
from support.tls import options as tls_options
from support.waiting import DEADLINE, eventually

from chatsimples.loadtest import results
from chatsimples.loadtest.results import Report

SERVER_OPTIONS = ("--message-rate", "0", "--max-text", "0", "--max-line", "0")
SMALL = ("--clients", "5", "--seconds", "0.3", "--size", "40")
PEERS = {
    "redis": "redis-server", "nats": "nats-server", "inspircd": "inspircd", "ngircd": "ngircd", "course": "",
}  # fmt: skip
_BLOCKER = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {module!r}:
            raise ModuleNotFoundError(f"No module named {module!r}", name={module!r})
sys.meta_path.insert(0, Blocker())
from chatsimples.__main__ import main
main()
"""


class LoadTest:
    """A load test in a session of its own, with a folder of its own for what is temporary."""

    def __init__(self, folder: Path, *options: str | Path, program: Sequence[str] = COMMAND) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [*program, "load-test", "--lang", "en", *map(str, options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(TMPDIR=str(self.temporary), COLUMNS="200"),
            cwd=folder,
            start_new_session=True,
        )
        self.seen: set[psutil.Process] = set()
        self.stdout = self.stderr = ""

    def end(self, within: float = DEADLINE) -> int:
        """Wait for its end, and see that nothing of it is left; return its exit code."""
        self.look()
        self.stdout, self.stderr = self.process.communicate(timeout=within)
        assert "Traceback" not in self.stdout + self.stderr
        eventually(lambda: not any(_runs(each) for each in self.seen), "none of its processes is left")
        assert [] == list(self.temporary.iterdir())
        return self.process.returncode

    def look(self) -> set[str]:
        """Note what runs below it; return what they call themselves."""
        try:
            below = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            below = []
        self.seen.update(below)
        return {_title(each) for each in below}

    def loads(self) -> LoadTest:
        """Wait until its readers and senders are at work."""
        busy = {"chatsimples load-test: readers", "chatsimples load-test: senders"}
        eventually(lambda: busy <= self.look(), "readers and senders run")
        return self

    def kill(self) -> None:
        """Leave nothing of it behind, whatever has gone wrong."""
        self.look()
        for process in (
            [*self.seen, psutil.Process(self.process.pid)] if self.process.poll() is None else self.seen
        ):
            if _runs(process):
                process.kill()
        self.process.communicate()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _title(process: psutil.Process) -> str:
    try:
        return (process.cmdline() or [""])[0].strip("\0 ")
    except psutil.Error:
        return ""


Start = Callable[..., LoadTest]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[LoadTest] = []

    def begin(*options: str | Path, **how: Sequence[str]) -> LoadTest:
        started.append(LoadTest(tmp_path, *options, **how))
        return started[-1]

    yield begin
    for each in started:
        each.kill()


def report_of(load_test: LoadTest, file: Path) -> Report:
    """Wait for the end of a load test that found no fault; return its report."""
    assert 0 == load_test.end(), load_test.stdout + load_test.stderr
    report = results.load(file)
    assert report.ok
    return report


LOADS = [
    ("--rooms", "3", "--senders", "4", "--processes", "2", "--slow", "2", "--churn", "20"),
    ("--tls", "--dialect", "json", "--rate", "300", "--slow", "2", "--slow-bytes", "0"),
    ("--dialect", "websocket", "--rooms", "2", "--processes", "2", "--slow", "2", "--churn", "20"),
    ("--dialect", "json", "--processes", "2", "--rate", "300", "--slow", "2", "--slow-bytes", "0"),
    ("--tls", "--rooms", "2", "--processes", "2", "--slow", "2", "--churn", "20"),
]


@pytest.mark.parametrize("options", few(LOADS, 3))
def test_a_server_of_its_own_is_loaded_checked_and_ended(
    start: Start, tmp_path: Path, options: Sequence[str]
) -> None:
    json, html = tmp_path / "result.json", tmp_path / "result.html"
    load_test = start(*SMALL, *options, "--json", json, "--html", html)
    [run] = report_of(load_test, json).runs
    assert "chatsimples: all " in load_test.stdout
    assert "deliveries came once and in order" in load_test.stdout
    assert run.checks.expected == run.checks.exact > 0
    assert run.phase.latency.count == run.checks.exact
    assert {"acceptor", "broadcaster", "supervisor"} <= {each.name for each in run.phase.server}
    assert run.phase.server_rss > 1 << 20
    assert run.turns is not None
    assert run.turns.count > 10
    assert 0 < run.turns.p50 <= run.turns.p99 <= run.turns.max
    assert "turns of its loop" in load_test.stdout
    assert html.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_server_that_runs_is_loaded_by_tls_if_it_is_trusted(
    start: Start, start_server: Callable[..., Server], tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    server = start_server("--message-rate", "0", *tls_options(authority.issue()))
    address = f"chatsimples+tls://localhost:{server.tls_port}"
    json = tmp_path / "result.json"
    load_test = start(*SMALL, "--rate", "300", "--server", address, "--ca", authority.file, "--json", json)
    [run] = report_of(load_test, json).runs
    assert 5 * 90 == run.checks.exact == run.checks.expected
    assert 90 <= len(server.transcript.having(type="message"))
    stranger = start(*SMALL, "--server", address)
    assert 1 == stranger.end()
    assert "who issued its certificate is not trusted here" in stranger.stderr


def test_others_are_loaded_with_the_same(start: Start, tmp_path: Path) -> None:
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", str(Path(sys.executable).parent)])
    here = [name for name, program in PEERS.items() if not program or shutil.which(program, path=path)]
    json = tmp_path / "result.json"
    load_test = start(*SMALL, "--rate", "300", "--against", ",".join(here), "--runs", "1", "--json", json)
    report = report_of(load_test, json)
    assert ["chatsimples", *here] == report.targets
    for run in report.runs:
        assert 5 * 90 == run.checks.exact == run.checks.expected, run.target
        assert f"{run.target}: all 450 deliveries" in load_test.stdout


def test_a_recorded_chat_is_replayed(start: Start, server: Server, tmp_path: Path) -> None:
    json = tmp_path / "result.json"
    load_test = start(
        "--port", str(server.port), "--clients", "5", "--workload", SAMPLE, "--speed", "500", "--json", json
    )
    [run] = report_of(load_test, json).runs
    said = next(SAMPLE.glob("*.jsonl")).read_text("utf-8").count('"type":"message"')
    assert said == run.phase.sent


def test_the_largest_texts_are_carried(start: Start, server: Server, tmp_path: Path) -> None:
    json = tmp_path / "result.json"
    load = ("--clients", "2", "--seconds", "0.2", "--rate", "50", "--size", "65000")
    load_test = start("--port", str(server.port), *load, "--json", json)
    [run] = report_of(load_test, json).runs
    assert 2 * 10 == run.checks.exact


def test_a_ramp_finds_the_rate_that_is_not_held(start: Start, tmp_path: Path) -> None:
    json = tmp_path / "result.json"
    options = ("--clients", "2", "--seconds", "0.3", "--ramp", "--ramp-p99", "400", "--rate", "400", "--json")
    # No other limit of the server is as sharp as that of a connection's messages.
    load_test = start(*options, json, "--", "--message-rate", "200")
    [run] = report_of(load_test, json).runs
    assert run.ramp is not None
    # On a slow machine the load test itself may not hold a rate; then it says that, and claims no knee.
    assert run.ramp.reached or run.ramp.generator
    assert run.ramp.knee < 2_000
    assert len(run.ramp.steps) == len(run.phases)
    assert "chatsimples: the ramp" in load_test.stdout


def test_at_a_server_with_a_limit_nothing_is_lost_and_the_limit_is_named(
    start: Start, start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server("--message-rate", "20")
    json = tmp_path / "result.json"
    # Half of these go beyond the burst that is allowed.
    load_test = start(
        "--port", str(server.port), "--clients", "3", "--seconds", "0.5", "--rate", "240", "--json", json
    )
    [run] = report_of(load_test, json).runs
    assert 3 * 120 == run.checks.exact
    assert "has a limit set (--message-rate)" in " ".join(load_test.stdout.split())
    assert not run.phase.server


def test_where_no_server_is_it_says_so(start: Start) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        load_test = start(*SMALL, "--port", str(port))
        assert 1 == load_test.end()
    why = f"could not connect to 127.0.0.1 port {port}: {os.strerror(111)}"
    assert why in load_test.stderr
    assert 1 == len(load_test.stderr.splitlines())
    assert "" == load_test.stdout


def test_a_server_that_is_killed_ends_the_load_test(
    start: Start, start_server: Callable[..., Server]
) -> None:
    server = start_server("--message-rate", "0")
    load_test = start("--port", str(server.port), "--clients", "5", "--seconds", "600").loads()
    eventually(
        lambda: sum(each.stat().st_size for each in server.logs.glob("*.jsonl")) > 100_000,
        "the load has begun",
    )
    server.kill()
    assert 1 == load_test.end()
    assert "the server ended its connection" in load_test.stderr
    assert 1 == len(load_test.stderr.splitlines())


STOPS = [
    (signal.SIGINT, 130, False), (signal.SIGTERM, 143, True),
    (signal.SIGINT, 130, True), (signal.SIGTERM, 143, False),
]  # fmt: skip


@pytest.mark.parametrize(("number", "code", "early"), few(STOPS, 2))
def test_who_stops_it_leaves_nothing_behind(start: Start, number: int, code: int, early: bool) -> None:
    load_test = start("--clients", "5", "--seconds", "600", "--rate", "100")
    if early:
        eventually(load_test.look, "it has started something")
    else:
        load_test.loads()
    # As a terminal does: to all that are in the foreground.
    if number == signal.SIGINT:
        os.killpg(load_test.process.pid, number)
    else:
        load_test.process.send_signal(number)
    assert code == load_test.end()
    assert "" == load_test.stdout


@pytest.mark.parametrize(
    ("options", "code", "what"),
    [
        (("--json", "nowhere/result.json"), 1, "nowhere/result.json can't be written: No such file"),
        (("--rate", "fast"), 2, "--rate: 'fast' is neither a number of messages a second"),
        (("--rooms", "7", "--clients", "5"), 2, "raise --clients to 7 at least"),
        (("--workload", "nowhere"), 1, "nowhere"),
    ],
)
def test_what_can_not_be_is_said_before_anything_is_started(
    options: Sequence[str], code: int, what: str
) -> None:
    before = {each.pid for each in psutil.Process().children()}
    done = run_command("load-test", "--lang", "en", *options)
    assert (code, "") == (done.returncode, done.stdout)
    assert what in " ".join(done.stderr.split())
    assert before == {each.pid for each in psutil.Process().children()}


@pytest.mark.parametrize("module", ["hdrh", "psutil"])
def test_what_is_not_installed_is_named_with_how_to_install_it(start: Start, module: str) -> None:
    program = (sys.executable, "-c", _BLOCKER.format(module=module))
    load_test = start(*SMALL, program=program)
    assert 1 == load_test.end()
    assert (
        f"the load test needs {module}; install it with: pip install 'chatsimples[loadtest]'"
        in load_test.stderr
    )
    assert 1 == len(load_test.stderr.splitlines())
