"""By what a person is known again: the account, the session, the connection, the nick.

Whoever is banned or muted stays so under another nick, another connection of the same session, and another
session of the same account. A guest who comes back as somebody else altogether is known by nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from chatsimples.chat.names import name_key
from chatsimples.chat.visitors import is_visitors_name

_ACCOUNT: Final = "account "


class Person(Protocol):
    """Whoever is registered, or about to be.

    Attributes:
        nick_key: the key of the nick.
        identity: of the session; empty for those who have none.
        account: as which it is logged in; empty for a guest.
        role: of the account, on the server.
    """

    conn: int
    nick_key: str
    identity: str
    account: str
    role: str


def lasting_keys(person: Person) -> tuple[str, ...]:
    """Return what a person is known by on another connection too; nothing of a guest without a session."""
    account = (account_key(person.account),) if person.account else ()
    return (*account, f"session {person.identity}") if person.identity else account


def all_keys(person: Person) -> tuple[str, ...]:
    """Return all that a person is known by; last the nick, which anybody can have who comes after them."""
    return (*lasting_keys(person), f"conn {person.conn}", *nick_keys(person.nick_key))


def guest_key(person: Person) -> str:
    """Return what somebody is known by who is invited: never the nick, which anybody could take."""
    return (*lasting_keys(person), f"conn {person.conn}")[0]


def account_key(account: str) -> str:
    """Return what an account is known by."""
    return _ACCOUNT + name_key(account)


def nick_keys(nick_key: str) -> tuple[str, ...]:
    """Return what a nick is known by; nothing if the server gives it to whoever has none."""
    return () if is_visitors_name(nick_key) else (f"nick {nick_key}",)


def is_of_account(keys: Iterable[str]) -> bool:
    """Tell whether keys name an account, and nobody's nick."""
    return all(key.startswith(_ACCOUNT) for key in keys)
