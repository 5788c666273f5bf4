"""Which dialect a connection speaks: told by its first bytes, or by its silence. No I/O.

The dialects are asked whether the first bytes are theirs. As long as one of them can't tell yet, more bytes
are waited for; if none claims them, it is the default dialect. A client that sends nothing for a while speaks
the default dialect too, so that people who connect and wait hear the room. This is provisional, as a program
may only have been slow: its first bytes can still tell another dialect, which then begins anew.

HTTP is no dialect but a way to one. Where requests are taken, the bytes of one are kept: whoever has its head
says what becomes of it. That is so only as long as there is no visitor, as a visitor has been answered.

Some programs write a byte-order mark in front of all that they send. It is skipped: it says nothing.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping

from chatsimples.dialects.base import Dialect, Parser, RoadParser, UpgradeDialect
from chatsimples.dialects.every import DEFAULT_DIALECT
from chatsimples.dialects.refused import HttpDialect

SILENCE_DECIDES = 0.5
"""Seconds without a byte after which `Negotiation.pause` is to be called."""

# What tells the dialect if nothing follows: none begins with two newlines.
_END = b"\n\n"


class Negotiation:
    """The beginning of a connection, up to where its dialect is settled.

    `feed`, `pause` and `end` tell whether a dialect begins with what they were told. What follows is for the
    parser alone once the dialect is settled; the first bytes have been passed on to it.

    Args:
        dialects: by name.
        conn: the connection.
        takes_requests: whether an HTTP request is more than refused.
        is_tls, is_local: whether the client has come by TLS, and whether it is on this machine.

    Attributes:
        dialect: what the connection speaks; None as long as nothing tells.
        parser: the dialect's, for this connection.
        settled: whether nothing can change the dialect any more.
        is_request: whether the first bytes are those of an HTTP request, and are kept.
    """

    __slots__ = (
        "_conn", "_dialects", "_first", "_is_local", "_is_tls", "_marked", "_takes_requests", "dialect",
        "is_request", "parser", "settled",
    )  # fmt: skip

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        conn: int,
        *,
        takes_requests: bool = False,
        is_tls: bool = False,
        is_local: bool = False,
    ) -> None:
        self.dialect: Dialect | None = None
        self.parser: Parser | None = None
        self.settled = False
        self.is_request = False
        self._dialects = dialects
        self._conn = conn
        self._takes_requests = takes_requests
        self._is_tls = is_tls
        self._is_local = is_local
        self._first = b""
        self._marked = False

    @property
    def held(self) -> int:
        """How many bytes wait to tell the dialect; they are bounded, as dialects are told by a few."""
        return 0 if self._is_cut_mark else len(self._first)

    @property
    def first(self) -> bytes:
        """The bytes that wait; of a request all that has come."""
        return self._first

    def feed(self, data: bytes) -> bool:
        """Take in what was received."""
        self._first += data
        if not self._marked:
            if self._is_cut_mark:
                return False
            self._marked = True
            self._first = self._first.removeprefix(BOM_UTF8)
        return self._decide(self._first)

    def pause(self) -> bool:
        """Note that nothing has come for `SILENCE_DECIDES` seconds: then there is always a dialect.

        A part of a byte-order mark counts as nothing; its rest may still come.
        """
        return self._decide_finally(b"" if self._is_cut_mark else self._first)

    def end(self) -> bool:
        """Note the end of input: if anything was said, there is a dialect."""
        self._marked = True
        return bool(self._first) and self._decide_finally(self._first)

    def upgrade(self, length: int) -> bool:
        """Settle on the dialect that a request has asked for; what follows its head is for the parser.

        Args:
            length: of the head, in bytes.

        Returns:
            whether there is such a dialect.
        """
        dialect = next((each for each in self._dialects.values() if isinstance(each, UpgradeDialect)), None)
        if dialect is None:
            return False
        self.dialect = dialect
        self.parser = dialect.parser_for(self._conn, self._first[:length])
        if len(self._first) > length:
            self.parser.feed(self._first[length:])
        self._first = b""
        self.is_request = False
        self.settled = True
        return True

    @property
    def _is_cut_mark(self) -> bool:
        """Whether nothing has come yet but, at most, a part of a byte-order mark."""
        return not self._marked and len(self._first) < len(BOM_UTF8) and BOM_UTF8.startswith(self._first)

    def _decide_finally(self, first: bytes) -> bool:
        """Decide as if nothing more came."""
        for dialect in self._dialects.values():
            if isinstance(dialect, HttpDialect) and dialect.begins(first):
                return self._found(dialect)
        return self._decide(first + _END)

    def _decide(self, first: bytes) -> bool:
        found = recognise(self._dialects, first)
        self.is_request = False
        return found is not None and self._found(found)

    def _found(self, found: Dialect) -> bool:
        if self._takes_requests and self.dialect is None and isinstance(found, HttpDialect):
            self.is_request = True
            return False
        begins = found is not self.dialect
        if begins or self.parser is None:
            self.dialect = found
            self.parser = found.parser(self._conn)
            if isinstance(self.parser, RoadParser):
                self.parser.came(is_tls=self._is_tls, is_local=self._is_local)
        if self._first and not self._is_cut_mark:
            self.settled = True
            self.parser.feed(self._first)
            self._first = b""
        return begins


def recognise(dialects: Mapping[str, Dialect], first: bytes) -> Dialect | None:
    """Return the dialect of a connection with these first bytes; None if they don't tell yet.

    The answer for some bytes stays the same whatever follows them.
    """
    told = True
    for dialect in dialects.values():
        claim = dialect.claims(first)
        if claim:
            return dialect
        if claim is None:
            told = False
    return dialects[DEFAULT_DIALECT] if told else None
