"""The connections of a reenactment: what they send, what they hear, and that they answer pings."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.waiting import DEADLINE

from chatsimples.chat import commands
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.reenact.participants import EndedError, Participant, connect, request


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
    return time.monotonic() + 60


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
