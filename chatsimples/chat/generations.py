"""Values by key within bounds, kept at a cost that does not depend on how many they are.

An order by age would have to be kept for each value. Two generations need none: what is put goes into the
young one; when that is full it becomes the old one, and the one that was old before is let go of, whole.

Each generation is made of `SHARDS` dicts. `Generations.share` gives them away as they are, at once: a shard
is copied when it is about to change for the first time after that. Those of a generation that goes are let go
of one by one. So there is no moment at which something is done to all.
"""

from __future__ import annotations

from zlib import crc32

SHARDS = 16

Shards = list[dict[str, bytes]]


class Generations:
    """Keeps at least the values put last, as many as fill one generation, and at most two of these.

    Values are never empty, and never change.

    Args:
        entries: that a generation holds.
        size: bytes of values that a generation holds; one value alone can have more.
    """

    def __init__(self, entries: int, size: int) -> None:
        self._entries = entries
        self._size = size
        self._old = _Generation(_empty())
        self._young = _Generation(_empty())
        self._going: Shards = []

    def get(self, key: str) -> bytes | None:
        """Return a value, if it is kept."""
        number = _shard_of(key)
        return self._young.shards[number].get(key) or self._old.shards[number].get(key)

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, instead of the one that the key had."""
        self.pop(key)
        young = self._young
        if young.count and (young.count >= self._entries or young.size + len(value) > self._size):
            self._going = self._old.shards
            self._old, self._young = young, _Generation(_empty())
            young = self._young
        if self._going:
            self._going.pop()
        young.put(_shard_of(key), key, value)

    def pop(self, key: str) -> bytes | None:
        """Take a value out and return it, if it is kept."""
        number = _shard_of(key)
        return self._young.pop(number, key) or self._old.pop(number, key)

    def share(self) -> Shards:
        """Return the shards of both generations, the old one's first. They never change."""
        return [*self._old.share(), *self._young.share()]

    def restore(self, shards: Shards) -> None:
        """Take over what `share` has given; from now on it can change.

        Raises:
            ValueError: there are more or fewer shards.
        """
        if len(shards) != 2 * SHARDS:
            raise ValueError(f"{len(shards)} shards")
        self._old, self._young = _Generation(shards[:SHARDS]), _Generation(shards[SHARDS:])


class _Generation:
    def __init__(self, shards: Shards) -> None:
        self.shards = shards
        self.count = sum(map(len, shards))
        self.size = sum(sum(map(len, shard.values())) for shard in shards)
        self._shared: set[int] = set()

    def share(self) -> Shards:
        self._shared = set(range(SHARDS))
        return self.shards

    def put(self, number: int, key: str, value: bytes) -> None:
        self._own(number)[key] = value
        self.count += 1
        self.size += len(value)

    def pop(self, number: int, key: str) -> bytes | None:
        if key not in self.shards[number]:
            return None
        value = self._own(number).pop(key)
        self.count -= 1
        self.size -= len(value)
        return value

    def _own(self, number: int) -> dict[str, bytes]:
        if number in self._shared:
            self._shared.discard(number)
            self.shards[number] = self.shards[number].copy()
        return self.shards[number]


def _empty() -> Shards:
    return [{} for _ in range(SHARDS)]


def _shard_of(key: str) -> int:
    # The same in every process, as it says in which order a snapshot tells them.
    return crc32(key.encode()) % SHARDS
