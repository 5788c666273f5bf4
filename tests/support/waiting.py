"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE = 100.0
"""Seconds after which something that should have happened counts as never happening.

So many that no machine is too slow: only a test that fails waits as long."""

Result = TypeVar("Result")


def eventually(check: Callable[[], Result], what: str, within: float = DEADLINE) -> Result:
    """Call ``check`` until it gives something true, and return that.

    Raises:
        AssertionError: it did not within that many seconds.
    """
    until = time.monotonic() + within
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > until:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(0.01)
