"""Frames to lines: what a server that keeps to the RFC has sent, however it is cut, and lent or not."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import SERVER, Protocol

from chatsimples.dialects.websocket_frames import frame_lines
from chatsimples.loadtest.wire.frames import PONG_FRAME, Lent, Unframer, request, text_head

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


def text(data: bytes) -> bytes:
    return frame(Opcode.TEXT, data)


def taken(unframer: Unframer, data: bytes, sizes: Sequence[int] = ()) -> bytes:
    """Take in data, cut after so many bytes each time."""
    lines = b""
    for size in sizes:
        lines += unframer.take(memoryview(data)[:size])
        data = data[size:]
    return lines + unframer.take(memoryview(data))


def opened(lent: Lent | None = None) -> Unframer:
    unframer = Unframer(lent or Lent())
    assert HEAD == taken(unframer, HEAD)
    return unframer


sizes = st.lists(st.sampled_from([1, 2, 3, 5, 50, 300]), max_size=30)
messages = st.lists(st.sampled_from([b"", b"x", b"a\nb", b"y" * 125, b"z" * 126, b"w" * 66_000]), max_size=6)


@given(messages, sizes)
def test_a_message_is_its_lines_and_its_end_is_the_last_ones(said: list[bytes], cuts: list[int]) -> None:
    data = HEAD + b"".join(map(text, said))
    expected = HEAD + b"".join([each + b"\n" for each in said])
    assert expected == taken(Unframer(Lent()), data, cuts)


@given(st.lists(st.sampled_from([10, 100, 40_000, 70_000]), max_size=4), sizes)
def test_what_our_server_frames_are_the_lines_that_it_framed(lengths: list[int], cuts: list[int]) -> None:
    lines = b"".join([b"x" * length + b"\n" for length in lengths])
    assert lines == taken(opened(), frame_lines(lines), cuts)


def test_fragments_are_one_line() -> None:
    data = frame(Opcode.TEXT, b"a", fin=False) + frame(Opcode.PING, b"!") + frame(Opcode.CONT, b"b")
    assert b"aPING\nb\n" == taken(opened(), data)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (frame(Opcode.PING, b"17"), b"PING\n"),
        (frame(Opcode.PONG), b"PONG\n"),
        (frame(Opcode.CLOSE, Close(1001, "shutdown").serialize()), b"CLOSE 1001 shutdown\n"),
        (b"\x8b\x00", b"FRAME 8b\n"),
    ],
)
@pytest.mark.parametrize("cut", range(4))
def test_a_control_frame_is_a_line_of_its_own(data: bytes, line: bytes, cut: int) -> None:
    assert b"a\n" + line + b"b\n" == taken(opened(), text(b"a") + data + text(b"b"), [3 + cut])


@given(messages, sizes, sizes, st.randoms())
def test_what_one_lends_another_is_what_that_has_received(
    said: list[bytes], ones: list[int], others: list[int], chance: random.Random
) -> None:
    lent = Lent()
    data = b"".join(map(text, said))
    expected = b"".join([each + b"\n" for each in said])
    one, other, third = opened(lent), opened(lent), opened(lent)
    assert expected == taken(one, data, ones) == taken(other, data, others) == taken(third, data, ones)
    # Interleaved, each with its own cuts.
    left = [data, data, data]
    got = [b"", b"", b""]
    while any(left):
        which = chance.randrange(3)
        size = chance.choice((1, 7, 200, 100_000))
        got[which] += (one, other, third)[which].take(memoryview(left[which])[:size])
        left[which] = left[which][size:]
    assert [expected] * 3 == got


def test_what_is_lent_is_the_same_object() -> None:
    lent = Lent()
    one, other = opened(lent), opened(lent)
    data = text(b"x" * 1_000)
    assert one.take(memoryview(data)) is other.take(memoryview(bytes(data)))


def test_the_same_bytes_at_another_place_of_a_frame_are_other_lines() -> None:
    lent = Lent()
    one, other = opened(lent), opened(lent)
    inner = text(b"b")
    assert b"b\n" == one.take(memoryview(inner))
    other.take(memoryview(text(b"a" + inner)[:3]))
    assert inner + b"\n" == other.take(memoryview(inner))


@pytest.mark.parametrize("size", [0, 16, 125, 126, 65_535, 65_536])
def test_what_a_client_writes_is_understood_by_a_server(size: int) -> None:
    protocol = Protocol(SERVER, max_size=None)
    protocol.receive_data(text_head(size) + b"x" * size + PONG_FRAME)
    said, pong = protocol.events_received()
    assert isinstance(said, Frame)
    assert isinstance(pong, Frame)
    assert (Opcode.TEXT, b"x" * size, Opcode.PONG) == (said.opcode, bytes(said.data), pong.opcode)


def test_a_request_has_what_is_asked_for() -> None:
    asked = request("/ws", "X-More: 1")
    assert asked.startswith(b"GET /ws HTTP/1.1\r\nHost: ")
    assert asked.endswith(b"\r\nX-More: 1\r\n\r\n")
