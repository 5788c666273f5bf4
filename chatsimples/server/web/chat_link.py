"""A connection that the web process makes to the chat, for somebody whose requests it answers.

It comes through a door of the acceptor as any other: what is allowed there, from which address, how often and
in whose name, holds for it too. It speaks the JSON dialect.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import msgspec

from chatsimples.net import passing
from chatsimples.net.peers import Peer

_LONGEST_LINE = 1_048_576
_AGAIN_AFTER = 0.02
_PATIENCE = 10.0

_encode = msgspec.json.Encoder().encode


class ChatLink:
    """A connection to the chat.

    Args:
        reader, writer: of its socket.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, command: Mapping[str, Any]) -> None:
        """Send a command of the JSON dialect; waits while the server reads from nobody.

        Raises:
            OSError: the connection has ended.
        """
        self.write(command)
        await self._writer.drain()

    def write(self, command: Mapping[str, Any]) -> None:
        """Send a command, and wait for nothing: whoever does so bounds what is under way."""
        self._writer.write(_encode(command) + b"\n")

    async def line(self) -> bytes:
        """Return the next line, without its end; these are the bytes of the transcript if it is a record.

        Raises:
            EOFError: the connection has ended.
        """
        try:
            return (await self._reader.readuntil(b"\n"))[:-1]
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise EOFError from error

    @property
    def has_ended(self) -> bool:
        """Whether nothing can come any more."""
        return self._reader.at_eof() or self._writer.is_closing()

    def close(self) -> None:
        """End the connection."""
        self._writer.close()


class ChatDoor:
    """Where connections to the chat are made.

    Args:
        giving: the end of the channel to the acceptor.
    """

    def __init__(self, giving: socket.socket) -> None:
        self._giving = giving

    async def connect(self, peer: Peer) -> ChatLink:
        """Make a connection in the name of a peer.

        Raises:
            OSError: that can't be done now.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                async with asyncio.timeout(_PATIENCE):
                    while not passing.give(self._giving, theirs, peer):
                        await asyncio.sleep(_AGAIN_AFTER)
                reader, writer = await asyncio.open_unix_connection(sock=ours, limit=_LONGEST_LINE)
            except (OSError, TimeoutError):
                ours.close()
                raise
        return ChatLink(reader, writer)
