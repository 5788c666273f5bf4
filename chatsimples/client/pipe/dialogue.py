"""A pipe's dialogue: what its lines ask of the core, and what the core tells as lines.

No pipe is needed for it. Every line that comes in is judged by itself: one that is refused stops no other.
"""

from __future__ import annotations

import msgspec

from chatsimples.chat.names import heard_key
from chatsimples.client.dialogue.display import Display
from chatsimples.client.pipe.line_format import Asked, LineFormat
from chatsimples.client.pipe.streams import LONGEST_LINE
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Command
from chatsimples.client.requests.requests import Place, request
from chatsimples.client.words import commands
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate
from chatsimples.screen.styled_text import plain

_AT_TERMINAL = frozenset(
    f"/{word}" for command in commands.COMMANDS if command.on_terminal for word in command.words
)


class Told(msgspec.Struct, frozen=True):
    """What goes out: lines for whoever listens, and a problem ("": none) for whoever looks after it."""

    lines: list[str] = []
    problem: str = ""


class _Wish(msgspec.Struct, frozen=True):
    """A room that was asked to be entered or left, until the answer comes."""

    id: str
    room: str
    inside: bool


class LineDialogue:
    """A dialogue with a current room, into which goes what names no other place.

    Args:
        core: what is said and heard. The first of its rooms is the current one.
        address: where the server is, for people.
        lines: reads and makes the lines.
        display: tells refusals.
        translate: the words' language.
    """

    def __init__(
        self, core: Core, address: str, lines: LineFormat, display: Display, translate: Translate
    ) -> None:
        self.refused = 0
        self.over = False
        self._core = core
        self._address = address
        self._lines = lines
        self._display = display
        self._translate = translate
        self._current = core.rooms[0]
        self._number = 0
        self._marks: dict[str, str] = {}
        self._wishes: dict[str, _Wish] = {}
        self._before: dict[str, str] = {}

    @property
    def rooms(self) -> list[str]:
        """The rooms that this client will be in when all that it has asked for is done."""
        rooms = {heard_key(room): room for room in self._core.rooms}
        for key, wish in self._wishes.items():
            if wish.inside:
                rooms.setdefault(key, wish.room)
            else:
                rooms.pop(key, None)
        return list(rooms.values())

    @property
    def room(self) -> str:
        """The current room; "" if there is none left."""
        rooms = self.rooms
        return _find(self._current, rooms) or (rooms[0] if rooms else "")

    def typed(self, line: bytes | None) -> Told:
        """Carry out a line that came in; None is one that was too long."""
        self._number += 1
        mark = ""
        try:
            asked = self._read(line)
            if asked is None:
                return Told()
            mark = asked.mark
            return Told(self._do(asked))
        except UnicodeDecodeError:
            return self._wrong(Refusal("bad_utf8"), mark)
        except Refusal as refusal:
            return self._wrong(refusal, mark)

    def heard(self, event: events.Event) -> Told:
        """Tell an event."""
        lines = self._lines
        match event:
            case events.Happened():
                room = self.room
                return Told(lines.happened(event, room, self._settle(event.command)))
            case events.Welcomed():
                return Told(lines.welcomed(event, self._core.rooms, self._address))
            case events.Answered():
                return Told(lines.answered(event, self._settle(event.command)))
            case events.Known():
                mark = self._settle(event.command)
                return Told(lines.known(event, self._core.nick, self.room, mark))
            case events.Refused():
                return self._refused(event)
            case events.NickRefused():
                return Told(lines.refused(event, ""), self._problem(event))
        return Told()

    def lost(self, why: str) -> Told:
        """Tell that the connection is lost; it will be made again."""
        return Told(self._lines.connection("lost", why))

    def failed(self, why: str) -> Told:
        """Tell that there is no connection, and will be none."""
        return Told(self._lines.connection("failed", why), why)

    # What comes in.

    def _read(self, line: bytes | None) -> Asked | None:
        if line is None:
            raise Refusal("bad_request", why=N_("it has more than {most} bytes"), most=LONGEST_LINE)
        text = line.decode()
        word = text.split(maxsplit=1)[0].lower() if text.startswith("/") else ""
        if word in _AT_TERMINAL:
            raise Refusal("bad_request", why=N_("{command} is for people at a terminal"), command=word)
        return self._lines.read(text)

    def _do(self, asked: Asked) -> list[str]:
        place = Place(self.room) if asked.place is None else asked.place
        command: Command | None = None
        match asked.action:
            case Refusal():
                raise asked.action
            case commands.Quit():
                self.over = True
            case commands.Help():
                return self._lines.help()
            case commands.Enter(room=room):
                command = self._enter(room, go=asked.place is None)
            case commands.Leave(room=room):
                command = self._leave(room or _known(place.room))
            case commands.History(limit=limit):
                command = self._core.history(_known(place.room), limit, asked.before)
            case commands.Say() if not place.to:
                command = request(self._core, asked.action, Place(_known(place.room)))
            case commands.Who(room="") if asked.place is None:
                command = self._core.who(_known(place.room))
            case _:
                command = request(self._core, asked.action, place)
        if command is not None and asked.mark:
            self._marks[command.id] = asked.mark
        return []

    def _enter(self, room: str, *, go: bool) -> Command | None:
        there = _find(room, self.rooms)
        if there and not go:
            raise Refusal("already_in_room", room=there)
        command = None
        if not there:
            command = self._core.join(room)
            self._wishes[heard_key(room)] = _Wish(command.id, room, inside=True)
            if go:
                self._before[command.id] = self.room
        if go:
            # What comes next is meant for there; the server does both in this order.
            self._current = room
        return command

    def _leave(self, room: str) -> Command:
        there = _find(room, self.rooms)
        if not there:
            raise Refusal("not_in_room", room=room)
        command = self._core.leave(there)
        was_current = heard_key(there) == heard_key(self.room)
        self._wishes[heard_key(there)] = _Wish(command.id, there, inside=False)
        if was_current:
            # The first of those that are left, and it stays that one.
            self._current = next(iter(self.rooms), self._current)
        return command

    def _wrong(self, refusal: Refusal, mark: str) -> Told:
        self.refused += 1
        why = explain(refusal.code, refusal.detail, self._translate)
        told = self._translate("line {number}: {why}").format(number=self._number, why=why)
        return Told(self._lines.wrong(refusal, why, self._number, mark), told)

    # What goes out.

    def _refused(self, event: events.Refused) -> Told:
        mark = ""
        if event.command is not None:
            self.refused += 1
            before = self._before.get(event.command.id)
            mark = self._settle(event.command)
            if before and heard_key(self._current) == heard_key(event.command.room):
                self._current = before
        return Told(self._lines.refused(event, mark), self._problem(event))

    def _problem(self, event: events.Refused | events.NickRefused) -> str:
        return plain(self._display.refused(event)).removeprefix("! ")

    def _settle(self, command: Command | None) -> str:
        """Note that a command is answered; give the id that whoever asked for it knows it by."""
        if command is None:
            return ""
        self._before.pop(command.id, None)
        wish = self._wishes.get(heard_key(command.room))
        if wish is not None and wish.id == command.id:
            del self._wishes[heard_key(command.room)]
        return self._marks.pop(command.id, "")


def _known(room: str) -> str:
    if not room:
        raise Refusal("bad_request", why=N_("you are in no room; /entrar ROOM goes into one"))
    return room


def _find(room: str, rooms: list[str]) -> str:
    wanted = heard_key(room)
    return next((each for each in rooms if heard_key(each) == wanted), "")
