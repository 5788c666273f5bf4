"""``replay serve`` under test: a real process, and listeners that know docs/protocol.md only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from dialects.wire import DEFAULT_LIMITS
from replay.playing import LOG, at, record_chat
from support.clients import Connection, JsonClient, Said, TextClient
from support.server import COMMAND, Server

from chatsimples.chat.records import Record
from chatsimples.dialects.every import every_dialect
from chatsimples.replay.recording.rhythm import timed
from chatsimples.replay.serve.responder import Responder
from chatsimples.replay.serve.timeline import Timeline
from chatsimples.transcript.reader import TranscriptReader

FAR = 40_000
"""Seconds after which no test waits for what is due."""

DIALECTS = every_dialect(DEFAULT_LIMITS, str, lambda: "a-secret-of-its-own")


class Serving(Server):
    """A run of ``replay serve``.

    Args:
        folder: a folder for what it prints.
        path: what it serves.
        options: more of its command line.
        wrapper: a program, with arguments, that is given the command line and becomes it.
    """

    def __init__(self, folder: Path, path: Path | str, *options: str, wrapper: Sequence[str] = ()) -> None:
        super().__init__(folder)
        own = ("--port", "0", "--lang", "en")
        self._command = [*wrapper, *COMMAND, "replay", "serve", str(path), *own, *options]


class JsonListener(JsonClient):
    """Listens in JSON lines; its own join never comes."""

    def listen(self, nick: str = "ouvido", **fields: Any) -> Said:
        """Say hello and read on to the welcome."""
        self.ask("hello", nick=nick, **fields)
        self.welcome = self.next("welcome")
        assert "welcome" == self.welcome["type"], self.welcome
        return self.welcome

    def hear_all(self, **fields: Any) -> list[bytes]:
        """Hear a log from its beginning up to now; return the records' lines."""
        self.listen(since={"log": LOG, "seq": 0}, **fields)
        self.settle()
        return self.records


Heard = TypeVar("Heard", bound=Connection)


class Listeners:
    """Opens listeners, and closes them all."""

    def __init__(self) -> None:
        self._open: list[Connection] = []

    def json(self, serving: Server, **how: int) -> JsonListener:
        """Open a JSON connection."""
        return self._opened(JsonListener(serving.port, **how))

    def text(self, serving: Server) -> TextClient:
        """Open a plain-text connection."""
        return self._opened(TextClient(serving.port))

    def raw(self, serving: Server) -> Connection:
        """Open a connection that says nothing by itself."""
        return self._opened(Connection(serving.port))

    def close(self) -> None:
        """Close them all."""
        for each in self._open:
            with suppress(OSError):
                each.close()

    def _opened(self, listener: Heard) -> Heard:
        self._open.append(listener)
        return listener


Serve = Callable[..., Serving]


def join(seq: int, conn: int, nick: str, room: str = "geral", seconds: float = 0.0) -> Record:
    return Record(seq, at(seconds), "join", conn, nick, room=room, dialect="text")


def say(seq: int, text: str, room: str = "geral", seconds: float = 0.0) -> Record:
    return Record(seq, at(seconds), "message", 1, "ana", room=room, text=text)


def a_chat() -> list[Record]:
    """Give a chat of which all but the last two records happen at once."""
    return [
        Record(1, at(0), "start", server="chatsimples test"),
        join(2, 1, "ana"),
        join(3, 2, "bia"),
        Record(4, at(0), "join", 2, "bia", room="turma"),
        say(5, "um"),
        Record(6, at(0), "message", 1, "ana", to="bia", to_conn=2, text="só para ti"),
        say(7, "dois", "turma"),
        Record(8, at(0), "join", 3, "rui", room="geral", dialect="json", quiet=True),
        Record(9, at(0), "nick", 1, "ana", new="ana2", room="geral"),
        say(10, "três"),
        say(11, "muito depois", seconds=FAR),
        say(12, "e mais", "turma", seconds=FAR),
    ]


def make_responder(folder: Path, *, loop: bool = False, records: Sequence[Record] | None = None) -> Responder:
    record_chat(folder, records or a_chat())
    timeline = Timeline(folder, None, timed, str, loop=loop)
    timeline.begin(0.0)
    return Responder(timeline, TranscriptReader(folder), "geral", str)
