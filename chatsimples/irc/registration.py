"""What an IRC client says of itself before it is registered."""

from __future__ import annotations

from collections.abc import Sequence


class Registration:
    """What has been said so far.

    Attributes:
        nick, user, realname, password: empty as long as they were not said.
        negotiating: whether capabilities are being talked about, so that the rest has to wait.
    """

    # There may be one for each connection, for as long as it takes.
    __slots__ = ("negotiating", "nick", "password", "realname", "user")

    def __init__(self) -> None:
        self.nick = ""
        self.user = ""
        self.realname = ""
        self.password = ""
        self.negotiating = False

    def take_user(self, params: Sequence[str]) -> None:
        """Note the user's name and the real one."""
        self.user, self.realname = params[0], params[3]

    @property
    def is_complete(self) -> bool:
        """Whether all has been said that is needed."""
        return bool(self.nick and self.user) and not self.negotiating
