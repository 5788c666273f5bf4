"""The head of a request: where it ends, what it says, and which ones are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web.heads import SMUGGLED

from chatsimples.errors import HeadError
from chatsimples.web.head import LONGEST_HEAD, MOST_HEADERS, Head, head_length, parse_head

PLAIN = b"GET /x?y=%20z HTTP/1.1\r\nHost: a:5000\r\nAccept: text/html\r\nAccept: */*\r\n\r\n"


def status_of(data: bytes) -> int:
    with pytest.raises(HeadError) as refused:
        parse_head(data[: head_length(data)])
    assert refused.value.why
    return refused.value.status


def test_a_head_says_what_was_sent() -> None:
    headers = (("host", "a:5000"), ("accept", "text/html"), ("accept", "*/*"))
    assert Head("GET", "/x?y=%20z", "1.1", headers) == parse_head(PLAIN)
    assert "/x" == parse_head(PLAIN).path
    assert "text/html, */*" == parse_head(PLAIN).get("accept")
    assert {"text/html", "*/*"} == parse_head(PLAIN).tokens("accept")
    assert "" == parse_head(PLAIN).get("origin")


@given(st.integers(0, len(PLAIN)), st.binary(max_size=20))
def test_a_head_ends_behind_its_empty_line_and_not_before(cut: int, more: bytes) -> None:
    assert len(PLAIN) == head_length(PLAIN + more)
    assert (len(PLAIN) if cut == len(PLAIN) else 0) == head_length(PLAIN[:cut])


@pytest.mark.parametrize("claim", SMUGGLED)
def test_what_could_be_read_in_two_ways_is_refused(claim: str) -> None:
    assert status_of(SMUGGLED[claim]) in {400, 501, 505}


def test_a_flood_of_header_lines_is_refused() -> None:
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(MOST_HEADERS - 1))
    head = b"GET / HTTP/1.1\r\nHost: x\r\n" + lines
    assert MOST_HEADERS == len(parse_head(head + b"\r\n").headers)
    assert 431 == status_of(head + b"One: more\r\n\r\n")


@pytest.mark.parametrize(
    ("begun", "status"), [(b"GET / HTTP/1.1\r\nX: ", 431), (b"GET /", 414)], ids=["header", "target"]
)
def test_a_head_that_is_too_long_is_refused_before_it_ends(begun: bytes, status: int) -> None:
    assert 0 == head_length(begun + b"x" * (LONGEST_HEAD - len(begun) - 1))
    with pytest.raises(HeadError) as refused:
        head_length(begun + b"x" * (LONGEST_HEAD - len(begun)))
    assert status == refused.value.status


def test_a_target_with_the_servers_own_host_is_taken_as_a_path() -> None:
    assert "/a?b" == parse_head(b"GET http://x:1/a?b HTTP/1.1\r\nHost: X:1\r\n\r\n").target
    assert "/?b" == parse_head(b"GET http://x?b HTTP/1.1\r\nHost: x\r\n\r\n").target


def test_the_server_itself_can_be_asked_about() -> None:
    assert "*" == parse_head(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").target


@given(st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(junk: bytes) -> None:
    for begun in (b"", b"GET / HTTP/1.1\r\n", b"GET /"):
        data = begun + junk + b"\r\n\r\n"
        try:
            head = parse_head(data)
        except HeadError as error:
            assert error.status in {400, 431, 501, 505}
        else:
            assert head.target.startswith(("/", "*"))
            assert head.target.isascii()
