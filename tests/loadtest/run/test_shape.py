"""How long a load test waits for whom."""

from __future__ import annotations

from chatsimples.loadtest.generator.extra_readers import Timing
from chatsimples.loadtest.run.shape import Patience


def test_a_process_is_waited_for_longer_than_it_waits_for_slow_readers() -> None:
    assert Timing().catch_up < Patience().silence


def test_a_server_that_stands_still_is_given_up_before_a_silent_process() -> None:
    assert Patience().still < Patience().silence
