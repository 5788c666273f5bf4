"""What a protocol sends, a server of its kind understands; what that sends, the protocol understands."""

from __future__ import annotations

import re

import msgspec
import pytest
import websockets.protocol
from hypothesis import given
from hypothesis import strategies as st
from loadtest.served import FOREIGN, STRAYS, noise, protocol, unit
from websockets.frames import Frame, Opcode

from chatsimples.dialects.websocket_handshake import answer
from chatsimples.loadtest.wire.protocols import PROTOCOLS, READER, SENDER, Protocol
from chatsimples.loadtest.wire.texts import HEAD, many, mark, text

KINDS = sorted(PROTOCOLS)
SIZES = st.integers(HEAD, 65_000)


def resp(data: bytes) -> list[bytes]:
    """Read one RESP array of bulk strings, by the lengths that it tells."""
    found = re.match(rb"\*([0-9]+)\r\n", data)
    assert found
    at, words = found.end(), []
    for _ in range(int(found[1])):
        length = re.compile(rb"\$([0-9]+)\r\n").match(data, at)
        assert length
        end = length.end() + int(length[1])
        words.append(data[length.end() : end])
        assert b"\r\n" == data[end : end + 2]
        at = end + 2
    assert len(data) == at, "nothing follows"
    return words


def framed(data: bytes) -> bytes:
    """Read one text message of a client, as a server that keeps to the RFC does."""
    protocol = websockets.protocol.Protocol(websockets.protocol.SERVER, max_size=None)
    protocol.receive_data(data)
    (frame,) = protocol.events_received()
    assert isinstance(frame, Frame)
    assert (Opcode.TEXT, True) == (frame.opcode, frame.fin)
    assert protocol.parser_exc is None
    return bytes(frame.data)


def understood(kind: Protocol, sent: bytes) -> bytes:
    """Read what is sent for a text, as the server of its kind does; give the text."""
    match kind.name:
        case "text" | "course":
            return sent.removesuffix(b"\n")
        case "uvicorn" | "picows":
            return framed(sent)
        case "json" | "websocket":
            asked = msgspec.json.decode(sent if kind.name == "json" else framed(sent))
            assert ("message", kind.rooms[0]) == (asked["type"], asked["room"])
            said: str = asked["text"]
            return said.encode()
        case "redis":
            publish, room, word = resp(sent)
            assert (b"PUBLISH", kind.rooms[0].encode()) == (publish, room)
            return word
        case "nats":
            line, payload = sent.split(b"\r\n", 1)
            assert [b"PUB", kind.rooms[0].encode(), b"%d" % (len(payload) - 2)] == line.split(b" ")
            return payload.removesuffix(b"\r\n")
    begin = f"PRIVMSG #{kind.rooms[0]} :".encode()
    assert sent.startswith(begin)
    return sent.removeprefix(begin).removesuffix(b"\r\n")


@pytest.mark.parametrize("name", KINDS)
@given(size=SIZES, number=st.integers(0, 200_000))
def test_a_text_in_its_frame_is_that_text_and_comes_back(name: str, size: int, number: int) -> None:
    kind = protocol(name)
    size = min(size, kind.longest_text or size)
    said = text(b"0a", number, 1_234_567, size)
    sent = many(b"0a", number, 1, due=1_234_567, frame=kind.frame(0, size), size=size)
    assert said == understood(kind, sent)
    received = unit(kind, understood(kind, sent))
    found = kind.said.fullmatch(received)
    assert found is not None
    assert said[:HEAD] == found[1]
    assert kind.lines == received.count(b"\n")
    assert kind.longest_text == 0 or len(sent) <= 512


@pytest.mark.parametrize("name", KINDS)
def test_at_every_cut_what_is_complete_are_whole_units(name: str) -> None:
    kind = protocol(name)
    units = [unit(kind, text(b"0a", each, each, 16 + each), each) for each in range(3)]
    units.insert(1, noise(kind, 5))
    units.insert(2, STRAYS.get(name, (b"",))[0])
    units.append(STRAYS.get(name, (b"",))[-1])
    whole, ends = b"".join(units), [0]
    for each in units:
        ends.append(ends[-1] + len(each))
    for cut in range(len(whole) + 1):
        assert max(end for end in ends if end <= cut) == kind.complete(whole[:cut])


@pytest.mark.parametrize("name", KINDS)
@given(cut=st.integers(0, 10_000))
def test_a_mark_is_found_among_texts_and_its_end_is_a_units_end(name: str, cut: int) -> None:
    kind = protocol(name)
    before = unit(kind, text(b"0a", 7, 7, 60)) + unit(kind, mark(1, 77)) + unit(kind, mark(2, 78))
    after = unit(kind, text(b"0a", 8, 8, 60))
    pattern = kind.mark(mark(2, 77))
    found = pattern.search(before + unit(kind, mark(2, 77)) + after)
    assert found is not None
    assert after == (before + unit(kind, mark(2, 77)) + after)[found.end() :]
    assert pattern.search(before + after) is None
    marked = before + unit(kind, mark(2, 77))
    assert pattern.search(marked[: min(cut, len(marked) - 1)]) is None


