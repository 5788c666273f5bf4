"""Waiting for many sockets at little cost: epoll where there is one, whatever the system has elsewhere."""

from __future__ import annotations

import select
import selectors


class Poller:
    """Tells which descriptors can be read, or, of those asked for it, written."""

    def __init__(self) -> None:
        # The selectors module looks each one up and makes an object of it: felt at 10,000 sockets.
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._selector = None if self._epoll is not None else selectors.DefaultSelector()

    def add(self, descriptor: int, *, write: bool = False) -> None:
        """Watch a descriptor for input; with ``write``, for room too."""
        if self._epoll is not None:
            self._epoll.register(descriptor, select.EPOLLIN | (select.EPOLLOUT if write else 0))
        elif self._selector is not None:
            self._selector.register(descriptor, _events(write=write))

    def change(self, descriptor: int, *, write: bool) -> None:
        """Watch for room too, or no more."""
        if self._epoll is not None:
            self._epoll.modify(descriptor, select.EPOLLIN | (select.EPOLLOUT if write else 0))
        elif self._selector is not None:
            self._selector.modify(descriptor, _events(write=write))

    def remove(self, descriptor: int) -> None:
        """Watch a descriptor no more."""
        if self._epoll is not None:
            self._epoll.unregister(descriptor)
        elif self._selector is not None:
            self._selector.unregister(descriptor)

    def wait(self, seconds: float) -> list[int]:
        """Give the descriptors on which something can be done, waiting so long for the first, if at all."""
        if self._epoll is not None:
            # To epoll, less than nothing is for ever.
            return [descriptor for descriptor, _ in self._epoll.poll(max(0.0, seconds))]
        if self._selector is not None:
            return [key.fd for key, _ in self._selector.select(seconds)]
        return []

    def close(self) -> None:
        """Watch nothing any more."""
        if self._epoll is not None:
            self._epoll.close()
        elif self._selector is not None:
            self._selector.close()


def _events(*, write: bool) -> int:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if write else 0)
