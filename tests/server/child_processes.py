"""What the processes of the tests' children do: in a module of their own, as each of them imports it."""

from __future__ import annotations

import os
from typing import Any

from chatsimples.server.channels import Ready, Told, receive_order, send

Given = tuple[Any, str]
"""A process's end of a pipe, and what is wanted of it."""


def behave(given: Given) -> None:
    """Be the process: say what is wanted of it, and go on until it is told to stop."""
    pipe, how = given
    if how == "dies":
        os._exit(3)
    send(pipe, Ready())
    send(pipe, Told([how]))
    receive_order(pipe)
