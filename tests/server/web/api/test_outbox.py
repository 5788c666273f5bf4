"""Commands that are not answered yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from support.waiting import DEADLINE

from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.heard import Heard
from chatsimples.server.web.api.outbox import MOST_WAITING, PATIENCE, Answer, LinkBounds, Outbox
from chatsimples.server.worker.pacing import UNBOUND, Rate


class Written:
    """An outbox, what it has sent, and its clock."""

    def __init__(self, pace: Rate, max_line: int) -> None:
        self.now = 0.0
        self.ids: list[str] = []
        self.box = Outbox(LinkBounds(pace, max_line), self._write, lambda: self.now)

    def put(self, mark: object, **fields: object) -> asyncio.Future[Answer]:
        return self.box.put({"type": "rooms", "id": f"{mark}", **fields})

    def _write(self, command: Mapping[str, Any]) -> None:
        self.ids.append(command["id"])


def sending(use: Callable[[Written], Awaitable[None]], pace: Rate = UNBOUND, max_line: int = 0) -> None:
    async def run() -> None:
        async with asyncio.timeout(DEADLINE):
            await use(Written(pace, max_line))

    asyncio.run(run())


def test_what_waits_is_sent_in_order_on_each_connection_and_once() -> None:
    async def use(sent: Written) -> None:
        sent.put(1)
        assert [] == sent.ids
        sent.box.open()
        sent.put(2)
        assert ["1", "2"] == sent.ids
        sent.box.close()
        sent.put(3)
        sent.box.answer("1", Answer(Heard("rooms")))
        sent.box.open()
        assert ["1", "2", "2", "3"] == sent.ids

    sending(use)


def test_a_command_that_is_under_way_is_one_and_its_id_nobody_elses() -> None:
    async def use(sent: Written) -> None:
        sent.box.open()
        assert sent.put(1) is sent.put(1)
        assert ["1"] == sent.ids
        with pytest.raises(RequestError) as failed:
            sent.put(1, after="x")
        assert "key_used" == failed.value.code

    sending(use)


def test_an_answer_is_given_once() -> None:
    async def use(sent: Written) -> None:
        answer = sent.put(1)
        sent.box.answer("1", Answer(Heard("rooms", count=3)))
        sent.box.answer("1", Answer(Heard("rooms", count=4)))
        assert 3 == (await answer).or_fail().heard.count
        assert 0 == len(sent.box)

    sending(use)


def test_who_waits_is_refused_when_nothing_will_come() -> None:
    async def use(sent: Written) -> None:
        answers = [sent.put(number) for number in range(3)]
        sent.box.drop("0")
        sent.box.fail(RequestError("session_ended"))
        assert not answers[0].done()
        for answer in answers[1:]:
            with pytest.raises(RequestError):
                (await answer).or_fail()

    sending(use)


def test_more_than_may_wait_and_longer_than_a_line_may_be_is_refused() -> None:
    async def use(sent: Written) -> None:
        for number in range(MOST_WAITING):
            sent.put(number)
        for fields, code in (({}, "too_many_commands"), ({"after": 500 * "x"}, "line_too_long")):
            with pytest.raises(RequestError) as failed:
                sent.put("x", **fields)
            assert code == failed.value.code

    sending(use, max_line=400)


def test_what_is_above_the_pace_waits_for_its_turn() -> None:
    async def use(sent: Written) -> None:
        sent.box.open()
        sent.put(1)
        sent.put(2)
        assert ["1"] == sent.ids
        # A new connection before its turn is no reason to hurry.
        sent.box.open()
        assert ["1", "1"] == sent.ids
        while "2" not in sent.ids:
            await asyncio.sleep(0)
        assert ["1", "1", "2"] == sent.ids

    sending(use, Rate(100, 1))


def test_who_would_wait_too_long_is_told_when_to_come_again() -> None:
    async def use(sent: Written) -> None:
        sent.put(1)
        for _ in range(5):
            with pytest.raises(RequestError) as failed:
                sent.put(2)
            assert "too_many_commands" == failed.value.code
            assert PATIENCE < failed.value.after < 200
        sent.now = 200.0
        sent.put(2)

    sending(use, Rate(0.01, 1))
