"""A connection that the web process makes to the chat."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from server.web.sites import PEER
from support.waiting import DEADLINE

from chatsimples.net.doors import Door, DoorKind
from chatsimples.net.passing import channel
from chatsimples.server.web.chat_link import ChatDoor

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    giving, taking = channel()
    with giving, taking:
        yield giving, taking


def test_it_comes_to_the_acceptor_as_the_peers_and_lines_go_both_ways(ends: Ends) -> None:
    async def run() -> bytes:
        link = await ChatDoor(ends[0]).connect(PEER)
        sock, peer = Door(DoorKind.PASSED, ends[1]).accept()
        with sock:
            assert PEER == peer
            await link.send({"type": "ping", "id": "é"})
            sock.settimeout(DEADLINE)
            assert '{"type":"ping","id":"é"}\n'.encode() == sock.recv(100)
            sock.sendall(b'{"type":"pong"}\n{"ty')
            line = await link.line()
            assert not link.has_ended
            link.close()
        return line

    assert b'{"type":"pong"}' == asyncio.run(run())


def test_the_end_of_the_chat_is_the_end_of_the_link(ends: Ends) -> None:
    async def run() -> bool:
        link = await ChatDoor(ends[0]).connect(PEER)
        Door(DoorKind.PASSED, ends[1]).accept()[0].close()
        with pytest.raises(EOFError):
            await link.line()
        return link.has_ended

    assert asyncio.run(run())


def test_a_line_beyond_all_bounds_ends_it(ends: Ends) -> None:
    async def run() -> None:
        link = await ChatDoor(ends[0]).connect(PEER)
        sock, _ = Door(DoorKind.PASSED, ends[1]).accept()
        _, writer = await asyncio.open_connection(sock=sock)
        writer.write(b"x" * 3_000_000)
        with pytest.raises(EOFError):
            await link.line()
        writer.close()

    asyncio.run(run())


def test_where_nobody_accepts_there_is_no_link(ends: Ends) -> None:
    ends[1].close()
    with pytest.raises(OSError):
        asyncio.run(ChatDoor(ends[0]).connect(PEER))
