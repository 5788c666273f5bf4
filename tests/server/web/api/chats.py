"""A chat for tests: the other end of each connection that a session makes, played by the test."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from support.waiting import DEADLINE

from chatsimples.net.peers import Peer
from chatsimples.server.web.api.callers import Caller
from chatsimples.server.web.api.outbox import LinkBounds
from chatsimples.server.web.api.session import ChatSession
from chatsimples.server.web.chat_link import ChatLink
from chatsimples.server.worker.pacing import UNBOUND, Rate

PEER = Peer.at("198.51.100.7")
CALLER = Caller("token x", "s" * 32, PEER, token="cst_x")
GUEST = Caller("guest x", "g" * 32, PEER, nick="rui")
AT = "2026-11-29T21:00:00.000000Z"

T = TypeVar("T")
Said = dict[str, Any]


class End:
    """The chat's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def next(self) -> Said:
        """Return the next command."""
        told = json.loads(await self._reader.readuntil(b"\n"))
        assert isinstance(told, dict)
        return told

    def say(self, type: str, **fields: object) -> None:  # noqa: A002 - the protocol's name for it
        """Say something."""
        self._writer.write(json.dumps({"type": type, **fields}).encode() + b"\n")

    def record(self, type: str, seq: int, **fields: object) -> None:  # noqa: A002 - as above
        """Tell a record."""
        self.say(type, **{"seq": seq, "at": AT, **fields})

    async def welcome(self, conn: int = 7, *, log: str = "LOG", seq: int = 10, resumed: bool = False) -> Said:
        """Take the hello, and welcome whoever says it; return it."""
        hello = await self.next()
        nick = hello.get("nick", "ana")
        self.say("welcome", nick=nick, log=log, seq=seq, head=seq, session="s", resumed=resumed)
        self.record("hello", seq + 1, conn=conn, nick=nick)
        return hello

    async def admit(self, seq: int, conn: int = 7) -> Said:
        """Take a join, and tell its record; return it."""
        join = await self.next()
        assert "join" == join["type"], join
        self.record("join", seq, conn=conn, nick="ana", room=join["room"], id=join["id"])
        return join

    def close(self) -> None:
        """End it."""
        self._writer.close()


class Chat:
    """Gives the chat's ends of connections, in the order in which they are made."""

    def __init__(self) -> None:
        self._ends: asyncio.Queue[End] = asyncio.Queue()
        self.made = 0

    async def connect(self, _peer: Peer) -> ChatLink:
        """Make a connection, as `ChatDoor.connect` does."""
        ours, theirs = socket.socketpair()
        self._ends.put_nowait(End(*await asyncio.open_unix_connection(sock=theirs)))
        self.made += 1
        return ChatLink(*await asyncio.open_unix_connection(sock=ours))

    async def next(self) -> End:
        """Return the next connection's end."""
        return await self._ends.get()


def opener(chat: Chat, pace: Rate = UNBOUND, max_line: int = 0) -> Callable[[Caller], ChatSession]:
    """Return what makes sessions with a chat."""
    return lambda caller: ChatSession(caller, chat.connect, LinkBounds(pace, max_line))


def chatting(
    use: Callable[[ChatSession, Chat], Awaitable[T]],
    caller: Caller = CALLER,
    pace: Rate = UNBOUND,
    max_line: int = 0,
) -> T:
    """Use a session with a chat."""

    async def run() -> T:
        chat = Chat()
        session = opener(chat, pace, max_line)(caller)
        try:
            async with asyncio.timeout(DEADLINE):
                return await use(session, chat)
        finally:
            session.close()

    return asyncio.run(run())
