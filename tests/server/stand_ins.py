"""Runs a server of which one child is not what it should be: ``python -m server.stand_ins WHICH COMMAND…``.

The command is that of the server itself. Bounds that a test would take too long to reach are lower.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from unittest.mock import patch

from chatsimples.config.server import ServerSettings
from chatsimples.server import supervisor
from chatsimples.server.channels import Ready, send
from chatsimples.server.children import be_acceptor, be_broadcaster, be_verifier
from chatsimples.server.process import be_a_child
from chatsimples.server.tasks import AcceptorTask, BroadcasterTask, VerifierTask

SILENCE = 4.0
"""Seconds after which a child counts as hanging, where one does."""


def is_the_first(task: AcceptorTask | BroadcasterTask) -> bool:
    """Tell whether none was started before this one."""
    try:
        Path(task.settings.logs, "started").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def deaf_acceptor(task: AcceptorTask) -> None:
    """Seem to work, and hear no order."""
    be_a_child("acceptor")
    send(task.supervisor, Ready())
    while True:
        task.heart.beat()
        threading.Event().wait(0.1)


def dead_acceptor(task: AcceptorTask) -> NoReturn:
    """Die before it works."""
    os._exit(3)


def acceptor_that_works_once(task: AcceptorTask) -> None:
    """Work; but every later one dies before it works."""
    if not is_the_first(task):
        os._exit(3)
    be_acceptor(task)


def broadcaster_that_hangs_once(task: BroadcasterTask) -> None:
    """Get stuck with the first batch; every later one works."""
    if not is_the_first(task):
        be_broadcaster(task)
        return
    be_a_child("broadcaster")
    send(task.supervisor, Ready("01KAQ3J5X5W9K3T0V2N8R7C4M6", 0, 0))
    threading.Event().wait()


def verifier_that_never_ends(task: VerifierTask) -> None:
    """Seem to read, and end only by being killed."""
    be_a_child("verifier")
    while True:
        threading.Event().wait()


ACCEPTORS = {each.__name__: each for each in (deaf_acceptor, dead_acceptor, acceptor_that_works_once)}
BROADCASTERS = {each.__name__: each for each in (broadcaster_that_hangs_once,)}
VERIFIERS = {each.__name__: each for each in (verifier_that_never_ends,)}


def server_with(which: str) -> Callable[[ServerSettings], int]:
    """Return what serves with a stand-in."""

    def serve(settings: ServerSettings) -> int:
        silence = SILENCE if which in BROADCASTERS else supervisor.BOUNDS.silence
        return supervisor.Supervisor(
            settings,
            ACCEPTORS.get(which, be_acceptor),
            BROADCASTERS.get(which, be_broadcaster),
            supervisor.Bounds(silence, restarts=2, stop_margin=1.0),
            VERIFIERS.get(which, be_verifier),
        ).run()

    return serve


if __name__ == "__main__":
    stand_in = patch.object(supervisor, "serve", server_with(sys.argv[1]))
    sys.argv[1:] = sys.argv[sys.argv.index("chatsimples") + 1 :]
    from chatsimples.__main__ import main

    with stand_in:
        main()
