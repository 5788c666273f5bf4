"""WebSocket: the JSON dialect in messages; what the protocol itself answers are commands like others."""

from __future__ import annotations

import json
import random

import pytest
from dialects.wire import DIALECTS, LIMITS, bytewise, feed, in_random_pieces, whole
from hypothesis import given
from hypothesis import strategies as st
from support import websocket
from support.websocket import (
    ACCEPT,
    close_code,
    fragments,
    frame,
    head,
    lines,
    ping,
    received,
    response,
    text,
)
from websockets.frames import Opcode

from chatsimples.chat import commands, effects
from chatsimples.chat.records import Record, to_line
from chatsimples.dialects.websocket import WebSocketDialect, WebSocketParser

DIALECT = WebSocketDialect(LIMITS, str, lambda: "made-for-this-client")
JSON = DIALECTS["json"]
PING = '{"type":"ping"}'
LOGIN = '{"type":"login","token":"t"}'


def parser() -> WebSocketParser:
    return DIALECT.parser(1)


def faults(data: bytes) -> list[tuple[str, bool]]:
    return [(each.code, each.fatal) for each in feed(parser(), [data]) if isinstance(each, commands.Fault)]


# The handshake.


def test_the_handshake_is_answered_before_all_else() -> None:
    opened = DIALECT.parser_for(1, head("Sec-WebSocket-Protocol: chatsimples.v1"))
    opened.feed(text(PING))
    greeting, asked = opened.take(10)
    assert isinstance(greeting, commands.Transmit)
    told = response(greeting.data)
    assert (101, ACCEPT) == (told.status, told.headers["sec-websocket-accept"])
    assert ("chatsimples.v1", b"") == (told.headers["sec-websocket-protocol"], told.rest)
    assert commands.Ping(1) == asked
    assert [] == opened.take(10)


def test_the_handshake_counts_as_a_command_and_waits_for_its_turn() -> None:
    opened = DIALECT.parser_for(1, head())
    opened.feed(text(PING))
    assert [] == opened.take(0)
    assert [commands.Transmit] == [type(each) for each in opened.take(1)]
    assert [commands.Ping(1)] == opened.take(1)


def test_what_is_no_request_for_a_websocket_is_answered_in_http_and_ends() -> None:
    refused = DIALECT.parser_for(1, head(key="short"))
    refused.feed(text(PING))
    (ended,) = refused.take(10)
    assert isinstance(ended, commands.Close)
    assert ("error", 400) == (ended.reason, response(ended.echo).status)
    refused.feed(text(PING))
    assert ([], 0) == (refused.take(10), refused.held)


def test_no_first_bytes_tell_it() -> None:
    assert not DIALECT.claims(b"")
    assert not DIALECT.claims(head())


# What a client says.


@given(
    st.lists(st.sampled_from([PING, '{"type":"who"}', "{", "", '{"type":"bye"}', "[]", "não"]), max_size=6),
    st.lists(st.integers(0, 30), max_size=6), st.randoms(), st.sampled_from([1, 2, 1_000]),
)  # fmt: skip
def test_a_message_means_what_its_lines_mean_in_json(
    said: list[str], sizes: list[int], chance: random.Random, most: int
) -> None:
    expected = feed(JSON.parser(1), ["".join(f"{line}\n" for line in said).encode()])
    data = fragments("\n".join(said).encode(), sizes)
    for pieces in (whole(data), bytewise(data), in_random_pieces(data, chance)):
        assert expected == feed(parser(), pieces, most)


def test_a_hello_goes_on_record_as_this_dialects() -> None:
    (hello,) = feed(parser(), [text('{"type":"hello","nick":"ana"}')])
    assert isinstance(hello, commands.Hello)
    assert "websocket" == hello.dialect == DIALECT.name


def test_what_needs_secrets_looked_at_waits_for_that_and_so_does_all_after_it() -> None:
    asked = parser()
    asked.feed(text(f"{PING}\n{LOGIN}\n{PING}") + text(LOGIN) + text('{"type":"bye"}'))
    assert [commands.Ping(1)] == asked.take(10)
    first = asked.take_attempt()
    assert first is not None
    assert "t" == first.token
    assert asked.take_attempt() is None
    assert [commands.Ping(1)] == asked.take(10)
    assert asked.take_attempt() is not None
    assert [commands.Bye(1)] == asked.take(10)
    assert asked.take_attempt() is None


