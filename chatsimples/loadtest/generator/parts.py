"""What the load test's processes have in common: how each begins, and how it ends when it can't go on."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import setproctitle

from chatsimples.loadtest.generator import orders

_LAST_SHOWN = 200


def be_a_part(name: str) -> None:
    """Take a name that ``ps`` shows, and leave Ctrl-C to the load test itself."""
    setproctitle.setproctitle(f"chatsimples load-test: {name}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def work(loop: Callable[[], None], pipe: Connection[Any, Any], who: str) -> None:
    """Run a process's loop until it ends, or the load test is gone; what goes wrong is told as news.

    Args:
        loop: of the process.
        pipe: to the load test.
        who: could not go on, in what is told.
    """
    try:
        loop()
    except (EOFError, BrokenPipeError):
        return
    except OSError as error:
        with suppress(OSError):
            pipe.send_bytes(orders.encode(orders.Broken(f"{who} could not go on: {error}")))


def last_words(received: bytes) -> str:
    """Quote the end of what a server has said, behind what is told of it; nothing if it has said nothing."""
    last = received[-_LAST_SHOWN:].decode("utf-8", "replace").strip()
    return f"; it last said: {last!r}" if last else ""
