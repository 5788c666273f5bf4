"""Dialects that the port recognises and does not speak: each gets one clear answer in its own form.

Whatever follows the first bytes is dropped unread: no part of a browser's request, its body least of all,
can become a command.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from chatsimples.chat.commands import Command, Fault
from chatsimples.chat.effects import Answer, Error
from chatsimples.chat.records import Record
from chatsimples.dialects.attempts import Finding
from chatsimples.dialects.base import Unframed
from chatsimples.errors import explain
from chatsimples.i18n import N_, Translate

# As https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt has them.
_PROXY_STARTS = (b"PROXY TCP4 ", b"PROXY TCP6 ", b"PROXY UNKNOWN", b"\r\n\r\n\0\r\nQUIT\n")
_HANDSHAKE = b"\x16\x03"
# Fatal: protocol_version (RFC 8446, section 6).
_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
# A request line (RFC 9112, section 3), of any method; and what may still become one. Only the whole line
# tells, so that people may shout "POST this" and say "GET pizza".
_REQUEST_LINE = re.compile(rb"[A-Z]{1,32} (?:.* )?HTTP/[0-9](?:\.[0-9])?\r?")
_REQUEST_BEGINS = re.compile(rb"[A-Z]{0,32}|[A-Z]{1,32} .{0,8192}")
# What begins as one and does not end for so long is taken for one: its end must not change the answer, and
# whoever makes a browser's address long enough must not have the request's body said in a room.
_LONG_REQUEST = re.compile(rb"[A-Z]{1,32} .{8193}")
# A part of a line that a browser or a program is about to finish: no person stops in the middle of that.
_LIKELY_REQUEST = re.compile(rb"[A-Z]{3,16} (?:/|\*|https?:)[^\n]*")


class RefusedParser:
    """One refusal, whatever comes.

    Args:
        conn: the connection.
        why: the refusal's text.
    """

    awaits_pause = False
    held = 0

    def __init__(self, conn: int, why: str) -> None:
        self._refusals: list[Command] = [Fault(conn, "bad_request", {"why": why}, fatal=True)]

    def feed(self, data: bytes) -> None:
        """Drop the bytes."""

    def take_attempt(self) -> None:
        """Have nothing that needs secrets looked at."""

    def judge(self, finding: Finding) -> None:
        """Have asked nothing."""

    def take(self, limit: int) -> list[Command]:
        """Give the refusal, once."""
        refusals, self._refusals = self._refusals[:limit], self._refusals[limit:]
        return refusals

    def pause(self) -> None:
        """Mean nothing by a pause."""

    def end(self) -> None:
        """Have nothing left."""


class RefusedDialect(Unframed, ABC):
    """A dialect in which only errors can be told."""

    name: str
    why: str
    """Why it is refused, to be translated."""

    # Nobody comes in before a hello, and none can be said.
    registers = True
    is_pinged = False
    echoes = False
    resumes = False
    warning = ""

    def __init__(self, translate: Translate) -> None:
        self._translate = translate

    @abstractmethod
    def claims(self, first: bytes) -> bool | None:
        """Tell whether a connection with these first bytes speaks it; None if they don't tell yet."""

    @abstractmethod
    def _write(self, text: str) -> bytes:
        """Write a refusal in the dialect's own form."""

    def parser(self, conn: int) -> RefusedParser:
        """Make the parser of a connection."""
        return RefusedParser(conn, self.why)

    def render(self, record: Record, line: bytes) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Tell nothing: nobody in a room speaks this."""
        return b""

    def reply(self, answer: Answer, nick: str = "") -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write a refusal; nothing else can be told."""
        if not isinstance(answer, Error):
            return b""
        if answer.code == "bad_request":
            return self._write(self._translate(self.why))
        return self._write(explain(answer.code, answer.detail, self._translate))

    def notice(self, text: str) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Tell nothing."""
        return b""


class HttpDialect(RefusedDialect):
    """HTTP where it is not served: for browsers, whose requests would otherwise be said in a room."""

    name = "http"
    why = N_(
        "This is a chat server, not a web server. Connect with chatsimples client, with nc or with telnet."
    )

    def claims(self, first: bytes) -> bool | None:
        """Tell whether the first line is a request's."""
        if _LONG_REQUEST.match(first):
            return True
        line, newline, _ = first.partition(b"\n")
        if not newline and _REQUEST_BEGINS.fullmatch(line):
            return None
        return bool(_REQUEST_LINE.fullmatch(line))

    def begins(self, first: bytes) -> bool:
        """Tell whether a part of a line is taken for a request's if nothing more comes for a while."""
        return bool(_LIKELY_REQUEST.fullmatch(first))

    def _write(self, text: str) -> bytes:
        body = f"{text}\n".encode()
        return (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode() + body


class ProxyDialect(RefusedDialect):
    """The PROXY protocol, from whoever is not believed: the header would otherwise be said in a room."""

    name = "proxy"
    why = N_("this server takes a PROXY header only from the proxies that it trusts")
    warning = "a PROXY header came from an address that is not trusted"

    def claims(self, first: bytes) -> bool | None:
        """Tell whether it begins with a header, of version 1 or 2."""
        if first.startswith(_PROXY_STARTS):
            return True
        return None if any(start.startswith(first) for start in _PROXY_STARTS) else False

    def _write(self, text: str) -> bytes:
        return f"{text}\r\n".encode()


class TlsDialect(RefusedDialect):
    """TLS, on the port for what is not: whoever tries it would otherwise be a visitor, and be gone again."""

    name = "tls"
    why = N_("this port does not speak TLS")

    def claims(self, first: bytes) -> bool | None:
        """Tell whether it begins with a handshake of TLS (RFC 8446, section 5.1)."""
        if first.startswith(_HANDSHAKE):
            return True
        return None if _HANDSHAKE.startswith(first) else False

    def _write(self, text: str) -> bytes:  # noqa: ARG002 - in TLS there is a number for it
        return _ALERT
