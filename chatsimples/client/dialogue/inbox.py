"""Records, taken into their conversations; those that are to be seen at once become lines."""

from __future__ import annotations

from collections.abc import Callable

from chatsimples.chat.records import Record
from chatsimples.client.dialogue.backlog import Backlog, Fetched
from chatsimples.client.dialogue.conversation_view import ConversationView
from chatsimples.client.dialogue.conversations import Conversation, Conversations, Entry
from chatsimples.client.dialogue.membership import Membership
from chatsimples.client.dialogue.preferences import Preferences
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core
from chatsimples.client.rendering.message_text import mentions
from chatsimples.client.requests.request import Destination
from chatsimples.client.storage.read_markers import ReadMarkers
from chatsimples.screen.styled_text import StyledLine
from chatsimples.words.telling import is_telling
from chatsimples.words.told import is_governing

_NEW_FETCHED = 200
_OUTSIDE = frozenset({"hello", "bye"})


class Inbox:
    """Takes records.

    Args:
        core: the protocol.
        conversations: the rooms and private conversations.
        view: makes the lines.
        markers: where reading stopped, in earlier runs.
        preferences: the person's.
        clock: seconds that never go back.

    Attributes:
        backlog: the messages from before that were asked for.
        rang: the bell is to be rung; whoever rings it sets it back.
    """

    def __init__(
        self,
        core: Core,
        conversations: Conversations,
        view: ConversationView,
        *,
        markers: ReadMarkers,
        preferences: Preferences,
        clock: Callable[[], float],
    ) -> None:
        self.backlog = Backlog(core)
        self.rang = False
        self._core = core
        self._conversations = conversations
        self._view = view
        self._markers = markers
        self._preferences = preferences
        self._clock = clock
        self._membership = Membership(preferences.joins, clock)
        self._last_change: tuple[int, str, str] | None = None

    def record(self, event: events.RecordReceived) -> list[StyledLine]:
        """Take a record; return the lines that are to be seen at once."""
        record = event.record
        if (record.type in _OUTSIDE and not record.by) or not _is_for_people(record):
            # A connection is there, or has ended: people read of it in the joins and leaves.
            return []
        entry = Entry(record, event.own)
        room = self._conversations.find(Destination(room=record.room)) if record.room else None
        if event.past:
            if room is not None:
                self.backlog.add_past(room, Entry(record, self._is_me(record)))
            return []
        if record.to:
            return self._private(entry)
        if record.type != "leave" and is_governing(record):
            return self._governed(room, entry)
        if is_telling(record):
            return self._told(room, entry)
        lines = self._renamed(entry) if record.type == "nick" else []
        if room is None:
            return lines
        if record.type == "message":
            room.people.spoke(record.nick, self._clock())
            return self._arrived(room, entry)
        if self._moved(room, entry) and not lines:
            lines = self._arrived(room, entry)
        return lines + self._left(room, entry)

    def fetched(self, fetched: Fetched, *, complete: bool) -> list[StyledLine]:
        """Take messages from before; ``complete``: there are none before them."""
        room, entries = fetched.room, fetched.entries
        if not fetched.earlier:
            return self._began(fetched, complete=complete)
        if entries:
            room.oldest = entries[0].record.seq
        return self._view.earlier(room, entries, complete=complete)

    def held_back(self, fetched: Fetched) -> list[StyledLine]:
        """Take the records that were held back for messages from before, which do not come."""
        return [line for entry in fetched.held_back for line in self._arrived(fetched.room, entry)]

    def _governed(self, room: Conversation | None, entry: Entry) -> list[StyledLine]:
        """Take what was done to govern: what concerns this person is shown wherever they are."""
        record = entry.record
        mine = self._is_me(record)
        self.rang |= mine and not entry.own and self._preferences.bell != "off"
        if room is None:
            return self._view.entry(entry)
        if record.type == "topic":
            room.topic = record.text
        elif record.type == "role":
            room.people.set_role(record.nick, record.role, guest=not record.account)
        shown = self._arrived(room, entry)
        return shown or (self._view.entry(entry) if mine and room is not self._conversations.current else [])

    def _told(self, room: Conversation | None, entry: Entry) -> list[StyledLine]:
        """Take what somebody tells of themself, with a record for each room, or what is for everybody."""
        record = entry.record
        change = (record.conn, record.at, record.type)
        news = change != self._last_change
        self._last_change = change
        here = self._conversations.current
        if room is None or (entry.own and not here.destination.room):
            self.rang |= not entry.own and self._preferences.bell != "off"
            return self._view.entry(entry) if news else []
        return self._arrived(room, entry)

    def _private(self, entry: Entry) -> list[StyledLine]:
        destination = Destination(to=entry.record.to if entry.own else entry.record.nick)
        if entry.own and self._conversations.find(destination) is None:
            # The conversation was closed before its last text was on record: it stays closed.
            return self._view.entry(entry)
        return self._arrived(self._conversations.open(destination), entry)

    def _renamed(self, entry: Entry) -> list[StyledLine]:
        """Follow a change of nick, which has a record for each room.

        Returns:
            Its line if the private conversation in front is with that person, or if the nick is the own one:
            no room in front shows it then. It is one line, however many records there are.
        """
        record = entry.record
        here = self._conversations.current
        concerned = entry.own or self._conversations.find(Destination(to=record.nick)) is here
        self._conversations.rename(record.nick, record.new)
        change = (record.conn, record.at, record.new)
        if here.destination.room or not concerned or change == self._last_change:
            return []
        self._last_change = change
        return self._view.entry(entry)

    def _moved(self, room: Conversation, entry: Entry) -> bool:
        """Follow who joins, leaves and changes nicks; tell whether it is to be shown."""
        record = entry.record
        shown = self._membership.follow(room, record, own=entry.own, mine=self._is_me(record))
        if entry.own and record.type == "join":
            return self._entered(room, record)
        return shown

    def _entered(self, room: Conversation, record: Record) -> bool:
        """Begin, or go on, in a room; tell whether it is the first time."""
        self._core.who(record.room)
        if room.begun:
            return False
        room.begun = True
        room.oldest = record.seq
        marker = None
        if self._core.position is not None:
            marker = self._markers.get(self._core.position.log, self._core.nick, room.name)
        if marker is not None and marker.seq >= record.seq:
            # Nobody has read what was not said yet: one of two servers only claims to have this log.
            marker = None
        if marker is not None and not room.read_seq:
            room.read_seq, room.read_at = marker.seq, marker.at
        history = self._preferences.history
        if history:
            limit = max(history, _NEW_FETCHED) if marker else history
            self.backlog.fetch(room, limit, record.seq, earlier=False)
        return True

    def _left(self, room: Conversation, entry: Entry) -> list[StyledLine]:
        record = entry.record
        if entry.own and record.type == "leave" and (record.reason == "left" or record.by):
            lines = [] if room is self._conversations.current else self._view.entry(entry)
            return lines + self._view.close(room)
        return []

    def _arrived(self, conversation: Conversation, entry: Entry) -> list[StyledLine]:
        """Add a record to its conversation, and show it if it is to be seen at once."""
        record = entry.record
        if self.backlog.hold_back(conversation, entry):
            return self._await_no_longer(conversation) if self.backlog.is_overdue(conversation) else []
        conversation.entries.append(entry)
        urgent = False
        if record.type == "message" and not entry.own:
            urgent = bool(record.to) or mentions(record.text, self._core.nick)
            bell = self._preferences.bell
            self.rang |= bell == "all" or (bell == "mentions" and urgent)
        if conversation is self._conversations.current:
            conversation.mark_read(entry)
            return self._view.entry(entry)
        if record.type == "message" and not entry.own:
            conversation.unread += 1
            conversation.mentions += urgent
        return self._view.entry(entry) if urgent or record.to else []

    def _await_no_longer(self, room: Conversation) -> list[StyledLine]:
        fetched = self.backlog.give_up(room)
        return self.held_back(fetched) if fetched else []

    def _began(self, fetched: Fetched, *, complete: bool) -> list[StyledLine]:
        """Show a room from its first messages on; the records that came meanwhile follow."""
        room, past = fetched.room, fetched.entries
        new = [entry for entry in past if room.read_seq and entry.record.seq > room.read_seq]
        while new and new[0].own:
            # Who has spoken has read the messages before.
            room.mark_read(new.pop(0))
        old = past[: len(past) - len(new)]
        read = self._view.context(old) if new else old[-self._preferences.history :]
        shown = [*read, *new]
        room.put_before(shown)
        if shown:
            first = shown[0] if room is self._conversations.current else room.entries[0]
            room.oldest = first.record.seq
        for entry in shown:
            if entry.record.type == "message":
                room.people.spoke(entry.record.nick, here=False)
        lines: list[StyledLine] = []
        if room is self._conversations.current:
            more = bool(new) and not old and not complete
            lines += self._view.backlog(read, new, room.read_at, more=more)
            for entry in shown:
                room.mark_read(entry)
        elif room.read_seq:
            room.unread += len(new)
            room.mentions += sum(mentions(entry.record.text, self._core.nick) for entry in new)
        elif shown:
            # It is the person's first time here: the messages from before are no news.
            room.read_seq, room.read_at = shown[-1].record.seq, shown[-1].record.at
        return lines + self.held_back(fetched)

    def _is_me(self, record: Record) -> bool:
        # A text from before this run was said on no connection of it: the nick is all there is to go by.
        return record.nick == self._core.nick


def _is_for_people(record: Record) -> bool:
    """Tell whether a record is not for programs alone: neither the proof of a room's key, nor any tag."""
    if record.type == "tags":
        return is_telling(record)
    return record.type != "set" or not record.quiet
