"""What runs in the place of the TLS process, in a module that the process which runs it can import."""

from __future__ import annotations

import os

from chatsimples.server.channels import Failed, Ready, Stop, Told, receive_order, send
from chatsimples.server.tasks import TlsTask


def obeys(task: TlsTask) -> None:
    """Serve, and tell each order's kind, up to a stop."""
    send(task.supervisor, Ready())
    while True:
        order = receive_order(task.supervisor)
        send(task.supervisor, Told([type(order).__name__]))
        if isinstance(order, Stop):
            return


def serves_and_dies(task: TlsTask) -> None:
    """Serve, and die."""
    send(task.supervisor, Ready())
    os._exit(3)


def dies(task: TlsTask) -> None:
    """Die."""
    os._exit(3)


def fails(task: TlsTask) -> None:
    """Say that it can't serve."""
    send(task.supervisor, Failed("no certificate"))


def hangs(task: TlsTask) -> None:
    """Serve, and never beat again."""
    send(task.supervisor, Ready())
    while True:
        receive_order(task.supervisor)
