"""What a person wants to see and hear."""

from __future__ import annotations

import msgspec


class Preferences(msgspec.Struct, frozen=True):
    """A person's preferences.

    Attributes:
        history: messages from before that are shown in a room that is entered.
        joins: "quiet", "all" or "off".
        bell: "mentions", "all" or "off".
    """

    history: int
    joins: str
    bell: str
