"""One person's dialogue with the chat: typed lines become commands, events become lines.

It knows no terminal. Of the conversation in front it shows everything, of the others what is urgent (private
messages, and those that name this person); the rest is counted, and shown when the conversation comes to the
front. The lines are for whoever prints them one below the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from chatsimples.chat.effects import HistoryEnd, IsAway, Members
from chatsimples.chat.history import HISTORY_DEFAULT
from chatsimples.client.dialogue.conversation_view import ConversationView
from chatsimples.client.dialogue.conversations import Conversation, Conversations
from chatsimples.client.dialogue.inbox import Inbox
from chatsimples.client.dialogue.postponed import PostponedMessages
from chatsimples.client.dialogue.preferences import Preferences
from chatsimples.client.protocol import events
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.core import Core
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.requests import actions
from chatsimples.client.requests.parser import parse_lines
from chatsimples.client.requests.request import Destination, request
from chatsimples.client.storage.read_markers import ReadMarkers
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate
from chatsimples.screen.styled_text import StyledLine

_QUESTIONS = frozenset({"who", "rooms", "history", "status"})


class Dialogue:
    """A dialogue.

    Args:
        core: the protocol.
        conversations: the rooms and private conversations.
        address: of the server, for people.
        renderer: renders lines.
        markers: where reading stopped, in earlier runs.
        preferences: the person's.
        translate: the language.
        clock: seconds that never go back.

    Attributes:
        over: the person wants to leave.
        edit: the text that is to be edited in an editor; None if none is.
    """

    def __init__(
        self,
        core: Core,
        conversations: Conversations,
        address: str,
        renderer: Renderer,
        *,
        markers: ReadMarkers,
        preferences: Preferences,
        translate: Translate,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.core = core
        self.conversations = conversations
        self.over = False
        self.edit: str | None = None
        self._address = address
        self._renderer = renderer
        self._markers = markers
        self._preferences = preferences
        self._translate = translate
        self._view = ConversationView(conversations, core, renderer, translate)
        self._inbox = Inbox(
            core, conversations, self._view, markers=markers, preferences=preferences, clock=clock
        )
        self._postponed = PostponedMessages(core, clock)
        self._entering: dict[str, Conversation] = {}
        self._questions: set[str] = set()

    @property
    def current(self) -> Conversation:
        """The conversation in front."""
        return self.conversations.current

    # What is typed.

    def typed(self, text: str) -> list[StyledLine]:
        """Carry out what was typed: all of it or, if a line is refused, nothing.

        Raises:
            Refusal: a line can't be sent, or is no command.
        """
        lines: list[StyledLine] = []
        # Texts that are said now come after those that were said before.
        self.send_postponed()
        for action in parse_lines(text, self.core.limits):
            lines += self._perform(action)
        return lines

    def explain(self, refusal: Refusal) -> StyledLine:
        """Show why something that was typed is refused."""
        if refusal.code == "bad_request":
            # To somebody at a terminal the reason alone says it.
            why = refusal.detail["why"]
            return self._renderer.problem(self._translate(why).format_map(refusal.detail))
        return self._renderer.problem(explain(refusal.code, refusal.detail, self._translate))

    def show(self, conversation: Conversation | None) -> list[StyledLine]:
        """Bring a conversation to the front: the last messages that were read, and the unread ones."""
        return self._view.show(conversation)

    def earlier(self, limit: int = HISTORY_DEFAULT, at: str = "") -> list[StyledLine]:
        """Ask for messages from before those that are shown, or for those from a time on.

        Raises:
            Refusal: this is a private conversation.
        """
        here = self.current
        if not here.destination.room:
            raise Refusal("bad_request", why=N_("the server gives back what was said in rooms only"))
        if here.begun:
            self._inbox.backlog.fetch(here, limit, here.oldest, earlier=True, at=at)
        return []

    def look_again(self) -> None:
        """Ask who is in the room in front, if somebody has come of whom it is not known which role they have.

        Called when somebody wants to see it: to ask at each join would be a question from each for each.
        """
        here = self.current
        if here.people.in_doubt and self.core.is_in(here.destination.room):
            here.people.in_doubt = False
            self.core.who(here.destination.room)

    def take_bell(self) -> bool:
        """Tell, once, whether the bell is to be rung."""
        rang, self._inbox.rang = self._inbox.rang, False
        return rang

    @property
    def unconfirmed(self) -> list[Command]:
        """The own texts that are not known to be on record."""
        return [*self._postponed.messages, *self.core.unconfirmed]

    def unconfirmed_lines(self, most: int) -> list[StyledLine]:
        """Show the own texts that are not known to be on record: the first ones, at most so many."""
        return [
            self._renderer.unconfirmed(each, self.core.nick, here=self._is_here(each))
            for each in self.unconfirmed[:most]
        ]

    def send_postponed(self) -> None:
        """Say the postponed messages again."""
        self._postponed.send()

    def keep_markers(self) -> None:
        """Note for the next run where reading has stopped."""
        self.current.mark_all_read()
        if self.core.position is not None:
            log, nick = self.core.position.log, self.core.nick
            for each in self.conversations.rooms:
                if each.read_seq:
                    self._markers.put(log, nick, each.name, each.read_seq, each.read_at)

    def _perform(self, action: actions.Action) -> list[StyledLine]:
        match action:
            case actions.Enter():
                return self._enter(action)
            case actions.Converse():
                return self.show(self.conversations.open(Destination(to=action.nick)))
            case actions.Leave():
                return self._leave(action)
            case actions.History():
                return self.earlier(action.limit, action.at)
            case actions.Edit():
                self.edit = action.text
            case actions.Help():
                return self._renderer.help(governing=action.governing)
            case actions.Quit():
                self.over = True
            case actions.Who() if not (action.room or self.current.destination.room):
                raise Refusal("bad_request", why=N_("this is a private conversation"))
            case actions.Private():
                self.conversations.open(Destination(to=action.to))
                request(self.core, action, self.current.destination)
            case _:
                asked = request(self.core, action, self.current.destination)
                if asked is not None and asked.type in _QUESTIONS:
                    self._questions.add(asked.id)
        return []

    def _enter(self, action: actions.Enter) -> list[StyledLine]:
        destination = Destination(room=action.room)
        known = self.conversations.find(destination)
        if known is not None and self.core.is_in(action.room):
            return self.show(known)
        # The next text is for that room; the server carries out both in this order.
        opened = self.conversations.open(destination)
        self._entering[self.core.join(action.room, action.key).id] = opened
        return self.show(opened)

    def _leave(self, action: actions.Leave) -> list[StyledLine]:
        destination = Destination(room=action.room) if action.room else self.current.destination
        if destination.to:
            return self._view.close(self.current)
        room = self.conversations.find(destination)
        if room is None:
            raise Refusal("not_in_room", room=action.room)
        if self.conversations.rooms == [room]:
            raise Refusal("bad_request", why=N_("this is your only room; /sair leaves the chat"))
        self.core.leave(destination.room)
        return []

    # What is received.

    def received(self, event: events.Event) -> list[StyledLine]:
        """Show an event. `NickRefused` and `LoginRefused` need an answer, which is the owner's task."""
        match event:
            case events.RecordReceived():
                return self._inbox.record(event)
            case events.Welcomed():
                return self._welcomed(event)
            case events.ReplyReceived():
                return self._reply(event)
            case events.AlreadyRecorded() if event.unseen:
                room = self.current.destination.room
                return [self._renderer.already_recorded(event.command, self.core.nick, room)]
            case events.Refused():
                return self._refused(event)
            case events.NickRefused() | events.LoginRefused():
                return [self._renderer.refused(event)]
        return []

    def _welcomed(self, event: events.Welcomed) -> list[StyledLine]:
        lines = self._renderer.welcomed(event, self.core.rooms, self._address)
        if event.again:
            self._postponed.reconnected()
        self.core.list_rooms()
        if event.gap:
            for each in self.conversations:
                each.begin_anew()
            self._inbox.backlog.clear()
            # The messages from before are fetched anew, those of the gap among them.
            return lines[:1] if self._preferences.history else lines
        if not event.again:
            hint = self._translate("/ajuda or F1 shows what you can do, /sair leaves")
            lines.append(self._renderer.notice(hint))
        return lines

    def _reply(self, event: events.ReplyReceived) -> list[StyledLine]:
        asked = event.command.id if event.command else ""
        reply = event.reply
        if isinstance(reply, IsAway):
            return self._renderer.reply(reply)
        if isinstance(reply, Members):
            room = self.conversations.find(Destination(room=reply.room))
            if room is not None:
                room.people.replace(reply.members, reply.count, reply.roles)
                if asked not in self._questions:
                    return self._entered(room, reply)
        if isinstance(reply, HistoryEnd):
            fetched = self._inbox.backlog.answered(asked)
            if fetched is not None and event.command is not None and event.command.at:
                shown = self._inbox.fetched(fetched, complete=False)
                return shown or [self._renderer.notice(self._translate("nothing was said there since then"))]
            if fetched is not None:
                return self._inbox.fetched(fetched, complete=reply.complete)
        if asked not in self._questions:
            return []
        self._questions.discard(asked)
        return self._renderer.reply(reply)

    def _entered(self, room: Conversation, reply: Members) -> list[StyledLine]:
        """Take over what a room is about, and show it if that is news."""
        news = reply.topic != room.topic and room is self.current
        room.topic = reply.topic
        return [self._renderer.topic(reply.topic)] if news and reply.topic else []

    def _refused(self, event: events.Refused) -> list[StyledLine]:
        lines = [self._renderer.refused(event)]
        if (command := event.command) is None:
            room = self.conversations.find(Destination(room=event.detail.get("room", "")))
            if room is not None and not room.begun and not self.core.is_in(room.name):
                # One of the first rooms may not be entered.
                return self._view.close(room) + lines
            return lines
        if self._postponed.postpone(event.code, command):
            return []
        opened = self._entering.pop(command.id, None)
        if opened is not None:
            return self._view.close(opened) + lines
        if command.type not in _QUESTIONS:
            return lines
        fetched = self._inbox.backlog.answered(command.id)
        if fetched is not None:
            return lines + self._inbox.held_back(fetched)
        if command.id not in self._questions:
            return []
        self._questions.discard(command.id)
        return lines

    def _is_here(self, command: Command) -> bool:
        return self.conversations.find(Destination(command.room, command.to)) is self.current
