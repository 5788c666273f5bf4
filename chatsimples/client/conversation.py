"""One person's conversation: what they type goes to the core, what the core tells becomes lines for them.

This is all that the terminal and a pipe have in common, and neither a terminal nor a pipe is needed for it.
"""

from __future__ import annotations

from chatsimples.chat.names import name_key
from chatsimples.client import commands, events
from chatsimples.client.core import Core
from chatsimples.client.display import Display, Line
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import Translate


class Conversation:
    """A conversation with a current room, into which what has no command goes.

    Args:
        core: what is said and heard.
        room: the current room at the beginning.
        address: where the server is, for people.
        display: makes the lines.
        translate: the words' language.
    """

    def __init__(self, core: Core, room: str, address: str, display: Display, translate: Translate) -> None:
        self.core = core
        self.room = room
        self.refused = 0
        self.over = False
        self._address = address
        self._display = display
        self._translate = translate
        self._before: dict[str, str] = {}

    def typed(self, text: str) -> list[Line]:
        """Carry out what was typed, line by line: all of it or, if a line can't be, nothing.

        Raises:
            Refusal: a line can't be sent, or is no command.
        """
        actions = [commands.parse(line) for line in text.split("\n")]
        lines: list[Line] = []
        for action in actions:
            if action is not None and not self.over:
                lines += self._do(action)
        return lines

    def explain(self, refusal: Refusal) -> Line:
        """Show why something that was typed is refused."""
        return self._display.problem(explain(refusal.code, refusal.detail, self._translate))

    def heard(self, event: events.Event) -> list[Line]:
        """Show an event. What needs an answer (`NickRefused`) is for the owner."""
        match event:
            case events.Happened():
                if event.command is not None:
                    self._before.pop(event.command.id, None)
                return self._display.record(event.record, self.room, own=event.own, past=event.past)
            case events.Welcomed():
                return self._display.welcomed(event, self.core.rooms, self._address)
            case events.Answered():
                return [self._display.answer(event.reply)]
            case events.Known() if event.unseen:
                return [self._display.said_before(event.command, self.core.nick, self.room)]
            case events.Refused():
                return self._refused(event)
        return []

    def _do(self, action: commands.Action) -> list[Line]:
        match action:
            case commands.Say():
                self.core.say(action.text, room=self.room)
            case commands.Private():
                self.core.say(action.text, to=action.to)
            case commands.Enter():
                self._enter(action.room)
            case commands.Rename():
                self.core.change_nick(action.nick)
            case commands.Who():
                self.core.who(action.room or self.room)
            case commands.Rooms():
                self.core.list_rooms()
            case commands.History():
                self.core.history(self.room, action.limit)
            case commands.Help():
                return self._display.help()
            case commands.Quit():
                self.over = True
        return []

    def _enter(self, room: str) -> None:
        there = {name_key(each): each for each in self.core.rooms}.get(name_key(room))
        if there is None:
            # What is said next is meant for there; the server does both in this order.
            self._before[self.core.join(room).id] = self.room
        self.room = there or room

    def _refused(self, event: events.Refused) -> list[Line]:
        if event.command is not None:
            self.refused += 1
            before = self._before.pop(event.command.id, None)
            if before is not None and self.room == event.command.room:
                self.room = before
        return [self._display.refused(event)]
