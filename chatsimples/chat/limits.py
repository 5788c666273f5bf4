"""What the rules bound; each ``start`` has it on record, so the records tell under which bounds they came."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

GuestRooms = Literal["plain", "owned"]
"""What rooms are that guests make."""

# Of a ``start`` that does not tell it.
_UNTOLD: Final[GuestRooms] = "plain"


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The bounds that the rules are given; 0 switches one off. `chatsimples.config` has their defaults.

    Attributes:
        max_rooms: rooms that one connection can be in.
        quiet_room: members above which joins, leaves and changes of nick are told to nobody else in the room.
        nick_hold: seconds within which a session that was cut can claim its nick back.
        guest_rooms: ``owned``: whoever makes a room without an account is its operator while in it;
            ``plain``: they are in it as everybody else. It is no bound, but records follow from it too.
    """

    max_rooms: Annotated[int, Meta(ge=0)]
    quiet_room: Annotated[int, Meta(ge=0)]
    nick_hold: Annotated[float, Meta(ge=0)]
    guest_rooms: GuestRooms = _UNTOLD


UNKNOWN_LIMITS = Limits(max_rooms=0, quiet_room=0, nick_hold=0.0)
"""Before the first ``start``, and in version 1 of the transcript, which does not tell them."""
