"""The connections of a reenactment: what they send, what they hear, and that they answer pings."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.tls import Authority
from support.waiting import DEADLINE

from chatsimples.chat import commands
from chatsimples.errors import ChatSimplesError
from chatsimples.net.trust import Tls
from chatsimples.replay.reenact.participants import PONG, EndedError, Participant, connect, request


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Give a socket that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(DEADLINE)
        yield server


@pytest.fixture
def pair(listener: socket.socket) -> Iterator[tuple[Participant, socket.socket]]:
    """Give a participant and the server's side of its connection."""
    participant = connect("127.0.0.1", listener.getsockname()[1], 10, str)
    other, _ = listener.accept()
    other.settimeout(DEADLINE)
    yield participant, other
    participant.close()
    other.close()


def soon() -> float:
    return time.monotonic() + DEADLINE


def test_lines_come_whole_however_they_are_cut(pair: tuple[Participant, socket.socket]) -> None:
    participant, other = pair
    for piece in (b'{"a', b'":1}\n{"b":', b"2}\n"):
        other.sendall(piece)
    assert [b'{"a":1}', b'{"b":2}'] == [participant.next_line(soon()), participant.next_line(soon())]
    assert participant.next_line(time.monotonic()) is None


def test_pings_are_answered_when_they_are_read(pair: tuple[Participant, socket.socket]) -> None:
    participant, other = pair
    other.sendall(b'{"type":"ping","seq":1}\n')
    assert b'{"type":"ping","seq":1}' == participant.next_line(soon())
    assert b'{"type":"pong"}\n' == other.recv(100)


def test_an_end_is_told_after_the_last_line(pair: tuple[Participant, socket.socket]) -> None:
    participant, other = pair
    other.sendall(b"last\n")
    other.close()
    assert b"last" == participant.next_line(soon())
    with pytest.raises(EndedError):
        participant.next_line(soon())


def test_draining_takes_what_is_there_and_does_not_wait(pair: tuple[Participant, socket.socket]) -> None:
    participant, other = pair
    participant.drain()
    assert not participant.lines
    other.sendall(b"one\ntwo\n")
    until = soon()
    while len(participant.lines) < 2 and time.monotonic() < until:
        participant.drain()
    assert [b"one", b"two"] == list(participant.lines)
    participant.forget()
    assert not participant.lines


def test_what_is_sent_gets_through_to_one_who_must_be_read_from_first(
    pair: tuple[Participant, socket.socket],
) -> None:
    participant, other = pair
    # Both send more than the kernels hold; the participant alone reads meanwhile.
    other.setblocking(False)
    written = 0
    while True:
        try:
            written += other.send(b"x" * 65_535 + b"\n")
        except BlockingIOError:
            break
    other.settimeout(DEADLINE)
    participant.send(b"y" * 1_000)
    assert b"y" * 1_000 == other.recv(2_000)
    assert written


@pytest.fixture
def by_tls(listener: socket.socket, tmp_path: Path) -> Iterator[tuple[Participant, ssl.SSLSocket]]:
    """Give a participant by TLS and the server's side of its connection."""
    authority = Authority(tmp_path)
    issued = authority.issue()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.cert, issued.key)
    shaken: list[ssl.SSLSocket] = []

    def accept() -> None:
        other, _ = listener.accept()
        other.settimeout(DEADLINE)
        shaken.append(context.wrap_socket(other, server_side=True, suppress_ragged_eofs=False))

    accepting = threading.Thread(target=accept)
    accepting.start()
    trusted = Tls(str(authority.file), "")
    participant = connect("localhost", listener.getsockname()[1], DEADLINE, str, tls=trusted)
    accepting.join(DEADLINE)
    yield participant, shaken[0]
    participant.close()
    shaken[0].close()


def test_by_tls_lines_pings_and_the_end_are_the_same(by_tls: tuple[Participant, ssl.SSLSocket]) -> None:
    participant, other = by_tls
    other.sendall(b'{"type":"ping"}\n' + b"a" * 100_000 + b"\nlast\n")
    assert [b'{"type":"ping"}', b"a" * 100_000] == [participant.next_line(soon()) for _ in range(2)]
    assert b'{"type":"pong"}\n' == other.recv(100)
    participant.finish_sending()
    assert b"" == other.recv(100), "with a goodbye, or this would be an error"
    assert b"last" == participant.next_line(soon())
    other.unwrap().close()
    with pytest.raises(EndedError):
        participant.next_line(soon())


def test_by_tls_all_is_said_while_the_server_is_read_from(by_tls: tuple[Participant, ssl.SSLSocket]) -> None:
    participant, other = by_tls
    text = b"y" * 3_000_000
    heard: list[bytes] = []

    def serve() -> None:
        # It asks for signs of life while it is told much: the answers are behind that.
        for _ in range(50):
            other.sendall(b'{"type":"ping"}\n' * 100)
        while sum(len(each) for each in heard) < len(text):
            heard.append(other.recv(65_536))

    serving = threading.Thread(target=serve)
    serving.start()
    participant.send(text)
    serving.join(DEADLINE)
    said = b"".join(heard)
    assert text == said[: len(text)]
    assert (PONG * 2).startswith(said[len(text) :])


def test_where_there_is_no_server_it_says_so(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(ChatSimplesError, match=f"127.0.0.1:{port}"):
        connect("127.0.0.1", port, 10, str, visitor=True)


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (commands.Hello(1, "ana", (), ""), {"type": "hello", "nick": "ana", "rooms": [], "session": "s"}),
        (
            commands.Say(1, "oi", "geral", "", "7"),
            {"type": "message", "text": "oi", "room": "geral", "id": "7"},
        ),
        (commands.Say(1, "oi", "", "bia"), {"type": "message", "text": "oi", "to": "bia"}),
        (commands.Join(1, "x", "j"), {"type": "join", "room": "x", "id": "j"}),
        (commands.Leave(1, "x"), {"type": "leave", "room": "x"}),
        (commands.Rename(1, "eva"), {"type": "nick", "nick": "eva"}),
        (commands.Bye(1), {"type": "bye"}),
    ],
)
def test_a_command_is_sent_in_json(command: commands.Command, asked: dict[str, Any]) -> None:
    line = request(command, visitor=False, session="s")
    assert line.endswith(b"\n")
    sent = json.loads(line)
    assert asked == sent


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (commands.Say(1, "olá", "geral"), "olá\n"),
        (commands.Say(1, "/sair", "geral"), "//sair\n"),
        (commands.Say(1, "//x", "geral"), "///x\n"),
        (commands.Say(1, "oi, tudo bem?", "", "bia"), "/msg bia oi, tudo bem?\n"),
        (commands.Join(1, "turma", alone=True), "/entrar turma\n"),
        (commands.Rename(1, "João"), "/apelido João\n"),
        (commands.Bye(1), "/sair\n"),
    ],
)
def test_a_command_is_sent_in_plain_text(command: commands.Command, asked: str) -> None:
    assert asked.encode() == request(command, visitor=True)


@pytest.mark.parametrize(("visitor", "command"), [(False, commands.Help(1)), (True, commands.Leave(1, "x"))])
def test_what_a_dialect_has_no_words_for_is_a_mistake(visitor: bool, command: commands.Command) -> None:
    with pytest.raises(ValueError):
        request(command, visitor=visitor)
