"""The supervisor: it starts the others, mends what breaks, keeps the port, and always ends."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from server.stand_ins import SILENCE
from support.clients import Clients
from support.processes import group_members
from support.server import Server
from support.waiting import DEADLINE, eventually

TESTS = str(Path(__file__).parents[1])

# Becomes the server; what it prints, errors too, is read by nobody, who is gone or does not read.
NOBODY_READS = """
import os, sys
for descriptor in (1, 2):
    reading, writing = os.pipe()
    if sys.argv[1] == "gone":
        os.close(reading)
    else:
        os.set_inheritable(reading, True)
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writing, True)
    os.dup2(writing, descriptor)
os.execvp(sys.argv[2], sys.argv[2:])
"""

# Becomes the server, on a terminal of its own.
ON_A_TERMINAL = """
import os, sys
terminal = os.open(sys.argv[1], os.O_RDWR)
for descriptor in range(int(sys.argv[2]) + 1):
    os.dup2(terminal, descriptor)
os.execvp(sys.argv[3], sys.argv[3:])
"""


Make = Callable[..., Server]


@pytest.fixture
def with_stand_in(make_server: Make) -> Make:
    """Give a maker of servers of which one child is another; see `stand_ins`."""

    def make(which: str, *options: str, on_terminal: str = "") -> Server:
        terminal = [sys.executable, "-c", ON_A_TERMINAL, on_terminal, "0"] if on_terminal else []
        path = os.pathsep.join(filter(None, (TESTS, os.environ.get("PYTHONPATH"))))
        return make_server(
            *options,
            wrapper=[*terminal, sys.executable, "-m", "server.stand_ins", which],
            environment={"PYTHONPATH": path},
        )

    return make


def events(server: Server) -> list[dict[str, Any]]:
    """Return what the server has logged."""
    path = server.logs / "server.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def logged(server: Server, event: str) -> dict[str, Any]:
    """Wait until the server has logged an event; return it."""
    return eventually(lambda: [each for each in events(server) if each["event"] == event], event)[-1]


def fails(server: Server, *words: str) -> None:
    """Wait for a server that can't go on: exit code 1 and one clear line at the end."""
    assert 1 == server.wait()
    server.is_gone()
    *_, last = server.stderr.splitlines()
    assert last.startswith("chatsimples: ")
    assert [] == [word for word in words if word not in last], last
    assert "Traceback" not in server.stderr


# While it serves. These share a server, which must stop cleanly at the end.


def test_its_processes_are_known_by_their_names(server: Server) -> None:
    supervisor = next(each for each in server.processes() if each.pid == server.process.pid)
    assert "chatsimples: supervisor" == supervisor.arguments
    for name in ("acceptor", "broadcaster"):
        assert f"chatsimples: {name}" == server.child(name).arguments
        assert supervisor.pid == server.child(name).parent


@pytest.mark.parametrize("name", ["acceptor", "broadcaster"])
def test_a_stopped_child_is_made_to_go_on_and_serves(server: Server, clients: Clients, name: str) -> None:
    ana = clients.json(server, "ana")
    child = server.child(name)
    child.kill(signal.SIGSTOP)
    logged(server, "a stopped child is made to go on")
    ana.say("ainda aqui", id="1")
    clients.json(server, "bia").say("eu também", id="2")
    assert child.pid == server.child(name).pid


def test_the_port_is_kept_while_the_children_are_replaced(server: Server, clients: Clients) -> None:
    before = [server.child(name) for name in ("acceptor", "broadcaster")]
    for child in before:
        child.kill()
    # Nobody is there to accept now; the listening socket is, and who comes waits in it.
    waiting = [clients.json(server) for _ in range(20)]
    for number, client in enumerate(waiting):
        client.hello(f"n{number}")
    logged(server, "serving again")
    assert -signal.SIGKILL in [each.get("code") for each in events(server)]
    after = [server.child(name) for name in ("acceptor", "broadcaster")]
    assert not {child.pid for child in before} & {child.pid for child in after}
    assert 1 == server.stdout.count("listening on")


# Children that are not what they should be.


def test_a_child_that_dies_before_it_works_ends_the_server(with_stand_in: Make) -> None:
    server = with_stand_in("dead_acceptor").launch()
    fails(server, "the acceptor has died", "server.jsonl")
    assert "listening on" not in server.stdout


