"""Whether the chat answers, as whoever watches a server asks it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from chatsimples.net.peers import LOCAL
from chatsimples.server.web.api.session import Connect

PATIENCE = 5.0
"""Seconds in which a chat that does well answers."""

_HOLDS = 1.0


class Health:
    """Asks the chat, at most once a second however many ask here.

    The question goes all the way, by the acceptor and the broadcaster, and leaves no record: a ping of a
    connection that has not said hello, to which the chat says just that.

    Args:
        connect: makes a connection in a peer's name.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(self, connect: Connect, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._connect = connect
        self._clock = clock
        self._asking: asyncio.Task[bool] | None = None
        self._asked_at = 0.0

    async def is_good(self) -> bool:
        """Tell whether it answers."""
        if self._asking is None or (self._asking.done() and self._clock() - self._asked_at >= _HOLDS):
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                link = await self._connect(LOCAL)
                try:
                    await link.send({"type": "ping"})
                    return (await link.line()).startswith(b"{")
                finally:
                    link.close()
        except (OSError, TimeoutError, EOFError):
            return False
        finally:
            self._asked_at = self._clock()
