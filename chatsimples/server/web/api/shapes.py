"""What requests of the API hold, and what is answered: read and described by the same types."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatsimples.server.web.messages import Request

Seq = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
Count = Annotated[int, Meta(ge=1, le=1_000)]
YesNo = Literal["true", "false"]

_ROOM = Annotated[
    str, Meta(min_length=1, description="A room's name, with or without `#` in front, percent-encoded.")
]
_KEY = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern="^[ -~]+$",
        description="Tells this message from all others of the same caller. A request that is made again "
        "with it says nothing twice. It stands on record with the message, as its `id`.",
    ),
]
_POSITION = Annotated[
    str, Meta(pattern="^[0-9A-Za-z]+/[0-9]{1,19}$", description="A position, as events tell it: `LOG/SEQ`.")
]

_HEADERS = {"key": "Idempotency-Key", "last_event_id": "Last-Event-ID", "room_key": "X-Room-Key"}


class InRoom(msgspec.Struct, kw_only=True):
    """Of the path: which room."""

    room: _ROOM


class Hook(msgspec.Struct, kw_only=True):
    """Of the path: whose hook."""

    token: Annotated[str, Meta(min_length=1, description="A token, as `chatsimples token add` makes one.")]


class Nothing(msgspec.Struct, kw_only=True):
    """No fields."""


class RoomKey(msgspec.Struct, kw_only=True, rename=_HEADERS):
    """Of the header."""

    room_key: (
        Annotated[str, Meta(min_length=1, description="The room's key, if it has one, percent-encoded.")]
        | None
    ) = None


class SayHeader(RoomKey, kw_only=True, rename=_HEADERS):
    """Of the header, where something is said."""

    key: _KEY | None = None


class StreamHeader(RoomKey, kw_only=True, rename=_HEADERS):
    """Of the header, where a room is followed."""

    last_event_id: Annotated[str, Meta(description="The last event's `id`.")] | None = None


class Said(msgspec.Struct):
    """Something to be said."""

    text: Annotated[str, Meta(min_length=1, description="One line, as long as the server lets a text be.")]


class Recorded(msgspec.Struct, omit_defaults=True):
    """Where a message stands on record."""

    log: Annotated[str, Meta(description="Which log.")]
    seq: Annotated[int, Meta(description="Its number in the log: with that, its position.")]
    time: Annotated[str, Meta(description="When it was recorded, in UTC.")] = ""


class RecordsQuery(msgspec.Struct, kw_only=True):
    """Of the query: which records. At most one of `before`, `after` and `at`."""

    before: Annotated[Seq, Meta(description="The last ones before this one.")] | None = None
    after: Annotated[Seq, Meta(description="The first ones after this one.")] | None = None
    at: (
        Annotated[str, Meta(description="The first ones from this time on, as in RFC 3339.", min_length=1)]
        | None
    ) = None
    limit: Annotated[Count, Meta(description="How many.")] = 50
    all: Annotated[
        YesNo, Meta(description="Whether joins, leaves and the like are told too, or messages alone.")
    ] = "false"


class StreamQuery(msgspec.Struct, kw_only=True):
    """Of the query, where a room is followed."""

    since: _POSITION | None = None


class ListQuery(msgspec.Struct, kw_only=True):
    """Of the query, where names are listed."""

    after: Annotated[str, Meta(description="Those after this one.")] = ""
    limit: Annotated[Count, Meta(description="How many.")] = 1_000


class HookQuery(msgspec.Struct, kw_only=True):
    """Of the query of a hook."""

    room: Annotated[str, Meta(description="Where it is said, if the payload names no channel.")] = ""


class RoomOfList(msgspec.Struct):
    """A room."""

    room: str
    members: int


class RoomsTold(msgspec.Struct, omit_defaults=True):
    """Rooms, in order."""

    rooms: list[RoomOfList]
    count: Annotated[int, Meta(description="How many there are in all.")]
    next: Annotated[str, Meta(description="If there are more: ask for those after this one.")] = ""


class MembersTold(msgspec.Struct, omit_defaults=True):
    """Who is in a room, in order."""

    room: str
    members: list[str]
    count: Annotated[int, Meta(description="How many there are in all.")]
    next: Annotated[str, Meta(description="If there are more: ask for those after this one.")] = ""
    topic: str = ""


class HealthTold(msgspec.Struct):
    """How the server does."""

    status: Literal["ok", "unavailable"]


def header_fields(request: Request, kind: type[msgspec.Struct]) -> dict[str, str]:
    """Return the fields of a request's header that a type names."""
    names = [field.encode_name for field in msgspec.structs.fields(kind)]
    sent = {key for key, _ in request.head.headers}
    return {name: request.header(name.lower()) for name in names if name.lower() in sent}
