"""The server that broadcasts by picows: what one says comes to all, and the load test can load it."""

from __future__ import annotations

import pytest
from loadtest.broadcasting import check_what_is_said_comes_to_all, check_who_leaves_is_no_hindrance
from loadtest.loads import CLOSED, STEADY, measure

from chatsimples.loadtest.run.shape import Load
from chatsimples.loadtest.targets.servers import running

pytest.importorskip("picows")


def test_what_is_said_comes_to_all_at_the_same_path_and_to_nobody_else() -> None:
    check_what_is_said_comes_to_all("picows")


def test_who_leaves_is_no_hindrance_to_the_others() -> None:
    check_who_leaves_is_no_hindrance("picows")


@pytest.mark.parametrize("load", [STEADY, CLOSED], ids=["steady", "closed"])
def test_it_is_loaded_and_everything_is_checked(load: Load) -> None:
    with running("picows", connections=60) as target:
        found = measure(
            target.port,
            load,
            protocol="picows",
            rooms=2,
            clients=6,
            senders=2,
            slow=1,
            slow_bytes=1_000_000,
            churn=5.0,
        )
        assert ({}, found.checks.expected) == (found.faults, found.checks.exact)
        assert found.checks.exact > 0
