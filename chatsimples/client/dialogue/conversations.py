"""The rooms and private conversations that a person has open; one is in front, the others have counts.

A conversation keeps its latest records, not lines: they are rendered when they are shown, for the screen's
width at that time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record
from chatsimples.client.dialogue.people import People
from chatsimples.client.requests.request import Destination

KEPT = 500
"""Records that a conversation keeps for the next time it is shown."""

MOST_PRIVATE = 100
"""Private conversations that are open at most; beyond, the one that was silent longest is closed."""


class Entry(msgspec.Struct, frozen=True):
    """A record in a conversation, and whether it is this person's own."""

    record: Record
    own: bool


class Conversation:
    """A room, or a private conversation with one person.

    Attributes:
        destination: where texts go that are said in it.
        people: who is there.
        topic: what it is about, as far as this client knows.
        entries: the last `KEPT` records.
        unread: how many messages have not been shown.
        mentions: how many of these name this person, or are private.
        read_seq, read_at: the last message that was shown (0, "": none yet).
        oldest: the seq before which earlier messages have not been asked for; 0 for all.
        begun: this person has entered the room in this log.
    """

    def __init__(self, destination: Destination) -> None:
        self.destination = destination
        self.people = People()
        self.topic = ""
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.unread = 0
        self.mentions = 0
        self.read_seq = 0
        self.read_at = ""
        self.oldest = 0
        self.begun = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.destination.room or self.destination.to

    @property
    def title(self) -> str:
        """Its name for people: a room's with ``#``."""
        return f"#{self.destination.room}" if self.destination.room else self.destination.to

    def begin_anew(self) -> None:
        """Forget all records: those that come now are of another log."""
        self.entries.clear()
        self.unread = self.mentions = self.read_seq = self.oldest = 0
        self.read_at = ""
        self.begun = False

    def put_before(self, entries: list[Entry]) -> None:
        """Keep entries that are older than all others, as far as there is room for them."""
        self.entries = deque([*entries, *self.entries], maxlen=KEPT)

    def mark_read(self, entry: Entry) -> None:
        """Note that an entry was shown."""
        if entry.record.type == "message" and entry.record.seq > self.read_seq:
            self.read_seq, self.read_at = entry.record.seq, entry.record.at

    def mark_all_read(self) -> None:
        """Note that all entries were shown."""
        self.unread = self.mentions = 0
        for entry in reversed(self.entries):
            if entry.record.type == "message":
                self.mark_read(entry)
                break


class Conversations:
    """The conversations in the order in which they were opened. There is always a current one.

    Args:
        rooms: the first ones; at least one.
    """

    def __init__(self, rooms: list[str]) -> None:
        self._all: list[Conversation] = [Conversation(Destination(room=room)) for room in rooms]
        self.current = self._all[0]
        self._previous: Conversation | None = None

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def rooms(self) -> list[Conversation]:
        """The rooms alone."""
        return [each for each in self._all if each.destination.room]

    def find(self, destination: Destination) -> Conversation | None:
        """Find a conversation."""
        wanted = _key(destination)
        return next((each for each in self._all if _key(each.destination) == wanted), None)

    def open(self, destination: Destination) -> Conversation:
        """Find a conversation, or open it, without showing it."""
        found = self.find(destination)
        if found is None:
            found = Conversation(destination)
            self._make_room(found)
            self._all.append(found)
        return found

    def _make_room(self, new: Conversation) -> None:
        private = [each for each in self._all if each.destination.to]
        if new.destination.to and len(private) >= MOST_PRIVATE:
            others = [each for each in private if each is not self.current]
            self._all.remove(min(others, key=lambda each: each.entries[-1].record.seq if each.entries else 0))

    def number(self, number: int) -> Conversation | None:
        """Return the conversation with a number, from 1 on."""
        return self._all[number - 1] if 0 < number <= len(self._all) else None

    def step(self, by: int) -> Conversation:
        """Return the conversation so many after the current one (before it, if negative)."""
        return self._all[(self._all.index(self.current) + by) % len(self._all)]

    def most_urgent(self) -> Conversation | None:
        """Return the conversation to look at next: one with mentions, else one with unread messages."""
        others = [each for each in self._all if each is not self.current]
        return next(
            (each for each in others if each.mentions), next((each for each in others if each.unread), None)
        )

    def show(self, conversation: Conversation) -> None:
        """Bring a conversation to the front."""
        if conversation is not self.current:
            self._previous = self.current
            self.current = conversation

    def close(self, conversation: Conversation) -> None:
        """Close a conversation; the one that was in front before it comes back. The last one stays."""
        if len(self._all) == 1 or conversation not in self._all:
            return
        self._all.remove(conversation)
        if conversation is self.current:
            self.current = self._previous if self._previous in self._all else self._all[0]
            self._previous = None

    def rename(self, old: str, new: str) -> None:
        """Follow a person's change of nick, unless another conversation has the new nick."""
        found = self.find(Destination(to=old))
        if found is not None and (self.find(Destination(to=new)) in (None, found)):
            found.destination = Destination(to=new)


def _key(destination: Destination) -> tuple[bool, str]:
    return bool(destination.room), heard_key(destination.room or destination.to)
