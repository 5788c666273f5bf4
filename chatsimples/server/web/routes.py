"""Which handler answers a request: a table of methods and patterns."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from chatsimples.server.web.messages import Request, Response

Handler = Callable[[Request], Awaitable[Response]]

_PARAMETER = re.compile(r"\{(\w+)\}")


class Route(NamedTuple):
    """A method, and the paths for which a handler answers it.

    Attributes:
        method: in capitals. Whoever answers ``GET`` answers ``HEAD`` too.
        pattern: of the path: ``/api/rooms/{room}/messages``. A name in braces stands for one segment that is
            not empty, ``{name...}`` at the end for all that is left, where no other pattern fits.
        handler: gives the response.
    """

    method: str
    pattern: str
    handler: Handler


class Match(NamedTuple):
    """What was found for a request.

    Attributes:
        handler: of the route; None if there is none for the method.
        params: what the pattern names.
        allowed: the methods that the path has; none if there is no such path.
    """

    handler: Handler | None
    params: Mapping[str, str]
    allowed: tuple[str, ...]


class Router:
    """Finds the handler.

    Args:
        routes: the first one that fits counts.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route, _expression(route.pattern)) for route in routes]

    def find(self, method: str, path: str) -> Match:
        """Return what there is for a method, and a path as it was sent."""
        allowed: list[str] = []
        for route, expression in self._routes:
            found = expression.fullmatch(path)
            if not found or (allowed and route.pattern.endswith("...}")):
                continue
            params = {name: unquote(value) for name, value in found.groupdict().items()}
            if route.method == method:
                return Match(route.handler, params, (method,))
            allowed += [route.method, "HEAD"] if route.method == "GET" else [route.method]
        return Match(None, {}, tuple(sorted(set(allowed))))


def _expression(pattern: str) -> re.Pattern[str]:
    whole, rest = pattern.removesuffix("...}"), "(?P<{}>.*)"
    tail = ""
    if whole != pattern:
        whole, _, name = whole.rpartition("{")
        tail = rest.format(name)
    parts = _PARAMETER.split(whole)
    # Literal parts stand at even places, names at odd ones.
    made = [f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(made) + tail)
