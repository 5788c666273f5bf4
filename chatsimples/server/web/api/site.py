"""The API as a part of the web process: its routes, and what it holds while that runs."""

from __future__ import annotations

import asyncio

import msgspec

from chatsimples.config.server import ServerSettings
from chatsimples.i18n import Translate
from chatsimples.server.web.api import openapi
from chatsimples.server.web.api.callers import Caller
from chatsimples.server.web.api.health import Health
from chatsimples.server.web.api.operations import Operations
from chatsimples.server.web.api.outbox import LinkBounds
from chatsimples.server.web.api.pool import Pool
from chatsimples.server.web.api.session import ChatSession, Connect
from chatsimples.server.web.api.table import routes
from chatsimples.server.web.messages import JSON, Request, Response
from chatsimples.server.web.refusals import Refusals
from chatsimples.server.web.routes import Route
from chatsimples.server.worker.pacing import Rate

TIDY_EVERY = 30.0
"""Seconds between two looks at what is not needed any more."""


class Api:
    """The API.

    Args:
        connect: makes a connection to the chat in a peer's name.
        settings: the server's.
        secret: of this server.
        refusals: makes answers of refusals.
        translate: into the language of people.

    Attributes:
        routes: of all operations, and of their description.
    """

    def __init__(
        self,
        connect: Connect,
        settings: ServerSettings,
        secret: bytes,
        refusals: Refusals,
        translate: Translate,
    ) -> None:
        bounds = LinkBounds(Rate(settings.message_rate, settings.message_burst), settings.max_line)

        def open_session(caller: Caller) -> ChatSession:
            return ChatSession(caller, connect, bounds)

        self._pool = Pool(open_session)
        operations = Operations(self._pool, Health(connect), settings, secret, translate)
        described = msgspec.json.format(msgspec.json.encode(openapi.document())) + b"\n"

        async def describe(_request: Request) -> Response:
            return Response(200, described, JSON, (("Cache-Control", "no-cache"),))

        self.routes = [*routes(operations, refusals, translate), Route("GET", openapi.PATH, describe)]

    async def tidy(self) -> None:
        """End what is not needed any more, again and again, until cancelled."""
        try:
            while True:
                await asyncio.sleep(TIDY_EVERY)
                self._pool.tidy()
        finally:
            self._pool.close()
