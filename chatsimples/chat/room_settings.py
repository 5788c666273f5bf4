"""What the owners of a room can set: who comes in, who speaks, who sees and reads it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

MOST_MEMBERS: Final = 1_000_000
"""The highest limit that a room can be given."""

Whoever = Literal["operators", "members"]
Members = Annotated[int, Meta(ge=0, le=MOST_MEMBERS)]


class RoomSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings of a room that is governed.

    Attributes:
        invite_only: only those enter who are invited, or have a role in the room.
        moderated: only those speak who have a role in the room.
        secret: it is neither listed nor told of to those who are not in it; see `chatsimples.chat.access`.
        members_only_history: only those who are in it read what was said, and see who is there.
        accounts_only: only those enter who are logged in.
        limit: how many members it may have; 0 for no limit. Who has a role in the room is not held up by it.
        inviters: who may invite, beside the owners and operators.
        topic_by: who may say what it is about, beside these.
        outsiders: those speak in it too who are not in it, and may enter it.
    """

    invite_only: bool = False
    moderated: bool = False
    secret: bool = False
    members_only_history: bool = False
    accounts_only: bool = False
    limit: int = 0
    inviters: Whoever = "operators"
    topic_by: Whoever = "operators"
    outsiders: bool = False


class SettingsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of settings that is asked for: what is not set stays as it is.

    Attributes:
        key: what has to be known to enter, as its proof (see `chatsimples.chat.commands.Join`); empty for
            nothing. All others are those of `RoomSettings`.
    """

    invite_only: bool | UnsetType = UNSET
    moderated: bool | UnsetType = UNSET
    secret: bool | UnsetType = UNSET
    members_only_history: bool | UnsetType = UNSET
    accounts_only: bool | UnsetType = UNSET
    limit: Members | UnsetType = UNSET
    inviters: Whoever | UnsetType = UNSET
    key: str | UnsetType = UNSET
    topic_by: Whoever | UnsetType = UNSET
    outsiders: bool | UnsetType = UNSET


class SettingsChange(SettingsAsked, frozen=True, forbid_unknown_fields=True):
    """A change of settings as it is on record.

    Attributes:
        keyed: whether the room has a key from now on. The proof of the key stands in a record of its own.
    """

    keyed: bool | UnsetType = UNSET


_NAMES = RoomSettings.__struct_fields__


def changed(settings: RoomSettings, change: SettingsAsked) -> RoomSettings:
    """Return the settings after a change."""
    found = {name: value for name in _NAMES if (value := getattr(change, name)) is not UNSET}
    return msgspec.structs.replace(settings, **found)


def on_record(asked: SettingsAsked) -> tuple[SettingsChange | None, SettingsChange]:
    """Return what is recorded of a change that is asked for.

    Returns:
        What is for whoever asks alone: the proof of a new key, if there is one. And what all in it hear.
    """
    told = {name: getattr(asked, name) for name in _NAMES}
    if asked.key is UNSET:
        return None, SettingsChange(**told)
    proof = SettingsChange(key=asked.key) if asked.key else None
    return proof, SettingsChange(**told, keyed=bool(asked.key))


def asked_by(changes: list[SettingsChange]) -> SettingsAsked:
    """Return what was asked for, of which these are the records."""
    told = {
        name: value
        for each in changes
        for name in (*_NAMES, "key")
        if (value := getattr(each, name)) is not UNSET
    }
    if changes[-1].keyed is False:
        told["key"] = ""
    return SettingsAsked(**told)
