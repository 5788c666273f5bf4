"""Room keys: what a command and a record hold instead of one.

A proof can be compared and tells little: whoever has it must try keys, each of which costs argon2id some
milliseconds. It is the same whenever it is made of the same key for the same room.
"""

from __future__ import annotations

import base64
import hashlib

from argon2.low_level import Type, hash_secret_raw

from chatsimples.chat.names import name_key

MOST_BYTES = 1_024
"""Bytes of a key that are taken as they are; a longer one counts by its SHA-256."""

_KIB = 8_192
_BYTES = 24
_SALT_BYTES = 16
_PURPOSE = b"chatsimples room key: "


def proof(room: str, key: str) -> str:
    """Return the proof of a room's key, 32 letters. It takes some 8 MiB and a few milliseconds."""
    salt = hashlib.sha256(_PURPOSE + name_key(room).encode()).digest()[:_SALT_BYTES]
    raw = hash_secret_raw(
        shortened(key).encode(), salt, time_cost=1, memory_cost=_KIB, parallelism=1, hash_len=_BYTES,
        type=Type.ID,
    )  # fmt: skip
    return base64.urlsafe_b64encode(raw).decode()


def shortened(key: str) -> str:
    """Return a key as it can be written, or what stands for a long one: the proof is the same."""
    written = key.encode("utf-8", "replace")
    return written.decode() if len(written) <= MOST_BYTES else hashlib.sha256(written).hexdigest()
