"""The opening handshake: what a browser sends is answered as RFC 6455 says."""

from __future__ import annotations

import pytest
from support.websocket import ACCEPT, head, response

from chatsimples.dialects.websocket_handshake import Answer, answer


def test_the_example_of_the_rfc_is_answered_with_its_accept() -> None:
    given = answer(head())
    assert given.accepted
    told = response(given.data)
    assert (101, b"") == (told.status, told.rest)
    assert {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-accept": ACCEPT} == told.headers


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ((), None),
        (("Sec-WebSocket-Protocol: chatsimples.v1",), "chatsimples.v1"),
        (("Sec-WebSocket-Protocol: other, chatsimples.v1",), "chatsimples.v1"),
        (("Sec-WebSocket-Protocol: other", "sec-websocket-protocol: chatsimples.v1"), "chatsimples.v1"),
        (("Sec-WebSocket-Protocol: other",), None),
        (("Sec-WebSocket-Protocol: CHATSIMPLES.V1",), None),
    ],
)
def test_the_subprotocol_is_answered_if_it_was_offered(offered: tuple[str, ...], chosen: str | None) -> None:
    given = answer(head(*offered))
    assert given.accepted
    assert chosen == response(given.data).headers.get("sec-websocket-protocol")


def test_compression_is_declined() -> None:
    given = answer(head("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"))
    assert given.accepted
    assert "sec-websocket-extensions" not in response(given.data).headers


@pytest.mark.parametrize(
    "ignored",
    [
        "Cookie: " + "x" * 12_000,
        "Origin: http://127.0.0.1:5000",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
        "X-Name: Jo\u00e3o",
    ],
    ids=lambda line: line[:12],
)
def test_other_headers_change_nothing(ignored: str) -> None:
    assert answer(head()) == answer(head(ignored))


def test_the_same_request_has_the_same_answer() -> None:
    assert answer(head()) == answer(head())


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (head().replace(b"GET", b"POST"), (400, 405)),
        (head().replace(b"Upgrade: websocket\r\n", b""), (426,)),
        (head().replace(b"Version: 13", b"Version: 8"), (400,)),
        (head(key="short"), (400,)),
        (head("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), (400,)),
        (b"GET /ws HTTP/1.0\r\n\r\n", (400, 426, 505)),
        (b"{}\r\n\r\n", (400,)),
        (b"", (400,)),
    ],
)
def test_what_is_no_request_for_a_websocket_is_refused_in_http(wrong: bytes, status: tuple[int, ...]) -> None:
    given = answer(wrong)
    assert not given.accepted
    assert response(given.data).status in status


@pytest.mark.parametrize("line", ["a: b\r\nSec-WebSocket-Accept: x", "x" * 9_000 + ": y"])
def test_no_header_of_the_request_gets_into_the_answer(line: str) -> None:
    assert Answer(answer(head()).data, accepted=True) == answer(head(line))
