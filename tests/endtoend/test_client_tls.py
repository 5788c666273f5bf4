"""The client by TLS, as a person or a script runs it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.clients import Clients
from support.server import Server, clean_environment
from support.tls import Authority, Pair, options
from support.waiting import DEADLINE, eventually

StartServer = Callable[..., Server]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.issue()


def client(*arguments: object, said: str = "oi\n") -> subprocess.CompletedProcess[str]:
    """Run a client in a pipe to its end."""
    own = ("--lang", "en", "--nick", "ana")
    return subprocess.run(
        [sys.executable, "-m", "chatsimples", "client", *own, *map(str, arguments)],
        input=said, capture_output=True, encoding="utf-8", timeout=DEADLINE, check=False,
        env=clean_environment(),
    )  # fmt: skip


def test_a_server_is_reached_by_an_address_and_trusted_by_issuer_or_fingerprint(
    start_server: StartServer, clients: Clients, authority: Authority, pair: Pair
) -> None:
    server = start_server(*options(pair))
    bia = clients.json(server, "bia", rooms=["turma"])
    address = f"chatsimples+tls://localhost:{server.tls_port}/turma"
    fingerprint = hashlib.sha256(pair.der).hexdigest()
    for number, trust in enumerate((("--ca", authority.file), ("--fingerprint", fingerprint))):
        done = client(*trust, address, said=f"oi {number}\n")
        assert (0, "") == (done.returncode, done.stderr)
        assert f"oi {number}" == bia.expect(type="message", nick="ana")["text"]
    done = client("--tls", "--ca", authority.file, "--host", "localhost", "--port", server.tls_port)
    assert (0, "") == (done.returncode, done.stderr)


def test_whom_it_does_not_trust_it_tells_nothing_and_does_not_try_again(
    start_server: StartServer, authority: Authority, pair: Pair
) -> None:
    server = start_server(*options(pair))
    for arguments, words in (
        (("--tls",), "who issued its certificate is not trusted here"),
        (("--fingerprint", "ab" * 32), "its fingerprint is another one"),
    ):
        done = client(*arguments, "--host", "localhost", "--port", server.tls_port)
        assert 1 == done.returncode
        assert f"no safe connection to localhost:{server.tls_port}: {words}" in done.stderr
        assert 1 == done.stderr.count("\n")
    done = client("--tls", "--ca", authority.file, "--port", server.port)
    assert "it does not speak TLS" in done.stderr
    assert 0 == server.stop()
    assert not server.transcript.having(type="hello")


def test_a_certificate_logs_its_account_in(
    make_server: Callable[..., Server], authority: Authority, pair: Pair
) -> None:
    server = make_server(*options(pair), "--tls-client-ca", str(authority.file), "--access", "accounts")
    add = ("account", "add", "ana", "--logs", server.logs)
    subprocess.run(
        [sys.executable, "-m", "chatsimples", *map(str, add)],
        input="correct horse battery staple\n", text=True, check=True, env=clean_environment(),
        capture_output=True,
    )  # fmt: skip
    server.start()
    address = f"chatsimples+tls://localhost:{server.tls_port}"
    for name, code in (("ana", 0), ("rui", 1)):
        own = authority.issue(f"{name}@example.org", file=name, common_name=name)
        shown = ("--cert", own.cert, "--key", own.key, "--once")
        done = client("--ca", authority.file, *shown, "--account", "ana", address)
        assert code == done.returncode, done.stderr
    (hello,) = server.transcript.having(type="hello")
    assert "ana" == hello.said["account"]


def test_it_comes_back_after_the_tls_process_has_died(
    start_server: StartServer, clients: Clients, authority: Authority, pair: Pair, tmp_path: Path
) -> None:
    server = start_server(*options(pair))
    bia = clients.json(server, "bia")
    arguments = ["--lang", "en", "--nick", "ana", "--ca", str(authority.file), "--stay"]
    with (tmp_path / "heard").open("wb") as heard:
        ana = subprocess.Popen(
            [sys.executable, "-m", "chatsimples", "client", *arguments,
             f"chatsimples+tls://localhost:{server.tls_port}"],
            stdin=subprocess.PIPE, stdout=heard, env=clean_environment(),
        )  # fmt: skip
    try:
        assert ana.stdin is not None
        bia.expect(type="join", nick="ana")
        # It comes back if it had been welcomed; the others see that it has joined a moment before it does.
        eventually(lambda: b"ana has entered" in (tmp_path / "heard").read_bytes(), "it is in")
        os.kill(server.child("tls").pid, signal.SIGKILL)
        bia.expect(type="leave", nick="ana")
        ana.stdin.write(b"de volta\n")
        ana.stdin.flush()
        assert "de volta" == bia.expect(type="message", nick="ana")["text"]
    finally:
        ana.kill()
        ana.communicate()
