"""What runs in the place of the hashing process, in a module that the process which runs it can import."""

from __future__ import annotations

import os

from chatsimples.server.channels import receive_order
from chatsimples.server.hashing.exchange import Reply, answer, take
from chatsimples.server.tasks import HashingTask


def dies(task: HashingTask) -> None:
    """Take a question, and die over it."""
    take(task.asked)
    os._exit(3)


def replies(task: HashingTask) -> None:
    """Answer every question with its own process's number; ask for nothing."""
    while True:
        taken = take(task.asked)
        if taken is not None:
            with taken[1]:
                answer(taken[1], Reply(hashed=str(os.getpid())))


def obeys(task: HashingTask) -> None:
    """Answer one question with the kind of the order that comes after it."""
    taken = take(task.asked)
    order = receive_order(task.supervisor)
    if taken is not None:
        with taken[1]:
            answer(taken[1], Reply(hashed=type(order).__name__))
