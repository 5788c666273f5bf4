"""The sessions of those who make requests: one for each caller, kept for a while, and bounded."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from chatsimples.server.web.api.callers import Caller
from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.session import ChatSession

MOST_SESSIONS = 256
"""Sessions that are held."""

MOST_OF_A_NETWORK = 64
"""And of those, sessions of guests of one network; whoever is on this machine is exempt."""

IDLE = 600.0
"""Seconds without a request after which a session ends, or a room is left. Whoever posts more often stays."""


class Pool:
    """Holds them.

    Args:
        open_session: makes one.
        most: how many are held.
        most_of_a_network: how many guests of one network are.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(
        self,
        open_session: Callable[[Caller], ChatSession],
        *,
        most: int = MOST_SESSIONS,
        most_of_a_network: int = MOST_OF_A_NETWORK,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open = open_session
        self._most = most
        self._most_of_a_network = most_of_a_network
        self._clock = clock
        # The one that was needed last at the end.
        self._sessions: OrderedDict[str, ChatSession] = OrderedDict()

    def __len__(self) -> int:
        """Count them."""
        return len(self._sessions)

    def get(self, caller: Caller) -> ChatSession:
        """Return a caller's session.

        Raises:
            RequestError: there is no room for one, as all are in use.
        """
        session = self._sessions.get(caller.key)
        if session is None or session.failed is not None:
            self._sessions.pop(caller.key, None)
            self._make_room(caller)
            session = self._sessions[caller.key] = self._open(caller)
        self._sessions.move_to_end(caller.key)
        return session

    def tidy(self) -> None:
        """End what has not been needed for long; to be called now and then."""
        before = self._clock() - IDLE
        for key, session in list(self._sessions.items()):
            if session.failed is not None:
                del self._sessions[key]
            elif session.used < before and session.is_idle:
                self._end(key)
            else:
                session.leave_unused(before)

    def close(self) -> None:
        """End them all."""
        for key in list(self._sessions):
            self._end(key)

    def _make_room(self, caller: Caller) -> None:
        """End the session that was not needed for longest, if a caller finds no room."""
        for key in [key for key, session in self._sessions.items() if session.failed is not None]:
            del self._sessions[key]
        if not caller.token and not caller.peer.is_local:
            network = caller.peer.network
            of_network = [
                key
                for key, session in self._sessions.items()
                if not session.caller.token and session.caller.peer.network == network
            ]
            if len(of_network) >= self._most_of_a_network:
                self._end_one_of(of_network, "too_many_connections")
        if len(self._sessions) >= self._most:
            self._end_one_of(list(self._sessions), "server_full")

    def _end_one_of(self, keys: list[str], code: str) -> None:
        for key in keys:
            if self._sessions[key].is_idle:
                self._end(key)
                return
        raise RequestError(code)

    def _end(self, key: str) -> None:
        self._sessions.pop(key).close()
