"""Whatever happens in a simulated world, every promise is kept; see `simulation` and `simulated_judge`."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable

from faults.simulated_clients import JsonClient
from faults.simulated_judge import judge_world
from faults.simulation import World
from support.effort import effort


def test_every_promise_is_kept_in_every_world(
    chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    until = time.monotonic() + effort(4.0)
    worlds = 0
    while time.monotonic() < until:
        judge_world(chance.randrange(1 << 32))
        worlds += 1
    record_property("worlds", worlds)
    assert worlds


def test_the_same_seed_makes_the_same_world(chance: random.Random) -> None:
    seed = chance.randrange(1 << 32)
    first, second = World(seed), World(seed)
    first.run()
    second.run()
    assert first.disk.files == second.disk.files
    assert [[each.received for each in client.connections] for client in first.clients] == [
        [each.received for each in client.connections] for client in second.clients
    ]


def test_what_can_happen_does_happen_in_some_worlds() -> None:
    happened: Counter[str] = Counter()
    for seed in range(20):
        world = judge_world(seed)
        happened.update(world.notes.warnings)
        happened.update(
            {"life": world.life, "segment": sum("transcript-" in name for name in world.disk.files)}
        )
        for name, file in world.disk.files.items():
            happened["kept" if name.endswith(".broken") else "file"] += 1
            for line in file.data.splitlines() if name.endswith(".jsonl") else ():
                said = json.loads(line)
                happened.update([said["type"], said.get("reason", ""), "quiet" if "quiet" in said else ""])
        for client in world.clients:
            for connection in client.connections:
                if isinstance(client, JsonClient):
                    happened["resumed"] += connection.received.count(b'"resumed":true')
                    happened["duplicate"] += connection.received.count(b'{"type":"duplicate"')
                    happened["history"] += connection.received.count(b'{"type":"history_end"')
    expected = {
        "crash", "closed", "quit", "kicked", "switched", "shutdown", "timeout", "reclaimed", "error", "left",
        "quiet", "seal", "kept", "resumed", "duplicate", "history",
        "the transcript ended in a torn write",
        "the transcript can't be written: nothing is delivered until it can",
    }  # fmt: skip
    assert set() == expected - {what for what, times in happened.items() if times}
