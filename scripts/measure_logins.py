#!/usr/bin/env python3
"""Measure what a flood of logins costs everybody else: one server, quiet and flooded in turns.

Wrong passwords for ever new names come from ever new addresses of this machine (127.0.0.0/8), so that none of
them is slowed and every one is looked at. Meanwhile somebody says something at a steady rate, and how late it
is heard counts from when it was due.
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

_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
_AT_ONCE = 16


def main() -> None:
    """Measure, and print a line for each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=200.0)
    asked = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as folder, server(folder) as port:
        for number in range(asked.rounds):
            quiet = latencies(port, asked.rate, asked.seconds)
            with flood(port, number + 1):
                flooded = latencies(port, asked.rate, asked.seconds)
            ratios.append(percentile(flooded, 99) / percentile(quiet, 99))
            told = " ".join(
                f"p{part}={percentile(quiet, part) * 1e3:.2f}/{percentile(flooded, part) * 1e3:.2f} ms"
                for part in (50, 99)
            )
            sys.stdout.write(f"round {number + 1}: quiet/flooded {told}\n")
    sys.stdout.write(f"p99, flooded to quiet: median of the rounds {statistics.median(ratios):.2f}\n")


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
def flood(port: int, first: int) -> Iterator[None]:
    """Let another process try to log in as long as this lasts."""
    guessing = multiprocessing.get_context("spawn").Process(target=guess, args=(port, first), daemon=True)
    guessing.start()
    time.sleep(1.0)
    try:
        yield
    finally:
        guessing.kill()
        guessing.join()


def guess(port: int, first: int) -> None:
    """Try to log in for ever, in several threads, from addresses of 127.FIRST.0.0/16."""
    numbers = itertools.count()

    def go_on() -> None:
        while True:
            number = next(numbers)
            address = f"127.{first}.{number // 250 % 250}.{number % 250 + 1}"
            with socket.create_connection(("127.0.0.1", port), source_address=(address, 0)) as sock:
                name = f"n{first}-{number}"
                sock.sendall(f'{{"type":"hello","account":"{name}","password":"a guess"}}\n'.encode())
                sock.recv(4_096)

    threads = [threading.Thread(target=go_on) for _ in range(_AT_ONCE)]
    for thread in threads:
        thread.start()


def percentile(values: list[float], part: int) -> float:
    """Return a percentile of measurements."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


if __name__ == "__main__":
    main()
