"""What a person sees while a load test runs."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from chatsimples.loadtest.generator.measuring import Live
from chatsimples.loadtest.progress import Watch
from chatsimples.loadtest.results import Generator, Latency, Moment, Phase

PHASE = Phase(
    offered=0.0, seconds=1.0, sent=850, achieved=850.0, deliveries=85_000.0, bytes=1.0, writes=0.0,
    connections=100, latency=Latency(1, 1.5, 1.5, 12.5, 20.0, 30.0), moments=[], server=[],
    generator=Generator([]),
)  # fmt: skip
LIVE = Live(Moment(1.0, 400.0, 32_000.0, 1.5, 7.5, 9.0), 4.0)


def shown(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_in_a_pipe_it_says_one_line_when_a_run_is_done_and_nothing_before() -> None:
    console = Console(file=io.StringIO(), width=200)
    with Watch(console, str) as watch:
        watch.begin("chatsimples")
        watch.load("400/s", 5.0)
        watch.moment(LIVE)
        assert "" == shown(console)
        watch.done("chatsimples 1/5", PHASE)
    told = shown(console)
    assert 1 == len(told.splitlines())
    assert told.startswith("chatsimples 1/5: 85")
    for part in ("deliveries/s", "850", "messages/s", "p50 1.5 ms", "p99 12.5 ms"):
        assert part in told


def test_on_a_terminal_a_line_lives_and_leaves_only_what_is_done() -> None:
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    with Watch(console, str) as watch:
        watch.begin("redis")
        watch.load("400/s", 5.0)
        watch.moment(LIVE)
        watch.done("redis", PHASE)
    told = shown(console)
    assert "redis: 400/s" in told
    assert "p50 1.5 ms, p99 7.5 ms" in told
    assert "redis: 85" in told


def test_ageing_has_a_line_that_lives_too() -> None:
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    with Watch(console, str) as watch:
        watch.age(500, 1_000)
    assert "an aged transcript is written" in shown(console)


def test_what_looks_like_markup_is_shown_as_it_is() -> None:
    console = Console(file=io.StringIO(), width=200)
    with Watch(console, str) as watch:
        watch.begin("[bold]")
        watch.done("[red]name[/nonsense]", PHASE)
    assert shown(console).startswith("[red]name[/nonsense]: ")


def test_it_ends_also_when_the_load_test_fails() -> None:
    console = Console(file=io.StringIO(), width=200, force_terminal=True)
    with pytest.raises(KeyboardInterrupt), Watch(console, str) as watch:
        watch.begin("chatsimples")
        raise KeyboardInterrupt
    # The cursor is there again.
    assert shown(console).count("\x1b[?25l") == shown(console).count("\x1b[?25h")
