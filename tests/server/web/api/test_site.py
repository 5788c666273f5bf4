"""The API as a part of the web process."""

from __future__ import annotations

import asyncio
import json

import pytest
from server.web.api.chats import PEER, Chat

from chatsimples.config.server import ServerSettings
from chatsimples.server.web.api import site as module
from chatsimples.server.web.api.pool import Pool
from chatsimples.server.web.api.site import Api
from chatsimples.server.web.messages import Request
from chatsimples.server.web.refusals import Refusals
from chatsimples.server.web.routes import Router
from chatsimples.web.head import Head


def test_its_description_is_served() -> None:
    async def run() -> dict[str, object]:
        api = Api(Chat().connect, ServerSettings(), b"s", Refusals(str), str)
        handler = Router(api.routes).find("GET", "/api/openapi.json").handler
        assert handler is not None
        answer = await handler(Request(Head("GET", "/api/openapi.json", "1.1", ()), PEER, {}, {}))
        assert isinstance(answer.body, bytes)
        return dict(json.loads(answer.body))

    assert "3.1.0" == asyncio.run(run())["openapi"]


def test_it_tidies_until_it_ends_and_then_ends_its_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(module, "TIDY_EVERY", 0.001)
    monkeypatch.setattr(Pool, "tidy", lambda _: done.append("tidy"))
    monkeypatch.setattr(Pool, "close", lambda _: done.append("close"))

    async def run() -> None:
        tidying = asyncio.create_task(Api(Chat().connect, ServerSettings(), b"s", Refusals(str), str).tidy())
        while done.count("tidy") < 2:
            await asyncio.sleep(0)
        tidying.cancel()
        await asyncio.wait([tidying])

    asyncio.run(run())
    assert ("tidy", "close") == (done[0], done[-1])
