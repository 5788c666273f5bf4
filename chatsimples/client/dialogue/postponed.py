"""Private messages whose addressee was not there after a reconnection, and may still return."""

from __future__ import annotations

from collections.abc import Callable

from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.core import Core

RETURN_AWAITED = 20.0
"""Seconds after a reconnection in which an addressee who is not there may still be returning."""


class PostponedMessages:
    """Keeps messages until they are sent again.

    Args:
        core: sends them.
        clock: seconds that never go back.
    """

    def __init__(self, core: Core, clock: Callable[[], float]) -> None:
        self._core = core
        self._clock = clock
        self._returned_at = float("-inf")
        self._messages: list[Command] = []

    @property
    def messages(self) -> list[Command]:
        """The messages, in the order in which they were said."""
        return list(self._messages)

    def reconnected(self) -> None:
        """Note that the connection stands again."""
        self._returned_at = self._clock()

    def postpone(self, code: str, command: Command) -> bool:
        """Take a refused command if its addressee may only be slower to return; tell whether that is so."""
        soon = self._clock() - self._returned_at < RETURN_AWAITED
        if soon and code == "no_such_nick" and command.to:
            self._messages.append(command)
            return True
        return False

    def send(self) -> None:
        """Say the messages again, if there is a connection."""
        if self._core.registered:
            messages, self._messages = self._messages, []
            for each in messages:
                self._core.say(each.text, to=each.to, kind=each.kind)
