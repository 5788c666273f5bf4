#!/usr/bin/env python3
"""Measure the server and write the figures into docs/performance.md: tables, plots, and the commands.

Takes about a quarter of an hour on two cores with ``--seconds 2``, and needs redis-server, nats-server and
inspircd beside the program, and for its servers of WebSockets ``pip install 'chatsimples[compare]'``.
What was measured is kept in docs/performance/results.json, so that ``--write-only`` can write the page anew;
``--only NAME`` measures one part again and leaves the others as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import make_performance_doc  # beside this script
import msgspec

from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.loadtest.program import carry_out
from chatsimples.loadtest.results import Report, Run
from chatsimples.loadtest.run.plan import make_plan
from chatsimples.transcript.folder_lock import lock_folder

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "performance" / "results.json"

ROUNDS = 5
PEERS = "redis,nats,inspircd"

# The loads that are compared: what they are called, and the options that anyone can give the load test.
COMPARED: dict[str, dict[str, Any]] = {
    "closed-100": {"clients": 100, "against": PEERS},
    "closed-1000": {"clients": 1_000, "against": PEERS},
    "closed-1000-json": {"clients": 1_000, "dialect": "json", "against": "redis,nats"},
    "closed-1000-websocket": {"clients": 1_000, "dialect": "websocket", "against": "uvicorn,picows"},
    "open-100": {"clients": 100, "rate": "1000", "against": PEERS},
    "open-1000": {"clients": 1_000, "rate": "1000", "against": PEERS},
    "crowd": {"clients": 10_000},
    "windows-64": {"clients": 1_000, "window": 64, "against": "redis"},
    "windows-256": {"clients": 1_000, "window": 256, "against": "redis"},
}
# The same server twice, under two conditions, in turns.
PAIRED: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "slow": ({"clients": 1_000}, {"clients": 1_000, "slow": 10, "slow_bytes": 0}, []),
    "slow-open": (
        {"clients": 1_000, "rate": "1000"},
        {"clients": 1_000, "rate": "1000", "slow": 10, "slow_bytes": 0},
        [],
    ),
    "json": ({"clients": 1_000}, {"clients": 1_000, "dialect": "json"}, []),
    "websocket": (
        {"clients": 1_000, "dialect": "json"},
        {"clients": 1_000, "dialect": "websocket"},
        [],
    ),
    "disk": ({"clients": 1_000}, {"clients": 1_000}, ["--durability", "disk"]),
}
# How the cost grows: one option through its values.
GROWTH: dict[str, tuple[str, list[int], dict[str, Any]]] = {
    "by-readers": ("clients", [10, 30, 100, 300, 1_000, 3_000, 10_000], {}),
    "by-rooms": ("rooms", [1, 10, 100, 1_000], {"clients": 1_000}),
    "by-size": ("size", [16, 64, 256, 1_024, 4_096], {"clients": 100}),
}
GROWTH_ROUNDS = 3
LOG_SIZES = (1_000_000, 10_000_000, 100_000_000, 1_000_000_000)

Results = dict[str, Any]


def main() -> None:
    """Measure what is asked for, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*COMPARED, *PAIRED, *GROWTH, "by-log"]
    parser.add_argument("--only", choices=names, action="append", help="measure this part alone")
    parser.add_argument("--write-only", action="store_true", help="measure nothing, write the page anew")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load in each run")
    asked = parser.parse_args()
    results: Results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    if not asked.write_only:
        for name in asked.only or names:
            print(f"{time.strftime('%H:%M:%S')} {name}", file=sys.stderr)  # noqa: T201 - for who waits
            results[name] = measure(name, asked.rounds, asked.seconds)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    make_performance_doc.main()


def measure(name: str, rounds: int, seconds: float) -> Any:
    """Measure one part."""
    if name in COMPARED:
        return compared(COMPARED[name], rounds, seconds)
    if name in PAIRED:
        return paired(*PAIRED[name], rounds, seconds)
    if name in GROWTH:
        return grown(*GROWTH[name], seconds)
    return by_log()


def load(options: dict[str, Any], seconds: float, runs: int = 1, server: list[str] | None = None) -> Report:
    """Run the load test; whatever a reader did not get once and in order ends everything."""
    settings = LoadTestSettings(seconds=seconds, runs=runs, **options)
    report = carry_out(make_plan(settings, str), server or [], str)
    for run in report.runs:
        if not run.checks.ok:
            raise SystemExit(f"{options}: {run.target} did not deliver everything: {run.checks}")
    return report


def compared(options: dict[str, Any], rounds: int, seconds: float) -> Any:
    """Run a load against all its servers, in turns; give the median of each figure, and its range."""
    report = load(options, seconds, rounds)
    return {
        "machine": report.machine,
        "command": command(options, rounds, seconds),
        "servers": {
            target: {"version": report.of(target)[0].version, **figures(report.of(target))}
            for target in report.targets
        },
    }


def paired(
    first: dict[str, Any], second: dict[str, Any], server: list[str], rounds: int, seconds: float
) -> Any:
    """Run two loads in turns, the second with these options of the server."""
    one: list[Run] = []
    other: list[Run] = []
    for number in range(rounds):
        turns = [(one, first, []), (other, second, server)]
        for runs, options, more in turns if number % 2 else reversed(turns):
            runs.extend(load(options, seconds, server=more).runs)
    return {
        "commands": [command(first, 1, seconds), command(second, 1, seconds, server)],
        "first": figures(one),
        "second": figures(other),
    }


