"""Where a server is, in one word: ``chatsimples+tls://chat.example.org/turma``."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec

from chatsimples.client.protocol.security import Tls
from chatsimples.config.base import DEFAULT_PORT, DEFAULT_TLS_PORT
from chatsimples.config.client import ClientSettings
from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate

PLAIN, BY_TLS = "chatsimples", "chatsimples+tls"
_PORTS = {PLAIN: DEFAULT_PORT, BY_TLS: DEFAULT_TLS_PORT}


def with_address(settings: ClientSettings, address: str, translate: Translate = str) -> ClientSettings:
    """Return settings for a server at an address. What it does not tell stays as it was.

    TLS that is asked for stays asked for, whatever the address tells.

    Args:
        settings: the settings.
        address: ``chatsimples://HOST[:PORT][/ROOM]``, or with ``chatsimples+tls``; empty for none.
        translate: the language of the error.

    Raises:
        SettingError: it is no such address.
    """
    if not address:
        return settings
    wrong = translate(N_("{address} is no address; it is written chatsimples+tls://HOST:PORT/ROOM"))
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
        room = unquote(parts.path.removeprefix("/"), errors="strict") or settings.room
    except ValueError:
        raise SettingError(wrong.format(address=repr(address))) from None
    if parts.scheme not in _PORTS or not host or parts.username or parts.query or parts.fragment or port == 0:
        raise SettingError(wrong.format(address=repr(address)))
    by_tls = settings.tls or parts.scheme == BY_TLS
    return msgspec.structs.replace(
        settings, host=host, port=port or _PORTS[BY_TLS if by_tls else PLAIN], room=room, tls=by_tls
    )


def tls_of(settings: ClientSettings, translate: Translate) -> Tls | None:
    """Return whom a client with these settings trusts; None if it is not to speak TLS.

    Raises:
        SettingError: a file can't be read, or the fingerprint can't be one.
    """
    if not (settings.tls or settings.ca or settings.fingerprint or settings.cert):
        return None
    return Tls(settings.ca, settings.fingerprint, settings.cert, settings.key, translate=translate)
