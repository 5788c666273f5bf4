"""The modes of channels and users: which settings of a room each is, and how changes of them are read.

What is on record is the room's settings, roles and lists; the letters are only how IRC writes them. So a
change of several flags is one change of settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import RoomSettings, SettingsChange
from chatsimples.irc import capabilities

Role = Literal["owner", "operator", "voice"]

ROLES: Mapping[str, Role] = MappingProxyType({"q": "owner", "o": "operator", "v": "voice"})
"""The modes that are a member's role, the highest first. Who has one may do what the lower ones let."""

PREFIXES: Mapping[str, str] = MappingProxyType({"owner": "~", "operator": "@", "voice": "+"})
"""What stands in front of the nick of a member who has a role."""


class Flag(NamedTuple):
    """A mode without a parameter.

    Attributes:
        setting: its name.
        on, off: the setting's values.
        meaning: in a line.
    """

    setting: str
    on: bool | str
    off: bool | str
    meaning: str


FLAGS: Mapping[str, Flag] = MappingProxyType(
    {
        "R": Flag("accounts_only", True, False, "only those enter who are logged in"),
        "g": Flag("inviters", "members", "operators", "members may invite"),
        "i": Flag("invite_only", True, False, "only those enter who are invited"),
        "m": Flag("moderated", True, False, "only those speak who have a voice"),
        "n": Flag("outsiders", False, True, "only those speak who are in it"),
        "p": Flag("members_only_history", True, False, "only members read it, and see who is in it"),
        "s": Flag("secret", True, False, "it is not listed"),
        "t": Flag("topic_by", "operators", "members", "only operators change the topic"),
    }
)
KEY: Final = "k"
LIMIT: Final = "l"
BAN: Final = "b"
EXEMPT: Final = "e"
WELCOME: Final = "I"
LISTS: Mapping[str, str] = MappingProxyType(
    {
        BAN: "who is kept out; m:nick may not speak, a:name is an account",
        EXEMPT: "who is excepted from that",
        WELCOME: "who needs no invitation",
    }
)
MUTED: Final = "m:"
ACCOUNT: Final = "a:"
"""What stands in front of a mask that is of those who may not speak, and of an account's name."""

OF_USERS: Mapping[str, str] = MappingProxyType({"w": "hears what is told to everybody by WALLOPS"})
"""The modes of users that they set themselves."""

MOST: Final = 20
"""Changes in one command."""


class Change(NamedTuple):
    """One change of a mode.

    Attributes:
        letter: of the mode.
        adds: whether it is set.
        given: its parameter; None if it has none.
    """

    letter: str
    adds: bool
    given: str | None = None

    @property
    def lacks(self) -> bool:
        """Whether a parameter is missing that it needs."""
        return self.given is None and (self.letter in ROLES or (self.adds and self.letter in {KEY, LIMIT}))

    @property
    def asks(self) -> bool:
        """Whether it asks for a list."""
        return self.letter in LISTS and self.given is None


def channel_modes() -> str:
    """Return the letters by kind, as RPL_ISUPPORT tells them: lists, with a parameter, sometimes, never."""
    return f"{''.join(sorted(LISTS))},{KEY},{LIMIT},{''.join(FLAGS)}"


def read(params: Sequence[str]) -> list[Change]:
    """Read the changes that stand in parameters, at most `MOST` of them; a letter may be unknown."""
    given = iter(params[1:])
    found: list[Change] = []
    adds = True
    for letter in params[0]:
        if letter in "+-":
            adds = letter == "+"
            continue
        takes = letter in ROLES or letter in LISTS or letter == KEY or (letter == LIMIT and adds)
        found.append(Change(letter, adds, next(given, None) if takes else None))
        if len(found) == MOST:
            break
    return found


def is_known(letter: str) -> bool:
    """Tell whether there is such a mode of a channel."""
    return letter in FLAGS or letter in ROLES or letter in LISTS or letter in {KEY, LIMIT}


def told(settings: RoomSettings, *, keyed: bool) -> tuple[str, ...]:
    """Return how a room is set: the letters that are set, and their parameters."""
    letters = [letter for letter, flag in FLAGS.items() if getattr(settings, flag.setting) == flag.on]
    params = []
    if keyed:
        letters.append(KEY)
        params.append("*")
    if settings.limit:
        letters.append(LIMIT)
        params.append(str(settings.limit))
    return ("+" + "".join(sorted(letters)), *params)


def told_change(change: SettingsChange) -> tuple[str, ...]:
    """Return a change of settings as letters with their parameters; ``+`` alone if it means nothing here."""
    added, taken = [*_changed(change, adds=True)], [*_changed(change, adds=False)]
    params = []
    if change.keyed is True:
        added.append(KEY)
        params.append("*")
    elif change.keyed is False:
        taken.append(KEY)
    if isinstance(change.limit, int):
        (added if change.limit else taken).append(LIMIT)
        params += [str(change.limit)] if change.limit else []
    if change.keyed is False:
        # A key that is taken away is named too.
        params.append("*")
    letters = ("+" + "".join(added) if added else "") + ("-" + "".join(taken) if taken else "")
    return (letters or "+", *params)


def told_record(record: Record) -> str:
    """Return what a record changes, as letters with their parameters; empty if that is told otherwise."""
    match record.type:
        case "set":
            # The proof of a key is nobody's business.
            return "" if record.quiet or record.settings is None else " ".join(told_change(record.settings))
        case "role":
            return _told_role(record)
        case "exempt" | "admit":
            letter = EXEMPT if record.type == "exempt" else WELCOME
            return _told_list("-" if record.reason else "+", letter, record)
        case "mute":
            return _told_list("-" if record.reason else "+", BAN, record, MUTED)
    return _told_list("-" if record.type == "unban" else "+", BAN, record)


def _told_role(record: Record) -> str:
    name = record.nick or record.account
    if record.reason:
        # Whoever has made a room sees that they govern it.
        return ""
    letter = next((letter for letter, role in ROLES.items() if role == record.role), "")
    # Which one is taken away, the record does not tell: of those that somebody has not, nobody minds.
    return f"+{letter} {name}" if letter else f"-ov {name} {name}"


def _told_list(sign: str, letter: str, record: Record, front: str = "") -> str:
    named = record.nick or record.account
    return f"{sign}{letter} {front}{mask_of(named, account=not record.nick)}"


def mask_of(name: str, *, account: bool) -> str:
    """Return how a list tells of whom it holds: by a mask of nicks, or by the name of an account."""
    return f"{ACCOUNT}{name}" if account else f"{name}!*@*"


def of_user(style: int) -> str:
    """Return the modes of a user whose client has a style."""
    return "" if style & capabilities.NO_WALLOPS else "w"


def _changed(change: SettingsChange, *, adds: bool) -> Iterator[str]:
    for letter, flag in FLAGS.items():
        if getattr(change, flag.setting) == (flag.on if adds else flag.off):
            yield letter
