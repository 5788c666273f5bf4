"""The sessions that are held."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from server.web.api.chats import CALLER, GUEST, PEER, Chat, opener

from chatsimples.net.peers import LOCAL, Peer
from chatsimples.server.web.api.callers import Caller
from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.pool import IDLE, Pool


def _guest(name: str, peer: Peer = PEER) -> Caller:
    return Caller(f"guest {name}", "g" * 32, peer, nick=name)


def pooling(use: Callable[[Pool, list[float]], Awaitable[None]]) -> None:
    now = [0.0]

    async def run() -> None:
        pool = Pool(opener(Chat()), most=3, most_of_a_network=2, clock=lambda: now[0])
        try:
            await use(pool, now)
        finally:
            pool.close()
            assert 0 == len(pool)

    asyncio.run(run())


def test_a_caller_has_one_session() -> None:
    async def use(pool: Pool, _now: list[float]) -> None:
        first = pool.get(CALLER)
        assert first is pool.get(CALLER)
        assert first is not pool.get(GUEST)

    pooling(use)


def test_one_that_has_ended_is_made_anew() -> None:
    async def use(pool: Pool, _now: list[float]) -> None:
        first = pool.get(CALLER)
        first.close()
        assert first is not pool.get(CALLER)
        assert 1 == len(pool)

    pooling(use)


def test_the_one_that_was_not_needed_for_longest_makes_room() -> None:
    async def use(pool: Pool, _now: list[float]) -> None:
        callers = [_guest(name, LOCAL) for name in "abcd"]
        first, second, _ = [pool.get(each) for each in callers[:3]]
        pool.get(callers[0])
        pool.get(callers[3])
        assert (None, "unavailable") == (first.failed, second.failed and second.failed.code)
        assert 3 == len(pool)

    pooling(use)


def test_guests_of_a_network_push_out_one_another_and_nobody_else() -> None:
    async def use(pool: Pool, _now: list[float]) -> None:
        owner = pool.get(CALLER)
        guests = [pool.get(_guest(name)) for name in "abc"]
        assert [False, True, True] == [each.failed is None for each in guests]
        assert owner.failed is None

    pooling(use)


def test_who_is_in_use_is_not_pushed_out() -> None:
    async def use(pool: Pool, _now: list[float]) -> None:
        sessions = [pool.get(_guest(name)) for name in "ab"]
        asking = [asyncio.create_task(each.ask({"type": "rooms"})) for each in sessions]
        await asyncio.sleep(0)
        with pytest.raises(RequestError) as failed:
            pool.get(_guest("c"))
        assert "too_many_connections" == failed.value.code
        for each in asking:
            each.cancel()

    pooling(use)


def test_what_was_not_needed_for_long_ends() -> None:
    async def use(pool: Pool, now: list[float]) -> None:
        session = pool.get(CALLER)
        session.used = 0.0
        now[0] = IDLE
        pool.tidy()
        assert 1 == len(pool)
        now[0] += 1
        pool.tidy()
        assert 0 == len(pool)
        pool.get(CALLER).close()
        pool.tidy()
        assert 0 == len(pool)

    pooling(use)
