"""What an IRC client says of itself before it is registered."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.chat.profiles import REALNAME_SIZE, USER_SIZE
from chatsimples.irc.texts import fit


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
        """Note the user's name and the real one, as far as they may be told."""
        self.user = (
            "".join(each for each in params[0] if each.isprintable() and each != " ")[:USER_SIZE] or "u"
        )
        realname = fit("".join(each for each in params[3] if each.isprintable()), REALNAME_SIZE)
        self.realname = "" if realname.isspace() else realname

    @property
    def is_complete(self) -> bool:
        """Whether all has been said that is needed."""
        return bool(self.nick and self.user) and not self.negotiating
