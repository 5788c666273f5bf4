"""Who a line is from, as it stands in front of it."""

from __future__ import annotations

from typing import Final

USER: Final = "u"
"""The user's name in the source of a line."""


def source_of(nick: str, conn: int) -> str:
    """Return the source of what somebody does; no address of a person is ever told."""
    return f"{nick}!{USER}@c{conn}"
