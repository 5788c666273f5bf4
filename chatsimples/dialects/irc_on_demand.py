"""IRC for a server to which nobody may ever speak it: what it takes is imported for the first connection."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chatsimples.chat.effects import Answer
from chatsimples.chat.records import Record
from chatsimples.dialects.base import InputLimits, SecretSource, Unframed
from chatsimples.i18n import Translate
from chatsimples.irc.offer import EVERYTHING, Offer
from chatsimples.irc.people import People

if TYPE_CHECKING:
    from chatsimples.dialects.irc import IrcDialect
    from chatsimples.dialects.irc_parser import IrcParser

_WORDS = (b"CAP ", b"NICK ", b"USER ", b"PASS ", b"AUTHENTICATE ", b"PING ", b"WEBIRC ")
_STARTS = re.compile(rb"(?:CAP|NICK|USER|PASS|AUTHENTICATE|PING|WEBIRC) |QUIT(?: :|\r?\n)")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"


class IrcOnDemand(Unframed):
    """The dialect of `chatsimples.dialects.irc`.

    Args:
        limits: what a line may hold.
        translate: into the language of people.
        new_session: makes a secret for a connection.
        notice: what whoever comes is told before anything else.
        host: the server's name.
        log: the id of its log.
        version: the program's.
        playback: how many of a room's last messages those get who can't ask for them.
        offer: what depends on the server's settings.
    """

    name = "irc"
    registers = True
    is_pinged = True
    echoes = False
    resumes = False
    warning = ""
    merges = True
    observes = True
    hears_signals = True
    tells_oneself = True

    def __init__(  # noqa: PLR0917 - what all its styles need
        self,
        limits: InputLimits,
        translate: Translate,
        new_session: SecretSource,
        notice: str,
        host: str = "",
        log: str = "",
        version: str = "",
        playback: int = 0,
        offer: Offer = EVERYTHING,
    ) -> None:
        self._limits = limits
        self._playback = playback
        self._offer = offer
        self._translate = translate
        self._new_session = new_session
        self._people = People()
        self._told = (host, log, version, notice)

    @cached_property
    def _dialect(self) -> IrcDialect:
        from chatsimples.dialects.irc import IrcDialect  # noqa: PLC0415 - see above
        from chatsimples.irc.server import Bounds, Server  # noqa: PLC0415 - see above

        limits = self._limits
        bounds = Bounds(limits.max_text, limits.max_name, limits.max_rooms, self._playback)
        server = Server(*self._told, bounds, _now)
        return IrcDialect(server, limits, self._translate, self._new_session, self._people, offer=self._offer)

    def claims(self, first: bytes) -> bool | None:
        """Tell whether the first command is one with which a client of IRC begins."""
        if _STARTS.match(first):
            return True
        if any(word.startswith(first) for word in _WORDS):
            return None
        return None if first in {b"QUI", b"QU", b"Q", b"QUIT", b"QUIT ", b"QUIT\r"} else False

    def parser(self, conn: int) -> IrcParser:
        """Make the parser of a connection."""
        return self._dialect.parser(conn)

    def styled(self, style: int) -> IrcDialect:
        """Give the variant of a style."""
        return self._dialect.styled(style)

    def render(self, record: Record, line: bytes) -> bytes:
        """Write a record without any capability."""
        return self._dialect.render(record, line)

    def merge(self, record: Record) -> Hashable | None:
        """Tell what several rooms hear as one line."""
        return self._dialect.merge(record)

    def observe(self, record: Record) -> None:
        """Take in what a record tells of somebody."""
        self._people.observe(record)

    def reply(self, answer: Answer, nick: str = "") -> bytes:
        """Write a reply without any capability."""
        return self._dialect.reply(answer, nick)

    def respond(self, mark: bytes, nick: str, parts: Sequence[Record | Answer]) -> bytes:
        """Write the answer to a request without any capability."""
        return self._dialect.respond(mark, nick, parts)

    def notice(self, text: str) -> bytes:
        """Write a line of the server's own."""
        return self._dialect.notice(text)

    def goodbye(self, why: str) -> bytes:
        """Write the last line."""
        return self._dialect.goodbye(why)
