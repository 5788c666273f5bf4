"""A selector for loops that wait once for each message, with less to do at each wait than the usual one."""

from __future__ import annotations

import select
import selectors
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

_MASKS = {selectors.EVENT_READ: 1, selectors.EVENT_WRITE: 4, selectors.EVENT_READ | selectors.EVENT_WRITE: 5}
# As the system's epoll has them: EPOLLIN and EPOLLOUT, which are not defined where there is no epoll.

MOST_AT_ONCE = 128
"""How many are told of at a time. The system begins with the others the next time, so none is left out."""


def quick_selector() -> selectors.BaseSelector:
    """Make the quickest selector that the system has."""
    return _Epoll() if hasattr(select, "epoll") else selectors.DefaultSelector()


class _Epoll(selectors.BaseSelector):
    """Waits with epoll. Tells for what each object is waited, not which of that it is ready for."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._by_object: dict[Any, selectors.SelectorKey] = {}
        self._by_descriptor: dict[int, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        descriptor = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        if fileobj in self._by_object:
            raise KeyError(f"{fileobj!r} is registered already")
        key = selectors.SelectorKey(fileobj, descriptor, events, data)
        self._epoll.register(descriptor, _MASKS[events])
        self._by_object[fileobj] = self._by_descriptor[descriptor] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = self._by_object.pop(fileobj)
        del self._by_descriptor[key.fd]
        # A descriptor that was closed is not waited for any more.
        with suppress(OSError):
            self._epoll.unregister(key.fd)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        keys = self._by_descriptor
        ready = self._epoll.poll(-1 if timeout is None else max(0.0, timeout), MOST_AT_ONCE)
        return [(keys[descriptor], keys[descriptor].events) for descriptor, _ in ready]

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._by_object

    def close(self) -> None:
        self._epoll.close()
        self._by_object.clear()
        self._by_descriptor.clear()
