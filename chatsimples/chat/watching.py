"""Who wants to be told when somebody comes or goes: by nick, so that it costs those alone who watch it.

It is in memory alone, and ends with the connection of whoever watches.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chatsimples.chat.names import name_key

MOST: Final = 100
"""Nicks that one connection can watch."""


class Watching:
    """The nicks that are watched, and by which connections."""

    def __init__(self) -> None:
        self._by_nick: dict[str, dict[int, None]] = {}
        self._by_conn: dict[int, dict[str, str]] = {}

    def add(self, conn: int, nick: str) -> bool:
        """Let a connection watch a nick; tell whether it can."""
        watched = self._by_conn.setdefault(conn, {})
        key = name_key(nick)
        if key not in watched and len(watched) >= MOST:
            return False
        watched[key] = nick
        self._by_nick.setdefault(key, {})[conn] = None
        return True

    def remove(self, conn: int, nick: str) -> None:
        """Let it watch a nick no more."""
        key = name_key(nick)
        if self._by_conn.get(conn, {}).pop(key, None) is not None:
            self._drop(conn, key)

    def clear(self, conn: int) -> None:
        """Let it watch nobody."""
        for key in self._by_conn.pop(conn, ()):
            self._drop(conn, key)

    def of(self, conn: int) -> list[str]:
        """Return the nicks that it watches, as it has named them."""
        return [*self._by_conn.get(conn, {}).values()]

    def watchers(self, key: str) -> Iterable[int]:
        """Give the connections that watch a nick, by its key."""
        return tuple(self._by_nick.get(key, ()))

    def _drop(self, conn: int, key: str) -> None:
        watchers = self._by_nick[key]
        del watchers[conn]
        if not watchers:
            del self._by_nick[key]
