"""Frames: however a client cuts, masks and fragments, its messages come out; what goes out is exact."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable

import pytest
from dialects.wire import bytewise, in_random_pieces, whole
from hypothesis import given
from hypothesis import strategies as st
from support.websocket import close, close_code, fragments, frame, lines, more, ping, received, text
from websockets.frames import CloseCode, Opcode

from chatsimples.dialects.websocket_frames import (
    FRAMING_BYTES,
    MESSAGE_BYTES,
    Closed,
    Event,
    Failed,
    FrameReader,
    Message,
    Pinged,
    binary_frame,
    close_frame,
    frame_lines,
    ping_frame,
    text_frame,
)

LIMIT = 300
LONG = 70_000


def events_of(pieces: Iterable[bytes], limit: int = LIMIT) -> list[Event]:
    """Read as a parser does, and hold the reader to its bounds."""
    reader = FrameReader(limit)
    events: list[Event] = []
    for piece in pieces:
        reader.feed(piece)
        while True:
            event = reader.next_event()
            if event is None:
                break
            events.append(event)
        assert not limit or reader.held <= limit + FRAMING_BYTES
    return events


def failure(data: bytes) -> int:
    """Return the code with which bytes end a connection, after a message before them."""
    first, last, *after = events_of([text("oi") + data])
    assert Message(b"oi", is_text=True) == first
    assert isinstance(last, Failed)
    assert [] == after
    return last.code


payloads = st.one_of(
    st.text(max_size=40).map(str.encode), st.sampled_from([b"", b"x" * 125, b"x" * 126, "ção".encode() * 42])
)


# What comes.


@given(st.lists(payloads, max_size=5), st.randoms())
def test_messages_are_the_same_however_they_are_cut(sent: list[bytes], chance: random.Random) -> None:
    data = b"".join([text(each) for each in sent])
    expected = [Message(each, is_text=True) for each in sent]
    assert expected == events_of(whole(data))
    assert expected == events_of(bytewise(data))
    assert expected == events_of(in_random_pieces(data, chance))


@given(payloads, st.lists(st.integers(0, 20), max_size=6), st.randoms())
def test_fragments_are_put_together_wherever_they_are_cut(
    payload: bytes, sizes: list[int], chance: random.Random
) -> None:
    data = fragments(payload, sizes)
    assert [Message(payload, is_text=True)] == events_of(in_random_pieces(data, chance))


def test_a_binary_message_is_told_apart() -> None:
    sent = frame(Opcode.BINARY, b"\xff", fin=False) + more(b"\xfe") + text("oi")
    assert [Message(b"\xff\xfe", is_text=False), Message(b"oi", is_text=True)] == events_of([sent])


def test_a_ping_is_answered_with_what_it_holds_also_between_fragments() -> None:
    sent = text("o", fin=False) + ping(b"\x00\xff") + more("i") + ping()
    first, message, last = events_of([sent])
    assert isinstance(first, Pinged)
    assert isinstance(last, Pinged)
    assert [("PONG", b"\x00\xff"), ("PONG", b"")] == received(first.pong + last.pong)
    assert Message(b"oi", is_text=True) == message


def test_a_pong_means_nothing() -> None:
    assert [] == events_of([frame(Opcode.PONG, b"1")])


@pytest.mark.parametrize("before", [b"", text("o", fin=False)])
@pytest.mark.parametrize("said", [close(1000), close(1001, "tchau"), close(4001, "x"), frame(Opcode.CLOSE)])
def test_a_goodbye_is_echoed_and_nothing_comes_after_it(before: bytes, said: bytes) -> None:
    first, last = events_of([text("oi") + before + said + text("tarde") + b"\xff" * 100])
    assert Message(b"oi", is_text=True) == first
    assert isinstance(last, Closed)
    ((kind, data),) = received(last.echo)
    assert "CLOSE" == kind
    # Without the mask, what the client has sent.
    assert len(said) - 6 == len(data)
    assert close_code(said[:0] + last.echo) == (struct.unpack("!H", data[:2])[0] if data else 1005)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x02oi", CloseCode.PROTOCOL_ERROR),
        (b"\xc1\x80" + b"0000", CloseCode.PROTOCOL_ERROR),
        (b"\x83\x80" + b"0000", CloseCode.PROTOCOL_ERROR),
        (b"\x8b\x80" + b"0000", CloseCode.PROTOCOL_ERROR),
        (b"\x09\x80" + b"0000", CloseCode.PROTOCOL_ERROR),
        (more("x"), CloseCode.PROTOCOL_ERROR),
        (text("x", fin=False) + text("y"), CloseCode.PROTOCOL_ERROR),
        (frame(Opcode.CLOSE, b"\x03"), CloseCode.PROTOCOL_ERROR),
        (frame(Opcode.CLOSE, b"\x03\xed"), CloseCode.PROTOCOL_ERROR),
        (frame(Opcode.CLOSE, b"\x03\xe8\xff"), CloseCode.INVALID_DATA),
        (text(b"\xff"), CloseCode.INVALID_DATA),
        (text(b"\xed\xa0\x80"), CloseCode.INVALID_DATA),
        (text(b"\xc3"), CloseCode.INVALID_DATA),
        (text(b"\xc3", fin=False) + more(b""), CloseCode.INVALID_DATA),
        (text("x" * (LIMIT + 1)), CloseCode.MESSAGE_TOO_BIG),
        (text("x" * LIMIT, fin=False) + more("y"), CloseCode.MESSAGE_TOO_BIG),
    ],
)
def test_what_is_no_websockets_ends_it_with_a_code(data: bytes, code: CloseCode) -> None:
    assert code == failure(data)
    assert code == failure(data + text("tarde"))


def test_text_that_is_none_is_refused_before_its_message_is_complete() -> None:
    assert CloseCode.INVALID_DATA == failure(text(b"\xf4", fin=False) + more(b"\x90", fin=False))


def test_a_character_may_be_cut_by_fragments() -> None:
    assert [Message("ç".encode(), is_text=True)] == events_of([text(b"\xc3", fin=False) + more(b"\xa7")])


def test_a_message_may_be_as_long_as_the_limit() -> None:
    assert [Message(b"x" * LIMIT, is_text=True)] == events_of([text("x" * LIMIT)])
    assert [Message(b"x" * LONG, is_text=True)] == events_of([text("x" * LONG)], limit=0)


def test_what_a_length_promises_is_refused_before_it_comes() -> None:
    (failed,) = events_of([b"\x81\xff" + struct.pack("!Q", 1 << 40) + b"mask"])
    assert isinstance(failed, Failed)
    assert CloseCode.MESSAGE_TOO_BIG == failed.code


@given(
    st.lists(st.one_of(st.binary(max_size=30), payloads.map(text)), max_size=6).map(b"".join), st.randoms()
)
def test_any_bytes_are_the_same_events_however_they_are_cut(data: bytes, chance: random.Random) -> None:
    expected = events_of(whole(data))
    assert expected == events_of(bytewise(data))
    assert expected == events_of(in_random_pieces(data, chance))
    assert not [each for each in expected[:-1] if isinstance(each, Closed | Failed)]


def test_empty_frames_without_end_are_not_all_taken_apart_at_once() -> None:
    reader = FrameReader(LIMIT)
    reader.feed(frame(Opcode.PONG) * 10_000 + ping(b"1"))
    reader.feed(ping(b"2"))
    pongs = [reader.next_event(), reader.next_event()]
    assert [b"1", b"2"] == [each.pong[-1:] for each in pongs if isinstance(each, Pinged)]
    assert 0 == reader.held


ANYTHING = [
    text(""), text("x"), text("xy"), text("x" * 125), text("x" * 126), text("ção"), ping("p"), text(b"\xff"),
    text("a", fin=False) + more("b"), frame(Opcode.BINARY, b"x"), text("x" * (LIMIT + 1)), b"\x81",
    b"\x81\x02oi", b"\x81\xfe\x00\x01aaaab", frame(Opcode.PONG), close(1000),
]  # fmt: skip


@given(st.lists(st.sampled_from(ANYTHING), max_size=8), st.lists(st.integers(1, 9), max_size=20))
def test_what_is_taken_without_the_state_machine_is_what_it_would_give(
    sent: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(sent)
    pieces = []
    for size in cuts:
        pieces.append(data[:size])
        data = data[size:]
    # Byte by byte it is nearly all the machine's.
    assert events_of(bytewise(b"".join(sent))) == events_of([*pieces, data])


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_short_message_within_the_payload_of_a_frame_is_none(cut: int) -> None:
    inner = b"\x81\x82\x00\x00\x00\x00oi"
    data = b"\x89\x88\x00\x00\x00\x00" + inner + text("oi")
    pinged, said = events_of([data[:cut], data[cut:]])
    assert isinstance(pinged, Pinged)
    assert (("PONG", inner), Message(b"oi", is_text=True)) == (received(pinged.pong)[0], said)


def test_a_flood_of_messages_is_taken_at_the_same_pace_wherever_it_is_cut() -> None:
    reader = FrameReader(LIMIT)
    data = text("x" * 60) * 3_000
    count = 0
    for start in range(0, len(data), 65):
        reader.feed(data[start : start + 65])
        while reader.next_event():
            count += 1
        assert not reader.in_machine
    assert 3_000 == count


def test_one_that_was_stopped_takes_in_nothing() -> None:
    reader = FrameReader(LIMIT)
    reader.feed(text("oi") * 3)
    assert Message(b"oi", is_text=True) == reader.next_event()
    reader.stop()
    reader.feed(text("oi"))
    assert (None, 0) == (reader.next_event(), reader.held)


# What goes out.


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, LONG])
def test_a_frame_is_what_the_rfc_says(size: int) -> None:
    length = (
        bytes((size,)) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65_536
        else b"\x7f" + struct.pack("!Q", size)
    )  # fmt: skip
    assert b"\x81" + length + b"x" * size == text_frame(b"x" * size)
    assert b"\x82" + length + b"x" * size == binary_frame(b"x" * size)


def test_control_frames_are_what_the_rfc_says() -> None:
    assert b"\x89\x0242" == ping_frame(b"42")
    assert b"\x88\x0b\x03\xf1shutdown!" == close_frame(1009, "shutdown!")


wholes = st.lists(st.text("ação {}", min_size=0, max_size=50), max_size=20)


@given(wholes)
def test_lines_that_fit_are_one_message_without_the_last_ones_end(said: list[str]) -> None:
    data = "".join(f"{line}\n" for line in said).encode()
    expected = [("TEXT", data[:-1])] if said else []
    assert expected == received(frame_lines(data))


@given(st.lists(st.sampled_from([1, 100, 30_000, 65_535, 65_536, 65_537, 100_000]), max_size=8))
def test_messages_are_whole_lines_and_no_longer_than_they_may_be(sizes: list[int]) -> None:
    data = b"".join([b"x" * size + b"\n" for size in sizes])
    framed = frame_lines(data)
    assert data == lines(framed)
    messages = [each.data for each in received(framed)]
    assert all(len(each) <= MESSAGE_BYTES or b"\n" not in each for each in messages)
    # None could have held the first line of the next.
    firsts = [each.partition(b"\n")[0] for each in messages[1:]]
    assert all(
        len(each) + 1 + len(following) > MESSAGE_BYTES
        for each, following in zip(messages, firsts, strict=False)
    )
