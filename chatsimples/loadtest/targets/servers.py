"""The servers under load: started on a free port of loopback, and ended for good.

Each runs in a session of its own, so that Ctrl-C in the terminal reaches the test alone, which then ends it.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from chatsimples.config.base import ENVIRONMENT_PREFIX
from chatsimples.errors import TargetError
from chatsimples.loadtest.targets.certificates import make_certificate
from chatsimples.loadtest.targets.lifeline import lifeline
from chatsimples.loadtest.targets.peers import Recipe, recipe
from chatsimples.loadtest.wire.secure_socket import Trust
from chatsimples.net.open_files import open_files_limit, raise_open_files_limit

_HOST = "127.0.0.1"
_GLANCE = 0.002
_PORTS_TRIED = 5
_LAST_LINES = 8
_PORT_TAKEN = "address already in use"

_OWN_FILES = 100
"""Files that a server has open besides its connections, generously."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A chat server to be loaded.

    Attributes:
        name: which one; see `peers.NAMES`.
        version: what it says of itself; empty: not known.
        pid: of its main process, to which its children belong; 0: not known, as it was not started here.
        started_in: seconds from its start until it listened; 0: not known.
        trust: whom connections to it trust; None if they speak no TLS.
    """

    name: str
    version: str = ""
    host: str
    port: int
    pid: int = 0
    started_in: float = 0.0
    trust: Trust | None = None


def at(host: str, port: int, trust: Trust | None = None) -> Target:
    """Give a server of ours that runs already."""
    return Target(name="chatsimples", host=host, port=port, trust=trust)


@contextmanager
def running(
    name: str,
    *,
    connections: int,
    server_options: Sequence[str] = (),
    logs: str = "",
    lang: str = "en",
    tls: bool = False,
    start_within: float = 15.0,
    end_within: float = 10.0,
    ended: Callable[[Path], None] = lambda _: None,
) -> Iterator[Target]:
    """Start a server, and end it with all its processes and temporary files when the body ends.

    Args:
        name: one of `peers.NAMES`.
        connections: how many it must take at once, all of the load test's together.
        server_options: more of the command line of our own server; they win over what a test sets.
        logs: folder of our own server's transcript, which stays; empty: a temporary one.
        lang: language of our own server.
        tls: whether our own server is spoken to by TLS, with a certificate made for it.
        start_within: seconds in which it must listen.
        end_within: seconds in which it should end by itself when it is told to; then it is killed.
        ended: is told, once it has ended, in which folder it wrote.

    Raises:
        TargetError: it is not on this machine, or does not listen in time, or so many connections need more
            open files than a process may have; or there is nothing to make a certificate with.
    """
    # By TLS, one takes two files in the process that ends it.
    allow_connections(2 * connections if tls else connections)
    with TemporaryDirectory(prefix="chatsimples-load-test-") as place:
        folder = Path(place)
        certificate = make_certificate(folder) if tls else None
        for left in reversed(range(_PORTS_TRIED)):
            how = recipe(
                name,
                folder,
                port=_free_port(),
                connections=connections + _OWN_FILES,
                server_options=server_options,
                logs=logs,
                lang=lang,
                certificate=certificate,
            )
            began = time.monotonic()
            with _process(how, folder / "output", end_within) as process:
                try:
                    port = _listening(name, how, process, folder / "output", start_within)
                    took = time.monotonic() - began
                except _PortTakenError as error:
                    if left:
                        continue
                    raise TargetError(str(error)) from None
                yield Target(
                    name=name,
                    version=how.version,
                    host=_HOST,
                    port=port,
                    pid=process.pid,
                    started_in=took,
                    trust=certificate.trust if certificate else None,
                )
            ended(Path(logs) if logs else folder / "logs")
            return


class _PortTakenError(Exception):
    """Somebody else has taken the port since it was found free."""


def allow_connections(connections: int) -> None:
    """Let this process, and those that it starts, have so many connections.

    Raises:
        TargetError: the system does not.
    """
    raise_open_files_limit()
    needed = connections + _OWN_FILES
    if open_files_limit() < needed:
        raise TargetError(
            f"{connections} connections need {needed} open files, and a process may have "
            f"{open_files_limit()} here: raise that limit (ulimit -n) or take fewer connections"
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _process(how: Recipe, output: Path, end_within: float) -> Iterator[subprocess.Popen[bytes]]:
    # The settings of a test come from its options alone, whatever its user has set.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(ENVIRONMENT_PREFIX)}
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - the program that the user asked to measure
            how.command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment,
            start_new_session=True,
        )
    try:
        with lifeline(process.pid):
            yield process
    finally:
        _end(process, end_within)


def _end(process: subprocess.Popen[bytes], within: float) -> None:
    try:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(within)
    finally:
        # Also if a second Ctrl-C ends the waiting, and for children that have outlived their parent. Where
        # none is left, macOS calls that a lack of permission.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listening(name: str, how: Recipe, process: subprocess.Popen[bytes], output: Path, within: float) -> int:
    until = time.monotonic() + within
    while True:
        ended = process.poll() is not None
        told = output.read_text("utf-8", "replace")
        # One of them goes on without a port, and says that it is ready: so this is looked for first.
        if how.port and _PORT_TAKEN in told.lower():
            raise _PortTakenError(_complaint(name, "finds no free port", told))
        if found := re.search(how.ready, told):
            return how.port or int(found["port"])
        if ended:
            raise TargetError(_complaint(name, f"ended with {process.returncode} instead of listening", told))
        if time.monotonic() > until:
            raise TargetError(_complaint(name, f"does not listen within {within:g} seconds", told))
        time.sleep(_GLANCE)


def _complaint(name: str, what: str, told: str) -> str:
    last = [line.rstrip() for line in told.splitlines() if line.strip()][-_LAST_LINES:]
    return "\n  ".join([f"the server {name} {what}", *(last or ["(it printed nothing)"])])
