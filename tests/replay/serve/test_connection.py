"""A connection of a listener, with real sockets and a clock that the test turns."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from replay.playing import LOG, record_chat
from replay.serving import DIALECTS, FAR, a_chat, make_responder, say

from chatsimples.chat.records import to_line
from chatsimples.dialects.base import PAUSE_ENDS_MESSAGE
from chatsimples.dialects.negotiation import SILENCE_DECIDES
from chatsimples.replay.recording.rhythm import timed
from chatsimples.replay.serve.connection import LAST_WORDS, ListenerConnection
from chatsimples.replay.serve.responder import Responder
from chatsimples.replay.serve.timeline import Timeline
from chatsimples.transcript.reader import TranscriptReader

HELLO = b'{"type":"hello","nick":"ouvido"}\n'
WELCOME = b"* Welcome to ChatSimples. You are ouvinte-1; /ajuda shows what you can do.\n"


class Line:
    """A listener and its peer."""

    def __init__(self, responder: Responder, buffer: int = 0) -> None:
        self.responder = responder
        ours, self.peer = socket.socketpair()
        if buffer:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        ours.setblocking(False)
        self.peer.setblocking(False)
        self.now = 100.0
        self.connection = ListenerConnection(1, ours, DIALECTS, responder, self.now)
        self.received = b""

    def send(self, data: bytes, later: float = 0.0) -> bytes:
        self.now += later
        self.peer.send(data)
        self.connection.read(self.now)
        return self.go_on()

    def go_on(self) -> bytes:
        """Let it go on until it only waits; return what has come at the peer."""
        while not self.connection.gone and self.connection.go_on(self.now):
            pass
        return self.receive()

    def receive(self) -> bytes:
        data = b""
        try:
            while part := self.peer.recv(1 << 20):
                data += part
        except (BlockingIOError, ConnectionError):
            pass
        self.received += data
        return data

    def pass_time(self) -> bytes:
        """Let the time come at which something is to happen."""
        self.now = self.connection.deadline
        self.connection.passed(self.now)
        return self.go_on()

    def finish(self) -> bytes:
        self.peer.shutdown(socket.SHUT_WR)
        self.connection.read(self.now)
        return self.go_on()

    def has_ended(self) -> bool:
        try:
            return self.peer.recv(1) == b""
        except BlockingIOError:
            return False


Lines = Callable[..., Line]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    opened: list[Line] = []

    def open_line(responder: Responder | None = None, **how: int) -> Line:
        if responder is None:
            responder = make_responder(tmp_path / f"{len(opened)}")
            responder.timeline.release(1.0)
        opened.append(Line(responder, **how))
        return opened[-1]

    yield open_line
    for each in opened:
        each.connection.close()
        each.peer.close()


def test_the_first_byte_tells_the_dialect(lines: Lines) -> None:
    line = lines()
    assert b"" == line.send(HELLO[:1])
    welcome, pong = line.send(HELLO[1:] + b'{"type":"ping"}\n').splitlines()
    assert ("welcome", "pong") == (json.loads(welcome)["type"], json.loads(pong)["type"])
    assert lines().send(b"/quem\n").startswith(WELCOME)


def test_who_is_silent_hears_as_plain_text_and_can_still_turn_out_to_be_json(lines: Lines) -> None:
    line = lines()
    assert line.now + SILENCE_DECIDES == line.connection.deadline
    assert WELCOME in line.pass_time()
    assert 0 == line.connection.deadline
    line.responder.timeline.release(FAR)
    assert "ana: muito depois\n* the recorded chat has ended\n" == line.go_on().decode()
    assert b'"welcome"' in line.send(HELLO)


def test_a_word_that_could_become_a_request_is_waited_for(lines: Lines) -> None:
    line = lines()
    assert b"" == line.send(b"POST it", later=0.1)
    assert line.now + SILENCE_DECIDES == line.connection.deadline
    assert line.pass_time().startswith(WELCOME)
    assert line.now + PAUSE_ENDS_MESSAGE == line.connection.deadline
    assert b"* this is a recorded chat: nothing can be said here\n" == line.pass_time()
    assert 0 == line.connection.deadline


def test_a_silent_listener_whose_first_word_tells_nothing_is_waited_for_as_well(lines: Lines) -> None:
    line = lines()
    line.pass_time()
    assert b"" == line.send(b"POST", later=10)
    assert line.now + SILENCE_DECIDES == line.connection.deadline
    assert b"" == line.pass_time()
    assert b"* this is a recorded chat: nothing can be said here\n" == line.pass_time()


def test_a_browser_gets_an_answer_and_is_closed(lines: Lines) -> None:
    line = lines()
    answer = line.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert line.has_ended()
    assert not line.connection.gone
    assert b"" == line.pass_time()
    assert line.connection.gone


def test_the_courses_client_is_understood_and_refused(lines: Lines) -> None:
    line = lines()
    assert line.send("ana: olá".encode()).startswith(WELCOME)
    assert b"* this is a recorded chat: nothing can be said here\n" == line.pass_time()
    line.send(b"ana saiu do chat.")
    line.pass_time()
    assert line.has_ended()


def test_a_goodbye_is_waited_for_by_the_peer_and_then_by_nobody(lines: Lines) -> None:
    line = lines()
    line.send(HELLO + b'{"type":"bye"}\n{"type":"ping"}\n')
    assert b"pong" not in line.received
    assert line.has_ended()
    assert line.now + LAST_WORDS == line.connection.deadline
    line.send(b"more")
    assert not line.connection.gone
    line.finish()
    assert line.connection.gone


def test_all_that_was_asked_is_answered_before_the_end(lines: Lines) -> None:
    line = lines()
    since = b'{"type":"hello","nick":"x","since":{"log":"%b","seq":0}}\n' % LOG.encode()
    line.peer.send(since + b'{"type":"history","id":"h"}\n' + b'{"type":"ping","id":"p"}')
    line.connection.read(line.now)
    line.finish()
    types = [json.loads(each)["type"] for each in line.received.splitlines()]
    assert ["welcome", "join", "join", "message", "nick", "message"] == types[:6]
    assert ["message", "message", "history_end", "pong"] == types[6:]
    assert line.connection.gone
    assert line.has_ended()


@pytest.mark.parametrize("data", [b"", b"oi", b"POST", b'{"type":"hello","nick":"x"}'])
def test_an_end_of_input_at_any_time_ends_it(lines: Lines, data: bytes) -> None:
    line = lines()
    if data:
        line.send(data)
    line.finish()
    assert line.connection.gone
    assert (b"welcome" in line.received.lower()) == bool(data)


def test_many_questions_at_once_are_answered_in_parts(lines: Lines) -> None:
    line = lines()
    line.send(HELLO)
    line.peer.send(b'{"type":"ping"}\n' * 1_000)
    line.connection.read(line.now)
    assert line.connection.go_on(line.now)
    assert not line.connection.reads
    assert 0 < line.receive().count(b"pong") < 100
    line.go_on()
    assert 1_000 == line.received.count(b"pong")
    assert line.connection.reads


def test_who_does_not_read_costs_no_more_memory_and_hears_all_later(lines: Lines, tmp_path: Path) -> None:
    records = [say(seq, f"{seq} {'x' * 400}") for seq in range(1, 10_001)]
    record_chat(tmp_path / "long", records)
    timeline = Timeline(tmp_path / "long", None, timed, str)
    timeline.begin(0.0)
    while timeline.release(1.0):
        pass
    responder = Responder(timeline, TranscriptReader(tmp_path / "long"), "geral", str)
    line = lines(responder, buffer=4_096)
    line.send(b'{"type":"hello","nick":"x","since":{"log":"%b","seq":0}}\n' % LOG.encode())
    line.connection.read(line.now)
    line.connection.go_on(line.now)
    assert 0 < line.connection.waiting < 2 * 65_536
    for _ in range(20_000):
        line.connection.go_on(line.now)
        if not line.receive() and line.connection.reads:
            break
    heard = [json.loads(each).get("seq") for each in line.received.splitlines()[1:]]
    assert list(range(1, 10_001)) == heard


def test_who_has_said_all_and_does_not_read_is_still_told_all(lines: Lines, tmp_path: Path) -> None:
    records = [say(1, "um"), *(say(seq, "x" * 4_000, seconds=1) for seq in range(2, 100))]
    responder = make_responder(tmp_path / "chat", records=records)
    responder.timeline.release(0.5)
    line = lines(responder, buffer=4_096)
    line.send(HELLO)
    # The last that happens comes together with the end of its input.
    responder.timeline.release(1.0)
    line.peer.shutdown(socket.SHUT_WR)
    line.connection.read(line.now)
    assert not line.connection.go_on(line.now)
    assert not line.connection.reads
    assert 0 == line.connection.deadline
    while not line.connection.gone:
        line.go_on()
    line.receive()
    assert b"".join(to_line(record) for record in records[1:]) == line.received.partition(b"\n")[2]


def test_a_peer_that_has_vanished_is_let_go(lines: Lines) -> None:
    line = lines()
    line.send(HELLO)
    line.peer.close()
    line.responder.timeline.release(FAR)
    assert not line.connection.go_on(line.now)
    assert line.connection.gone


def test_a_line_that_is_too_long_is_told_and_ends_it(lines: Lines) -> None:
    line = lines()
    line.send(HELLO)
    for _ in range(40):
        try:
            line.send(b"x" * 2_000)
        except BrokenPipeError:
            break
    assert b"line_too_long" in line.received
    assert line.has_ended()


def test_other_lines_go_on_where_one_can_not(lines: Lines) -> None:
    responder = responder_at_ten(lines)
    first, second = lines(responder), lines(responder)
    first.send(HELLO)
    second.send(HELLO)
    first.peer.close()
    responder.timeline.release(FAR)
    assert not first.connection.go_on(first.now)
    assert a_chat()[10].text.encode() in second.go_on()


def responder_at_ten(lines: Lines) -> Responder:
    return lines().responder
