"""The lag is how much later a record comes than the quickest one, whatever the clocks say."""

from __future__ import annotations

import pytest

from chatsimples.chat.records import timestamp
from chatsimples.client.terminal.lag import Lag


class Clocks:
    """The loop's clock and the time of day, and a lag that reads them."""

    def __init__(self) -> None:
        self.now = 50.0
        self.wall = 1_795_000_000.0
        self.lag = Lag(lambda: self.now, lambda: self.wall)

    def measure(self, late: float) -> float:
        """Take a record that is so late; return the lag."""
        self.lag.measure(timestamp(round((self.wall - late) * 1_000_000)))
        return self.lag.seconds()


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.mark.parametrize("ahead", [-3_600.0, 0.0, 3_600.0])
def test_the_difference_of_the_clocks_is_no_lag(clocks: Clocks, ahead: float) -> None:
    assert [0.0, 5.0, 0.0, 1.0] == pytest.approx(
        [clocks.measure(late + ahead) for late in (1.0, 6.0, 1.0, 2.0)], abs=1e-3
    )


def test_a_lag_without_further_records_is_none(clocks: Clocks) -> None:
    clocks.measure(0.0)
    assert 3.0 == pytest.approx(clocks.measure(3.0), abs=1e-3)
    clocks.now += 1.0
    assert 0.0 == clocks.lag.seconds()


def test_another_connection_is_measured_anew(clocks: Clocks) -> None:
    clocks.measure(0.0)
    clocks.lag.reset()
    assert 0.0 == clocks.measure(60.0)


@pytest.mark.parametrize("at", ["", "never", "9999-12-31T23:59:59-23:59", "2126-11-22T15:00:00Z"])
def test_a_time_that_is_none_or_far_ahead_is_ignored(clocks: Clocks, at: str) -> None:
    clocks.measure(0.0)
    clocks.lag.measure(at)
    assert 0.0 == clocks.lag.seconds()
    assert 2.0 == pytest.approx(clocks.measure(2.0), abs=1e-3)
