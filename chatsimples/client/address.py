"""The server of a client's settings: an address in one word over them, and whom they trust."""

from __future__ import annotations

import msgspec

from chatsimples.config.client import ClientSettings
from chatsimples.i18n import Translate
from chatsimples.net.addresses import read_address
from chatsimples.net.trust import Tls


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
    found = read_address(address, translate, by_tls=settings.tls)
    return msgspec.structs.replace(
        settings, host=found.host, port=found.port, room=found.room or settings.room, tls=found.by_tls
    )


def tls_of(settings: ClientSettings, translate: Translate) -> Tls | None:
    """Return whom a client with these settings trusts; None if it is not to speak TLS.

    Raises:
        SettingError: a file can't be read, or the fingerprint can't be one.
    """
    if not (settings.tls or settings.ca or settings.fingerprint or settings.cert):
        return None
    return Tls(settings.ca, settings.fingerprint, settings.cert, settings.key, translate=translate)
