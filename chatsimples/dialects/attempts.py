"""What needs secrets looked at before it is a command: it never goes on the Queue.

A parser that meets one gives no command after it before it was taken (`Parser.take_attempt`). Whoever looks
the secrets up makes a command of it that holds none.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chatsimples.chat.commands import Command, Hello, Join, Request, Set
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.chat.visitors import VISITOR


class Scram(msgspec.Struct, frozen=True):
    """What is shown by SCRAM-SHA-256 (RFC 5802). What is printed of it has no secret.

    Attributes:
        exchanged: the messages of both sides, AuthMessage; empty if the salt is asked for.
        proof: ClientProof.
    """

    exchanged: bytes = b""
    proof: bytes = b""

    def __repr__(self) -> str:
        """Tell whether it is a question or a proof."""
        return f"Scram(proves={bool(self.exchanged)})"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about an attempt that is no command: for the parser that gave it.

    Attributes:
        account: the name of the account that it has proved to be; empty if it has not, or was not to.
        role: of that account.
        code, detail: of the refusal.
        salt, iterations: how to prove something by SCRAM.
        signature: what proves to the client that the server knows its password.
    """

    account: str = ""
    role: str = ""
    code: str = ""
    detail: Mapping[str, str] = {}
    salt: bytes = b""
    iterations: int = 0
    signature: bytes = b""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A command with the secrets that its sender shows for it. What is printed of it has none of them.

    Attributes:
        command: what it is without them: a hello, a login, or one about a room. None where nothing is to
            follow but the parser's own answer: it is told what was found out (`Parser.judge`).
        account: the name of the account that it is to be; empty for none.
        password, token: what proves that.
        line: all that was typed where that may be one password for everybody.
        registers: whether the account is to be made.
        keys: the keys of rooms by the rooms' names.
        is_typed: whether a person has typed it, who is told what is unwise.
        scram: what is shown by SCRAM, instead of a password.
        certificate: whether the client's certificate says who it is; ``account`` is then who it has to be.
        needs_role: whether the account has to be a moderator's or an admin's.
    """

    command: Command | None
    account: str = ""
    password: str = ""
    token: str = ""
    line: str = ""
    registers: bool = False
    keys: Mapping[str, str] = {}
    is_typed: bool = False
    scram: Scram | None = None
    certificate: bool = False
    needs_role: bool = False

    def __repr__(self) -> str:
        """Tell what kind of command it is."""
        return f"Attempt({type(self.command).__name__})"

    @property
    def unproved(self) -> Command | None:
        """What it is where nobody looks at secrets: of somebody who shows none. None if it is no command."""
        if isinstance(self.command, Hello) and not self.command.nick:
            return msgspec.structs.replace(self.command, nick=VISITOR)
        return self.command

    @property
    def proves(self) -> bool:
        """Whether it says who somebody is, and not only what a room's key is."""
        if self.scram is not None:
            return bool(self.scram.exchanged)
        return bool(self.account or self.password or self.token or self.line or self.certificate)

    @property
    def guesses(self) -> bool:
        """Whether it can be tried again and again until it is right."""
        return bool(self.password) or (self.scram is not None and bool(self.scram.exchanged))


def keys_in(command: Command) -> Mapping[str, str]:
    """Return the keys of rooms that a command holds as they were typed, by the rooms' names."""
    match command:
        case Join(key=key) if key:
            return {command.room: key}
        case Hello(keys=keys):
            return keys
        case Set(settings=SettingsAsked(key=str(key))) if key:
            return {command.room: key}
        case Request():
            return {room: key for each in command.commands for room, key in keys_in(each).items()}
    return {}


def without_keys(command: Command) -> Command:
    """Return a command without the keys of rooms."""
    match command:
        case Join():
            return msgspec.structs.replace(command, key="")
        case Hello():
            return msgspec.structs.replace(command, keys={})
        case Set():
            settings = msgspec.structs.replace(command.settings, key=msgspec.UNSET)
            return msgspec.structs.replace(command, settings=settings)
        case Request():
            bare = tuple(without_keys(each) if keys_in(each) else each for each in command.commands)
            return msgspec.structs.replace(command, commands=bare)
    return command
