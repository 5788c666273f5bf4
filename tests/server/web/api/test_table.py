"""The table of operations: how requests are found and read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import pytest
from server.web.api.chats import PEER, Chat, opener

from chatsimples.config.server import ServerSettings
from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.health import Health
from chatsimples.server.web.api.operations import Operations
from chatsimples.server.web.api.pool import Pool
from chatsimples.server.web.api.table import OPERATIONS, Operation, read_request, routes
from chatsimples.server.web.messages import JSON, Request
from chatsimples.server.web.refusals import Refusals
from chatsimples.server.web.routes import Router
from chatsimples.web.head import Head

SAY = next(each for each in OPERATIONS if each.name == "say")
RECORDS = next(each for each in OPERATIONS if each.name == "records")


def request(body: bytes = b"", query: Mapping[str, str] | None = None, **headers: str) -> Request:
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(Head("POST", "/api/rooms/x/messages", "1.1", told), PEER, {"room": "x"}, query or {}, body)


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [each.name for each in OPERATIONS]
    assert len(names) == len(set(names))


def test_the_parts_of_a_request_are_read_by_its_types() -> None:
    asked = read_request(SAY, request(b'{"text":"oi"}', content_type="application/json; charset=utf-8"))
    assert ("x", "oi", None) == (asked.path.room, asked.body.text, asked.header.key)
    assert 3 == read_request(RECORDS, request(query={"limit": "3"})).query.limit


@pytest.mark.parametrize(
    ("operation", "asked", "code"),
    [
        (SAY, request(b'{"text":"oi"}'), "media_type"),
        (SAY, request(b'{"text":"oi"}', content_type="text/plain"), "media_type"),
        (SAY, request(b"{", content_type=JSON), "bad_json"),
        (SAY, request(b'{"text":"\xff"}', content_type=JSON), "bad_json"),
        (SAY, request(b'{"text":""}', content_type=JSON), "bad_request"),
        (SAY, request(b"[]", content_type=JSON), "bad_request"),
        (SAY, request(b'{"text":"x"}', content_type=JSON, idempotency_key=65 * "k"), "bad_request"),
        (SAY, request(b'{"text":"x"}', content_type=JSON, idempotency_key="\x85"), "bad_request"),
        (SAY, request(b'{"text":"x"}', content_type=JSON, x_room_key=""), "bad_request"),
        (RECORDS, request(query={"limit": "x"}), "bad_request"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_must_be_is_refused(operation: Operation, asked: Request, code: str) -> None:
    with pytest.raises(RequestError) as failed:
        read_request(operation, asked)
    assert code == failed.value.code


def test_a_request_that_is_refused_is_answered_in_json() -> None:
    async def run() -> tuple[int, str, dict[str, str]]:
        chat = Chat()
        pool = Pool(opener(chat))
        operations = Operations(pool, Health(chat.connect), ServerSettings(), b"s", str)
        router = Router(routes(operations, Refusals(str), str))
        match = router.find("GET", "/api/rooms")
        assert match.handler is not None
        answer = await match.handler(request(accept="text/html"))
        assert isinstance(answer.body, bytes)
        return answer.status, json.loads(answer.body)["error"]["code"], dict(answer.headers)

    status, code, headers = asyncio.run(run())
    assert (401, "login_required") == (status, code)
    assert "WWW-Authenticate" in headers
