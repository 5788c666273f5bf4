"""Dialects that the port recognises and does not speak: each gets one clear answer in its own form.

Whatever follows the first bytes is dropped unread: no part of a browser's request, its body least of all,
can become a command.
"""

from __future__ import annotations

from chatsimples.chat.commands import Command, Fault
from chatsimples.chat.effects import Answer, Error
from chatsimples.chat.records import Record
from chatsimples.errors import explain
from chatsimples.i18n import N_, Translate

_NOT_HTTP = N_(
    "This is a chat server, not a web server. Connect with chatsimples client, with nc or with telnet."
)
_NOT_IRC = N_("this server does not speak IRC; connect with a ChatSimples client, nc or telnet")


class RefusedParser:
    """One refusal, whatever comes.

    Args:
        conn: the connection.
        why: the refusal's text.
    """

    def __init__(self, conn: int, why: str) -> None:
        self._refusals: list[Command] = [Fault(conn, "bad_request", {"why": why}, fatal=True)]

    def feed(self, data: bytes) -> None:
        """Drop the bytes."""

    def take(self, limit: int) -> list[Command]:
        """Give the refusal, once."""
        refusals, self._refusals = self._refusals[:limit], self._refusals[limit:]
        return refusals

    def pause(self) -> list[Command]:
        """Mean nothing by a pause."""
        return []

    def end(self) -> list[Command]:
        """Have nothing left."""
        return []

    awaits_pause = False


class RefusedDialect:
    """A dialect in which only errors can be told."""

    registers = True
    is_pinged = False
    echoes = False
    resumes = False

    def __init__(self, name: str, translate: Translate) -> None:
        self.name = name
        self._why = _NOT_HTTP if name == "http" else _NOT_IRC
        self._translate = translate

    def parser(self, conn: int) -> RefusedParser:
        """Make the parser of a connection."""
        return RefusedParser(conn, self._why)

    def render(self, record: Record, line: bytes) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Tell nothing: nobody in a room speaks this."""
        return b""

    def notice(self, text: str) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Tell nothing."""
        return b""

    def reply(self, answer: Answer) -> bytes:
        """Write the refusal in the dialect's own form."""
        if not isinstance(answer, Error):
            return b""
        if answer.code == "bad_request":
            text = self._translate(self._why)
        else:
            text = explain(answer.code, answer.detail, self._translate)
        if self.name == "irc":
            return f"ERROR :{text}\r\n".encode()
        body = f"{text}\n".encode()
        return (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode() + body