def grown(option: str, values: list[int], fixed: dict[str, Any], seconds: float) -> Any:
    """Run one load for each value of an option."""
    runs: dict[int, list[Run]] = {value: [] for value in values}
    for _ in range(GROWTH_ROUNDS):
        for value in values:
            runs[value] += load({**fixed, option: value}, seconds).runs
    return {
        "command": command({**fixed, option: "N"}, 1, seconds),
        "steps": [{"value": value, **figures(runs[value])} for value in values],
    }


def figures(runs: list[Run]) -> dict[str, dict[str, float]]:
    """Give the figures of runs: of each the median, the least and the greatest."""
    take: dict[str, Callable[[Run], float]] = {
        "deliveries": lambda run: run.phase.deliveries,
        "messages": lambda run: run.phase.achieved,
        "bytes": lambda run: run.phase.bytes,
        "p50": lambda run: run.phase.latency.p50,
        "p99": lambda run: run.phase.latency.p99,
        "writes": lambda run: run.phase.writes,
        "cpu": lambda run: run.phase.server_cpu,
        "rss": lambda run: run.phase.server_rss,
        "joined": lambda run: run.connecting.seconds,
        "lag": lambda run: run.phase.generator.lag_p99,
        "generator": lambda run: max(each.cpu for each in run.phase.generator.processes),
        "bottleneck": lambda run: float(bool(run.phase.generator.bottleneck)),
    }
    found = {name: [each(run) for run in runs] for name, each in take.items()}
    return {
        name: {"median": median(values), "low": min(values), "high": max(values)}
        for name, values in found.items()
    }


def command(options: dict[str, Any], rounds: int, seconds: float, server: list[str] | None = None) -> str:
    """Write the command line that runs the same load."""
    words = [f"--{name.replace('_', '-')} {value}" for name, value in options.items()]
    words += [f"--seconds {seconds:g}"] + ([f"--runs {rounds}"] if rounds > 1 else [])
    words += ["--", *server] if server else []
    return f"scripts/load_test.sh {' '.join(words)}"


def by_log() -> Any:
    """Tell how long it takes to start, and to resume, with transcripts of several sizes."""
    steps = []
    for size in LOG_SIZES:
        with tempfile.TemporaryDirectory() as place:
            logs = Path(place) / "logs"
            fill(logs, size)
            steps.append({"value": size, **started_and_resumed(logs)})
    return {"steps": steps}


def fill(logs: Path, size: int) -> None:
    """Fill a transcript by talking, in texts of 100 bytes, until it is so large."""
    while written(logs) < size:
        left = size - written(logs)
        seconds = min(20.0, max(0.2, left / 12_000_000))
        load({"clients": 1, "logs": str(logs), "window": 8_192}, seconds)


def written(logs: Path) -> int:
    """Tell how many bytes of transcript there are."""
    return sum(path.stat().st_size for path in logs.glob("transcript-*.jsonl"))


def started_and_resumed(logs: Path) -> dict[str, Any]:
    """Measure starts after a clean end and after a crash, and how long a client takes to resume."""
    clean, crashed, resumed = [], [], []
    for _ in range(3):
        with started(logs) as (port, took):
            clean.append(took)
            resumed.append(resume(port))
        with started(logs, crash=True) as (port, _):
            resume(port)
        with started(logs) as (_, took):
            crashed.append(took)
    return {
        "bytes": written(logs),
        "clean": {"median": median(clean)},
        "crashed": {"median": median(crashed)},
        "resumed": {"median": median(resumed)},
    }


@contextmanager
def started(logs: Path, *, crash: bool = False) -> Iterator[tuple[int, float]]:
    """Run a server; give its port and the seconds until it listened. With ``crash`` it is killed."""
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "chatsimples", "server", "--port", "0", "--logs", str(logs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        took = time.monotonic() - began
        if "listening on" not in line:
            raise SystemExit(f"the server did not start: {line}")
        yield int(line.rpartition(":")[2]), took
        if not crash:
            process.terminate()
            process.wait()
    finally:
        # All at once: a broadcaster that outlives its supervisor would end cleanly.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # What is left of it must not count as a part of the next start.
        os.close(lock_folder(logs, 10.0))


def resume(port: int) -> float:
    """Resume 1,000 records before the end, and tell the seconds until all of them have come."""

    def talk(until: Callable[[dict[str, Any]], bool], **hello: Any) -> dict[str, Any]:
        with socket.create_connection(("127.0.0.1", port), 60) as sock, sock.makefile("rb") as lines:
            sock.sendall(msgspec.json.encode({"type": "hello", **hello}) + b"\n")
            for line in lines:
                said: dict[str, Any] = msgspec.json.decode(line)
                if until(said):
                    return said
                if said["type"] == "error":
                    raise SystemExit(f"the server said: {said}")
        raise SystemExit("the server ended the connection")

    welcome = talk(lambda said: said["type"] == "welcome", nick="ida", rooms=[])
    began = time.monotonic()
    since = {"log": welcome["log"], "seq": max(0, welcome["seq"] - 1_000)}
    # The first record after all that was missed is its own coming.
    talk(
        lambda said: said["type"] == "join" and said["nick"] == "volta",
        nick="volta",
        rooms=["geral"],
        since=since,
    )
    return time.monotonic() - began


if __name__ == "__main__":
    main()
