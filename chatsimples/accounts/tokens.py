"""Tokens: what a program shows instead of a password. Random, so that a plain hash of one tells nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import re

PREFIX = "cst_"
"""What each begins with: so that whoever finds one knows what it is."""

_RANDOM_BYTES = 32
_TOKEN = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """Make a token of 256 random bits."""
    return PREFIX + base64.urlsafe_b64encode(os.urandom(_RANDOM_BYTES)).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """Return what is kept of a token; nothing of what can't be one."""
    return hashlib.sha256(token.encode()).digest() if _TOKEN.fullmatch(token) else b""
