"""A pipe's dialogue: lines of the input become commands, events become lines of the output.

Every line of the input is judged by itself: one that is refused stops no other.
"""

from __future__ import annotations

import msgspec

from chatsimples.client.pipe.expected_rooms import ExpectedRooms
from chatsimples.client.pipe.line_format import InputLine, LineFormat
from chatsimples.client.pipe.streams import LONGEST_LINE
from chatsimples.client.protocol import events
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.core import Core
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.requests import actions
from chatsimples.client.requests.command_words import COMMANDS
from chatsimples.client.requests.request import Destination, request
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate
from chatsimples.screen.styled_text import plain

_AT_TERMINAL = frozenset(
    f"/{word}" for command in COMMANDS.values() if command.on_terminal for word in command.words
)


class Output(msgspec.Struct, frozen=True):
    """What is to be written: lines to standard output, and a problem ("": none) to standard error."""

    lines: list[str] = []
    problem: str = ""


class PipeDialogue:
    """A dialogue with a current room, to which texts go that name no other destination.

    Args:
        core: the protocol. The first of its rooms is the current one.
        address: of the server, for people.
        lines: reads and makes the lines.
        renderer: renders refusals.
        translate: the language.

    Attributes:
        refused: how many lines of the input were refused.
        over: the input has asked to leave.
    """

    def __init__(
        self, core: Core, address: str, lines: LineFormat, renderer: Renderer, translate: Translate
    ) -> None:
        self.refused = 0
        self.over = False
        self._core = core
        self._address = address
        self._lines = lines
        self._renderer = renderer
        self._translate = translate
        self._rooms = ExpectedRooms(core)
        self._number = 0
        self._request_ids: dict[str, str] = {}

    @property
    def rooms(self) -> list[str]:
        """The rooms that this client will be in once all its commands are carried out."""
        return self._rooms.rooms

    @property
    def room(self) -> str:
        """The current room; "" if there is none left."""
        return self._rooms.current

    def typed(self, line: bytes | None) -> Output:
        """Carry out a line of the input; None is one that was too long."""
        self._number += 1
        request_id = ""
        try:
            read = self._read(line)
            if read is None:
                return Output()
            request_id = read.request_id
            return Output(self._perform(read))
        except UnicodeDecodeError:
            return self._invalid(Refusal("bad_utf8"), request_id)
        except Refusal as refusal:
            return self._invalid(refusal, request_id)

    def received(self, event: events.Event) -> Output:
        """Write an event."""
        lines = self._lines
        match event:
            case events.RecordReceived():
                room = self.room
                return Output(lines.record(event, room, self._answered(event.command)))
            case events.Welcomed():
                return Output(lines.welcomed(event, self._core.rooms, self._address))
            case events.ReplyReceived():
                return Output(lines.reply(event, self._answered(event.command)))
            case events.AlreadyRecorded():
                request_id = self._answered(event.command)
                return Output(lines.already_recorded(event, self._core.nick, self.room, request_id))
            case events.Refused():
                request_id = self._answered(event.command, refused=True)
                self.refused += event.command is not None
                return Output(lines.refused(event, request_id), self._problem(event))
            case events.NickRefused() | events.LoginRefused():
                return Output(lines.refused(event, ""), self._problem(event))
        return Output()

    def lost(self, why: str) -> Output:
        """Write that the connection is lost; it will be made again."""
        return Output(self._lines.connection("lost", why))

    def failed(self, why: str) -> Output:
        """Write that there is no connection, and will be none."""
        return Output(self._lines.connection("failed", why), why)

    def _read(self, line: bytes | None) -> InputLine | None:
        if line is None:
            raise Refusal("bad_request", why=N_("it has more than {most} bytes"), most=LONGEST_LINE)
        text = line.decode()
        word = text.split(maxsplit=1)[0].lower() if text.startswith("/") else ""
        if word in _AT_TERMINAL:
            raise Refusal("bad_request", why=N_("{command} is for people at a terminal"), command=word)
        return self._lines.read(text, self._core.limits)

    def _perform(self, read: InputLine) -> list[str]:
        here = Destination(self.room) if read.destination is None else read.destination
        command: Command | None = None
        match read.action:
            case Refusal():
                raise read.action
            case actions.Quit():
                self.over = True
            case actions.Help(governing=governing):
                return self._lines.help(governing=governing)
            case actions.Enter(room=room, key=key):
                command = self._rooms.enter(room, key, go=read.destination is None)
            case actions.Leave(room=room):
                command = self._rooms.leave(room or _known(here.room))
            case actions.History(to=""):
                command = request(self._core, read.action, Destination(_known(here.room)))
            case actions.Say() if not here.to:
                command = request(self._core, read.action, Destination(_known(here.room)))
            case actions.Who(room="") if read.destination is None:
                command = self._core.who(_known(here.room))
            case _:
                command = request(self._core, read.action, here)
        if command is not None and read.request_id:
            self._request_ids[command.id] = read.request_id
        return []

    def _invalid(self, refusal: Refusal, request_id: str) -> Output:
        self.refused += 1
        why = explain(refusal.code, refusal.detail, self._translate)
        problem = self._translate("line {number}: {why}").format(number=self._number, why=why)
        return Output(self._lines.invalid(refusal, why, self._number, request_id), problem)

    def _problem(self, event: events.Denied) -> str:
        return plain(self._renderer.refused(event)).removeprefix("! ")

    def _answered(self, command: Command | None, *, refused: bool = False) -> str:
        """Note that a command is answered; return the program's id for it."""
        if command is None:
            return ""
        self._rooms.answered(command, refused=refused)
        return self._request_ids.pop(command.id, "")


def _known(room: str) -> str:
    if not room:
        raise Refusal("bad_request", why=N_("you are in no room; /entrar ROOM goes into one"))
    return room
