"""Waiting for many sockets at little cost: epoll where there is one, whatever the system has elsewhere."""

from __future__ import annotations

import select
import selectors
import sys
from typing import Protocol


class Poller(Protocol):
    """Tells which descriptors can be read, or, of those asked for it, written."""

    def add(self, descriptor: int, *, write: bool = False) -> None:
        """Watch a descriptor for input; with ``write``, for room too."""

    def change(self, descriptor: int, *, write: bool) -> None:
        """Watch for room too, or no more."""

    def remove(self, descriptor: int) -> None:
        """Watch a descriptor no more."""

    def wait(self, seconds: float) -> list[int]:
        """Give the descriptors on which something can be done, waiting so long for the first, if at all."""

    def close(self) -> None:
        """Watch nothing any more."""


class SelectorPoller:
    """Whatever the system has."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, descriptor: int, *, write: bool = False) -> None:
        """Watch a descriptor."""
        self._selector.register(descriptor, _events(write=write))

    def change(self, descriptor: int, *, write: bool) -> None:
        """Watch for room too, or no more."""
        self._selector.modify(descriptor, _events(write=write))

    def remove(self, descriptor: int) -> None:
        """Watch a descriptor no more."""
        self._selector.unregister(descriptor)

    def wait(self, seconds: float) -> list[int]:
        """Give the descriptors on which something can be done."""
        return [key.fd for key, _ in self._selector.select(seconds)]

    def close(self) -> None:
        """Watch nothing any more."""
        self._selector.close()


def _events(*, write: bool) -> int:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if write else 0)


if sys.platform == "linux":

    class EpollPoller:
        """Linux's own. The selectors module makes an object of each event: felt at 10,000 sockets."""

        def __init__(self) -> None:
            self._epoll = select.epoll()

        def add(self, descriptor: int, *, write: bool = False) -> None:
            """Watch a descriptor."""
            self._epoll.register(descriptor, select.EPOLLIN | (select.EPOLLOUT if write else 0))

        def change(self, descriptor: int, *, write: bool) -> None:
            """Watch for room too, or no more."""
            self._epoll.modify(descriptor, select.EPOLLIN | (select.EPOLLOUT if write else 0))

        def remove(self, descriptor: int) -> None:
            """Watch a descriptor no more."""
            self._epoll.unregister(descriptor)

        def wait(self, seconds: float) -> list[int]:
            """Give the descriptors on which something can be done."""
            # To epoll, less than nothing is for ever.
            return [descriptor for descriptor, _ in self._epoll.poll(max(0.0, seconds))]

        def close(self) -> None:
            """Watch nothing any more."""
            self._epoll.close()


def new_poller() -> Poller:
    """Make the quickest that this system has."""
    return EpollPoller() if sys.platform == "linux" else SelectorPoller()
