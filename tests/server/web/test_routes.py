"""Which handler answers a request."""

from __future__ import annotations

import pytest

from chatsimples.server.web.messages import Request, Response
from chatsimples.server.web.routes import Route, Router


async def say(_request: Request) -> Response:
    return Response(201)


async def read(_request: Request) -> Response:
    return Response()


async def other(_request: Request) -> Response:
    return Response(204)


ROUTER = Router(
    [
        Route("POST", "/api/rooms/{room}/messages", say),
        Route("GET", "/api/rooms/{room}/messages", read),
        Route("GET", "/api/v1.0", read),
        Route("POST", "/hooks/{token}", say),
        Route("GET", "/{path...}", other),
    ]
)


def test_a_handler_is_found_by_method_and_path_and_told_what_the_pattern_names() -> None:
    match = ROUTER.find("POST", "/api/rooms/sal%C3%A3o%2F1/messages")
    assert (say, {"room": "salão/1"}) == (match.handler, match.params)
    assert read is ROUTER.find("GET", "/api/rooms/x/messages").handler


@pytest.mark.parametrize(
    "path", ["/api/rooms//messages", "/api/rooms/a/b/messages", "/api/v1x0", "/api/v1.0/"]
)
def test_a_segment_is_one_and_not_empty_and_a_dot_is_a_dot(path: str) -> None:
    assert (other, {"path": path[1:]}) == ROUTER.find("GET", path)[:2]


def test_a_path_without_the_method_tells_which_it_has() -> None:
    assert (None, {}, ("GET", "HEAD", "POST")) == ROUTER.find("DELETE", "/api/rooms/x/messages")
    assert (None, {}, ("GET", "HEAD")) == ROUTER.find("POST", "/index.html")


def test_a_path_that_is_none_has_no_methods() -> None:
    assert (None, {}, ()) == Router([Route("GET", "/x", read)]).find("GET", "/y")
