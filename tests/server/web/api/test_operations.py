"""What the API does, with a chat played by the test. The whole of it: `endtoend/test_http_api.py`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

import pytest
from server.web.api.chats import AT, PEER, Chat, End, opener
from support.waiting import DEADLINE

from chatsimples.config.server import ServerSettings
from chatsimples.server.web.api.health import Health
from chatsimples.server.web.api.operations import Operations
from chatsimples.server.web.api.pool import Pool
from chatsimples.server.web.api.table import routes
from chatsimples.server.web.messages import Request, Response
from chatsimples.server.web.refusals import Refusals
from chatsimples.server.web.routes import Router
from chatsimples.web.head import Head

TOKEN = "cst_x"


def asked(
    method: str,
    target: str,
    play: Callable[[End], Awaitable[None]],
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make a request, while the chat is played."""

    async def run() -> Response:
        chat = Chat()
        pool = Pool(opener(chat))
        operations = Operations(pool, Health(chat.connect), ServerSettings(), b"s", str)
        path, _, query = target.partition("?")
        match = Router(routes(operations, Refusals(str), str)).find(method, path)
        assert match.handler is not None
        told = {"x-nick": "ana", "content-type": "application/json", **(headers or {})}
        head = Head(method, target, "1.1", tuple(told.items()))
        fields = dict(part.split("=") for part in query.split("&")) if query else {}
        request = Request(head, PEER, match.params, fields, body)

        async def chatting() -> None:
            end = await chat.next()
            await end.welcome()
            await play(end)

        try:
            async with asyncio.timeout(DEADLINE):
                answer, _ = await asyncio.gather(match.handler(request), chatting())
                return answer
        finally:
            pool.close()

    return asyncio.run(run())


def told(response: Response) -> dict[str, object]:
    assert isinstance(response.body, bytes)
    return dict(json.loads(response.body))


@pytest.mark.parametrize("is_found", [True, False])
def test_of_what_stood_on_record_the_time_is_looked_up(is_found: bool) -> None:
    async def play(end: End) -> None:
        await end.admit(12)
        assert "k" == (await end.next())["id"]
        end.say("duplicate", id="k", seq=5)
        history = await end.next()
        assert (4, 1) == (history["after"], history["limit"])
        if is_found:
            end.record("message", 5, conn=3, room="geral", text="oi")
        end.say("history_end", room="geral", complete=True, id=history["id"])

    response = asked("POST", "/api/rooms/geral/messages", play, b'{"text":"oi"}', {"idempotency-key": "k"})
    assert 200 == response.status
    expected = {"log": "LOG", "seq": 5} | ({"time": AT} if is_found else {})
    assert expected == told(response)


def test_a_page_of_records_tells_where_to_go_on() -> None:
    async def play(end: End) -> None:
        asked = await end.next()
        assert ("geral", 2, True, "2026-11-29T21:00:00Z") == (
            asked["room"], asked["limit"], asked["all"], asked["at"],
        )  # fmt: skip
        for seq in (3, 4):
            end.record("message", seq, conn=3, room="geral", text="oi")
        end.say("history_end", room="geral", complete=False, before=3, after=4, id=asked["id"])

    response = asked("GET", "/api/rooms/geral/records?at=2026-11-29T21:00:00Z&limit=2&all=true", play)
    assert isinstance(response.body, bytes)
    assert [3, 4] == [json.loads(line)["seq"] for line in response.body.splitlines()]
    base = "</api/rooms/geral/records?"
    assert (
        f'{base}before=3&limit=2&all=true>; rel="prev", {base}after=4&limit=2&all=true>; rel="next"'
        == dict(response.headers)["Link"]
    )


def test_each_line_of_a_hook_is_a_message_with_an_id_of_its_own() -> None:
    ids = []

    async def play(end: End) -> None:
        await end.admit(12)
        for seq in (13, 14):
            message = await end.next()
            ids.append(message["id"])
            end.record("message", seq, conn=7, room="sala", text=message["text"], id=message["id"])

    body = b'{"text":"um\\ndois","channel":"#sala"}'
    response = asked("POST", f"/hooks/{TOKEN}", play, body, {"idempotency-key": 64 * "k"})
    assert b"ok" == response.body
    assert [64 * "k", 61 * "k" + ".1"] == ids
