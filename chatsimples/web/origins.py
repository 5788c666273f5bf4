"""Origins: where the page comes from that a browser shows. No I/O."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from chatsimples.errors import SettingError

_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65_535


class Origin(NamedTuple):
    """A scheme, a name or address in lower case, and a port."""

    scheme: str
    name: str
    port: int


def read_origins(text: str) -> frozenset[Origin]:
    """Read a list of origins: ``https://chat.example,http://192.0.2.7:8080``; empty for none.

    Raises:
        SettingError: one of them is none.
    """
    origins: set[Origin] = set()
    for word in filter(None, map(str.strip, text.split(","))):
        origin = read_origin(word)
        if origin is None:
            raise SettingError(f"origin: {word!r} is none (as https://chat.example or http://192.0.2.7:8080)")
        origins.add(origin)
    return frozenset(origins)


def read_origin(text: str) -> Origin | None:
    """Read an origin as browsers write it (RFC 6454, section 6.2); None if it is none, as "null"."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    return origin_of(parts.scheme, parts.netloc)


def origin_of(scheme: str, authority: str) -> Origin | None:
    """Return the origin of what is at a host, which may have a port; None if it is no host."""
    found = _AUTHORITY.fullmatch(authority)
    if scheme not in _DEFAULT_PORTS or not found or int(found[2] or 0) > _HIGHEST_PORT:
        return None
    name = found[1].strip("[]").lower().removesuffix(".")
    return Origin(scheme, name, int(found[2] or _DEFAULT_PORTS[scheme]))
