"""Whether the chat answers."""

from __future__ import annotations

import asyncio

import pytest
from server.web.api.chats import Chat

from chatsimples.net.peers import Peer
from chatsimples.server.web.api import health as module
from chatsimples.server.web.api.health import Health
from chatsimples.server.web.chat_link import ChatLink


def test_it_is_good_if_it_answers_and_is_asked_once_a_second() -> None:
    async def run() -> tuple[list[bool], int]:
        chat, now = Chat(), [0.0]
        health = Health(chat.connect, clock=lambda: now[0])
        good = []
        for at in (0.0, 0.5, 1.0):
            now[0] = at
            asking = [asyncio.create_task(health.is_good()) for _ in range(3)]
            if at != 0.5:
                end = await chat.next()
                assert {"type": "ping"} == await end.next()
                end.say("error", code="not_registered")
            good += await asyncio.gather(*asking)
        return good, chat.made

    assert (9 * [True], 2) == asyncio.run(run())


def test_it_is_not_if_the_connection_ends_or_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[bool]:
        chat, now = Chat(), [0.0]
        health = Health(chat.connect, clock=lambda: now[0])
        asking = asyncio.create_task(health.is_good())
        (await chat.next()).close()
        ended = await asking
        now[0] = 2.0
        monkeypatch.setattr(module, "PATIENCE", 0.01)
        return [ended, await health.is_good()]

    assert [False, False] == asyncio.run(run())


def test_it_is_not_where_no_connection_can_be_made() -> None:
    async def connect(_peer: Peer) -> ChatLink:
        raise OSError

    async def run() -> bool:
        return await Health(connect).is_good()

    assert not asyncio.run(run())
