"""The limits that a start has on record."""

from __future__ import annotations

import msgspec
import pytest

from chatsimples.chat.limits import UNKNOWN_LIMITS, Limits


def test_limits_are_written_in_one_way() -> None:
    limits = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0)
    written = b'{"max_rooms":32,"quiet_room":256,"nick_hold":600.0}'
    assert written == msgspec.json.encode(limits)
    assert limits == msgspec.json.decode(written, type=Limits)


def test_whose_the_rooms_of_guests_are_is_written_where_it_is_not_as_before() -> None:
    limits = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0, guest_rooms="owned")
    written = b'{"max_rooms":32,"quiet_room":256,"nick_hold":600.0,"guest_rooms":"owned"}'
    assert written == msgspec.json.encode(limits)
    assert limits == msgspec.json.decode(written, type=Limits)


@pytest.mark.parametrize(
    "bad",
    [
        b'{"max_rooms":-1,"quiet_room":256,"nick_hold":600.0}',
        b'{"max_rooms":1,"quiet_room":256}',
        b'{"max_rooms":1,"quiet_room":256,"nick_hold":-0.5}',
        b'{"max_rooms":1,"quiet_room":256,"nick_hold":1.0,"more":1}',
        b'{"max_rooms":1,"quiet_room":256,"nick_hold":1.0,"guest_rooms":"mine"}',
    ],
)
def test_what_are_no_limits_is_a_value_error(bad: bytes) -> None:
    with pytest.raises(ValueError):
        msgspec.json.decode(bad, type=Limits)


def test_limits_that_are_not_known_bound_nothing() -> None:
    assert Limits(max_rooms=0, quiet_room=0, nick_hold=0.0) == UNKNOWN_LIMITS
