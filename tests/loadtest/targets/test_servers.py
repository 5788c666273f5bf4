"""Servers under load are real: started, answering, and gone without a trace afterwards."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.effort import few
from support.processes import group_members
from support.waiting import DEADLINE, eventually

from chatsimples.errors import TargetError
from chatsimples.loadtest.targets import peers
from chatsimples.loadtest.targets.peers import NAMES
from chatsimples.loadtest.targets.servers import Target, at, running
from chatsimples.loadtest.wire.frames import request

SAYS = {
    "chatsimples": (b'{"type":"hello","nick":"ana"}\n', b'{"type":"welcome"'),
    "redis": (b"PING\r\n", b"+PONG\r\n"),
    "nats": (b"", b"INFO {"),
    "uvicorn": (request("/x"), b"101 Switching Protocols"),
    "picows": (request("/x"), b"101 Switching Protocols"),
    "inspircd": (b"NICK ana\r\nUSER ana 0 * :Ana\r\n", b" 001 ana :"),
    "ngircd": (b"NICK ana\r\nUSER ana 0 * :Ana\r\n", b" 001 ana :"),
}
"""What a client says first, and what the server answers; the course's server answers nobody."""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder in which temporary folders are made: nothing may be left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert [] == list(folder.iterdir())


def on_this_machine(name: str) -> str:
    try:
        with tempfile.TemporaryDirectory() as folder:
            peers.recipe(name, Path(folder), port=1, connections=1, server_options=(), logs="", lang="en")
    except TargetError as error:
        pytest.skip(str(error))
    return name


def exchange(target: Target, says: bytes, answer: bytes) -> None:
    """Say something and read until the answer."""
    with socket.create_connection((target.host, target.port), DEADLINE) as client:
        client.sendall(says)
        heard = b""
        while answer not in heard:
            more = client.recv(65536)
            assert more, f"the server ended the connection after {heard!r}"
            heard += more


def must_be_gone(target: Target) -> None:
    """Find no process of it, and nobody at its port."""
    eventually(lambda: not group_members(target.pid), "all its processes are gone")
    with pytest.raises(ProcessLookupError):
        os.kill(target.pid, 0)
    with socket.socket() as client:
        assert 0 != client.connect_ex((target.host, target.port))


@pytest.mark.parametrize("name", NAMES)
def test_a_server_answers_and_is_gone_afterwards(name: str, temporary: Path) -> None:
    with running(on_this_machine(name), connections=10) as target:
        assert name == target.name
        assert any(letter.isdigit() for letter in target.version)
        assert target.started_in > 0
        assert group_members(target.pid)
        assert [folder.name for folder in temporary.iterdir()] != []
        if name in SAYS:
            exchange(target, *SAYS[name])
    must_be_gone(target)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", few([KeyboardInterrupt, RuntimeError]))
def test_a_server_is_gone_after_an_error_too(name: str, error: type[BaseException]) -> None:
    with pytest.raises(error), running(on_this_machine(name), connections=10) as target:
        raise error
    must_be_gone(target)


def test_several_run_side_by_side() -> None:
    with running("course", connections=10) as one, running("course", connections=10) as other:
        assert one.port != other.port
    must_be_gone(one)
    must_be_gone(other)


def test_a_crowd_from_one_address_is_let_in_by_all() -> None:
    crowd = 300
    for name in NAMES:
        with running(on_this_machine(name), connections=crowd) as target:
            says, answer = SAYS.get(name, (b"", b""))
            clients = [socket.create_connection((target.host, target.port), DEADLINE) for _ in range(crowd)]
            for number, client in enumerate(clients):
                client.sendall(says.replace(b"ana", b"ana%d" % number))
            for number, client in enumerate(clients):
                heard = b""
                while answer.replace(b"ana", b"ana%d" % number) not in heard:
                    more = client.recv(65536)
                    assert more, f"{name} ended connection {number} after {heard!r}"
                    heard += more
            for client in clients:
                client.close()


def test_ours_keeps_its_transcript_in_a_folder_that_is_given(tmp_path: Path, temporary: Path) -> None:
    logs = tmp_path / "kept"
    with running("chatsimples", connections=10, logs=str(logs)) as target:
        exchange(target, *SAYS["chatsimples"])
    assert list(logs.glob("transcript-*.jsonl"))
    assert [] == list(temporary.iterdir())


