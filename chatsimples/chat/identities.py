"""What proves that two connections are one person's, and what the transcript says of it."""

from __future__ import annotations

import hashlib

from chatsimples.chat.names import name_key


def identity_of(session: str, account: str = "") -> str:
    """Return what the transcript calls the holder of a session secret: 128 bits of its SHA-256, in hex.

    A session of an account is that account's alone: whoever knows its secret and is not logged in as the
    account, or as another one, has another session. No secret holds a space, so that none can say otherwise.
    """
    if not session:
        return ""
    secret = f"{session} {name_key(account)}" if account else session
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
