"""What each command has."""

from __future__ import annotations

import msgspec


class BaseCommand(msgspec.Struct, array_like=True, gc=False):
    """A command of connection ``conn``. On the wire between the processes it is an array with a tag.

    Nothing that it holds can hold it, so the garbage collector need not look at the many there are.
    """

    conn: int
