"""What the chat says."""

from __future__ import annotations

import pytest

from chatsimples.client.protocol import refusal_codes
from chatsimples.server.web.api import heard
from chatsimples.server.web.api.heard import read


def test_a_record_is_told_from_a_reply() -> None:
    record = read(b'{"seq":7,"at":"2026-11-29T21:00:00.000000Z","type":"message","conn":3,"text":"oi"}')
    reply = read(b'{"type":"duplicate","id":"k","seq":7}')
    assert record is not None
    assert reply is not None
    assert (True, False) == (record.is_record, reply.is_record)
    assert ("k", 7) == (reply.id, reply.seq)


def test_of_what_has_other_fields_than_are_known_the_type_is_read() -> None:
    told = read(b'{"type":"novo","id":"k","count":"muitos"}')
    assert told is not None
    assert ("novo", "k") == (told.type, told.id)


@pytest.mark.parametrize("line", [b"* ola", b"", b"{", b'{"x":1}', b'{"type":"\xff"}', b"{}"])
def test_what_is_no_line_for_programs_is_none(line: bytes) -> None:
    assert read(line) is None


def test_codes_mean_what_they_mean_to_other_clients() -> None:
    assert refusal_codes.NICK_CODES == heard.NICK_CODES
    assert refusal_codes.ROOM_CODES == heard.ROOM_CODES
    assert refusal_codes.PASSING_CODES - {"storage_full"} == heard.PASSING_CODES
