"""The lines of the conversation in front: its records, with headings for the conversation and the day."""

from __future__ import annotations

from chatsimples.client.dialogue.conversations import Conversation, Conversations, Entry
from chatsimples.client.protocol.core import Core
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.i18n import Translate
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine

_CONTEXT = 8


class ConversationView:
    """Makes the lines; each is printed once, below the one before.

    Args:
        conversations: which is in front.
        core: knows the person's nick.
        renderer: renders records.
        translate: the language.
    """

    def __init__(
        self, conversations: Conversations, core: Core, renderer: Renderer, translate: Translate
    ) -> None:
        self._conversations = conversations
        self._core = core
        self._renderer = renderer
        self._translate = translate
        self._day = renderer.dates.today()

    def entry(self, entry: Entry) -> list[StyledLine]:
        """Return an entry's line, with a heading before it if another day begins."""
        record = entry.record
        here = self._conversations.current.destination
        lines: list[StyledLine] = []
        day = self._renderer.dates.day_of(record.at)
        if day and day != self._day:
            self._day = day
            lines.append(self._renderer.day(record.at))
        nick = self._core.nick
        lines.append(self._renderer.record(record, here.room, own=entry.own, nick=nick, to=here.to))
        return lines

    def entries(self, entries: list[Entry], unread: int = 0, since: str = "") -> list[StyledLine]:
        """Return entries' lines, with a rule before the last ``unread`` that says since when they are new."""
        lines: list[StyledLine] = []
        for index, entry in enumerate(entries):
            if since and index == len(entries) - unread:
                lines.append(self._renderer.new_since(since))
            lines += self.entry(entry)
        return lines

    def show(self, conversation: Conversation | None) -> list[StyledLine]:
        """Bring a conversation to the front: the last messages that were read, and the unread ones."""
        current = self._conversations.current
        if conversation is None or conversation is current:
            return []
        current.mark_all_read()
        self._conversations.show(conversation)
        return self._begin()

    def close(self, conversation: Conversation) -> list[StyledLine]:
        """Close a conversation, and show the one that comes to the front instead, if any does."""
        before = self._conversations.current
        self._conversations.close(conversation)
        return [] if self._conversations.current is before else self._begin()

    def backlog(self, read: list[Entry], unread: list[Entry], since: str, *, more: bool) -> list[StyledLine]:
        """Return the lines of a room's first messages.

        Args:
            read: those that the person has read, in an earlier run; or all, in the first one.
            unread: those that came since.
            since: the time of the last one read.
            more: there are unread ones before these.
        """
        lines = self.entries([*read, *unread], len(unread), since if unread else "")
        if more:
            text = self._translate("there is more that is new: PgUp or /historico")
            lines.insert(0, self._renderer.notice(text))
        return lines

    def earlier(self, room: Conversation, entries: list[Entry], *, complete: bool) -> list[StyledLine]:
        """Return earlier messages between two rules; ``complete``: there are none before them."""
        _ = self._translate
        lines = [self._renderer.heading(room.title, _("earlier"))] if entries else []
        day, self._day = self._day, self._renderer.dates.today()
        lines += self.entries(entries)
        self._day = day
        if complete:
            text = _("nothing was said in {room} before").format(room=sanitize(room.title))
            lines.append(self._renderer.notice(text))
        if entries:
            lines.append(self._renderer.heading(room.title, _("now")))
        return lines

    @staticmethod
    def context(read: list[Entry]) -> list[Entry]:
        """Return the last few entries that were read, to which unread ones are shown."""
        return read[-_CONTEXT:]

    def _begin(self) -> list[StyledLine]:
        here = self._conversations.current
        more = self._translate("private") if here.destination.to else ""
        if here.people.count:
            more = self._translate("people: {number}").format(number=here.people.count)
        lines = [self._renderer.heading(here.title, more)]
        if here.topic:
            lines.append(self._renderer.topic(here.topic))
        entries = list(here.entries)
        new = [entry for entry in entries if entry.record.seq > here.read_seq] if here.unread else []
        old = entries[: len(entries) - len(new)]
        unread = sum(entry.record.type == "message" and not entry.own for entry in new)
        if here.unread > unread:
            text = self._translate("new messages that are not shown here: {number}; /historico shows them")
            lines.append(self._renderer.notice(text.format(number=here.unread - unread)))
            here.oldest = entries[0].record.seq if entries else 0
        self._day = self._renderer.dates.today()
        lines += self.entries([*old[-_CONTEXT:], *new], len(new), here.read_at if new else "")
        here.mark_all_read()
        return lines
