"""Small clients of the HTTP API, which know docs/http-api.md and nothing else."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from support.server import Server, run_command
from support.waiting import DEADLINE

Said = dict[str, Any]


def make_token(logs: Path, account: str) -> str:
    """Make a token for an account of a server that keeps its files in ``logs``."""
    done = run_command("token", "add", account, "--logs", logs)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


class Answer(NamedTuple):
    """An answer: its status, its headers by names in lower case, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Said:
        """Its body, which is a JSON object."""
        told = json.loads(self.body)
        assert isinstance(told, dict)
        return told

    @property
    def code(self) -> str:
        """The code of the refusal that it is."""
        return str(self.json["error"]["code"])

    @property
    def records(self) -> list[Said]:
        """Its body, which is a record a line."""
        return [json.loads(line) for line in self.body.splitlines()]


class ApiClient:
    """Makes requests, each on a connection of its own.

    Args:
        server: of which.
        headers: of each request: who makes it.
    """

    def __init__(self, server: Server, **headers: str) -> None:
        self.server = server
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @classmethod
    def guest(cls, server: Server, nick: str) -> ApiClient:
        """Return the client of a guest."""
        return cls(server, X_Nick=quote(nick))

    @classmethod
    def owner(cls, server: Server, token: str) -> ApiClient:
        """Return the client of a token's owner."""
        return cls(server, Authorization=f"Bearer {token}")

    def request(self, method: str, target: str, body: bytes | str | None = None, **headers: str) -> Answer:
        """Make a request, and return what is answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=DEADLINE)
        try:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            data = body.encode() if isinstance(body, str) else body
            connection.request(method, target, data, {**self.headers, **told})
            answered = connection.getresponse()
            names = {name.lower(): value for name, value in answered.getheaders()}
            return Answer(answered.status, names, answered.read())
        finally:
            connection.close()

    def get(self, target: str, **headers: str) -> Answer:
        """Ask for something."""
        return self.request("GET", target, **headers)

    def say(self, text: str, key: str = "", room: str = "geral") -> Answer:
        """Say something."""
        headers = {"Content_Type": "application/json"} | ({"Idempotency_Key": key} if key else {})
        body = json.dumps({"text": text})
        return self.request("POST", f"/api/rooms/{quote(room)}/messages", body, **headers)

    def follow(self, room: str = "geral", since: str = "", receive_buffer: int = 0) -> Follower:
        """Follow a room, after a position if one is given."""
        return Follower(self, room, since, receive_buffer)


class Follower:
    """Reads a stream of server-sent events.

    Attributes:
        status: of the answer.
        last_id: the last event's.
        resumed: whether it goes on where it was asked to.
        ended: the code of the event that ends it; empty before that.
    """

    def __init__(self, client: ApiClient, room: str, since: str, receive_buffer: int) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(("127.0.0.1", client.server.port))
        lines = [f"GET /api/rooms/{quote(room)}/stream HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in client.headers.items()]
        lines += [f"Last-Event-ID: {since}"] if since else []
        self.socket.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        self._answered = http.client.HTTPResponse(self.socket)
        self._answered.begin()
        self.status = self._answered.status
        self.last_id = since
        self.resumed = False
        self.ended = ""
        if 200 == self.status:
            assert "text/event-stream" == self._answered.headers["content-type"]
            name, data = self._event()
            assert "position" == name, (name, data)
            self.resumed = json.loads(data)["resumed"]

    def next(self) -> bytes:
        """Return the next record's line, without its end; nothing when the stream has ended."""
        while True:
            try:
                name, data = self._event()
            except (OSError, http.client.HTTPException):
                name = "cut"
            if not name:
                return data
            if name in {"end", "cut"}:
                self.ended = json.loads(data)["code"] if name == "end" else "cut"
                return b""

    def expect(self, **fields: object) -> Said:
        """Read on until a record with these fields comes, and return it."""
        while line := self.next():
            said = json.loads(line)
            if fields.items() <= said.items():
                return dict(said)
        raise AssertionError(f"the stream has ended ({self.ended}) before {fields}")

    def close(self) -> None:
        """Go."""
        self._answered.close()
        self.socket.close()

    def _event(self) -> tuple[str, bytes]:
        name, data = "", b""
        while True:
            line = self._answered.readline()
            if not line.endswith(b"\n"):
                return "cut", b""
            field, _, value = line.rstrip(b"\n").partition(b": ")
            match field:
                case b"event":
                    name = value.decode()
                case b"data":
                    data = value
                case b"id":
                    self.last_id = value.decode()
                case b"" if data:
                    return name, data
