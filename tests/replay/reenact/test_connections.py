"""The connections of a reenactment: what they send, what they hear, and that they answer pings."""

from __future__ import annotations

import json
import socket
import time

import pytest

from chatsimples.chat import commands
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.reenact.connections import EndedError, connect, request


@pytest.fixture
def listener():
    """Give a socket that listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


@pytest.fixture
def pair(listener):
    """Give an actor and the server's side of its connection."""
    actor = connect("127.0.0.1", listener.getsockname()[1], "json", 10, str)
    other, _ = listener.accept()
    other.settimeout(10)
    yield actor, other
    actor.close()
    other.close()


def soon():
    return time.monotonic() + 10


def test_lines_come_whole_however_they_are_cut(pair):
    actor, other = pair
    for piece in (b'{"a', b'":1}\n{"b":', b"2}\n"):
        other.sendall(piece)
    assert [b'{"a":1}', b'{"b":2}'] == [actor.next_line(soon()), actor.next_line(soon())]
    assert actor.next_line(time.monotonic()) is None


def test_pings_are_answered_when_they_are_read(pair):
    actor, other = pair
    other.sendall(b'{"type":"ping","seq":1}\n')
    assert b'{"type":"ping","seq":1}' == actor.next_line(soon())
    assert b'{"type":"pong"}\n' == other.recv(100)


def test_an_end_is_told_after_the_last_line(pair):
    actor, other = pair
    other.sendall(b"last\n")
    other.close()
    assert b"last" == actor.next_line(soon())
    with pytest.raises(EndedError):
        actor.next_line(soon())


def test_draining_takes_what_is_there_and_does_not_wait(pair):
    actor, other = pair
    actor.drain()
    assert not actor.lines
    other.sendall(b"one\ntwo\n")
    until = soon()
    while len(actor.lines) < 2 and time.monotonic() < until:
        actor.drain()
    assert [b"one", b"two"] == list(actor.lines)
    actor.forget()
    assert not actor.lines


def test_what_is_sent_gets_through_to_one_who_must_be_read_from_first(pair):
    actor, other = pair
    # Both send more than the kernels hold; the actor alone reads meanwhile.
    other.setblocking(False)
    written = 0
    while True:
        try:
            written += other.send(b"x" * 65_535 + b"\n")
        except BlockingIOError:
            break
    other.settimeout(10)
    actor.send(b"y" * 1_000)
    assert b"y" * 1_000 == other.recv(2_000)
    assert written


def test_where_there_is_no_server_it_says_so(listener):
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(ChatSimplesError, match=f"127.0.0.1:{port}"):
        connect("127.0.0.1", port, "text", 10, str)


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
def test_commands_in_json(command, asked):
    line = request(command, "json", "s")
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
def test_commands_in_plain_text(command, asked):
    assert asked.encode() == request(command, "text")


@pytest.mark.parametrize(
    ("dialect", "command"), [("json", commands.Help(1)), ("text", commands.Leave(1, "x"))]
)
def test_what_a_dialect_has_no_words_for_is_a_mistake(dialect, command):
    with pytest.raises(ValueError):
        request(command, dialect)
