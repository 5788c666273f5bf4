"""The settings of a room, and how a change of them is told."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from chatsimples.chat.room_settings import (
    RoomSettings,
    SettingsAsked,
    SettingsChange,
    asked_by,
    changed,
    on_record,
)

ASKED = [
    SettingsAsked(),
    SettingsAsked(secret=True, invite_only=False),
    SettingsAsked(limit=5, inviters="members", key="proof"),
    SettingsAsked(key=""),
]


def test_what_is_not_named_stays_as_it_is() -> None:
    before = RoomSettings(secret=True, limit=3)
    assert RoomSettings(secret=True, limit=0, moderated=True) == changed(
        before, SettingsAsked(limit=0, moderated=True)
    )


def test_a_key_is_on_record_apart_from_what_the_room_is_told() -> None:
    proof, told = on_record(SettingsAsked(moderated=True, key="proof"))
    assert SettingsChange(key="proof") == proof
    assert SettingsChange(moderated=True, keyed=True) == told
    assert b'{"moderated":true,"keyed":true}' == msgspec.json.encode(told)


def test_that_there_is_no_key_any_more_is_no_secret() -> None:
    assert (None, SettingsChange(keyed=False)) == on_record(SettingsAsked(key=""))


@pytest.mark.parametrize("asked", ASKED, ids=range(len(ASKED)))
def test_what_was_asked_follows_from_the_records(asked: SettingsAsked) -> None:
    assert asked == asked_by([each for each in on_record(asked) if each is not None])


def test_a_change_says_nothing_of_what_it_does_not_name() -> None:
    assert UNSET is SettingsAsked().secret
    assert b"{}" == msgspec.json.encode(SettingsAsked())


@pytest.mark.parametrize("told", ['{"secrets":true}', '{"limit":-1}', '{"limit":1e9}', '{"inviters":"me"}'])
def test_settings_that_there_are_not_can_not_be_asked_for(told: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(told, type=SettingsAsked)
