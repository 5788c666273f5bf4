"""Runs a server of which one child is not what it should be: ``python -m server.stand_ins WHICH COMMAND…``.

The command is that of the server itself. Bounds that a test would take too long to
reach are lower.
"""

import os
import sys
import threading
from pathlib import Path

from chatsimples.server import supervisor
from chatsimples.server.acceptor import loop as acceptor
from chatsimples.server.broadcaster import program as broadcaster
from chatsimples.server.channels import Ready, send
from chatsimples.server.process import be_a_child

REAL = {"acceptor": acceptor.run, "broadcaster": broadcaster.run}


def is_the_first(task):
    """Tell whether none was started before this one."""
    try:
        Path(task.settings.logs, "started").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def deaf_acceptor(task):
    """Seem to work, and hear no order."""
    be_a_child("acceptor")
    send(task.supervisor, Ready())
    while True:
        task.heart.beat()
        threading.Event().wait(0.1)


def dead_acceptor(task):
    """Die before it works."""
    os._exit(3)


def acceptor_that_works_once(task):
    """Work; but every later one dies before it works."""
    if not is_the_first(task):
        os._exit(3)
    REAL["acceptor"](task)


def broadcaster_that_hangs_once(task):
    """Get stuck with the first batch; every later one works."""
    if not is_the_first(task):
        REAL["broadcaster"](task)
        return
    be_a_child("broadcaster")
    send(task.supervisor, Ready("01KAQ3J5X5W9K3T0V2N8R7C4M6", 0, 0))
    threading.Event().wait()


if __name__ == "__main__":
    which = sys.argv[1]
    place = "be_acceptor" if "acceptor" in which else "be_broadcaster"
    setattr(supervisor, place, globals()[which])
    supervisor._STOP_MARGIN = 1.0
    supervisor._STARTS_IN_VAIN = 2
    if "hangs" in which:
        supervisor._HEART_STOPS = 1.5
    sys.argv[1:] = sys.argv[sys.argv.index("chatsimples") + 1 :]
    from chatsimples.__main__ import main

    main()
