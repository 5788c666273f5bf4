"""Nothing but disk grows with age: a short life in which all bounds are reached early.

What a record costs is counted, not timed: the calls that are made for it. A long life, and its times, are
measured by `scripts/measure_ageing.sh`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from ageing.measures import Measure, live
from ageing.twin import twin_of

from chatsimples.chat.sessions import Bounds
from chatsimples.loadtest.ageing.life import Habits
from chatsimples.transcript.verify import verify

SMALL = Bounds(
    ids_per_session=64, ids_connected=256, ids_sure=8, silent=32, spoken=128, spoken_size=65_536, older=32,
    older_size=8_192,
)  # fmt: skip
AGES = [3_000, 6_000, 12_000]
WINDOW = 2_000


@contextmanager
def counted_calls() -> Iterator[Callable[[], float]]:
    """Count the calls of functions that are written in Python."""
    calls = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield lambda: float(calls)
    finally:
        sys.setprofile(before)


@pytest.fixture(scope="module", params=["going", "staying"])
def measures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Measure]:
    """Give what was measured of a life in which people come and go, or of one in which all stay."""
    habits = Habits(connected=30, visits_end=140 if request.param == "going" else 0)
    folder = tmp_path_factory.mktemp("aged") / "logs"
    with counted_calls() as calls:
        made = live(
            habits, AGES, folder, window=WINDOW, spent=calls, bounds=SMALL, segment_size=500_000
        )  # fmt: skip
    assert verify(folder).ok
    return made


def test_a_record_costs_the_same_at_every_age(measures: list[Measure]) -> None:
    assert len(AGES) == len(measures)
    first = measures[0].record
    assert 5 < first
    # On a slow machine batches are decided in more parts, each of which costs a little.
    assert all(each.record < 1.2 * first for each in measures), [each.record for each in measures]


def test_the_state_does_not_grow_once_it_is_full(measures: list[Measure]) -> None:
    sizes = [each.state for each in measures]
    assert all(size < 1.3 * sizes[0] for size in sizes), sizes
    assert measures[-1].disk > 1.5 * measures[1].disk


def test_a_young_chat_lives_beside_the_old_one(tmp_path: Path) -> None:
    habits = Habits(connected=30, visits_end=140)
    twin = partial(twin_of, habits)
    (made,) = live(habits, [3_000], tmp_path / "logs", window=WINDOW, bounds=SMALL, twin=twin)
    assert 0 < made.young
    assert 0 < made.record


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes can't be kept on a processor")
def test_a_young_chat_ends_when_it_is_not_asked_and_leaves_the_processors() -> None:
    affinity = os.sched_getaffinity(0)
    with twin_of(Habits(connected=30, visits_end=140)) as twin:
        twin.begin()
        assert 1 == len(os.sched_getaffinity(0))
    assert affinity == os.sched_getaffinity(0)
