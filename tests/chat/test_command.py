"""What each command has."""

from __future__ import annotations

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.command import BaseCommand


def test_a_command_travels_as_an_array_with_its_tag_and_its_connection() -> None:
    assert [11, 7, ""] == msgspec.to_builtins(commands.Ping(7))
    assert issubclass(commands.Ping, BaseCommand)
