"""What tests of faults share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from faults.people import Crowd


@pytest.fixture
def make_crowd() -> Iterator[Callable[..., Crowd]]:
    """Give a maker of crowds, which returns when everybody is in; see `Crowd` for what it takes."""
    crowds: list[Crowd] = []

    def make(*arguments: object, **how: object) -> Crowd:
        crowds.append(Crowd(*arguments, **how))  # type: ignore[arg-type] # as Crowd's
        return crowds[-1].begin()

    yield make
    for crowd in crowds:
        crowd.abandon()
