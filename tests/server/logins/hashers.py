"""A hasher that counts its work, and is quick: what is counted takes long elsewhere."""

from __future__ import annotations

import threading

from chatsimples.accounts.room_keys import proof
from chatsimples.accounts.scram import Keys, make_keys


class CountingHasher:
    """Hashes by writing backwards; for any thread."""

    def __init__(self) -> None:
        self.hashed = 0
        self.compared = 0
        self.proved = 0
        self._counting = threading.Lock()

    def hash(self, password: str) -> str:
        with self._counting:
            self.hashed += 1
        return "hash:" + password[::-1]

    def matches(self, hashed: str, password: str) -> bool:
        with self._counting:
            self.compared += 1
        return bool(hashed) and hashed in {"hash:" + password[::-1], "old:" + password[::-1]}

    def is_outdated(self, hashed: str) -> bool:
        return hashed.startswith("old:")

    def scram_keys(self, password: str) -> Keys:
        """Make what SCRAM needs, with as few iterations as it may have."""
        return make_keys(password, iterations=4_096)

    def proof(self, room: str, key: str) -> str:
        with self._counting:
            self.proved += 1
        return proof(room, key)

    @property
    def work(self) -> int:
        return self.hashed + self.compared
