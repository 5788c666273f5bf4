"""The operations of the API: one table by which requests are found, read and described."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from chatsimples.i18n import Translate
from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.operations import JSON_LINES, TEXT, Asked, Operations, content_type
from chatsimples.server.web.api.shapes import (
    HealthTold,
    Hook,
    HookQuery,
    InRoom,
    ListQuery,
    MembersTold,
    Nothing,
    Recorded,
    RecordsQuery,
    RoomsTold,
    Said,
    SayHeader,
    StreamHeader,
    StreamQuery,
    header_fields,
)
from chatsimples.server.web.api.slack import Payload
from chatsimples.server.web.api.streams import CONTENT_TYPE
from chatsimples.server.web.messages import JSON, Request
from chatsimples.server.web.refusals import Refusals
from chatsimples.server.web.routes import Handler, Route

FORM = "application/x-www-form-urlencoded"

_OF_ALL = (400, 401, 403, 409, 429, 503)

_Do = Callable[[Operations, Asked[Any, Any, Any, Any]], Awaitable[Any]]


class Told(msgspec.Struct, frozen=True):
    """What is answered.

    Attributes:
        what: in words.
        kind: of the body.
        shape: of the body, where it is JSON.
        headers: by name, in words.
    """

    what: str
    kind: str = JSON
    shape: type | None = None
    headers: Mapping[str, str] = {}


class Operation(msgspec.Struct, frozen=True):
    """Something that can be asked.

    Attributes:
        name: what programs call it.
        method, pattern: where.
        do: what is done.
        summary: the same, in words.
        answers: by status.
        refusals: statuses of refusals.
        path, query, header: what these hold.
        body: what the body holds; None if it has none, or the operation reads it.
        kinds: of the body, those that are taken.
        is_open: whether nobody has to say who they are.
    """

    name: str
    method: str
    pattern: str
    do: _Do
    summary: str
    answers: Mapping[int, Told]
    refusals: tuple[int, ...] = _OF_ALL
    path: type[msgspec.Struct] = Nothing
    query: type[msgspec.Struct] = Nothing
    header: type[msgspec.Struct] = Nothing
    body: type[msgspec.Struct] | None = None
    kinds: tuple[str, ...] = ()
    is_open: bool = False


_HEALTH = {200: Told("The chat answers.", shape=HealthTold), 503: Told("It does not.", shape=HealthTold)}
_ACKED = {
    201: Told("It stands on record now.", shape=Recorded),
    200: Told("It stood on record already: the key was used before.", shape=Recorded),
}
_PAGED = {
    "Link": "Where to go on to older records (`prev`) and to newer ones (`next`).",
    "X-Log": "The log: with a record's `seq`, its position.",
}

OPERATIONS = (
    Operation(
        "say",
        "POST",
        "/api/rooms/{room}/messages",
        Operations.say,
        "Say something in a room; it is entered if need be.",
        _ACKED,
        (*_OF_ALL, 413, 415),
        path=InRoom,
        header=SayHeader,
        body=Said,
        kinds=(JSON,),
    ),
    Operation(
        "records",
        "GET",
        "/api/rooms/{room}/records",
        Operations.records,
        "Read what was said in a room, oldest first: lines of the transcript.",
        {200: Told("A record a line.", JSON_LINES, headers=_PAGED)},
        path=InRoom,
        query=RecordsQuery,
    ),
    Operation(
        "stream",
        "GET",
        "/api/rooms/{room}/stream",
        Operations.stream,
        "Follow a room by server-sent events; it is entered if need be.",
        {200: Told("Events without end, each a record.", CONTENT_TYPE)},
        path=InRoom,
        query=StreamQuery,
        header=StreamHeader,
    ),
    Operation(
        "members",
        "GET",
        "/api/rooms/{room}/members",
        Operations.members,
        "List who is in a room.",
        {200: Told("Names.", shape=MembersTold)},
        path=InRoom,
        query=ListQuery,
    ),
    Operation(
        "rooms",
        "GET",
        "/api/rooms",
        Operations.rooms,
        "List the rooms.",
        {200: Told("Rooms.", shape=RoomsTold)},
        query=ListQuery,
    ),
    Operation(
        "hook",
        "POST",
        "/hooks/{token}",
        Operations.hook,
        "Say what a program posts in Slack's form: as JSON, or as JSON in a form's field `payload`.",
        {200: Told("`ok`: it stands on record.", TEXT)},
        (*_OF_ALL, 413, 415),
        path=Hook,
        query=HookQuery,
        header=SayHeader,
        kinds=(JSON, FORM),
        is_open=True,
    ),
    Operation(
        "health",
        "GET",
        "/api/health",
        Operations.health,
        "Ask whether the chat answers.",
        _HEALTH,
        (),
        is_open=True,
    ),
    Operation("healthz", "GET", "/healthz", Operations.health, "The same.", _HEALTH, (), is_open=True),
)
"""All of them."""

SHAPES: Mapping[str, type[msgspec.Struct]] = {FORM: Payload, JSON: Payload}
"""What a body holds that the operation reads by itself."""


def routes(operations: Operations, refusals: Refusals, translate: Translate) -> list[Route]:
    """Return the routes by which the operations are found."""

    def handler_of(operation: Operation) -> Handler:
        async def handle(request: Request) -> Any:
            try:
                return await operation.do(operations, read_request(operation, request))
            except RequestError as failed:
                text = failed.told(translate)
                return refusals.told(failed.status, failed.code, text, as_page=False, headers=failed.headers)

        return handle

    return [Route(each.method, each.pattern, handler_of(each)) for each in OPERATIONS]


def read_request(operation: Operation, request: Request) -> Asked[Any, Any, Any, Any]:
    """Read the parts of a request by the operation's types.

    Raises:
        RequestError: one of them is not as it must be.
    """
    if operation.kinds and content_type(request) not in operation.kinds:
        raise RequestError("media_type")
    try:
        header = header_fields(request, operation.header)
        return Asked(
            request,
            msgspec.convert(request.params, operation.path, strict=False),
            msgspec.convert(request.query, operation.query, strict=False),
            msgspec.convert(header, operation.header, strict=False),
            msgspec.json.decode(request.body, type=operation.body) if operation.body else Nothing(),
        )
    except msgspec.ValidationError as error:
        raise RequestError("bad_request", str(error)) from None
    except (msgspec.DecodeError, ValueError) as error:
        raise RequestError("bad_json", str(error)) from None
