#!/usr/bin/env python3
"""Measure what ten thousand people with clients of IRC cost a server, all in one channel.

They come in several styles, as real clients do. Memory is the proportional set size of all processes of the
server together, once all of them are in the channel. Other options go to the server.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
_AT_ONCE = 200
STYLES = (
    "",
    "multi-prefix extended-join server-time echo-message",
    "away-notify batch account-tag extended-join message-tags multi-prefix server-time setname",
    "batch echo-message labeled-response message-tags server-time standard-replies",
    "userhost-in-names",
)


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--late", type=int, default=1_000, help="people who come at once after them")
    parser.add_argument("--channel", default="#todos")
    asked, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(folder, asked, more)
        tell(turns(folder))


def measure(folder: str, asked: argparse.Namespace, more: list[str]) -> None:
    """Let a crowd come, and some more at once."""
    with server(folder, more) as (port, pid):
        empty = memory(pid)
        crowd: list[socket.socket] = []
        begin = time.monotonic()
        while len(crowd) < asked.clients:
            crowd += come(port, len(crowd), min(_AT_ONCE, asked.clients - len(crowd)), asked.channel)
        took = time.monotonic() - begin
        full = memory(pid)
        for name, size in full.items():
            tell(f"{name}: {empty.get(name, 0) / 1e6:.1f} MB empty, {size / 1e6:.1f} MB with {len(crowd)}")
        total = sum(full.values())
        each = (total - sum(empty.values())) / len(crowd)
        tell(f"all: {total / 1e6:.1f} MB, {each:.0f} bytes for each client; they came in {took:.1f} s")
        begin = time.monotonic()
        late = come(port, len(crowd), asked.late, asked.channel) if asked.late else []
        tell(f"{len(late)} more at once were in after {time.monotonic() - begin:.1f} s")


@contextmanager
def server(folder: str, more: list[str]) -> Iterator[tuple[int, int]]:
    """Run a server; give its port and its process."""
    command = [sys.executable, "-m", "chatsimples", "server", "--port", "0", "--logs", folder, "--lang", "en"]
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [*command, "--message-rate", "0", "--connections-per-address", "0", *more],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        if process.stdout is None:
            raise RuntimeError("it has no output")
        found = next(filter(None, map(_LISTENING.search, process.stdout)))
        yield int(found[1]), process.pid
    finally:
        process.terminate()
        process.wait()


def come(port: int, first: int, count: int, channel: str) -> list[socket.socket]:
    """Let so many people come into a channel; return their connections once all are in it."""
    socks = []
    for number in range(first, first + count):
        sock = socket.create_connection(("127.0.0.1", port))
        style = STYLES[number % len(STYLES)]
        asked = f"CAP LS 302\r\nCAP REQ :{style}\r\n" if style else ""
        end = "CAP END\r\n" if style else ""
        sock.sendall(
            f"{asked}NICK pessoa{number}\r\nUSER user{number} 0 * :Pessoa {number}\r\n{end}"
            f"PING :registered\r\n".encode()
        )
        socks.append(sock)
    hear(socks, b":registered")
    for sock in socks:
        sock.sendall(f"JOIN {channel}\r\nPING :ready\r\n".encode())
    hear(socks, b":ready")
    return socks


def hear(socks: list[socket.socket], awaited: bytes) -> None:
    """Read until everybody was told something."""
    with selectors.DefaultSelector() as selector:
        heard = dict.fromkeys(socks, b"")
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ, sock)
        while heard:
            events = selector.select(60)
            if not events:
                raise RuntimeError(f"{len(heard)} did not get in: {next(iter(heard.values()))!r}")
            for key, _ in events:
                sock = key.data
                data = sock.recv(1 << 16)
                told = heard[sock] + data
                if not data:
                    raise RuntimeError(f"somebody was sent away: {told!r}")
                if awaited in told:
                    selector.unregister(sock)
                    del heard[sock]
                else:
                    heard[sock] = told[-64:]


def memory(pid: int) -> dict[str, int]:
    """Return the proportional set size of each process of a server, in bytes."""
    found: dict[str, int] = {}
    for each in [pid, *children(pid)]:
        name = Path(f"/proc/{each}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        rollup = Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii")
        size = re.search(r"(?m)^Pss: +(\d+) kB", rollup)
        found[name[-40:]] = found.get(name[-40:], 0) + (int(size[1]) * 1_024 if size else 0)
    return found


def children(pid: int) -> list[int]:
    """Return all processes below one."""
    below = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]
    return [*below, *itertools.chain.from_iterable(map(children, below))]


def turns(folder: str) -> str:
    """Return how long the turns of the server's loop were, as it has told at its end."""
    told = Path(folder, "server.jsonl").read_text(encoding="utf-8").splitlines()
    events = [each for each in map(json.loads, told) if each.get("event") == "turns of the loop"]
    longest = max((each["max_ms"] for each in events), default=0.0)
    return f"longest turn {longest:.1f} ms, over 20 ms: {sum(each['over_20_ms'] for each in events)}"


def tell(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
