"""The capabilities of IRCv3 that a client can ask for, and the styles of writing that they add up to.

A style is an integer, a bit for each capability: whoever has the same ones is written to in the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from chatsimples.chat.commands import MOST_LINES
from chatsimples.irc.sasl import MECHANISMS
from chatsimples.irc.server import Bounds
from chatsimples.irc.texts import most_bytes


class Capability(msgspec.Struct, frozen=True):
    """A capability.

    Attributes:
        name: as clients ask for it.
        bit: in a style.
        meaning: in a line, for the documentation.
        value: what clients of version 302 are told of it; bounds have their names in it.
    """

    name: str
    bit: int
    meaning: str
    value: str = ""

    def told(self, bounds: Bounds) -> str:
        """Return what clients of version 302 are told on a server with these bounds."""
        if not self.value:
            return self.name
        value = self.value.format(most_bytes=most_bytes(bounds), most_lines=MOST_LINES)
        return f"{self.name}={value}"


BATCH: Final = 1 << 0
CAP_NOTIFY: Final = 1 << 1
ECHO_MESSAGE: Final = 1 << 2
LABELED_RESPONSE: Final = 1 << 3
MESSAGE_TAGS: Final = 1 << 4
MULTI_PREFIX: Final = 1 << 5
SERVER_TIME: Final = 1 << 6
STANDARD_REPLIES: Final = 1 << 7
USERHOST_IN_NAMES: Final = 1 << 8
ACCOUNT_TAG: Final = 1 << 9
AWAY_NOTIFY: Final = 1 << 10
EXTENDED_JOIN: Final = 1 << 11
SETNAME: Final = 1 << 12
MULTILINE: Final = 1 << 13
SASL: Final = 1 << 20
CHATHISTORY: Final = 1 << 21
EVENT_PLAYBACK: Final = 1 << 22
ACCOUNT_REGISTRATION: Final = 1 << 23
READ_MARKER: Final = 1 << 24

NO_WALLOPS: Final = 1 << 25
"""What is told to everybody is not for this client: no capability, but a mode of the user (``-w``)."""

CAPABILITIES = {
    each.name: each
    for each in (
        Capability("account-tag", ACCOUNT_TAG, "what somebody does carries the account that they have"),
        Capability("away-notify", AWAY_NOTIFY, "it is told who goes away and comes back"),
        Capability("batch", BATCH, "lines that belong together are marked"),
        Capability("cap-notify", CAP_NOTIFY, "changes of what the server offers are told"),
        Capability(
            "draft/account-registration",
            ACCOUNT_REGISTRATION,
            "accounts can be made",
            "before-connect,custom-account-name",
        ),
        Capability("draft/chathistory", CHATHISTORY, "what was said can be asked for"),
        Capability("draft/event-playback", EVENT_PLAYBACK, "history has more than messages"),
        Capability(
            "draft/multiline",
            MULTILINE,
            "several lines can be one message",
            "max-bytes={most_bytes},max-lines={most_lines}",
        ),
        Capability("draft/read-marker", READ_MARKER, "up to where one has read is told to one's clients"),
        Capability("echo-message", ECHO_MESSAGE, "one's own messages come back as they were recorded"),
        Capability("extended-join", EXTENDED_JOIN, "who enters is told with account and real name"),
        Capability("labeled-response", LABELED_RESPONSE, "an answer carries the label of what it answers"),
        Capability("message-tags", MESSAGE_TAGS, "messages carry their id, and what clients add to them"),
        Capability("multi-prefix", MULTI_PREFIX, "all prefixes of a member are told; nobody has two"),
        Capability("sasl", SASL, "one can log in", ",".join(MECHANISMS)),
        Capability("server-time", SERVER_TIME, "messages carry the time at which they were recorded"),
        Capability("setname", SETNAME, "real names can be changed, and that is told"),
        Capability("standard-replies", STANDARD_REPLIES, "refusals without a numeric are FAIL lines"),
        Capability("userhost-in-names", USERHOST_IN_NAMES, "members are told with user and host"),
    )
}
"""All that is offered, by name."""


def asked_for(words: Iterable[str], style: int, without: int = 0) -> int | None:
    """Return the style after a client has asked for capabilities, a ``-`` in front of those to be dropped.

    None if one of them is unknown, or among those that are not offered: then nothing changes.
    """
    for word in words:
        capability = CAPABILITIES.get(word.removeprefix("-"))
        if capability is None or capability.bit & without:
            return None
        style = style & ~capability.bit if word.startswith("-") else style | capability.bit
    return style


def names_of(style: int) -> list[str]:
    """Return the names of the capabilities in a style."""
    return [each.name for each in CAPABILITIES.values() if each.bit & style]


def offered(bounds: Bounds, *, with_values: bool, without: int = 0) -> list[str]:
    """Return what is told of all capabilities on a server with these bounds, but those that it has not."""
    return [
        each.told(bounds) if with_values else each.name
        for each in CAPABILITIES.values()
        if not each.bit & without
    ]
