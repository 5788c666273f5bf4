"""Requests read from a stream, without a socket."""

from __future__ import annotations

import asyncio

import pytest
from web.heads import a_head

from chatsimples.errors import HeadError
from chatsimples.server.web.incoming import BodyTooLargeError, Incoming, Patience, has_body
from chatsimples.web.head import LONGEST_HEAD

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"


def read(data: bytes, first: bytes = b"", most: int = 100) -> list[bytes]:
    """Return the bodies of all requests in what comes, up to its end."""

    async def run() -> list[bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        incoming = Incoming(reader, first, Patience())
        bodies: list[bytes] = []
        while taken := await incoming.head():
            _, connection = taken
            bodies.append(await incoming.body(connection, most, lambda _data: None))
            connection.send_failed()
        return bodies

    return asyncio.run(run())


def test_each_request_has_its_own_body_whatever_was_read_before() -> None:
    for cut in range(len(POST) * 2):
        assert [b"hello", b"hello"] == read((POST * 2)[cut:], first=(POST * 2)[:cut])


def test_a_client_that_sends_nothing_has_asked_nothing() -> None:
    assert [] == read(b"")
    assert [] == read(b"\r\n\r\n")


def test_empty_lines_before_a_request_are_passed_over_but_not_without_end() -> None:
    assert [b"hello"] == read(b"\r\n\r\n" + POST)
    with pytest.raises(HeadError):
        read(b"\r\n" * LONGEST_HEAD)


def test_what_is_cut_off_is_refused() -> None:
    with pytest.raises(HeadError):
        read(POST[:20])
    with pytest.raises(HeadError):
        read(POST[:-1])


@pytest.mark.parametrize(
    "body", [b"3\nabc\n0\n\n", b"3\r\nabc\n0\r\n\r\n", b"3\r\nabc\r\n0\r\n", b"3 \r\nab"]
)
def test_chunks_with_other_ends_of_lines_are_none(body: bytes) -> None:
    with pytest.raises(HeadError):
        read(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body)


def test_a_body_may_be_as_large_as_is_said() -> None:
    assert [b"hello"] == read(POST, most=5)
    with pytest.raises(BodyTooLargeError):
        read(POST, most=4)


def test_a_body_follows_where_a_length_or_a_coding_is_told() -> None:
    assert has_body(a_head(content_length="5"))
    assert has_body(a_head(transfer_encoding="chunked"))
    assert not has_body(a_head(content_length="0"))
    assert not has_body(a_head())
