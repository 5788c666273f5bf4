"""Heads of requests, as a browser or an attacker may send them."""

from __future__ import annotations

from chatsimples.web.head import Head

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

_GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: x\r\n"

SMUGGLED = {
    "a length and a coding": _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": _POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n",
    "the same length twice": _POST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\n",
    "a list of lengths": _POST + b"Content-Length: 4, 4\r\n\r\n",
    "a length with a sign": _POST + b"Content-Length: +4\r\n\r\n",
    "a coding in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two codings": _POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
    "a space before the colon": _POST + b"Content-Length : 4\r\n\r\n",
    "a folded line": _POST + b"X: a\r\n b\r\n\r\n",
    "a folded coding": _POST + b"Transfer-Encoding:\r\n\tchunked\r\n\r\n",
    "a bare newline": b"POST / HTTP/1.1\r\nHost: x\nContent-Length: 4\r\n\r\n",
    "bare newlines only": b"GET / HTTP/1.1\nHost: x\n\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: x\rContent-Length: 4\r\n\r\n",
    "a null byte": _GET + b"X: a\0b\r\n\r\n",
    "two hosts": _GET + b"Host: y\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "another host in the target": b"GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT y:443 HTTP/1.1\r\nHost: y:443\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": b"PRI * HTTP/2.0\r\n\r\n",
    "a line without a colon": _GET + b"oi\r\n\r\n",
    "a name with a space": _GET + b"X Y: z\r\n\r\n",
}  # fmt: skip
"""Heads that two programs could read in two ways, or that mean nothing."""


def a_head(target: str = "/", method: str = "GET", version: str = "1.1", **headers: str) -> Head:
    """Make a head; an underscore in a header's name stands for its hyphen."""
    told = {"host": "127.0.0.1:5000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Head(method, target, version, tuple((name, value) for name, value in told.items() if value))
