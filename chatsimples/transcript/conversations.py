"""Where something was said last within a time: in which rooms, and with whom.

What is looked at is bounded, however long the log: so many blocks of a room, and so many of
private messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatsimples.chat.effects import Conversation, ConversationList, Survey
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.transcript.history import SeqRange, private_parties
from chatsimples.transcript.index.keys import owner_key, room_key
from chatsimples.transcript.reader import Line, TranscriptReader

BLOCKS_OF_A_ROOM = 64
"""Blocks of the log in which a message of a room is looked for; then it counts as silent."""

PRIVATE_BLOCKS = 256
"""Blocks of the log in which private messages are looked for."""


class ConversationSearch:
    """A search for conversations, in steps of bounded length.

    Args:
        reader: of the transcript.
        asked: what is asked for.

    Attributes:
        found: nothing: the end has all.
    """

    def __init__(self, reader: TranscriptReader, asked: Survey) -> None:
        self.found: list[Line] = []
        self._reader = reader
        self._asked = asked
        self._range = SeqRange(reader, asked)
        self._is_ranged = False
        self._last: list[Conversation] = []
        self._complete = True
        self._steps: Iterator[None] = self._search()

    def step(self) -> bool:
        """Look a step further; tell whether the search is done.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        if not self._is_ranged:
            self._is_ranged = self._range.step()
            return False
        return next(self._steps, self) is self

    def end(self) -> ConversationList:
        """Return the answer, once the search is done."""
        asked = self._asked
        told = sorted((each for each in self._last if asked.at <= each.at < asked.until), key=_at)
        complete = self._complete and len(told) <= asked.limit
        return ConversationList(told[: asked.limit], complete, asked.id)

    def _search(self) -> Iterator[None]:
        for room in self._asked.rooms:
            yield from self._search_room(room)
        if self._asked.own:
            yield from self._search_private()

    def _search_room(self, room: str) -> Iterator[None]:
        key = name_key(room)
        older = self._reader.backwards_for(self._asked.before, frozenset([room_key(key)]))
        for number, lines in enumerate(older, 1):
            for record, _ in reversed(lines):
                if record.seq <= self._range.after:
                    return
                if record.type == "message" and record.room and name_key(record.room) == key:
                    self._last.append(Conversation(record.at, room=room))
                    return
            if number == BLOCKS_OF_A_ROOM:
                self._complete = False
                return
            yield

    def _search_private(self) -> Iterator[None]:
        own = frozenset(self._asked.own)
        keys = frozenset(owner_key(each) for each in own)
        seen: set[str] = set()
        older = self._reader.backwards_for(self._asked.before, keys)
        for number, lines in enumerate(older, 1):
            for record, _ in reversed(lines):
                if record.seq <= self._range.after:
                    return
                self._note(record, own, seen)
            if number == PRIVATE_BLOCKS:
                self._complete = False
                return
            yield

    def _note(self, record: Record, own: frozenset[int | str], seen: set[str]) -> None:
        nick, _ = private_parties(own, record) if record.type == "message" else ("", "")
        if nick and name_key(nick) not in seen:
            seen.add(name_key(nick))
            self._last.append(Conversation(record.at, to=nick))


def _at(conversation: Conversation) -> str:
    return conversation.at
