"""Which requests are taken, by the host that they name and the page that they come from. No I/O.

A browser lets any page, wherever it comes from, send requests to whatever it can reach: a chat on 127.0.0.1
too. Two headers tell what a page can't choose freely:

* **Host** is the name under which the browser reached this server. A page of ``evil.example`` can have that
  name stand for 127.0.0.1 (DNS rebinding): then all that it does looks as if it came from the server's own
  page. So only names are taken that nobody else can have. Under TLS there was a certificate for the name.
* **Origin** is the page that a request comes from. WebSockets are bound by no same-origin policy: a page from
  elsewhere could talk to the chat as whoever looks at it (cross-site WebSocket hijacking).

Programs that are no browsers send no Origin: whoever runs one decides what it does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection
from typing import NamedTuple

from chatsimples.web.head import Head
from chatsimples.web.origins import Origin, origin_of, read_origin

_LOCALHOST = "localhost"


class Refusal(NamedTuple):
    """Why a request is not taken: what HTTP says to it, and a word for it that programs can read."""

    status: int
    code: str


class Admittance:
    """Knows which requests are taken.

    Args:
        origins: whose pages may come beside the server's own.
        own_names: gives the names of this machine, in lower case.
    """

    def __init__(self, origins: Collection[Origin], own_names: Callable[[], Collection[str]]) -> None:
        self._origins = frozenset(origins)
        self._hosts = {origin.name for origin in origins}
        self._own_names = own_names

    def refusal(self, head: Head, *, is_tls: bool) -> Refusal | None:
        """Return why a request is not taken; None if it is."""
        told = list(head.each("host"))
        # A program that speaks HTTP/1.0 may tell none. Browsers always do.
        host = origin_of("https" if is_tls else "http", told[0]) if told else None
        if told and host is None:
            return Refusal(400, "bad_request")
        if host is not None and not is_tls and not self._is_known(host.name):
            return Refusal(421, "host_unknown")
        return None if self._comes_from_here(head, host) else Refusal(403, "origin_refused")

    def guest(self, head: Head) -> str:
        """Return the origin of a page from elsewhere that was named, as the request tells it; else empty."""
        told = list(head.each("origin"))
        is_named = len(told) == 1 and read_origin(told[0]) in self._origins
        return told[0] if is_named else ""

    def _is_known(self, name: str) -> bool:
        """Tell whether a name is one that nobody can have stand for this server from elsewhere."""
        if name == _LOCALHOST or name.endswith(f".{_LOCALHOST}") or name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._own_names()
        return True

    def _comes_from_here(self, head: Head, host: Origin | None) -> bool:
        told = list(head.each("origin"))
        if not told:
            # Pages can send some requests without one. Browsers say by another header that a page did.
            site = head.get("sec-fetch-site").lower()
            return site not in {"cross-site", "same-site"} or head.get("sec-fetch-mode").lower() == "navigate"
        origin = read_origin(told[0])
        return len(told) == 1 and origin is not None and (origin == host or origin in self._origins)
