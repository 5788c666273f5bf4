#!/usr/bin/env python3
"""Measure what TLS costs: ChatSimples' own, beside stunnel and HAProxy in front of its plain port.

Needs the program with its tests (``pip install -e '.[test]'``) and, for rounds, openssl, stunnel and haproxy
(Debian: stunnel4, haproxy). All on loopback. The ways take turns; of each figure the median of the rounds is
told. A crowd comes to our own TLS alone; without rounds it is all that is measured.

    scripts/measure_tls.py [--rounds 3] [--connections 1000] [--crowd 9900] [--json FILE]
    scripts/measure_tls.py --rounds 0 --crowd 9900
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import selectors
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import trustme

OWN_WAYS = ("plain", "chatsimples")
WAYS = (*OWN_WAYS, "haproxy", "stunnel")
SECONDS = 4
READERS = 4
LISTENERS = 50
MESSAGES = 600
RATE = 150
TEXT = 60_000
BULK = 600


class Rig:
    """A server with TLS, and others that end TLS in front of its plain port.

    Args:
        folder: for their files.
        ways: which of `WAYS` it has; the server's own two are always there.
    """

    def __init__(self, folder: Path, ways: Iterable[str]) -> None:
        self.folder = folder
        ca = trustme.CA()
        issued = ca.issue_cert("localhost", "127.0.0.1")
        self._cert, self._key, both = folder / "cert.pem", folder / "key.pem", folder / "both.pem"
        issued.cert_chain_pems[0].write_to_path(str(self._cert))
        issued.private_key_pem.write_to_path(str(self._key))
        issued.private_key_and_cert_chain_pem.write_to_path(str(both))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ca.configure_trust(self.context)
        self._both = both
        self.ports = {way: _free_port() for way in ways}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start all of them."""
        server = subprocess.Popen(  # noqa: S603 - the program itself
            [
                sys.executable, "-m", "chatsimples", "server", "--logs", str(self.folder / "logs"),
                "--port", str(self.ports["plain"]), "--tls-port", str(self.ports["chatsimples"]),
                "--tls-cert", str(self._cert), "--tls-key", str(self._key), "--message-rate", "0",
                "--address-rate", "0", "--max-text", "100000", "--max-line", "0", "--ping-interval", "0",
                "--registration-timeout", "0",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._running.append(server)
        self.server = psutil.Process(server.pid)
        if "haproxy" in self.ports:
            self.haproxy = self._other("haproxy", "-db", "-f", self._haproxy())
        if "stunnel" in self.ports:
            self.stunnel = self._other("stunnel", self._stunnel())
        for port in self.ports.values():
            _until(partial(_answers, port))

    def process(self, way: str) -> psutil.Process:
        """Return the process that ends TLS."""
        if way == "chatsimples":
            _until(lambda: self._tls() is not None)
            return self._tls() or self.server
        return {"haproxy": self.haproxy, "stunnel": self.stunnel}[way]

    def _tls(self) -> psutil.Process | None:
        children = self.server.children()
        return next((each for each in children if "chatsimples: tls" in " ".join(each.cmdline())), None)

    def idle(self, way: str) -> socket.socket:
        """Connect, and begin a line that never ends."""
        sock = self.connect(way)
        sock.sendall(b"{")
        return sock

    def connect(self, way: str) -> socket.socket:
        """Connect, by TLS unless it is the plain way."""
        sock = socket.create_connection(("127.0.0.1", self.ports[way]), 60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock if way == "plain" else self.context.wrap_socket(sock, server_hostname="localhost")

    def member(self, way: str, nick: str) -> socket.socket:
        """Connect, and enter the room."""
        sock = self.connect(way)
        sock.sendall(b'{"type":"hello","nick":"%s"}\n{"type":"ping"}\n' % nick.encode())
        heard = b""
        while b'"pong"' not in heard:
            heard += sock.recv(65_536)
        return sock

    def close(self) -> None:
        """End them."""
        for each in reversed(self._running):
            each.terminate()
        for each in self._running:
            try:
                each.wait(20)
            except subprocess.TimeoutExpired:
                each.kill()

    def _other(self, *command: str) -> psutil.Process:
        quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, **quiet)  # noqa: S603 - as this script names it
        self._running.append(process)
        return psutil.Process(process.pid)

    def _haproxy(self) -> str:
        path = self.folder / "haproxy.cfg"
        path.write_text(
            "global\n  nbthread 1\n  maxconn 9000\n"
            "  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets\n"
            "  tune.ssl.cachesize 0\n"
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n"
            f"frontend f\n  bind 127.0.0.1:{self.ports['haproxy']} ssl crt {self._both}\n"
            "  default_backend b\n"
            f"backend b\n  server s 127.0.0.1:{self.ports['plain']}\n"
        )
        return str(path)

    def _stunnel(self) -> str:
        path = self.folder / "stunnel.conf"
        path.write_text(
            "foreground = yes\npid =\nsocket = l:TCP_NODELAY=1\nsocket = r:TCP_NODELAY=1\n"
            f"[chat]\naccept = 127.0.0.1:{self.ports['stunnel']}\nconnect = 127.0.0.1:{self.ports['plain']}\n"
            f"cert = {self._both}\nsslVersionMin = TLSv1.2\nsessionCacheSize = 1\n"
        )
        return str(path)


# What is measured.


def handshakes(rig: Rig, way: str) -> float:
    """Count new connections a second, made one after the other by four clients."""
    clients = [
        subprocess.Popen(  # noqa: S603 - as this script names it
            [  # noqa: S607 - from wherever it is installed
                "openssl", "s_time", "-new", "-time", str(SECONDS),
                "-connect", f"127.0.0.1:{rig.ports[way]}",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for _ in range(READERS)
    ]  # fmt: skip
    found = [re.search(r"(\d+) connections in \d+ real", each.communicate()[0]) for each in clients]
    return sum(int(each[1]) for each in found if each) / SECONDS


def throughput(rig: Rig, way: str) -> float:
    """Measure megabytes a second that reach readers together."""
    with ExitStack() as stack:
        readers = [stack.enter_context(rig.member(way, f"r{number}")) for number in range(READERS)]
        sender = stack.enter_context(rig.member("plain", "s"))
        text = b"x" * TEXT
        said = b"".join(b'{"type":"message","room":"geral","text":"%s"}\n' % text for _ in range(BULK))
        left = dict.fromkeys(readers, BULK * TEXT)
        began = time.monotonic()
        with selectors.DefaultSelector() as selector:
            sender.setblocking(False)
            selector.register(sender, selectors.EVENT_READ | selectors.EVENT_WRITE)
            for each in readers:
                each.setblocking(False)
                selector.register(each, selectors.EVENT_READ)
            view = memoryview(said)
            while left:
                for key, events in selector.select(60):
                    sock: Any = key.fileobj
                    if sock is sender and events & selectors.EVENT_WRITE:
                        view = view[sender.send(view[: 1 << 20]) :]
                        if not view:
                            selector.modify(sender, selectors.EVENT_READ)
                    if events & selectors.EVENT_READ:
                        count = _read(sock).count(b"x")
                        if sock in left:
                            left[sock] -= count
                            if left[sock] <= 0:
                                del left[sock]
        return READERS * BULK * TEXT / (time.monotonic() - began) / 1e6


def latencies(rig: Rig, way: str) -> tuple[float, float]:
    """Measure the milliseconds of a message to many readers: the median, and the 99th percentile."""
    took: list[float] = []
    with ExitStack() as stack:
        readers = [stack.enter_context(rig.member(way, f"l{number}")) for number in range(LISTENERS)]
        sender = stack.enter_context(rig.member("plain", "s"))
        sender.setblocking(False)
        with selectors.DefaultSelector() as selector:
            for each in (*readers, sender):
                each.setblocking(False)
                selector.register(each, selectors.EVENT_READ)
            rest: dict[Any, bytes] = {}
            began, sent = time.monotonic(), 0
            while len(took) < MESSAGES * LISTENERS:
                due = began + sent / RATE
                for key, _ in selector.select(max(0.0, due - time.monotonic()) if sent < MESSAGES else 10):
                    data, now = rest.get(key.fileobj, b"") + _read(key.fileobj), time.monotonic()
                    data, _, rest[key.fileobj] = data.rpartition(b"\n")
                    if key.fileobj is not sender:
                        took += [now - float(each) for each in re.findall(rb'"text":"([0-9.]+) ', data)]
                if sent < MESSAGES and time.monotonic() >= due:
                    sender.send(b'{"type":"message","room":"geral","text":"%.7f %s"}\n' % (due, b"x" * 80))
                    sent += 1
    took.sort()
    return took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3


def memory(rig: Rig, way: str, connections: int) -> float:
    """Measure the kibibytes that an idle connection takes in the process that ends TLS."""
    process = rig.process(way)
    before = process.memory_info().rss
    with ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(rig.idle(way))
        _until(lambda: process.num_fds() > connections)
        return (process.memory_info().rss - before) / connections / 1024


def crowd(rig: Rig, way: str, connections: int) -> dict[str, float]:
    """Let a crowd come and stay; see how long that takes, and what a message costs then."""
    process = rig.process(way)
    with ExitStack() as stack:
        began = time.monotonic()
        for _ in range(connections):
            stack.enter_context(rig.idle(way))
        seconds = time.monotonic() - began
        _until(lambda: process.num_fds() > connections)
        p50, p99 = latencies(rig, way)
        mebibytes = process.memory_info().rss / (1 << 20)
        return {
            "connections": connections,
            "seconds": seconds,
            "p50_ms": p50,
            "p99_ms": p99,
            "rss_mib": mebibytes,
        }


# The rest.


def _read(sock: Any) -> bytes:
    heard = b""
    try:
        while True:
            data = sock.recv(1 << 18)
            if not data:
                raise SystemExit("a connection has ended")
            heard += data
    except (BlockingIOError, ssl.SSLWantReadError):
        return heard


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _until(check: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not check():
        if time.monotonic() > until:
            raise SystemExit("it takes too long")
        time.sleep(0.05)


@contextmanager
def _rig(*ways: str) -> Iterator[Rig]:
    with tempfile.TemporaryDirectory() as folder:
        rig = Rig(Path(folder), ways)
        try:
            rig.start()
            yield rig
        finally:
            rig.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--crowd", type=int, default=9_900)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found: dict[str, dict[str, list[float]]] = {way: {} for way in WAYS}
    for number in range(arguments.rounds):
        for way in WAYS[number % len(WAYS) :] + WAYS[: number % len(WAYS)]:
            # A fresh server each time: none has what another has left.
            with _rig(*WAYS) as rig:
                figures: dict[str, float] = {}
                if way != "plain":
                    figures["handshakes_a_second"] = handshakes(rig, way)
                    figures["kib_a_connection"] = memory(rig, way, arguments.connections)
                figures["mb_a_second"] = throughput(rig, way)
                figures["p50_ms"], figures["p99_ms"] = latencies(rig, way)
            for name, value in figures.items():
                found[way].setdefault(name, []).append(value)
            _say(f"round {number + 1}, {way}: {figures}")
    result: dict[str, Any] = {
        way: {name: round(statistics.median(values), 2) for name, values in figures.items()}
        for way, figures in found.items()
    }
    if arguments.crowd:
        with _rig(*OWN_WAYS) as rig:
            result["crowd"] = {
                name: round(value, 2) for name, value in crowd(rig, "chatsimples", arguments.crowd).items()
            }
    _say(json.dumps(result, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
