"""What the rules bound; each ``start`` has it on record, so the records tell under which bounds they came."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bounds that the rules are given; 0 switches one off. `chatsimples.config` has their defaults.

    Attributes:
        max_rooms: rooms that one connection can be in.
        quiet_room: members above which joins, leaves and changes of nick are told to nobody else in the room.
        nick_hold: seconds within which a session that was cut can claim its nick back.
    """

    max_rooms: Annotated[int, Meta(ge=0)]
    quiet_room: Annotated[int, Meta(ge=0)]
    nick_hold: Annotated[float, Meta(ge=0)]


UNKNOWN_LIMITS = Limits(max_rooms=0, quiet_room=0, nick_hold=0.0)
"""Before the first ``start``, and in version 1 of the transcript, which does not tell them."""
