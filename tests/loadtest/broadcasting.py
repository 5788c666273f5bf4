"""A server that broadcasts by WebSocket, run for a test, and clients of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from loadtest.loads import measure
from support import websocket
from support.waiting import DEADLINE, eventually
from support.websocket import Received, WebSocketClient, response

from chatsimples.loadtest.run.shape import Load
from chatsimples.loadtest.targets.servers import running


class BroadcastClient:
    """A client that has a WebSocket."""

    def __init__(self, port: int, path: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), DEADLINE)
        self.sock.sendall(websocket.head(path=path))
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        answered = response(data)
        assert 101 == answered.status
        self._frames = WebSocketClient()
        self._received = self._frames.receive(answered.rest)

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def next_frame(self) -> Received:
        while not self._received:
            self._received += self._frames.receive(self._more())
        return self._received.pop(0)

    def close(self) -> None:
        self.sock.close()

    def _more(self) -> bytes:
        data = self.sock.recv(65_536)
        assert data, "the server ended the connection"
        return data


class Broadcasting:
    """A server that runs, and all its clients."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.clients: list[BroadcastClient] = []

    def connect(self, path: str = "/x") -> BroadcastClient:
        """Connect, and wait until the client hears itself: it is in the room then."""
        self.clients.append(BroadcastClient(self.port, path))
        client = self.clients[-1]
        client.sock.settimeout(0.05)

        def heard() -> bool:
            client.say(websocket.text("here?"))
            try:
                return bool(client.next_frame())
            except TimeoutError:
                return False

        eventually(heard, "it hears itself")
        client.sock.settimeout(DEADLINE)
        client.say(websocket.text("here"))
        for each in self.clients:
            if each.sock.fileno() >= 0 and path == "/x":
                while each.next_frame().data != b"here":
                    pass
        return client


@contextmanager
def broadcasting(name: str) -> Iterator[Broadcasting]:
    """Run a server of the load test's; all clients are closed at the end."""
    with running(name, connections=20) as target:
        server = Broadcasting(target.port)
        try:
            yield server
        finally:
            for client in server.clients:
                client.close()


def check_what_is_said_comes_to_all(name: str) -> None:
    with broadcasting(name) as server:
        one, other = server.connect(), server.connect()
        apart = server.connect("/y")
        one.say(websocket.text("olá"))
        for each in (one, other):
            assert ("TEXT", "olá".encode()) == each.next_frame()
        other.say(websocket.text("x" * 60_000))
        for each in (one, other):
            assert ("TEXT", b"x" * 60_000) == each.next_frame()
        apart.say(websocket.text("só eu"))
        while (said := apart.next_frame().data) != "só eu".encode():
            assert said.startswith(b"here")


def check_who_leaves_is_no_hindrance(name: str) -> None:
    with broadcasting(name) as server:
        one, leaver, reset = server.connect(), server.connect(), server.connect()
        leaver.say(websocket.close(1000))
        assert "CLOSE" == leaver.next_frame().kind
        reset.close()
        for number in range(5):
            one.say(websocket.text(f"{number}"))
            assert ("TEXT", b"%d" % number) == one.next_frame()


def check_it_is_loaded(name: str, load: Load) -> None:
    with running(name, connections=60) as target:
        found = measure(
            target.port,
            load,
            protocol=name,
            rooms=2,
            clients=6,
            senders=2,
            slow=1,
            slow_bytes=1_000_000,
            churn=5.0,
        )
        assert ({}, found.checks.expected) == (found.faults, found.checks.exact)
        assert found.checks.exact > 0
