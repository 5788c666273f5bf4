#!/usr/bin/env python3
"""Measure what a flood of logins costs everybody else: one server, quiet and flooded in turns.

Wrong passwords for ever new names come from ever new addresses of this machine (127.0.0.0/8), so that none of
them is slowed and every one is looked at. Meanwhile somebody says something at a steady rate, and how late it
is heard counts from when it was due.

A login also is a connection that comes, is refused, and goes. So in each round equally many a second ask for
a nick that can't be, and show no password: what a flood of logins costs beyond those is what looking at
passwords costs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized

_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
_AT_ONCE = 16
# The first ones of a flood are taken for people, and have processors like these.
_IN_FULL_SWING = 60


def main() -> None:
    """Measure, and print a line for each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=200.0)
    asked = parser.parse_args()
    costs: dict[str, list[float]] = {
        "logins to quiet": [],
        "connections to quiet": [],
        "logins to connections": [],
    }
    with tempfile.TemporaryDirectory() as folder, server(folder) as port:
        for number in range(asked.rounds):
            quiet = latencies(port, asked.rate, asked.seconds)
            with flood(port, 3 * number + 1) as count:
                begun = time.monotonic(), count.value
                logins = latencies(port, asked.rate, asked.seconds)
                pace = (count.value - begun[1]) / (time.monotonic() - begun[0])
            with flood(port, 3 * number + 2, pace):
                connections = latencies(port, asked.rate, asked.seconds)
            measured = (quiet, connections, logins)
            told = " ".join(
                f"p{part}={'/'.join(f'{percentile(each, part) * 1e3:.2f}' for each in measured)} ms"
                for part in (50, 99)
            )
            sys.stdout.write(f"round {number + 1}: quiet/connections/logins {told}, {pace:.0f} a second\n")
            sys.stdout.flush()
            p99 = {"quiet": quiet, "connections": connections, "logins": logins}
            for compared, ratios in costs.items():
                one, _, other = compared.split()
                ratios.append(percentile(p99[one], 99) / percentile(p99[other], 99))
    for compared, ratios in costs.items():
        low, middle, high = (
            statistics.quantiles(ratios, method="inclusive") if len(ratios) > 1 else ratios * 3
        )
        sys.stdout.write(
            f"p99, {compared}: median of the rounds {middle:.2f}, half of them {low:.2f} to {high:.2f}\n"
        )


@contextmanager
def server(folder: str) -> Iterator[int]:
    """Run a server; give its port."""
    command = [sys.executable, "-m", "chatsimples", "server", "--port", "0", "--logs", folder, "--lang", "en"]
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [*command, "--message-rate", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        if process.stdout is None:
            raise RuntimeError("it has no output")
        found = next(filter(None, map(_LISTENING.search, process.stdout)))
        subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "chatsimples", "account", "add", "ana", "--logs", folder],
            input="a good password\n", text=True, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        yield int(found[1])
    finally:
        process.terminate()
        process.wait()


def latencies(port: int, rate: float, seconds: float) -> list[float]:
    """Return how late each message is heard, in seconds."""
    ear, mouth = hello(port, "ear"), hello(port, "mouth")
    heard: list[float] = []
    count = int(rate * seconds)
    begin = time.monotonic() + 0.1

    def listen() -> None:
        for line in ear.makefile("rb"):
            if b'"text":"n' in line:
                number = int(json.loads(line)["text"][1:])
                heard.append(time.monotonic() - (begin + number / rate))
                if number == count - 1:
                    return

    listening = threading.Thread(target=listen)
    listening.start()
    for number in range(count):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        mouth.sendall(f'{{"type":"message","room":"geral","text":"n{number}"}}\n'.encode())
    listening.join()
    ear.close()
    mouth.close()
    return heard


def hello(port: int, nick: str) -> socket.socket:
    """Open a connection that has said hello."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(f'{{"type":"hello","nick":"{nick}{time.monotonic_ns()}"}}\n'.encode())
    sock.recv(65_536)
    return sock


@contextmanager
def flood(port: int, first: int, pace: float = 0.0) -> Iterator[Synchronized[int]]:
    """Let another process connect as long as this lasts; give the count of those that were answered.

    Args:
        port: the server's.
        first: of which 127.FIRST.0.0/16 it comes.
        pace: how many a second ask for a nick that can't be; 0 for as many as are answered with a password.
    """
    spawning = multiprocessing.get_context("spawn")
    count = spawning.Value("q", 0)
    guessing = spawning.Process(target=guess, args=(port, first, pace, count), daemon=True)
    guessing.start()
    while count.value < (_IN_FULL_SWING if not pace else 2 * pace):
        time.sleep(0.05)
    try:
        yield count
    finally:
        guessing.kill()
        guessing.join()


def guess(port: int, first: int, pace: float, count: Synchronized[int]) -> None:
    """Connect for ever, in several threads."""
    numbers = itertools.count()
    begin = time.monotonic()

    def go_on() -> None:
        while True:
            number = next(numbers)
            if pace:
                time.sleep(max(0.0, begin + number / pace - time.monotonic()))
            address = f"127.{first}.{number // 250 % 250}.{number % 250 + 1}"
            name = f"n{first}-{number}"
            asked = {"nick": f"{name} "} if pace else {"account": name, "password": "a guess"}
            with socket.create_connection(("127.0.0.1", port), source_address=(address, 0)) as sock:
                sock.sendall(json.dumps({"type": "hello", **asked}).encode() + b"\n")
                if b'"error"' not in sock.recv(4_096):
                    raise RuntimeError("it was not refused")
            with count.get_lock():
                count.value += 1

    threads = [threading.Thread(target=go_on) for _ in range(_AT_ONCE)]
    for thread in threads:
        thread.start()


def percentile(values: list[float], part: int) -> float:
    """Return a percentile of measurements."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


if __name__ == "__main__":
    main()
