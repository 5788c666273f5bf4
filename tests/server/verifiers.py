"""What runs in the place of the verifier, in a module that the process which runs it can import."""

from __future__ import annotations

import os
import time

from chatsimples.server.channels import Told, receive_order, send
from chatsimples.server.tasks import VerifierTask


def tells(task: VerifierTask) -> None:
    """Tell the place that it was given, and more."""
    send(task.supervisor, Told([f"{task.first_seq}, {task.offset}"]))
    send(task.supervisor, Told(["two", "three"]))


def dies(task: VerifierTask) -> None:
    """Die."""
    os._exit(3)


def goes_on(task: VerifierTask) -> None:
    """Say that it is there, and stay for ever."""
    send(task.supervisor, Told(["there"]))
    while True:
        time.sleep(3_600)


def obeys(task: VerifierTask) -> None:
    """Wait for an order, and tell its kind."""
    send(task.supervisor, Told([type(receive_order(task.supervisor)).__name__]))
