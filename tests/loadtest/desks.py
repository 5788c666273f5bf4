"""What a session is to one of its processes: here the process is a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from support.waiting import DEADLINE

from chatsimples.loadtest.generator import orders

News = TypeVar("News")


class Desk:
    """Gives orders to a process's loop, and hears its news.

    Args:
        serve: runs the loop, at the pipe that it is given.
    """

    def __init__(self, serve: Callable[[Connection[Any, Any]], None]) -> None:
        self.pipe, theirs = get_context("spawn").Pipe()
        self.thread = threading.Thread(target=self._run, args=(serve, theirs), daemon=True)
        self.thread.start()

    def _run(self, serve: Callable[[Connection[Any, Any]], None], pipe: Connection[Any, Any]) -> None:
        serve(pipe)
        pipe.close()

    def order(self, order: orders.Order) -> None:
        self.pipe.send_bytes(orders.encode(order))

    def news(self, kind: type[News]) -> News:
        """Wait for news of a kind."""
        while True:
            assert self.pipe.poll(60), f"no {kind.__name__} came"
            news = orders.decode_news(self.pipe.recv_bytes())
            if isinstance(news, kind):
                return news

    def close(self) -> None:
        """Be gone, and see to it that the loop ends."""
        self.pipe.close()
        self.thread.join(DEADLINE)
        assert not self.thread.is_alive()
