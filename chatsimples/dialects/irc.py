"""IRC: records and replies as lines of IRC, in the style of whoever reads them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final
from weakref import WeakValueDictionary

from chatsimples.chat.effects import Answer, ConversationList, HistoryEnd
from chatsimples.chat.records import Record
from chatsimples.dialects.base import InputLimits, SecretSource, Unframed
from chatsimples.dialects.irc_parser import IrcParser
from chatsimples.i18n import Translate
from chatsimples.irc import capabilities, marks
from chatsimples.irc.offer import EVERYTHING, Offer
from chatsimples.irc.people import People
from chatsimples.irc.replies import answering, past
from chatsimples.irc.replies.records import RecordWriter, merged
from chatsimples.irc.replies.writer import Writer, join
from chatsimples.irc.server import Server

NAME: Final = "irc"


class IrcDialect(Unframed):
    """IRC in one style.

    Args:
        server: what does not change of the server.
        limits: what a line may hold.
        translate: into the language of people.
        new_session: makes a secret for a connection.
        people: whoever is there; whoever makes this observes the records for them.
        style: the capabilities of those who read it.
        family: the other styles of it that anybody reads, by style.
        offer: which capabilities it has.
    """

    name = NAME
    registers = True
    is_pinged = True
    resumes = False
    warning = ""
    merges = True
    observes = True
    hears_signals = True
    tells_oneself = True

    def __init__(  # noqa: PLR0917 - one of a family
        self,
        server: Server,
        limits: InputLimits,
        translate: Translate,
        new_session: SecretSource,
        people: People | None = None,
        style: int = 0,
        family: WeakValueDictionary[int, IrcDialect] | None = None,
        offer: Offer = EVERYTHING,
    ) -> None:
        self._offer = offer
        self.echoes = bool(style & capabilities.ECHO_MESSAGE)
        self._server = server
        self._limits = limits
        self._translate = translate
        self._new_session = new_session
        self._people = people or People()
        self._style = style
        # Nobody can make more of them than there are connections: a style that nobody has is forgotten.
        self._family: WeakValueDictionary[int, IrcDialect] = (
            WeakValueDictionary() if family is None else family
        )
        self._family[style] = self
        self._records = RecordWriter(server, style, self._people)

    def claims(self, first: bytes) -> bool | None:  # noqa: ARG002 - the shape of a dialect
        """Claim nothing: whoever loads this has recognised it."""
        return False

    def parser(self, conn: int) -> IrcParser:
        """Make the parser of a connection."""
        return IrcParser(conn, self._limits, self._server.bounds, self._new_session, self._offer)

    def styled(self, style: int) -> IrcDialect:
        """Give the variant of a style."""
        found = self._family.get(style)
        if found is None:
            found = IrcDialect(
                self._server,
                self._limits,
                self._translate,
                self._new_session,
                self._people,
                style,
                self._family,
                self._offer,
            )
        return found

    def render(self, record: Record, line: bytes) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write a record as a line, or as several if it is too long for one."""
        return self._records.plain(record) or join(self._records.write(record))

    def merge(self, record: Record) -> Hashable | None:
        """Tell what several rooms hear as one line."""
        return merged(record)

    def observe(self, record: Record) -> None:
        """Take in what a record tells of somebody."""
        self._people.observe(record)

    def reply(self, answer: Answer, nick: str = "") -> bytes:
        """Write a reply that comes without a request, or to what was said."""
        writer = self._writer(nick)
        answering.reply(writer, answer)
        return writer.written()

    def respond(self, mark: bytes, nick: str, parts: Sequence[Record | Answer]) -> bytes:
        """Write the answer to a request."""
        asked = marks.unpack(mark)
        writer = self._writer(nick)
        answering.respond(writer, asked, parts)
        return writer.labelled(asked)

    def recalled(
        self,
        mark: bytes,
        nick: str,
        found: Sequence[tuple[Record, bytes]],
        end: HistoryEnd | ConversationList,
    ) -> bytes:
        """Write what was looked up, as the answer to its request."""
        asked = marks.unpack(mark)
        writer = self._writer(nick)
        past.told(writer, asked, [record for record, _ in found], end)
        return writer.labelled(asked)

    def notice(self, text: str) -> bytes:
        """Write a line of the server's own."""
        return f":{self._server.name} NOTICE * :{text}\r\n".encode()

    def goodbye(self, why: str) -> bytes:
        """Write the last line."""
        return f"ERROR :Closing link ({why})\r\n".encode() if why != "closed" else b""

    def _writer(self, nick: str) -> Writer:
        return Writer(self._server, self._style, self._records, self._translate, nick)
