"""The live chat: who is listened to, and what is waited for."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.server import Server
from support.waiting import DEADLINE

from chatsimples.chat.records import Record
from chatsimples.chat.rooms import Room
from chatsimples.chat.state import State
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.reenact.comparison import Comparison, DifferenceError
from chatsimples.replay.reenact.live_chat import LiveChat

SERVER_OPTIONS = ("--message-rate", "0")
AT = "2026-11-22T15:00:00.000000Z"


@pytest.fixture
def live(server: Server) -> Iterator[LiveChat]:
    """Give a live chat with four connections in a room: 1 and 3 in plain text, 2 and 4 in JSON."""
    made = LiveChat("127.0.0.1", server.port, 5, Comparison(lambda _: ""), str)
    for conn in (1, 2, 3, 4):
        made.connect(conn, visitor=conn in (1, 3))
    yield made
    made.close()


def room(*conns: int) -> Room | None:
    state = State()
    for seq, conn in enumerate(conns, 1):
        state.evolve(Record(2 * seq - 1, AT, "hello", conn, f"n{conn}", dialect="json"))
        state.evolve(Record(2 * seq, AT, "join", conn, f"n{conn}", room="sala"))
    return state.rooms.get("sala")


def said(conn: int, **more: Any) -> Record:
    return Record(9, AT, "message", conn, f"n{conn}", **{"room": "sala", "text": "x", **more})


def test_one_who_hears_records_is_listened_to_as_long_as_it_is_there(live: LiveChat) -> None:
    assert 2 == live.witness(said(1), room(1, 2, 3, 4))
    assert 2 == live.witness(said(4), room(4, 3, 2, 1))
    assert 4 == live.witness(said(1), room(4, 3, 1))
    assert 4 == live.witness(said(1), room(2, 4, 3, 1))


def test_where_nobody_hears_records_it_is_one_who_is_told_in_plain_text(live: LiveChat) -> None:
    assert 3 == live.witness(said(1), room(1, 3))
    assert 0 == live.witness(said(1), room(1))
    left = Record(9, AT, "leave", 1, "n1", room="sala", reason="quit")
    assert 1 == live.witness(left, None)
    live.participants[3].silent = True
    assert 0 == live.witness(said(1), room(1, 3))


def test_what_is_private_or_quiet_is_heard_by_those_whom_it_concerns(live: LiveChat) -> None:
    assert 2 == live.witness(said(1, room="", to="n2", to_conn=2), None)
    assert 4 == live.witness(said(4, room="", to="n3", to_conn=3), None)
    assert 3 == live.witness(said(1, room="", to="n3", to_conn=3), None)
    assert 1 == live.witness(Record(9, AT, "join", 1, "n1", room="sala", quiet=True), room(1, 2))


def test_all_comes_behind_the_observers_own_hello(live: LiveChat, server: Server) -> None:
    before = live.open_observer("ver", "s" * 20)
    again = LiveChat("127.0.0.1", server.port, 5, Comparison(lambda _: ""), str)
    assert before + 1 == again.open_observer("ver2", "t" * 20)
    again.close()


def test_of_its_own_coming_and_going_only_who_hears_records_hears(live: LiveChat) -> None:
    for kind in ("hello", "bye"):
        assert [0, 2] == [live.witness(Record(9, AT, kind, conn, f"n{conn}"), None) for conn in (1, 2)]


def test_what_does_not_come_is_a_difference_in_the_end(server: Server) -> None:
    impatient = LiveChat("127.0.0.1", server.port, 0.2, Comparison(lambda _: ""), str)
    impatient.connect(2, visitor=False)
    begun = time.monotonic()
    with pytest.raises(DifferenceError, match=r"did not come within 0\.2 s"):
        impatient.hear(said(1), 2)
    assert time.monotonic() - begun >= 0.2
    impatient.close()


def test_what_is_no_server_of_ours_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            connection.recv(1_000)
            connection.sendall(b"220 mail.example.org ready\r\n")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        live = LiveChat("127.0.0.1", listener.getsockname()[1], 5, Comparison(lambda _: ""), str)
        with pytest.raises(ChatSimplesError, match="is no ChatSimples server"):
            live.open_observer("ver", "s" * 20)
        live.close()
        thread.join(DEADLINE)
