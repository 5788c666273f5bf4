"""A pipe's lines for programs: JSON objects go out; objects, texts and /commands come in.

A record goes out as it came: the transcript's bytes. Its ``id`` is the one that the core made, which nobody
can guess, and not the program's: two runs of a program that both count from 1 would otherwise take one
another's records for their own. The program's id comes back beside the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from chatsimples.chat import commands
from chatsimples.client import server_texts
from chatsimples.client.pipe.line_format import InputLine, State, read_typed
from chatsimples.client.protocol import events
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.requests import actions
from chatsimples.client.requests.bounds import check_line
from chatsimples.client.requests.request import Destination
from chatsimples.dialects.attempts import Attempt
from chatsimples.dialects.base import InputLimits
from chatsimples.dialects.jsonl import JsonParser
from chatsimples.errors import Refusal
from chatsimples.i18n import N_, Translate
from chatsimples.screen.styled_text import plain

_encode = msgspec.json.Encoder().encode


class JsonLines:
    """A `LineFormat` for programs.

    Args:
        renderer: renders the help.
        translate: the language of the texts for people.
    """

    def __init__(self, renderer: Renderer, translate: Translate) -> None:
        self._renderer = renderer
        self._translate = translate

    def read(self, line: str, limits: ServerLimits) -> InputLine | None:
        """Read an object of the protocol, or a text or command as a person types it."""
        return read_object(line, limits) if line.startswith("{") else read_typed(line, limits)

    def record(self, event: events.RecordReceived, room: str, request_id: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Write the record's own bytes, and after them that the program's command is done."""
        done = [_line("done", id=request_id, seq=event.record.seq)] if request_id else []
        return [_as_it_came(event.line), *done]

    def welcomed(self, event: events.Welcomed, rooms: Sequence[str], address: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Write the welcome without the session's secret."""
        welcome = msgspec.structs.asdict(event.welcome)
        del welcome["session"]
        if not event.welcome.account:
            del welcome["account"], welcome["role"]
        if event.welcome.limits is None:
            del welcome["limits"]
        state: State = "connected"
        return [_line("connection", state=state, gap=event.gap), _line("welcome", **welcome)]

    def reply(self, event: events.ReplyReceived, request_id: str) -> list[str]:
        """Write the reply as it came, with the program's id if there is one."""
        if not request_id:
            return [_as_it_came(event.line)]
        return [_text({**msgspec.json.decode(_encode(event.reply)), "id": request_id})]

    def already_recorded(
        self,
        event: events.AlreadyRecorded,
        nick: str,  # noqa: ARG002 - a LineFormat
        room: str,  # noqa: ARG002
        request_id: str,
    ) -> list[str]:
        """Write that the program's command is done."""
        return [_line("done", id=request_id, seq=event.seq)] if request_id else []

    def refused(self, event: events.Denied, request_id: str) -> list[str]:
        """Write the server's error, with the command that it refuses."""
        text = server_texts.refusal(event.code, event.text, event.detail, self._translate)
        more: dict[str, Any] = {"id": request_id} if request_id else {}
        if event.detail:
            more["detail"] = event.detail
        if isinstance(event, events.Refused) and event.command is not None:
            more["command"] = msgspec.to_builtins(event.command)
            del more["command"]["id"]
        return [_line("error", code=event.code, text=text, **more)]

    def invalid(self, refusal: Refusal, text: str, number: int, request_id: str) -> list[str]:
        """Write an error with the line's number."""
        more: dict[str, Any] = {"id": request_id} if request_id else {}
        if refusal.detail:
            more["detail"] = refusal.detail
        return [_line("error", code=refusal.code, text=text, **more, line=number)]

    def help(self, *, governing: bool = False) -> list[str]:
        """Write the commands, or those of people who govern rooms, for a person who reads along."""
        shown = self._renderer.help(governing=governing)
        return [_line("help", lines=[plain(line).removeprefix("* ") for line in shown])]

    def connection(self, state: State, text: str = "") -> list[str]:
        """Write the state."""
        return [_line("connection", state=state, text=text)]


def read_object(line: str, limits: ServerLimits) -> InputLine:
    """Read an object as docs/protocol.md has it; if something is wrong with it, the action is a refusal."""
    # How long a line may be, the reader of the input bounds.
    parser = JsonParser(0, InputLimits(0, limits.max_text, limits.max_name), lambda: "")
    parser.feed(line.encode() + b"\n")
    asked: commands.Command | None = next(iter(parser.take(1)), None)
    match asked or _keyed(parser.take_attempt()):
        case commands.Say(text=text, room=room, to=to, id=request_id, kind=kind, tags=None):
            action = _checked(actions.Say(text, kind), limits)
            return InputLine(action, Destination(room, to), request_id)
        case commands.Away() | commands.SetName() | commands.Status() as asked:
            return InputLine(_about_oneself(asked), Destination(), asked.id)
        case commands.Join(room=room, id=request_id, key=key):
            return InputLine(actions.Enter(room, key), Destination(), request_id)
        case commands.Leave(room=room, id=request_id):
            return InputLine(actions.Leave(room), Destination(), request_id)
        case commands.Rename(nick=nick, id=request_id):
            return InputLine(actions.Rename(nick), Destination(), request_id)
        case commands.Who(room=room, id=request_id, after=after, limit=limit):
            return InputLine(actions.Who(room, after, limit), Destination(), request_id)
        case commands.Rooms(id=request_id, after=after, limit=limit):
            return InputLine(actions.Rooms(after, limit), Destination(), request_id)
        case commands.History() as asked:
            return InputLine(_history(asked), Destination(asked.room), asked.id)
        case commands.Bye():
            return InputLine(actions.Quit(), Destination())
        case (
            commands.Topic() | commands.Invite() | commands.Grant() | commands.Set() | commands.Kick()
            | commands.Ban() | commands.Unban() | commands.Mute() | commands.Announce()
        ) as governing:  # fmt: skip
            return InputLine(actions.Govern(governing), Destination(), governing.id)
        case commands.Fault(code=code, detail=detail, id=request_id):
            return InputLine(Refusal(code, **detail), Destination(), request_id)
    return InputLine(Refusal("bad_request", why=N_("the client says this itself")), Destination())


def _keyed(attempt: Attempt | None) -> commands.Command | None:
    """Return a command about a room with its key again: this client sends it as it is."""
    match attempt:
        case Attempt(command=commands.Join() as join, keys=keys):
            return msgspec.structs.replace(join, key=keys[join.room])
        case Attempt(command=commands.Set() as change, keys=keys):
            settings = msgspec.structs.replace(change.settings, key=keys[change.room])
            return msgspec.structs.replace(change, settings=settings)
    return None


def _about_oneself(asked: commands.Away | commands.SetName | commands.Status) -> actions.Action:
    match asked:
        case commands.Away(text=text):
            return actions.Away(text)
        case commands.SetName(realname=realname):
            return actions.TellName(realname)
        case commands.Status():
            return actions.Status()


def _checked(say: actions.Say, limits: ServerLimits) -> actions.Say | Refusal:
    try:
        check_line(say.text, limits)
    except Refusal as refusal:
        return refusal
    return say


def _history(asked: commands.History) -> actions.History:
    after = None if asked.after < 0 else asked.after
    return actions.History(asked.limit, asked.before, after, asked.at, asked.all, asked.until, asked.to)


def _line(kind: str, **fields: Any) -> str:
    return _text({"type": kind, **fields})


def _text(fields: dict[str, Any]) -> str:
    return _encode(fields).decode()


def _as_it_came(line: bytes) -> str:
    # In a field that nobody knows, a server that is none of ours can send bytes that are no UTF-8.
    return line.decode("utf-8", "surrogateescape")
