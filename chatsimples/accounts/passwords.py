"""Passwords: what may be one, and its hash. Nothing here keeps one or tells one.

The hash is argon2id (RFC 9106) with 19 MiB, two passes and one lane, as OWASP's Password Storage Cheat
Sheet has it. It takes some tens of milliseconds and lets go of the interpreter meanwhile. What was hashed
with other parameters is known by its hash and can still be checked.
"""

from __future__ import annotations

import unicodedata
from typing import Protocol

import argon2

from chatsimples.accounts.preparation import prepared
from chatsimples.accounts.room_keys import proof
from chatsimples.accounts.scram import Keys, make_keys
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

FEWEST_CHARACTERS = 8
MOST_CHARACTERS = 256

_SHORT = N_("a password has at least {least} characters")
_LONG = N_("a password has at most {most} characters")
_UNFIT = N_("a password has no control characters")
_SAME = N_("a password is not the account's name")


class Hasher(Protocol):
    """Hashes passwords, and checks them. For any thread."""

    def hash(self, password: str) -> str:
        """Hash a password, with a salt of its own."""

    def matches(self, hashed: str, password: str) -> bool:
        """Tell whether a password is the one; takes as long where there is no hash at all ("")."""

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made with other parameters than are used now."""

    def scram_keys(self, password: str) -> Keys:
        """Make what is kept of a password for SCRAM, with a salt of its own."""

    def proof(self, room: str, key: str) -> str:
        """Return the proof of a room's key: see `chatsimples.accounts.room_keys`."""


class Argon2Hasher:
    """Hashes with argon2id."""

    def __init__(self) -> None:
        self._argon2 = _new_argon2()
        self._nobodys = ""

    def hash(self, password: str) -> str:
        """Hash a password, with a salt of its own."""
        return self._argon2.hash(prepared(password))

    def matches(self, hashed: str, password: str) -> bool:
        """Tell whether a password is the one; takes as long where there is no hash at all ("")."""
        if not hashed and not self._nobodys:
            self._nobodys = self._argon2.hash("nobody's")
        try:
            self._argon2.verify(hashed or self._nobodys, prepared(password))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        return bool(hashed)

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made with other parameters than are used now."""
        return is_outdated(hashed)

    def scram_keys(self, password: str) -> Keys:
        """Make what is kept of a password for SCRAM, with a salt of its own."""
        return make_keys(password)

    def proof(self, room: str, key: str) -> str:
        """Return the proof of a room's key."""
        return proof(room, key)


def check_password(password: str, name: str = "") -> str:
    """Return a password if it may be one of the account ``name``.

    Raises:
        Refusal: ``bad_request``; it tells why, and nothing of the password.
    """
    form = prepared(password)
    if len(form) < FEWEST_CHARACTERS:
        raise Refusal("bad_request", why=_SHORT, least=FEWEST_CHARACTERS)
    if len(form) > MOST_CHARACTERS:
        raise Refusal("bad_request", why=_LONG, most=MOST_CHARACTERS)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in form):
        raise Refusal("bad_request", why=_UNFIT)
    if form.casefold() == prepared(name).casefold():
        raise Refusal("bad_request", why=_SAME)
    return password


def is_outdated(hashed: str) -> bool:
    """Tell whether a hash was made with other parameters than are used now."""
    return _new_argon2().check_needs_rehash(hashed)


def _new_argon2() -> argon2.PasswordHasher:
    return argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
