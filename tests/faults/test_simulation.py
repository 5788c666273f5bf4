"""Whatever happens in a simulated world, every promise is kept; see `simulation` and `simulated_judge`."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import pytest
from faults.simulated_judge import judge_world
from faults.simulation import World
from support.effort import rounds


def test_every_promise_is_kept_in_every_world(
    chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    worlds = 0
    for _ in rounds(12):
        judge_world(chance.randrange(1 << 32))
        worlds += 1
    record_property("worlds", worlds)


def test_the_same_seed_makes_the_same_world(chance: random.Random) -> None:
    seed = chance.randrange(1 << 32)
    first, second = World(seed), World(seed)
    first.run()
    second.run()
    assert first.disk.files == second.disk.files
    assert [[each.received for each in client.connections] for client in first.clients] == [
        [each.received for each in client.connections] for client in second.clients
    ]


CAN_HAPPEN = {
    "crash", "closed", "quit", "kicked", "switched", "shutdown", "timeout", "reclaimed", "error", "left",
    "hello", "bye", "quiet", "seal", "kept", "resumed", "duplicate", "history",
    "the transcript ended in a torn write",
    "the transcript can't be written: nothing is delivered until it can",
}  # fmt: skip


def happenings(world: World) -> Iterator[str]:
    """Yield what has happened in a world."""
    yield from world.notes.warnings
    for name, file in world.disk.files.items():
        if name.endswith(".broken"):
            yield "kept"
        for line in file.data.splitlines() if name.endswith(".jsonl") else ():
            said = json.loads(line)
            yield said["type"]
            yield said.get("reason", "")
            yield "quiet" if "quiet" in said else ""
    received = b"".join(each.received for client in world.clients for each in client.connections)
    for what, mark in (
        ("resumed", b'"resumed":true'),
        ("duplicate", b'{"type":"duplicate"'),
        ("history", b'{"type":"history_end"'),
    ):
        if mark in received:
            yield what


def test_what_can_happen_does_happen_in_some_worlds() -> None:
    missing = set(CAN_HAPPEN)
    for seed in range(200):
        missing -= {*happenings(judge_world(seed))}
        if not missing:
            return
    pytest.fail(f"never happened: {missing}")
