"""What requests hold."""

from __future__ import annotations

import msgspec
import pytest
from server.web.api.chats import PEER

from chatsimples.server.web.api.shapes import (
    RecordsQuery,
    SayHeader,
    StreamHeader,
    StreamQuery,
    header_fields,
)
from chatsimples.server.web.messages import Request
from chatsimples.web.head import Head


def test_a_header_is_read_by_the_names_that_it_has_there() -> None:
    told = (("idempotency-key", "k"), ("x-room-key", "c"), ("last-event-id", "L/1"), ("accept", "x"))
    request = Request(Head("GET", "/", "1.1", told), PEER, {}, {})
    assert {"Idempotency-Key": "k", "X-Room-Key": "c"} == header_fields(request, SayHeader)
    header = msgspec.convert(header_fields(request, StreamHeader), StreamHeader)
    assert ("c", "L/1") == (header.room_key, header.last_event_id)


def test_a_query_is_text_and_becomes_numbers() -> None:
    query = msgspec.convert({"after": "0", "limit": "1000", "other": "x"}, RecordsQuery, strict=False)
    assert (0, None, 1_000, "false") == (query.after, query.before, query.limit, query.all)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ({"limit": "0"}, RecordsQuery),
        ({"limit": "1001"}, RecordsQuery),
        ({"limit": "x"}, RecordsQuery),
        ({"after": "-1"}, RecordsQuery),
        ({"all": "yes"}, RecordsQuery),
        ({"since": "7"}, StreamQuery),
    ],
)
def test_what_is_out_of_bounds_is_refused(query: dict[str, str], kind: type[msgspec.Struct]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(query, kind, strict=False)
