"""How many files a process may have open."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest
from support.waiting import DEADLINE

from chatsimples.net.open_files import most_connections, open_files_limit, raise_open_files_limit

LIMITS = """
import resource
from chatsimples.net.open_files import open_files_limit, raise_open_files_limit
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
most = min(hard, 4_000) if hard != resource.RLIM_INFINITY else 4_000
resource.setrlimit(resource.RLIMIT_NOFILE, (200, most))
print(open_files_limit())
raise_open_files_limit()
print(open_files_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
raise_open_files_limit()
print(open_files_limit())
"""


def test_as_many_files_as_the_system_lets_it_have_can_be_open() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LIMITS], capture_output=True, text=True, check=True, timeout=DEADLINE
    )
    before, raised, again = told.stdout.splitlines()
    most = raised.split()[-1]
    assert ("200", f"{most} {most} {most}", most) == (before, raised, again)
    assert int(most) > 200


class System:
    """A system with these limits, which refuses a soft one above ``most``, as macOS does."""

    def __init__(self, soft: int, hard: int, most: int) -> None:
        self.limits = (soft, hard)
        self.most = most

    def getrlimit(self, _: int) -> tuple[int, int]:
        return self.limits

    def setrlimit(self, _: int, limits: tuple[int, int]) -> None:
        if limits[0] > self.most:
            raise ValueError("current limit exceeds maximum limit")
        self.limits = limits


FOREVER = resource.RLIM_INFINITY
SYSTEMS = {
    "as many as it wants": (System(256, FOREVER, 1 << 30), 1_048_576),
    "a bound that it does not tell": (System(256, FOREVER, 100_000), 10_240),
    "a bound below that": (System(256, 5_000, 5_000), 5_000),
    "more already than is sure to be had": (System(50_000, FOREVER, 100_000), 50_000),
    "more already than it wants": (System(2_000_000, FOREVER, 1 << 30), 2_000_000),
    "without a bound": (System(FOREVER, FOREVER, FOREVER), 1_048_576),
}


@pytest.mark.parametrize(("system", "limit"), SYSTEMS.values(), ids=SYSTEMS.keys())
def test_the_limit_is_raised_as_far_as_can_be_and_never_lowered(
    monkeypatch: pytest.MonkeyPatch, system: System, limit: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", system.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", system.setrlimit)
    raise_open_files_limit()
    assert limit == open_files_limit()


def test_there_are_files_for_as_many_connections_as_are_let_in() -> None:
    limit = open_files_limit()
    assert 16 <= most_connections(files_beside=24) <= most_connections(files_beside=3) < limit or limit < 100
    assert 16 <= most_connections(2) <= most_connections()
