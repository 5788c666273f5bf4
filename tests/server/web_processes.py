"""What runs in the place of the web process, in a module that the process which runs it can import."""

from __future__ import annotations

import os

from chatsimples.net import passing
from chatsimples.server.channels import Ready, Stop, receive_order, send
from chatsimples.server.tasks import WebTask


def answers_once(task: WebTask) -> None:
    """Take one connection, answer with what was read of it, and go on up to a stop."""
    send(task.supervisor, Ready())
    sock, _, data = passing.take(task.taking)
    sock.sendall(data)
    sock.close()
    while not isinstance(receive_order(task.supervisor), Stop):
        pass


def takes_one_and_dies(task: WebTask) -> None:
    """Take one connection, and die."""
    send(task.supervisor, Ready())
    passing.take(task.taking)
    os._exit(3)


def hangs(task: WebTask) -> None:
    """Serve, and never beat again."""
    send(task.supervisor, Ready())
    while True:
        receive_order(task.supervisor)
