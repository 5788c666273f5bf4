"""One person's dialogue with the chat: what they type is asked for, what happens becomes lines for them.

It knows no terminal. What it shows is for whoever prints lines one below the other: of the conversation in
front everything, of the others what is urgent (private messages, and those that name this person); the rest
is counted, and shown when they come to the front.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from chatsimples.chat.effects import HistoryEnd, Members
from chatsimples.chat.history import HISTORY_DEFAULT, HISTORY_LIMIT
from chatsimples.chat.records import Record
from chatsimples.client.dialogue.conversations import Conversation, Conversations, Entry
from chatsimples.client.dialogue.display import Display, mentions
from chatsimples.client.dialogue.membership import Comings
from chatsimples.client.dialogue.memory import Marks
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core
from chatsimples.client.requests.requests import Place, request
from chatsimples.client.words import commands
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine

RETURN_AWAITED = 20.0
"""Seconds after a reconnection in which it is no news that somebody is not there: they come back too."""

_CONTEXT, _UNASKED, _HELD_BACK = 8, 100, 2_000
_NEW_FETCHED = 200


class Wishes(msgspec.Struct, frozen=True):
    """What a person wants to see.

    Attributes:
        history: messages from before that are shown in a room that is entered.
        joins: "quiet", "all" or "off".
        bell: "mentions", "all" or "off".
    """

    history: int = 20
    joins: str = "quiet"
    bell: str = "mentions"


class Dialogue:
    """A dialogue.

    Args:
        core: what is said and heard.
        conversations: where.
        address: where the server is, for people.
        display: makes the lines.
        marks: where reading stopped, in earlier runs.
        wishes: what the person wants to see.
        translate: the words' language.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        core: Core,
        conversations: Conversations,
        address: str,
        display: Display,
        *,
        marks: Marks,
        wishes: Wishes,
        translate: Translate,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.core = core
        self.conversations = conversations
        self.over = False
        self.rang = False
        self.edit: str | None = None
        self._address = address
        self._display = display
        self._marks = marks
        self._wishes = wishes
        self._translate = translate
        self._clock = clock
        self._day = display.today()
        self._entering: dict[str, Conversation] = {}
        self._fetching: dict[str, Conversation] = {}
        self._paging: dict[str, Conversation] = {}
        self._unasked: set[str] = set()
        self._comings = Comings(wishes.joins, clock)
        self._returned_at = float("-inf")
        self._awaiting: list[events.Command] = []

    @property
    def current(self) -> Conversation:
        """The conversation in front."""
        return self.conversations.current

    # What is typed.

    def typed(self, text: str) -> list[StyledLine]:
        """Carry out what was typed: all of it or, if a line can't be, nothing.

        Raises:
            Refusal: a line can't be sent, or is no command.
        """
        lines: list[StyledLine] = []
        # What is said now comes after what was said before.
        self.say_again()
        for action in commands.parse_lines(text):
            lines += self._do(action)
        return lines

    def explain(self, refusal: Refusal) -> StyledLine:
        """Show why something that was typed is refused."""
        if refusal.code == "bad_request":
            # To somebody at a terminal the reason alone says it.
            why = refusal.detail["why"]
            return self._display.problem(self._translate(why).format_map(refusal.detail))
        return self._display.problem(explain(refusal.code, refusal.detail, self._translate))

    def show(self, conversation: Conversation | None) -> list[StyledLine]:
        """Bring a conversation to the front: the end of what was read, and what is new."""
        if conversation is None or conversation is self.current:
            return []
        self.current.read_all()
        self.conversations.show(conversation)
        return self._brought_up()

    def earlier(self, limit: int = HISTORY_DEFAULT) -> list[StyledLine]:
        """Ask for messages from before those that are shown.

        Raises:
            Refusal: this is a private conversation.
        """
        here = self.current
        if not here.place.room:
            raise Refusal("bad_request", why=N_("the server gives back what was said in rooms only"))
        if here.waiting is None and here not in self._paging.values():
            asked = self.core.history(here.place.room, limit, before=here.oldest)
            self._paging[asked.id] = here
        return []

    @property
    def unsaid(self) -> list[events.Command]:
        """The own texts that are not on record yet."""
        return [*self._awaiting, *self.core.unsaid]

    def pending(self, most: int) -> list[StyledLine]:
        """Show the own texts that are not on record yet: the first ones, at most so many."""
        return [
            self._display.pending(each, self.core.nick, here=self._is_here(each.room, each.to))
            for each in self.unsaid[:most]
        ]

    def say_again(self) -> None:
        """Say once more what was for people who had not come back yet."""
        if self.core.registered:
            awaiting, self._awaiting = self._awaiting, []
            for each in awaiting:
                self.core.say(each.text, to=each.to)

    def keep_marks(self) -> None:
        """Note for the next run where reading has stopped."""
        self.current.read_all()
        if self.core.position is not None:
            for each in self.conversations.rooms:
                if each.read_seq:
                    self._marks.put(
                        self.core.position.log, self.core.nick, each.name, each.read_seq, each.read_at
                    )

    def _do(self, action: commands.Action) -> list[StyledLine]:
        match action:
            case commands.Enter():
                return self._enter(action)
            case commands.Converse():
                return self.show(self.conversations.open(Place(to=action.nick)))
            case commands.Leave():
                return self._leave(action)
            case commands.History():
                return self.earlier(action.limit)
            case commands.Edit():
                self.edit = action.text
            case commands.Help():
                return self._display.help()
            case commands.Quit():
                self.over = True
            case commands.Who() if not (action.room or self.current.place.room):
                raise Refusal("bad_request", why=N_("this is a private conversation"))
            case commands.Private():
                self.conversations.open(Place(to=action.to))
                request(self.core, action, self.current.place)
            case _:
                request(self.core, action, self.current.place)
        return []

    def _enter(self, action: commands.Enter) -> list[StyledLine]:
        place = Place(room=action.room)
        known = self.conversations.find(place)
        if known is not None:
            return self.show(known)
        # What is said next is meant for there; the server does both in this order.
        opened = self.conversations.open(place)
        asked = request(self.core, action, place)
        if asked is not None:
            self._entering[asked.id] = opened
        return self.show(opened)

    def _leave(self, action: commands.Leave) -> list[StyledLine]:
        place = Place(room=action.room) if action.room else self.current.place
        if place.to:
            return self._close(self.current)
        left = self.conversations.find(place)
        if left is None:
            raise Refusal("not_in_room", room=action.room)
        if self.conversations.rooms == [left]:
            raise Refusal("bad_request", why=N_("this is your only room; /sair leaves the chat"))
        request(self.core, action, place)
        return []

    def _close(self, conversation: Conversation) -> list[StyledLine]:
        was = self.current
        self.conversations.close(conversation)
        return [] if self.current is was else self._brought_up()

    # What is heard.

    def heard(self, event: events.Event) -> list[StyledLine]:
        """Show an event. What needs an answer (`NickRefused`) is for the owner."""
        match event:
            case events.Happened():
                return self._happened(event)
            case events.Welcomed():
                return self._welcomed(event)
            case events.Answered():
                return self._answered(event)
            case events.Known() if event.unseen:
                return [self._display.said_before(event.command, self.core.nick, self.current.place.room)]
            case events.Refused():
                return self._refused(event)
            case events.NickRefused():
                return [self._display.refused(event)]
        return []

    def _welcomed(self, event: events.Welcomed) -> list[StyledLine]:
        lines = self._display.welcomed(event, self.core.rooms, self._address)
        if event.again:
            self._returned_at = self._clock()
        self._unasked.add(self.core.list_rooms().id)
        if event.gap:
            for each in self.conversations:
                each.begin_anew()
            self._fetching.clear()
            self._paging.clear()
            # The messages from before are fetched anew, what was missed among them.
            return lines[:1] if self._wishes.history else lines
        if not event.again:
            hint = self._translate("/ajuda or F1 shows what you can do, /sair leaves")
            lines.append(self._display.notice(hint))
        return lines

    def _happened(self, event: events.Happened) -> list[StyledLine]:
        record = event.record
        if event.command is not None:
            self._entering.pop(event.command.id, None)
        if event.past:
            room = self.conversations.find(Place(room=record.room))
            if room is not None and len(room.past) < HISTORY_LIMIT:
                room.past.append(Entry(record, self._is_me(record)))
            return []
        if record.to:
            return self._heard_in_private(Entry(record, event.own))
        place = Place(room=record.room)
        there = self.conversations.find(place)
        if there is None:
            return []
        if shown := record.type == "message":
            there.people.spoke(record.nick, self._clock())
        else:
            shown = self._moved(there, record, own=event.own)
        lines = self._arrived(there, Entry(record, event.own)) if shown else []
        return lines + self._left(there, event)

    def _heard_in_private(self, entry: Entry) -> list[StyledLine]:
        place = Place(to=entry.record.to if entry.own else entry.record.nick)
        if entry.own and self.conversations.find(place) is None:
            # The conversation was closed before its last words were on record: it stays closed.
            return self._lines(entry)
        return self._arrived(self.conversations.open(place), entry)

    def _moved(self, room: Conversation, record: Record, *, own: bool) -> bool:
        """Follow who comes, goes and changes names; tell whether it is to be shown."""
        shown = self._comings.follow(room, record, own=own, mine=self._is_me(record))
        if record.type == "nick":
            self.conversations.rename(record.nick, record.new)
        if own and record.type == "join":
            return self._entered(room, record)
        return shown

    def _entered(self, room: Conversation, record: Record) -> bool:
        """Begin, or go on, in a room; tell whether it is the first time."""
        if len(self._unasked) < _UNASKED:
            self._unasked.add(self.core.who(record.room).id)
        if room.begun:
            return False
        room.begun = True
        room.oldest = record.seq
        mark = None
        if self.core.position is not None:
            mark = self._marks.get(self.core.position.log, self.core.nick, room.name)
        if mark is not None and mark.seq >= record.seq:
            # Nobody has read what was not said yet: one of two servers only claims to have this log.
            mark = None
        if mark is not None and not room.read_seq:
            room.read_seq, room.read_at = mark.seq, mark.at
        if self._wishes.history:
            limit = max(self._wishes.history, _NEW_FETCHED) if mark else self._wishes.history
            self._fetching[self.core.history(record.room, limit, before=record.seq).id] = room
            room.waiting = []
        return True

    def _left(self, room: Conversation, event: events.Happened) -> list[StyledLine]:
        record = event.record
        if event.own and record.type == "leave" and record.reason == "left":
            told = [] if room is self.current else self._lines(Entry(record, event.own))
            return told + self._close(room)
        return []

    def _arrived(self, there: Conversation, entry: Entry) -> list[StyledLine]:
        """Take a record into its conversation, and show it if it is to be seen at once."""
        record = entry.record
        if there.waiting is not None:
            there.waiting.append(entry)
            return [] if len(there.waiting) < _HELD_BACK else self._wait_no_longer(there)
        there.entries.append(entry)
        urgent = False
        if record.type == "message" and not entry.own:
            urgent = bool(record.to) or mentions(record.text, self.core.nick)
            self.rang |= self._wishes.bell == "all" or (self._wishes.bell == "mentions" and urgent)
        if there is self.current:
            there.read(entry)
            return self._lines(entry)
        if record.type == "message" and not entry.own:
            there.unread += 1
            there.mentions += urgent
        return self._lines(entry) if urgent or record.to else []

    def _wait_no_longer(self, room: Conversation) -> list[StyledLine]:
        """Show what was held back until the messages from before have come: they don't."""
        waiting, room.waiting, room.past = room.waiting or [], None, []
        self._fetching = {asked: each for asked, each in self._fetching.items() if each is not room}
        return [line for entry in waiting for line in self._arrived(room, entry)]

    def _answered(self, event: events.Answered) -> list[StyledLine]:
        asked = event.command.id if event.command else ""
        reply = event.reply
        if isinstance(reply, Members):
            room = self.conversations.find(Place(room=reply.room))
            if room is not None:
                room.people.are(reply.members, reply.count)
        if asked in self._unasked:
            self._unasked.discard(asked)
            return []
        if isinstance(reply, HistoryEnd) and asked in self._fetching:
            return self._began(self._fetching.pop(asked), reply)
        if isinstance(reply, HistoryEnd) and asked in self._paging:
            return self._paged(self._paging.pop(asked), reply)
        return [self._display.answer(reply)]

    def _began(self, room: Conversation, reply: HistoryEnd) -> list[StyledLine]:
        """Show a room from the messages before its beginning on; what came meanwhile follows."""
        past, room.past = room.past, []
        waiting, room.waiting = room.waiting or [], None
        new = [entry for entry in past if room.read_seq and entry.record.seq > room.read_seq]
        while new and new[0].own:
            # Who has spoken has read what stood before.
            room.read(new.pop(0))
        old = past[: len(past) - len(new)]
        shown = [*old[-(_CONTEXT if new else self._wishes.history) :], *new]
        room.put_before(shown)
        if shown:
            first = shown[0] if room is self.current else room.entries[0]
            room.oldest = first.record.seq
        for entry in shown:
            if entry.record.type == "message":
                room.people.spoke(entry.record.nick, here=False)
        lines: list[StyledLine] = []
        if room is self.current:
            since = room.read_at if new else ""
            lines += self._shown(shown, since, len(new))
            if new and not old and not reply.complete:
                more = self._translate("there is more that is new: PgUp or /historico")
                lines.insert(0, self._display.notice(more))
            for entry in shown:
                room.read(entry)
        elif room.read_seq:
            room.unread += len(new)
            room.mentions += sum(mentions(entry.record.text, self.core.nick) for entry in new)
        elif shown:
            # Somebody's first time here: that is no news, only how it came to be.
            room.read_seq, room.read_at = shown[-1].record.seq, shown[-1].record.at
        for entry in waiting:
            lines += self._arrived(room, entry)
        return lines

    def _paged(self, room: Conversation, reply: HistoryEnd) -> list[StyledLine]:
        past, room.past = room.past, []
        if past:
            room.oldest = past[0].record.seq
        _ = self._translate
        lines = [self._display.heading(room.title, _("earlier"))] if past else []
        day, self._day = self._day, self._display.today()
        lines += self._shown(past)
        self._day = day
        if reply.complete:
            lines.append(
                self._display.notice(_("nothing was said in {room} before").format(room=sanitize(room.title)))
            )
        if past:
            lines.append(self._display.heading(room.title, _("now")))
        return lines

    def _refused(self, event: events.Refused) -> list[StyledLine]:
        lines = [self._display.refused(event)]
        if (command := event.command) is None:
            return lines
        if self._may_return(event.code, command):
            self._awaiting.append(command)
            return []
        opened = self._entering.pop(command.id, None)
        if opened is not None:
            lines = self._close(opened) + lines
        fetching = self._fetching.pop(command.id, None)
        if fetching is not None:
            lines += self._wait_no_longer(fetching)
        self._paging.pop(command.id, None)
        if command.id in self._unasked:
            self._unasked.discard(command.id)
            return lines[1:]
        return lines

    def _may_return(self, code: str, command: events.Command) -> bool:
        """Tell whether whoever a text is for may only be slower to come back than this client was."""
        soon = self._clock() - self._returned_at < RETURN_AWAITED
        return soon and code == "no_such_nick" and bool(command.to)

    # Lines.

    def _brought_up(self) -> list[StyledLine]:
        """Show the current conversation anew."""
        here = self.current
        more = self._translate("private") if here.place.to else ""
        if here.people.count:
            more = self._translate("people: {number}").format(number=here.people.count)
        lines = [self._display.heading(here.title, more)]
        entries = list(here.entries)
        new = [entry for entry in entries if entry.record.seq > here.read_seq] if here.unread else []
        old = entries[: len(entries) - len(new)]
        unread = sum(entry.record.type == "message" and not entry.own for entry in new)
        if here.unread > unread:
            text = self._translate("new messages that are not shown here: {number}; /historico shows them")
            lines.append(self._display.notice(text.format(number=here.unread - unread)))
            here.oldest = entries[0].record.seq if entries else 0
        self._day = self._display.today()
        lines += self._shown([*old[-_CONTEXT:], *new], here.read_at if new else "", len(new))
        here.read_all()
        return lines

    def _shown(self, entries: list[Entry], since: str = "", new: int = 0) -> list[StyledLine]:
        """Show entries, with a line before the last ``new`` of them that says since when they are new."""
        lines: list[StyledLine] = []
        for place, entry in enumerate(entries):
            if since and place == len(entries) - new:
                lines.append(self._display.new_since(since))
            lines += self._lines(entry)
        return lines

    def _lines(self, entry: Entry) -> list[StyledLine]:
        record = entry.record
        place = self.current.place
        lines: list[StyledLine] = []
        day = self._display.day_of(record.at)
        if day and day != self._day:
            self._day = day
            lines.append(self._display.day(record.at))
        return lines + self._display.record(record, place.room, own=entry.own, me=self.core.nick, to=place.to)

    def _is_here(self, room: str, to: str) -> bool:
        return self.conversations.find(Place(room=room, to=to)) is self.current

    def _is_me(self, record: Record) -> bool:
        # What was said before this run was not said on a connection of it; the name is all there is to go by.
        return record.nick == self.core.nick
