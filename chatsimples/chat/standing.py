"""What somebody has to be before a command of theirs is carried out, and what carries it out."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import msgspec


class Standing(IntEnum):
    """What a connection has to be before a command of its is carried out."""

    CONNECTED = 0
    REGISTERED = 1
    OPERATOR = 2
    REGISTERED_OR_OPERATOR = 3


class Rule(msgspec.Struct, frozen=True):
    """How a command is carried out, and by whom it may be given.

    ``carry_out`` is given the chat, the registered connection if there is one, and the command.
    """

    carry_out: Callable[[Any, Any, Any], None]
    needs: Standing
