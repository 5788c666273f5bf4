"""Where a server is, in one word: ``chatsimples+tls://chat.example.org/turma``."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec

from chatsimples.config.base import DEFAULT_PORT, DEFAULT_TLS_PORT
from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate

PLAIN, BY_TLS = "chatsimples", "chatsimples+tls"
_PORTS = {PLAIN: DEFAULT_PORT, BY_TLS: DEFAULT_TLS_PORT}


class Address(msgspec.Struct, frozen=True):
    """Where a server is.

    Attributes:
        room: the rooms to enter; empty if it names none.
        by_tls: it is spoken to by TLS.
    """

    host: str
    port: int
    room: str = ""
    by_tls: bool = False


def read_server(text: str, translate: Translate, *, by_tls: bool = False) -> Address:
    """Read an address of which the server alone is asked for, as `read_address`.

    Raises:
        SettingError: it is no such address, or it names a room.
    """
    found = read_address(text, translate, by_tls=by_tls)
    if found.room:
        wrong = translate(N_("{address} names no room here: it is written chatsimples+tls://HOST:PORT"))
        raise SettingError(wrong.format(address=repr(text)))
    return found


def read_address(text: str, translate: Translate, *, by_tls: bool = False) -> Address:
    """Read an address.

    Args:
        text: ``chatsimples://HOST[:PORT][/ROOM]``, or with ``chatsimples+tls``.
        translate: the language of the error.
        by_tls: TLS is asked for, and stays asked for whatever the address tells.

    Raises:
        SettingError: it is no such address.
    """
    wrong = translate(N_("{address} is no address; it is written chatsimples+tls://HOST:PORT/ROOM"))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        room = unquote(parts.path.removeprefix("/"), errors="strict")
    except ValueError:
        raise SettingError(wrong.format(address=repr(text))) from None
    if parts.scheme not in _PORTS or not host or parts.username or parts.query or parts.fragment or port == 0:
        raise SettingError(wrong.format(address=repr(text)))
    by_tls = by_tls or parts.scheme == BY_TLS
    return Address(host, port or _PORTS[BY_TLS if by_tls else PLAIN], room, by_tls)
