"""Loading what a process is made of, without looking for garbage meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Import within this: the garbage collector waits.

    Modules, classes and functions stay for as long as the process. To go through them again and again while
    they become more is a tenth of what it takes to load them.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
