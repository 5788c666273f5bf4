"""The actions that a person or a program can ask for."""

from __future__ import annotations

import msgspec

from chatsimples.words.governing import Governing


class Say(msgspec.Struct, frozen=True):
    """Say a text in the current room, or with the kind ``action`` what one does."""

    text: str
    kind: str = ""


class Away(msgspec.Struct, frozen=True):
    """Be away, and say why; without a text, be back."""

    text: str


class TellName(msgspec.Struct, frozen=True):
    """Tell what one's name is beside the nick."""

    realname: str


class Private(msgspec.Struct, frozen=True):
    """Say a text to one person."""

    to: str
    text: str


class Enter(msgspec.Struct, frozen=True):
    """Enter a room, with its key if it has one; later texts are said there."""

    room: str
    key: str = ""


class Leave(msgspec.Struct, frozen=True):
    """Leave a room, or end a private conversation ("": the current one)."""

    room: str


class Converse(msgspec.Struct, frozen=True):
    """Talk with one person: later texts are said to them."""

    nick: str


class Rename(msgspec.Struct, frozen=True):
    """Take another nick."""

    nick: str


class Who(msgspec.Struct, frozen=True):
    """Ask who is in a room ("": the current one), after a nick, at most so many (0: as many as are told)."""

    room: str
    after: str = ""
    limit: int = 0


class Rooms(msgspec.Struct, frozen=True):
    """Ask which rooms there are after a room's name, at most so many (0: as many as are told)."""

    after: str = ""
    limit: int = 0


class History(msgspec.Struct, frozen=True):
    """Ask for messages of a room; at a terminal, of the current one from before those that are shown.

    Attributes:
        limit: how many at most.
        before, after, at, all_records, until, to: see `chatsimples.client.protocol.core.Core.history`.
    """

    limit: int
    before: int = 0
    after: int | None = None
    at: str = ""
    all_records: bool = False
    until: str = ""
    to: str = ""


class Status(msgspec.Struct, frozen=True):
    """Ask how the server does."""


class Govern(msgspec.Struct, frozen=True):
    """Do what not everybody may; a room that is `chatsimples.chat.commands.HERE` is the current one."""

    command: Governing


class Edit(msgspec.Struct, frozen=True):
    """Write a text in an editor, beginning with this."""

    text: str


class Help(msgspec.Struct, frozen=True):
    """Ask for the commands, or for those of people who govern rooms."""

    governing: bool = False


class Quit(msgspec.Struct, frozen=True):
    """Leave the chat."""


Action = (
    Say | Away | TellName | Private | Enter | Leave | Converse | Rename | Who | Rooms | History | Status
    | Govern | Edit | Help | Quit
)  # fmt: skip
