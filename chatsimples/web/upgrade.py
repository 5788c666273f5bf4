"""Whether a request asks for a WebSocket, as RFC 6455 has it (section 4.2.1). No I/O."""

from __future__ import annotations

import base64
import binascii

from chatsimples.web.head import Head

PATH = "/ws"
"""Where WebSockets are."""

VERSION = "13"
"""The only version of the protocol that there is."""

_KEY_BYTES = 16


def is_upgrade(head: Head) -> bool:
    """Tell whether a request asks for a WebSocket, and asks rightly."""
    return (
        head.method == "GET"
        and head.path == PATH
        and head.version == "1.1"
        and "websocket" in head.tokens("upgrade")
        and "upgrade" in head.tokens("connection")
        and head.get("sec-websocket-version").strip() == VERSION
        and _is_key(head.get("sec-websocket-key"))
        and not (head.get("content-length").strip("0") or head.get("transfer-encoding"))
    )


def _is_key(value: str) -> bool:
    try:
        return len(base64.b64decode(value.strip(), validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