def test_a_ping_is_answered_with_what_it_holds() -> None:
    (answer,) = feed(parser(), [ping("42")])
    assert isinstance(answer, commands.Transmit)
    assert [("PONG", b"42")] == received(answer.data)


def test_each_ping_counts_as_a_command() -> None:
    asked = parser()
    asked.feed(ping() * 10)
    assert [4, 4, 2] == [len(asked.take(4)) for _ in range(3)]


def test_a_goodbye_is_a_hang_up_that_is_answered() -> None:
    (ended,) = feed(parser(), [websocket.close(1001) + text(PING)])
    assert isinstance(ended, commands.Close)
    assert ("closed", 1001) == (ended.reason, close_code(ended.echo))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(Opcode.BINARY, PING), "not_text"),
        (text(b"\xff"), "bad_utf8"),
        (text("x" * (LIMITS.max_line + 1)), "line_too_long"),
        (b"\x81\x00", "bad_frame"),
    ],
)
def test_what_can_not_be_taken_ends_the_connection_with_a_reason(data: bytes, code: str) -> None:
    assert [(code, True)] == faults(data + text(PING) + data)
    (_, fault) = feed(parser(), [text(PING) + data])
    assert isinstance(fault, commands.Fault)
    assert code == json.loads(lines(DIALECT.reply(effects.Error(code, fault.detail))))["code"]


def test_what_is_cut_off_is_not_said() -> None:
    for cut in (text(PING)[:-1], text(PING, fin=False)):
        asked = parser()
        assert [] == feed(asked, [cut])
        asked.pause()
        asked.end()
        assert [] == asked.take(10)
        assert not asked.awaits_pause


# What a client is told.


def test_a_record_is_the_very_line_of_the_transcript_without_its_end() -> None:
    record = Record(1, "2026-11-22T15:00:00.000000Z", "message", 7, "ana", room="x", text="ação")
    line = to_line(record)
    assert line is DIALECT.render(record, line)
    assert [("TEXT", line[:-1])] == received(bytes(DIALECT.frame(line)))


def test_a_part_of_what_is_shared_is_framed_alike() -> None:
    both = b'{"seq":1}\n{"seq":2}\n'
    assert [("TEXT", b'{"seq":2}')] == received(bytes(DIALECT.frame(memoryview(both)[10:])))
    assert b"" == DIALECT.frame(memoryview(both)[20:])


@pytest.mark.parametrize(
    "answer",
    [
        effects.Pong("p"),
        effects.Error("bad_json", {"why": "x"}, "i"),
        effects.Welcome("ana", "01J", 3, "secret", resumed=False, head=3, server="x"),
    ],
)
def test_a_reply_is_a_message_of_what_json_is_told(answer: effects.Answer) -> None:
    assert JSON.reply(answer) == lines(DIALECT.reply(answer))


def test_a_sign_of_life_is_asked_for_by_a_ping_frame() -> None:
    assert [("PING", b"17")] == received(DIALECT.reply(effects.Ping(17)))


def test_what_is_for_people_who_type_is_left_out() -> None:
    assert b"" == DIALECT.reply(effects.CommandList())
    assert b"" == DIALECT.notice("oi")


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("quit", 1000), ("shutdown", 1001), ("bad_frame", 1002), ("not_text", 1003), ("bad_utf8", 1007),
        ("kicked", 1008), ("banned", 1008), ("replaced", 1008), ("flood", 1008), ("timeout", 1008),
        ("line_too_long", 1009),
    ],
)  # fmt: skip
def test_a_connection_ends_with_a_code_that_says_why(why: str, code: int) -> None:
    assert code == close_code(DIALECT.goodbye(why))
    assert why.encode() == received(DIALECT.goodbye(why))[0].data[2:]


def test_who_has_gone_is_not_said_goodbye_to() -> None:
    assert b"" == DIALECT.goodbye("closed")
