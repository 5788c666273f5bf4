"""What proves that two connections are one person's, and what the transcript says of it."""

from __future__ import annotations

import hashlib

from chatsimples.chat.names import name_key


def session_of(dialect: str, nick: str) -> str:
    """Return the session that a nick of an account has in a dialect whose clients know of no sessions.

    It is no secret: it is worth nothing without the account's login.
    """
    return hashlib.sha256(f"{dialect} {name_key(nick)}".encode()).hexdigest()[:32]


def identity_of(session: str, account: str = "") -> str:
    """Return what the transcript calls the holder of a session secret: 128 bits of its SHA-256, in hex.

    A session of an account is that account's alone: whoever knows its secret and is not logged in as the
    account, or as another one, has another session.
    """
    guests = _hash(session) if session else ""
    return identity_as(guests, account) if account else guests


def identity_as(identity: str, account: str) -> str:
    """Return what a session is called once its connection is logged in as an account, without its secret.

    No secret holds a space, so that none can say it were another's.
    """
    return _hash(f"{identity} {name_key(account)}") if identity else ""


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
