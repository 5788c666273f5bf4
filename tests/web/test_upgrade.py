"""Which requests ask for a WebSocket."""

from __future__ import annotations

import pytest
from web.heads import UPGRADE

from chatsimples.web.head import parse_head
from chatsimples.web.upgrade import is_upgrade


def test_a_browsers_request_for_one_is_one() -> None:
    assert is_upgrade(parse_head(UPGRADE))
    another = UPGRADE.replace(b"/ws ", b"/ws?x=1 ").replace(b"websocket\r", b"WebSocket\r")
    assert is_upgrade(parse_head(another))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"GET", b"POST"),
        (b"/ws ", b"/ws/ "),
        (b"/ws ", b"/ "),
        (b"1.1\r", b"1.0\r"),
        (b"Upgrade: websocket", b"Upgrade: h2c"),
        (b"Upgrade: websocket\r\n", b""),
        (b"keep-alive, Upgrade", b"keep-alive"),
        (b"-Version: 13", b"-Version: 8"),
        (b"-Version: 13", b"-Version: 13, 8"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"c2hvcnQ="),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"no base64 at all"),
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
        (b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
)
def test_one_that_asks_wrongly_is_none(right: bytes, wrong: bytes) -> None:
    assert right in UPGRADE
    assert not is_upgrade(parse_head(UPGRADE.replace(right, wrong)))
