"""The commands that ask who and what is there; they are among those of `chatsimples.chat.commands`."""

from __future__ import annotations

from typing import Literal

from chatsimples.chat.command import BaseCommand


class Whois(BaseCommand, tag=40):
    """Ask who somebody is, and in which rooms."""

    nick: str
    id: str = ""


class Whowas(BaseCommand, tag=41):
    """Ask who had a nick: the last ``limit`` of them (0: as many as are known), the last one first."""

    nick: str
    limit: int = 0
    id: str = ""


class WhoList(BaseCommand, tag=42):
    """Ask for people: those in a room, or one nick, or those whom a mask fits.

    Of a room at most ``limit`` are told (0: as many as are told at once), after the nick ``after``. With
    ``moderators`` only those of the others are told who govern the server.
    """

    room: str = ""
    nick: str = ""
    after: str = ""
    limit: int = 0
    moderators: bool = False
    id: str = ""


class Count(BaseCommand, tag=43):
    """Ask how many people and rooms there are."""

    id: str = ""


class Monitor(BaseCommand, tag=44):
    """Watch nicks: be told when somebody comes or goes who has one. First those are let go of that are not.

    ``tell`` asks for the ``list`` of those that are watched then, or for the ``status`` of each.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    clear: bool = False
    tell: Literal["", "list", "status"] = ""
    id: str = ""


class Presence(BaseCommand, tag=45):
    """Ask which of several nicks are there."""

    nicks: tuple[str, ...] = ()
    id: str = ""


class Modes(BaseCommand, tag=46):
    """Ask how a room is set; with ``lists`` also for whom it has bans, mutes and exceptions."""

    room: str
    lists: bool = False
    id: str = ""


class Conversations(BaseCommand, tag=51):
    """Ask in which of one's rooms, and with whom, something was said last from a time on, before another one.

    Told are the ``limit`` earliest. ``mark`` is for the dialect, as that of a `Request`.
    """

    at: str
    until: str
    limit: int
    id: str = ""
    mark: bytes = b""


class Status(BaseCommand, tag=31):
    """Ask how the server does."""

    id: str = ""


class MarkRead(BaseCommand, tag=50):
    """Say up to when one has read a room, or what was said with a person; without a time, ask for it."""

    room: str = ""
    to: str = ""
    at: str = ""
    id: str = ""
