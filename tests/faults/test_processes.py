"""Processes killed or stopped at random points under mixed load: nothing acked is lost or told twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from faults.people import Crowd
from faults.processes import Failures
from support.effort import rounds
from support.server import Server
from support.waiting import eventually

OPTIONS = ("--message-rate", "0", "--segment-size", "60000", "--max-backlog", "16384")

StartServer = Callable[..., Server]
Note = Callable[[str, object], None]


@pytest.mark.timeout(0)
def test_nothing_is_lost_doubled_or_out_of_order_whatever_is_killed_or_stopped(
    start_server: StartServer, make_crowd: Callable[..., Crowd], chance: random.Random, record_property: Note
) -> None:
    server = start_server(*OPTIONS)
    crowd = make_crowd(server.port, chance.random())
    failures = Failures(server, start_server, chance, OPTIONS)
    for _ in rounds(5):
        if crowd.trouble:
            break
        failures.one()
        time.sleep(chance.expovariate(4))  # So that each comes at another point of the work.
    eventually(lambda: crowd.trouble or crowd.acked > 100, "enough has been said to judge by")
    last = crowd.finish()
    assert 0 == failures.server.stop()
    record_property("failures", dict(failures.counts))
    record_property("acked", crowd.acked)
    record_property("received", crowd.received)
    assert [] == crowd.judge(failures.server.transcript, last)
    assert len(failures.server.transcript.segments) > 2
