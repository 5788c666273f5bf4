"""The loop of a served replay, in a thread of the test's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from replay.playing import LOG
from replay.serving import DIALECTS, JsonListener, a_chat, make_responder
from support.clients import TextClient
from support.waiting import DEADLINE, eventually

from chatsimples.chat.records import to_line
from chatsimples.net.doors import listen
from chatsimples.replay.serve.loop import Loop
from chatsimples.replay.serve.responder import Responder

SINCE_THE_BEGINNING = {"log": LOG, "seq": 0}


class Served:
    """A recorded chat, served by a loop that runs."""

    def __init__(self, responder: Responder) -> None:
        arrived, self._arrive = socket.socketpair()
        doors = listen("127.0.0.1", 0)
        self.port = int(doors[0].sock.getsockname()[1])
        self.told: list[str] = []
        self._loop = Loop(doors, arrived, responder, DIALECTS)
        self._arrived = arrived
        self._thread = threading.Thread(target=self._loop.run, args=(str,))
        self._thread.start()

    def stop(self) -> None:
        self._arrive.send(b"\x0f")
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def close(self) -> None:
        if self._thread.is_alive():
            self.stop()
        self._loop.close()
        self._arrived.close()
        self._arrive.close()


Serve = Callable[[Responder], Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    served: list[Served] = []

    def start(responder: Responder) -> Served:
        served.append(Served(responder))
        return served[-1]

    yield start
    for each in served:
        each.close()


def heard(*seqs: int) -> list[bytes]:
    return [to_line(record) for record in a_chat() if record.seq in seqs]


def test_it_says_where_it_listens_and_that_the_chat_has_ended(
    tmp_path: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    served = serve(make_responder(tmp_path, records=a_chat()[:10]))
    shown = ""

    def has_ended() -> bool:
        nonlocal shown
        shown += capfd.readouterr().out
        return "has ended" in shown

    eventually(has_ended, "it says so")
    expected = [f"listening on 127.0.0.1:{served.port}", "the recorded chat has ended"]
    assert [f"chatsimples: {each}" for each in expected] == shown.splitlines()


def test_whoever_comes_hears_what_has_happened_in_its_dialect(tmp_path: Path, serve: Serve) -> None:
    served = serve(make_responder(tmp_path))
    listener = JsonListener(served.port)
    assert heard(2, 3, 5, 9, 10) == listener.hear_all()
    other = TextClient(served.port)
    other.type("/historico 1")
    other.expect("ana: três")
    listener.close()
    other.close()


def test_one_that_stops_reading_holds_up_nobody(tmp_path: Path, serve: Serve) -> None:
    served = serve(make_responder(tmp_path))
    stalled = JsonListener(served.port, receive_buffer=4_096)
    stalled.ask("hello", nick="parado", since=SINCE_THE_BEGINNING)
    for _ in range(2_000):
        stalled.ask("who", room="geral")
    listener = JsonListener(served.port)
    assert heard(4, 7) == listener.hear_all(rooms=["turma"])
    listener.close()
    stalled.close()


def test_when_it_is_told_to_stop_it_ends_and_closes_every_connection(tmp_path: Path, serve: Serve) -> None:
    served = serve(make_responder(tmp_path))
    listener = JsonListener(served.port)
    listener.listen()
    served.stop()
    served.close()
    listener.read_to_end()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port), DEADLINE)