def test_ours_takes_options_and_language_and_nothing_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHATSIMPLES_MAX_NAME", "2")
    options = ["--max-text", "3"]
    with running("chatsimples", connections=10, server_options=options, lang="pt") as target:
        exchange(target, *SAYS["chatsimples"])
        exchange(target, b'{"type":"message","room":"geral","text":"longo","id":"1"}\n', b"um texto tem")


def test_a_wrong_option_is_told_in_the_servers_own_words() -> None:
    with (
        pytest.raises(TargetError, match="ended with 2 instead of listening") as told,
        running("chatsimples", connections=10, server_options=["--no-such-option"]),
    ):
        pytest.fail("it runs")
    assert "No such option" in str(told.value)


def test_a_program_that_is_not_on_the_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(TargetError, match="apt install redis-server; macOS: brew install redis"),
        running("redis", connections=10),
    ):
        pytest.fail("it runs")


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program that is called redis-server before the real one; it is given the port as $PORT."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "redis-server"
    start = '#!/bin/sh\n[ "$1" = --version ] && echo 1.2.3 && exit\nPORT=$2\n'
    program.write_text(f"{start}{script}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_the_last_lines_of_a_server_that_does_not_listen_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; echo early; echo not today >&2; sleep 100")
    with (
        pytest.raises(TargetError, match=r"redis does not listen within 0\.5 seconds\n  early\n  not today$"),
        running("redis", connections=10, start_within=0.5),
    ):
        pytest.fail("it runs")
    pid = int((tmp_path / "pid").read_text("utf-8"))
    eventually(lambda: not group_members(pid), "it is ended with its children")


def test_a_port_that_somebody_else_took_is_given_up_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(
        tmp_path,
        monkeypatch,
        f"""echo $PORT >> {tmp_path}/ports
if [ $(wc -l < {tmp_path}/ports) -lt 3 ]; then echo "bind: Address already in use"; sleep 100; fi
echo Ready to accept connections; exec sleep 100""",
    )
    with running("redis", connections=10) as target:
        tried = [int(port) for port in (tmp_path / "ports").read_text("utf-8").split()]
        assert 3 == len(tried)
        assert tried[-1] == target.port


def test_after_some_ports_in_vain_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, f"echo $PORT >> {tmp_path}/ports; echo 'Address already in use'; exit 1")
    with pytest.raises(TargetError, match="redis finds no free port"), running("redis", connections=10):
        pytest.fail("it runs")
    assert 5 == len((tmp_path / "ports").read_text("utf-8").split())


def test_a_server_that_does_not_heed_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "trap '' TERM; echo Ready to accept connections; sleep 100; sleep 100")
    with running("redis", connections=10, end_within=0.5) as target:
        eventually(lambda: len(group_members(target.pid)) == 2, "it has a child")
    eventually(lambda: not group_members(target.pid), "all of it is gone")


def test_ctrl_c_in_the_terminal_reaches_the_test_and_not_the_server() -> None:
    with running("course", connections=10) as target:
        assert os.getpgrp() != os.getpgid(target.pid)
        assert os.getsid(0) != os.getsid(target.pid)


def test_a_second_ctrl_c_does_not_leave_a_server_behind(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "redis-server"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 1 && exit\ntrap '' TERM\n"
        "echo Ready to accept connections; while :; do sleep 1; done\n",
        "utf-8",
    )
    program.chmod(0o755)
    code = (
        "import time\nfrom chatsimples.loadtest.targets.servers import running\n"
        "with running('redis', connections=10) as target:\n"
        "    print(target.pid, flush=True)\n    time.sleep(600)\n"
    )
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(tmp_path),
    }
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as test:
        assert test.stdout is not None
        pid = int(test.stdout.readline())
        deadline = time.monotonic() + DEADLINE
        while test.poll() is None and time.monotonic() < deadline:
            test.send_signal(signal.SIGINT)
            time.sleep(0.3)
        assert test.poll() is not None
    eventually(lambda: not group_members(pid), "the server is gone")
    assert [program.parent] == [path for path in tmp_path.iterdir() if path.name != "temporary"]


def test_more_connections_than_open_files_are_refused_with_what_to_do() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with (
        pytest.raises(TargetError, match=r"2000000 connections need \d+ open files.*ulimit -n"),
        running("course", connections=2_000_000),
    ):
        pytest.fail("it runs")
    assert before[1] == resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def test_a_server_that_runs_already_is_taken_as_ours() -> None:
    assert Target(name="chatsimples", version="", host="192.0.2.7", port=5000, pid=0) == at("192.0.2.7", 5000)
