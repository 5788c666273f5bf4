"""Values by key within bounds, kept at a cost that does not depend on how many they are.

An order by age would have to be kept for each value. Two generations need none: what is put goes into the
young one; when that is full it becomes the old one, and the one that was old before is let go of, whole.
"""

from __future__ import annotations


class Generations:
    """Keeps at least the values put last, as many as fill one generation, and at most two of these.

    Args:
        entries: that a generation holds.
        size: bytes of values that a generation holds; one value alone can have more.

    Attributes:
        old, young: the two generations. Values are never empty, and never change.
    """

    def __init__(self, entries: int, size: int) -> None:
        self.old: dict[str, bytes] = {}
        self.young: dict[str, bytes] = {}
        self._entries = entries
        self._size = size
        self._young_size = 0

    def get(self, key: str) -> bytes | None:
        """Return a value, if it is kept."""
        return self.young.get(key) or self.old.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, instead of the one that the key had."""
        self.pop(key)
        if self.young and (len(self.young) >= self._entries or self._young_size + len(value) > self._size):
            self.old, self.young, self._young_size = self.young, {}, 0
        self.young[key] = value
        self._young_size += len(value)

    def pop(self, key: str) -> bytes | None:
        """Take a value out and return it, if it is kept."""
        value = self.young.pop(key, None)
        if value is None:
            return self.old.pop(key, None)
        self._young_size -= len(value)
        return value

    def restore(self, old: dict[str, bytes], young: dict[str, bytes]) -> None:
        """Take over the generations of another one."""
        self.old, self.young = old, young
        self._young_size = sum(map(len, young.values()))
