"""The head of an HTTP/1.x request: where it ends, and what it says. No I/O.

h11 parses it. What h11 would mend is refused before: two programs that mend the same bytes in two ways don't
agree where a request ends, and what one of them takes for a body is a request to the other (request
smuggling: RFC 9112, section 11.2). Such are bare newlines, folded lines, a length that is told twice, and a
length beside a transfer coding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import h11

from chatsimples.errors import HeadError

LONGEST_HEAD = 16_384
"""Bytes in a head, up to and with its empty line."""

MOST_HEADERS = 100
"""Header lines in a head."""

_END = re.compile(rb"\r?\n\r?\n")
# Of a head that was cut off behind its empty line.
_BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_FOLDED = re.compile(rb"\n[ \t]")
_AUTHORITY_FORM = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE)
_LENGTHS = re.compile(rb"(?i)\ncontent-length:([^\r]*)")
_VERSIONS = ("1.0", "1.1")
_TARGET = re.compile(r"/[!-~]*|\*")


class Head(NamedTuple):
    """What a request's head says.

    Attributes:
        method: in capitals.
        target: path and query, as they were sent: ``/api/rooms?limit=3``; ``*`` for the server itself.
        version: of HTTP: ``1.1`` or ``1.0``.
        headers: names in lower case, and values.
    """

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def get(self, name: str) -> str:
        """Return the value of a header, those of several in one list; empty if there is none."""
        return ", ".join(self.each(name))

    def each(self, name: str) -> Iterator[str]:
        """Yield the value of each header that is called so, in lower case."""
        return (value for key, value in self.headers if key == name)

    def tokens(self, name: str) -> set[str]:
        """Return the words, in lower case, of a header that is a list."""
        words = (word.strip().lower() for word in self.get(name).split(","))
        return {word for word in words if word}


def head_length(data: bytes) -> int:
    """Return the length of the head with which the data begins, with its empty line; 0 if it is not complete.

    Raises:
        HeadError: it is longer than a head may be.
    """
    end = _END.search(data, 0, LONGEST_HEAD)
    if end:
        return end.end()
    if len(data) >= LONGEST_HEAD:
        raise HeadError(*_too_long(data))
    return 0


def parse_head(data: bytes) -> Head:
    """Read a head, which is complete, and nothing behind it.

    Raises:
        HeadError: it is not one that can be taken.
    """
    if _BARE_NEWLINE.search(data):
        raise HeadError(400, "a line does not end with CRLF")
    if _FOLDED.search(data):
        raise HeadError(400, "a header line is folded")
    if data.count(b"\n") > MOST_HEADERS + 2:
        raise HeadError(431, f"there are more than {MOST_HEADERS} header lines")
    request = _parsed(data)
    headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers)
    version = request.http_version.decode("ascii")
    if version not in _VERSIONS:
        raise HeadError(505, f"there is no HTTP/{version} here")
    head = Head(request.method.decode("ascii"), request.target.decode("ascii"), version, headers)
    # What h11 makes of several lengths that are the same is one; it was said more than once all the same.
    lengths = _LENGTHS.findall(data)
    if len(lengths) > 1 or b"," in b"".join(lengths):
        raise HeadError(400, "there is more than one Content-Length")
    if head.get("transfer-encoding"):
        if head.get("content-length"):
            raise HeadError(400, "there are a Content-Length and a Transfer-Encoding")
        if version == "1.0":
            raise HeadError(400, "there is a Transfer-Encoding in HTTP/1.0")
    return _with_origin_form(head)


def _parsed(data: bytes) -> h11.Request:
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
    try:
        connection.receive_data(data)
        event = connection.next_event()
    except h11.RemoteProtocolError as error:
        raise HeadError(error.error_status_hint, str(error)) from None
    except UnicodeDecodeError:
        raise HeadError(400, "the request line is not ASCII") from None
    if not isinstance(event, h11.Request):
        raise HeadError(400, "there is no request line")
    return event


def _with_origin_form(head: Head) -> Head:
    """Return a head of which the target is a path, as it is where no proxy is meant (RFC 9112, section 3.2).

    Raises:
        HeadError: the target is none, or names another host than the head does.
    """
    absolute = _AUTHORITY_FORM.fullmatch(head.target)
    if absolute:
        _, authority, path = absolute.groups()
        if authority.lower() != head.get("host").lower():
            raise HeadError(400, "the target and the Host header name different hosts")
        head = head._replace(target=path if path.startswith("/") else f"/{path}")
    if not _TARGET.fullmatch(head.target):
        raise HeadError(400, "the target is no path")
    return head


def _too_long(data: bytes) -> tuple[int, str]:
    if b"\n" in data[:LONGEST_HEAD]:
        return 431, f"the header is longer than {LONGEST_HEAD} bytes"
    return 414, f"the request line is longer than {LONGEST_HEAD} bytes"
