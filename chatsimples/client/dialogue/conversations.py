"""The rooms and private conversations that a person has open: which is in front, what is new in the others.

A conversation keeps what was said in it lately as records, not as lines: how they look is decided when they
are shown, on the screen as wide as it is then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record
from chatsimples.client.dialogue.people import People
from chatsimples.client.requests.requests import Place

KEPT = 500
"""Records that a conversation keeps, for when it is shown again."""

MOST_PRIVATE = 100
"""Private conversations that are open at most; of more, the one closes that has been silent longest."""


class Entry(msgspec.Struct, frozen=True):
    """A record in a conversation, and whether it is this person's own."""

    record: Record
    own: bool


class Conversation:
    """A room, or a private conversation with one person.

    Attributes:
        place: where it is.
        people: who is there.
        entries: the last `KEPT` records.
        unread: messages that have not been shown.
        mentions: those among them that name this person, or are for nobody else.
        read_seq, read_at: the last message that was shown (0, "": none yet).
        oldest: the seq from before which earlier messages have not been asked for; 0 for all.
        waiting: what has come while the messages from before are being fetched; None when they are not.
        past: the messages from before that have come so far.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.people = People()
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.unread = 0
        self.mentions = 0
        self.read_seq = 0
        self.read_at = ""
        self.oldest = 0
        self.begun = False
        self.waiting: list[Entry] | None = None
        self.past: list[Entry] = []

    @property
    def name(self) -> str:
        """Its name without a mark."""
        return self.place.room or self.place.to

    @property
    def title(self) -> str:
        """Its name as it is shown: a room with ``#``."""
        return f"#{self.place.room}" if self.place.room else self.place.to

    def begin_anew(self) -> None:
        """Forget all of it: what comes now is of another log."""
        self.entries.clear()
        self.unread = self.mentions = self.read_seq = self.oldest = 0
        self.read_at = ""
        self.begun = False
        self.waiting = None
        self.past = []

    def put_before(self, entries: list[Entry]) -> None:
        """Keep entries that are older than all that is kept, as far as there is room for them."""
        self.entries = deque([*entries, *self.entries], maxlen=KEPT)

    def read(self, entry: Entry) -> None:
        """Note that an entry was shown."""
        if entry.record.type == "message" and entry.record.seq > self.read_seq:
            self.read_seq, self.read_at = entry.record.seq, entry.record.at

    def read_all(self) -> None:
        """Note that everything was shown."""
        self.unread = self.mentions = 0
        for entry in reversed(self.entries):
            if entry.record.type == "message":
                self.read(entry)
                break


class Conversations:
    """The conversations in the order in which they were opened. There is always a current one.

    Args:
        rooms: the first ones; at least one.
    """

    def __init__(self, rooms: list[str]) -> None:
        self._all: list[Conversation] = [Conversation(Place(room=room)) for room in rooms]
        self.current = self._all[0]
        self._before: Conversation | None = None

    def __iter__(self) -> Iterator[Conversation]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def rooms(self) -> list[Conversation]:
        """The rooms alone."""
        return [each for each in self._all if each.place.room]

    def find(self, place: Place) -> Conversation | None:
        """Find a conversation."""
        wanted = _key(place)
        return next((each for each in self._all if _key(each.place) == wanted), None)

    def open(self, place: Place) -> Conversation:
        """Find a conversation, or begin it, behind the current one."""
        found = self.find(place)
        if found is None:
            found = Conversation(place)
            self._make_way(found)
            self._all.append(found)
        return found

    def _make_way(self, new: Conversation) -> None:
        private = [each for each in self._all if each.place.to]
        if new.place.to and len(private) >= MOST_PRIVATE:
            others = [each for each in private if each is not self.current]
            self._all.remove(min(others, key=lambda each: each.entries[-1].record.seq if each.entries else 0))

    def number(self, number: int) -> Conversation | None:
        """Give the conversation with a number; they are counted from 1."""
        return self._all[number - 1] if 0 < number <= len(self._all) else None

    def step(self, by: int) -> Conversation:
        """Give the conversation so many after the current one (before it, if negative)."""
        return self._all[(self._all.index(self.current) + by) % len(self._all)]

    def most_urgent(self) -> Conversation | None:
        """Give the conversation to look at next: one with mentions, else one with anything new."""
        others = [each for each in self._all if each is not self.current]
        return next(
            (each for each in others if each.mentions), next((each for each in others if each.unread), None)
        )

    def show(self, conversation: Conversation) -> None:
        """Bring a conversation to the front."""
        if conversation is not self.current:
            self._before = self.current
            self.current = conversation

    def close(self, conversation: Conversation) -> None:
        """Take a conversation away; the one that was in front before it comes back. The last one stays."""
        if len(self._all) == 1 or conversation not in self._all:
            return
        self._all.remove(conversation)
        if conversation is self.current:
            self.current = self._before if self._before in self._all else self._all[0]
            self._before = None

    def rename(self, old: str, new: str) -> None:
        """Follow a person's change of nick, if no conversation has the new one already."""
        found = self.find(Place(to=old))
        if found is not None and (self.find(Place(to=new)) in (None, found)):
            found.place = Place(to=new)


def _key(place: Place) -> tuple[bool, str]:
    return bool(place.room), heard_key(place.room or place.to)
