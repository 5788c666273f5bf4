"""What tests of replay share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from chatsimples.replay.narration import times


@pytest.fixture
def set_zone() -> Iterator[Callable[[str], None]]:
    """Give a function that lets the machine be in a zone, such as ``EST5``, until the test's end."""
    with pytest.MonkeyPatch.context() as patched:

        def to(name: str) -> None:
            patched.setenv("TZ", name)
            _begin_anew()

        yield to
    _begin_anew()


def _begin_anew() -> None:
    time.tzset()
    # They remember times in another zone.
    times.local_second.cache_clear()
    times.local_minute.cache_clear()
