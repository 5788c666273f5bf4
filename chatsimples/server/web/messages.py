"""Requests and responses, as those who answer see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import msgspec

from chatsimples.net.peers import Peer
from chatsimples.web.head import Head

HTML = "text/html; charset=utf-8"
JSON = "application/json"

Headers = tuple[tuple[str, str], ...]


class Request(msgspec.Struct, frozen=True):
    """A request, complete and bounded.

    Attributes:
        head: its head. One of ``HEAD`` has ``GET`` here: whoever sends the answer leaves its body out.
        peer: whose it is.
        params: what the route's pattern names, with percent-encoding taken away.
        query: the query's fields; of several with one name the last.
        body: its body.
    """

    head: Head
    peer: Peer
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = b""

    @property
    def method(self) -> str:
        """Its method."""
        return self.head.method

    @property
    def path(self) -> str:
        """Its path, as it was sent."""
        return self.head.path

    def header(self, name: str) -> str:
        """Return a header's value, by its name in lower case; empty if there is none."""
        return self.head.get(name)

    @property
    def wants_page(self) -> bool:
        """Whether a person looks at the answer: what a browser shows, it asks for as HTML."""
        return wants_page(self.head)


def wants_page(head: Head) -> bool:
    """Tell whether a person looks at what is answered to a request with this head."""
    return "text/html" in head.get("accept").lower()


class Response(msgspec.Struct, frozen=True):
    """An answer.

    Attributes:
        status: of HTTP.
        body: its body; or what gives it piece by piece, without end perhaps. A generator is closed when it
            is not needed any more.
        content_type: of the body; empty if there is none.
        headers: more of them. Length, connection, date and what protects pages come by themselves.
    """

    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""
    content_type: str = ""
    headers: Headers = ()
