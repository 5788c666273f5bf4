"""Dialects that are recognised and not spoken."""

from __future__ import annotations

import pytest
from dialects.wire import DIALECTS, ended, feed, paused

from chatsimples.chat import commands
from chatsimples.chat.effects import Error, Ping
from chatsimples.chat.records import Record

POST = (
    b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\noi\n/nick ana\n{"type":"hello","nick":"ana"}\n'
)


@pytest.mark.parametrize("name", ["http", "proxy", "tls"])
def test_one_refusal_that_ends_the_connection_is_all_that_ever_comes(name: str) -> None:
    parser = DIALECTS[name].parser(1)
    (fault,) = feed(parser, [POST[:30], POST[30:], b"oi\n" * 1_000])
    assert isinstance(fault, commands.Fault)
    assert fault.fatal
    assert not parser.awaits_pause
    assert [] == paused(parser)
    assert [] == ended(parser)


def test_a_browser_is_answered_in_http() -> None:
    head, _, body = DIALECTS["http"].reply(Error("bad_request", {"why": "x"})).partition(b"\r\n\r\n")
    status, *fields = head.decode("ascii").split("\r\n")
    assert "HTTP/1.1 400 Bad Request" == status
    told = dict(field.split(": ") for field in fields)
    assert len(body) == int(told["Content-Length"])
    assert ("text/plain; charset=utf-8", "close") == (told["Content-Type"], told["Connection"])
    assert b"This is a chat server, not a web server." in body


def test_a_proxys_header_is_answered_with_a_line_and_the_operator_is_told() -> None:
    assert b"this server takes a PROXY header only from the proxies that it trusts\r\n" == DIALECTS[
        "proxy"
    ].reply(Error("bad_request", {"why": "x"}))
    assert ["proxy"] == [name for name, dialect in DIALECTS.items() if dialect.warning]


def test_tls_is_answered_in_tls() -> None:
    # An alert, fatal: protocol_version.
    assert bytes([21, 3, 1, 0, 2, 2, 70]) == DIALECTS["tls"].reply(Error("kicked", {}))


@pytest.mark.parametrize("name", ["http", "proxy"])
def test_another_reason_is_told_as_it_is(name: str) -> None:
    assert b"you were removed" in DIALECTS[name].reply(Error("kicked", {}))


@pytest.mark.parametrize("name", ["http", "proxy", "tls"])
def test_nothing_else_is_told(name: str) -> None:
    dialect = DIALECTS[name]
    assert b"" == dialect.reply(Ping(1))
    assert b"" == dialect.render(Record(1, "", "message", 7, "ana", room="geral", text="oi"), b"x\n")
    assert not dialect.echoes