@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_text_is_not_taken_for_one(name: str) -> None:
    kind = protocol(name)
    said = text(b"0a", 7, 7, 60)
    received = unit(kind, said)
    for other in (
        noise(kind), *STRAYS.get(name, ()), FOREIGN, b"! " + received, received[:-1],
        received.replace(b"xx", b"xy"), received.replace(said, said.upper()),
        received.replace(said, said[:15]),
    ):  # fmt: skip
        assert [] == kind.said.findall(other)


@pytest.mark.parametrize("name", KINDS)
def test_noise_and_strays_are_known_for_what_they_are(name: str) -> None:
    kind = protocol(name)
    for seq in range(3):
        if noise(kind, seq):
            assert kind.noise is not None
            assert kind.noise.fullmatch(noise(kind, seq))
    for stray in STRAYS.get(name, ()):
        assert kind.stray is not None
        assert kind.stray.fullmatch(stray)
        assert kind.answer


@pytest.mark.parametrize("name", KINDS)
def test_each_room_has_a_name_of_its_own(name: str) -> None:
    assert 100 == len(set(protocol(name, 100).rooms))
    assert 100 == len(set(PROTOCOLS[name]("", 100).rooms))


@pytest.mark.parametrize("name", [name for name in KINDS if name != "course"])
@pytest.mark.parametrize("nick", [f"{READER}12", f"{SENDER}0"])
def test_a_greeting_is_whole_lines_with_its_names(name: str, nick: str) -> None:
    kind = protocol(name, 2)
    said = kind.greeting(nick, 1) + kind.entering(nick, 1)
    assert said.endswith(b"\n")
    if nick.startswith(READER):
        assert kind.rooms[1].encode() in said
        assert kind.rooms[0].encode() not in said


def test_a_json_greeting_is_json_and_asks_for_a_pong() -> None:
    kind = protocol("json")
    hello, ping = map(msgspec.json.decode, kind.greeting("r3", 0).splitlines())
    assert {"type": "hello", "nick": "r3q7", "rooms": [kind.rooms[0]]} == hello
    assert {"type": "ping"} == ping
    assert {"type": "pong"} == msgspec.json.decode(kind.answer)


def test_a_redis_greeting_subscribes_a_reader_and_a_sender_to_nothing() -> None:
    kind = protocol("redis", 2)
    assert [b"SUBSCRIBE", kind.rooms[1].encode()] == resp(kind.greeting("r3", 1))
    assert [b"ECHO", b":1"] == resp(kind.greeting("s3", 1))
    # Both answers hold the welcome.
    assert kind.welcome in b"*3\r\n$9\r\nsubscribe\r\n$9\r\ncarga-0-1\r\n:1\r\n"
    assert kind.welcome in b"$2\r\n:1\r\n"


def test_a_plain_text_server_of_ones_own_is_used_as_it_stands() -> None:
    assert b"/apelido r1\n/pronto\n" == PROTOCOLS["text"]("", 1).greeting("r1", 0)
    assert b"/apelido r1\n/entrar carga-1\n/pronto\n" == PROTOCOLS["text"]("", 2).greeting("r1", 1)


def test_a_nats_greeting_ends_with_a_ping_after_its_subscription() -> None:
    kind = protocol("nats")
    connect, subscribe, ping = kind.greeting("r1", 0).split(b"\r\n")[:3]
    assert msgspec.json.decode(connect.removeprefix(b"CONNECT "))["echo"] is False
    assert (f"SUB {kind.rooms[0]} 1".encode(), b"PING") == (subscribe, ping)
    assert b"SUB" not in kind.greeting("s1", 0)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_where_all_texts_have_one_size_none_of_another_is_taken_for_one(name: str) -> None:
    protocol = PROTOCOLS[name]("", 1, 40)
    whole, cut = (unit(protocol, text(b"00", 1, 2, size)) for size in (40, 39))
    assert 1 == len(protocol.said.findall(whole))
    assert [] == protocol.said.findall(cut)
    assert len(cut) == protocol.complete(cut)
    assert 1 == len(PROTOCOLS[name]("", 1).said.findall(cut))


@pytest.mark.parametrize("name", ["websocket", "uvicorn", "picows"])
def test_a_request_for_a_websocket_is_accepted(name: str) -> None:
    kind = protocol(name)
    given = answer(kind.greeting("r1", 0))
    assert given.accepted
    assert (kind.registered or kind.welcome) in given.data


def test_a_websocket_says_hello_once_it_is_one() -> None:
    kind = protocol("websocket")
    hello, ping = map(msgspec.json.decode, framed(kind.entering("r3", 0)).splitlines())
    assert {"type": "hello", "nick": "r3q7", "rooms": [kind.rooms[0]]} == hello
    assert {"type": "ping"} == ping
    assert b"hello" not in kind.greeting("r3", 0)


@pytest.mark.parametrize("name", KINDS)
def test_what_makes_lines_of_frames_is_each_connections_own(name: str) -> None:
    kind = protocol(name)
    one, other = kind.unframer(), kind.unframer()
    assert (name in {"websocket", "uvicorn", "picows"}) == (one is not None)
    assert one is None or one is not other