def test_a_child_that_later_dies_every_time_is_given_up_on(with_stand_in: Make) -> None:
    server = with_stand_in("acceptor_that_works_once").start()
    server.child("acceptor").kill()
    fails(server, "the acceptor has died", "starting again does not help", "server.jsonl")
    tries = [each for each in events(server) if each["event"] == "the acceptor has died"]
    assert 3 == len(tries)


def test_a_child_that_hangs_is_replaced(with_stand_in: Make, clients: Clients) -> None:
    server = with_stand_in("broadcaster_that_hangs_once").start()
    early = clients.json(server)
    early.ask("hello", nick="ana")
    assert logged(server, "the broadcaster hangs")["silent_for"] >= SILENCE
    early.read_to_end()
    clients.json(server, "ana").say("outra vez", id="1")
    assert 0 == server.stop()
    server.transcript.check(stopped=True)


def with_a_past(make: Make, *options: str) -> Server:
    """Start a server whose transcript holds something to be verified."""
    server = make("verifier_that_never_ends", *options)
    assert 0 == server.start().stop()
    return server.start()


def test_a_verifier_outlives_the_others_and_ends_with_the_server(
    with_stand_in: Make, clients: Clients
) -> None:
    server = with_a_past(with_stand_in)
    verifier = server.child("verifier")
    server.child("broadcaster").kill()
    logged(server, "serving again")
    clients.json(server, "ana").say("oi", id="1")
    assert verifier.pid == server.child("verifier").pid
    assert 0 == server.stop()
    server.is_gone()
    server.transcript.check(stopped=True)


def test_a_verifier_that_dies_is_noted_and_not_missed(with_stand_in: Make, clients: Clients) -> None:
    server = with_a_past(with_stand_in)
    server.child("verifier").kill()
    assert -signal.SIGKILL == logged(server, "the verifier has died: the next start verifies again")["code"]
    clients.json(server, "ana").say("oi", id="1")
    assert 0 == server.stop()
    server.transcript.check(stopped=True)


def test_an_acceptor_that_does_not_stop_costs_no_more_than_the_deadline(with_stand_in: Make) -> None:
    server = with_stand_in("deaf_acceptor", "--stop-timeout", "0.5").start()
    server.process.send_signal(signal.SIGTERM)
    assert 0 == server.wait()
    server.is_gone()
    killed = [each for each in events(server) if each["event"] == "it did not end in time and is killed"]
    assert ["acceptor"] == [each["process_name"] for each in killed]
    server.transcript.check(stopped=True)


def test_a_second_signal_ends_everything_at_once(with_stand_in: Make) -> None:
    server = with_stand_in("deaf_acceptor", "--stop-timeout", "600").start()
    server.process.send_signal(signal.SIGTERM)
    logged(server, "stopping")
    eventually(lambda: _ends_by(server, signal.SIGINT), "it ends at once")
    assert 128 + signal.SIGINT == server.process.returncode
    server.is_gone()
    assert "Traceback" not in server.stderr
    server.transcript.check()


def _ends_by(server: Server, number: int) -> bool:
    # The first one may come a moment before the supervisor is ready for a second one.
    with suppress(ProcessLookupError):
        server.process.send_signal(number)
    return server.process.poll() is not None


# Circumstances.


def test_a_stop_while_it_starts_is_obeyed(make_server: Make) -> None:
    server = make_server().launch()
    eventually(
        lambda: [
            each for each in group_members(server.process.pid) if "chatsimples: super" in each.arguments
        ],
        "it begins",
    )
    eventually((server.logs / "server.jsonl").exists, "it notes signals any moment now")
    eventually(lambda: len(server.processes()) > 1, "it starts its children")
    server.process.send_signal(signal.SIGTERM)
    assert 0 == server.wait()
    server.is_gone()
    assert "Traceback" not in server.stderr
    server.transcript.check()


