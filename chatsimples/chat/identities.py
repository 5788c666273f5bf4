"""What proves that two connections are one person's, and what the transcript says of it."""

from __future__ import annotations

import hashlib


def identity_of(session: str) -> str:
    """Return what the transcript calls the holder of a session secret: 128 bits of its SHA-256, in hex."""
    return hashlib.sha256(session.encode()).hexdigest()[:32] if session else ""