@pytest.mark.parametrize("nobody", ["gone", "asleep"])
def test_when_nobody_reads_what_it_prints_it_serves_and_stops_all_the_same(
    make_server: Make, clients: Clients, nobody: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    wrapper = [sys.executable, "-c", NOBODY_READS, nobody]
    server = make_server(port=port, wrapper=wrapper).launch()
    logged(server, "serving")
    clients.json(server, "ana").say("oi", id="1")
    for _ in range(100):
        server.type("/quem")
        server.type("/ajuda")
    server.child("broadcaster").kill(signal.SIGSTOP)
    logged(server, "a stopped child is made to go on")
    clients.json(server, "bia").say("oi", id="2")
    assert 0 == server.stop()
    server.is_gone()
    server.transcript.check(stopped=True)


@pytest.mark.parametrize("last", [0, 2], ids=["stdin", "all"])
def test_a_closed_terminal_is_a_clean_stop(make_server: Make, last: int) -> None:
    master, slave = pty.openpty()
    wrapper = [sys.executable, "-c", ON_A_TERMINAL, os.ttyname(slave), str(last)]
    server = make_server(wrapper=wrapper).launch()
    logged(server, "serving")
    os.close(slave)
    os.close(master)
    assert 0 == server.wait()
    server.is_gone()
    server.transcript.check(stopped=True)
    assert "stop" == server.transcript.entries[-1].type
    assert "stopped" == events(server)[-1]["event"]
    # Nothing is said of semaphores, or of anything else.
    assert [] == [line for line in server.stderr.splitlines() if "[info" not in line]


def test_a_closed_terminal_and_then_a_signal_of_the_shell_is_a_clean_stop(with_stand_in: Make) -> None:
    # Nothing stops quickly here: all the signals arrive meanwhile.
    master, slave = pty.openpty()
    server = with_stand_in("deaf_acceptor", "--stop-timeout", "0.5", on_terminal=os.ttyname(slave)).launch()
    logged(server, "serving")
    os.close(slave)
    os.close(master)
    logged(server, "stopping")
    for _ in range(3):
        os.killpg(server.process.pid, signal.SIGHUP)
    assert 0 == server.wait()
    server.is_gone()
    server.transcript.check(stopped=True)


def test_without_a_terminal_the_log_is_made_anew_and_all_goes_on(make_server: Make, clients: Clients) -> None:
    server = make_server().start()
    path = server.logs / "server.jsonl"
    logged(server, "serving")
    before = {name: server.child(name).pid for name in ("acceptor", "broadcaster")}
    for number in (signal.SIGUSR1, signal.SIGHUP):
        old = path.with_name(f"renamed-{number}")
        path.rename(old)
        # To all of its processes, as some tools send it.
        os.killpg(server.process.pid, number)
        eventually(path.exists, "the file is made anew")
        assert before == {name: server.child(name).pid for name in before}
        clients.json(server, f"ana-{number}").say("oi", id="1")
        eventually(partial(_nobody_has_open, server, old), "nobody has the old one open")
    assert 0 == server.stop()
    assert {"supervisor", "acceptor", "broadcaster"} == {each["process"] for each in events(server)}
    assert "stopped" == events(server)[-1]["event"]


def _nobody_has_open(server: Server, path: Path) -> bool:
    return not _open_for(server, path)


def _open_for(server: Server, path: Path) -> list[int]:
    """Tell which of the server's processes have a file open; none, where the system does not tell."""
    found = []
    for process in server.processes():
        with suppress(OSError):
            links = [
                link.readlink() for link in Path(f"/proc/{process.pid}/fd").iterdir() if link.is_symlink()
            ]
            found += [process.pid for link in links if link == path]
    return found


def test_signals_that_come_while_it_starts_end_none_of_its_processes(make_server: Make) -> None:
    server = make_server().launch()
    eventually((server.logs / "server.jsonl").exists, "it notes signals")
    deadline = time.monotonic() + DEADLINE
    while "listening on" not in server.stdout and time.monotonic() < deadline:
        os.killpg(server.process.pid, signal.SIGUSR1)
        os.killpg(server.process.pid, signal.SIGHUP)
        time.sleep(0.002)
    server.listening()
    assert 0 == server.stop()
    assert [] == [each for each in events(server) if each["level"] != "info"]
    assert "resource_tracker" not in server.stderr


def test_the_log_is_rotated_at_the_size_that_is_set(make_server: Make) -> None:
    server = make_server("--log-size", "300", "--log-count", "3").start()
    assert 0 == server.stop()
    names = sorted(path.name for path in server.logs.glob("server.jsonl*"))
    assert ["server.jsonl", *(f"server.jsonl.{number}" for number in range(1, len(names)))] == names
    assert 2 <= len(names) <= 4
