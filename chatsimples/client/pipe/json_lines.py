"""A pipe's lines for programs: one JSON object a line goes out; objects, texts and /commands come in.

Records go out as they came: they are the transcript's bytes. Their ``id`` is the one that the core made,
which nobody can guess, and not the program's: two runs of a program that count from 1 would otherwise take
one another's records for their own. What a program calls its commands comes back beside the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from chatsimples.chat import commands as asked
from chatsimples.client.dialogue.display import Display
from chatsimples.client.pipe.line_format import Asked, State, read_typed
from chatsimples.client.protocol import events
from chatsimples.client.requests.requests import Place
from chatsimples.client.words import commands, own_words
from chatsimples.dialects.base import InputLimits
from chatsimples.dialects.jsonl import JsonParser
from chatsimples.errors import Refusal
from chatsimples.i18n import N_, Translate
from chatsimples.screen.styled_text import plain

# Names are as long as the server allows, and so is a line: what reads the input bounds it.
_LIMITS = InputLimits(max_line=0, max_text=commands.TEXT_LIMIT, max_name=0)

_encode = msgspec.json.Encoder().encode


class JsonLines:
    """Lines for programs.

    Args:
        display: makes the help.
        translate: the language of the texts for people.
    """

    def __init__(self, display: Display, translate: Translate) -> None:
        self._display = display
        self._translate = translate

    def read(self, line: str) -> Asked | None:
        """Read an object of the protocol, or a text or command as a person types it."""
        return read_object(line) if line.startswith("{") else read_typed(line)

    def happened(self, event: events.Happened, room: str, mark: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Give the record's own bytes, and after them what the program calls it."""
        done = [_line("done", id=mark, seq=event.record.seq)] if mark else []
        return [_as_it_came(event.line), *done]

    def welcomed(self, event: events.Welcomed, rooms: Sequence[str], address: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Give the welcome; the session's secret is nobody else's."""
        welcome = msgspec.structs.asdict(event.welcome)
        del welcome["session"]
        state: State = "connected"
        return [_line("connection", state=state, gap=event.gap), _line("welcome", **welcome)]

    def answered(self, event: events.Answered, mark: str) -> list[str]:
        """Give the answer as it came; with the program's id, if there is one."""
        if not mark:
            return [_as_it_came(event.line)]
        return [_text({**msgspec.json.decode(_encode(event.reply)), "id": mark})]

    def known(self, event: events.Known, nick: str, room: str, mark: str) -> list[str]:  # noqa: ARG002 - a LineFormat
        """Give what the program calls it."""
        return [_line("done", id=mark, seq=event.seq)] if mark else []

    def refused(self, event: events.Refused | events.NickRefused, mark: str) -> list[str]:
        """Give the server's error, with what it refuses."""
        text = own_words.refusal(event.code, event.text, event.detail, self._translate)
        more: dict[str, Any] = {"id": mark} if mark else {}
        if event.detail:
            more["detail"] = event.detail
        if isinstance(event, events.Refused) and event.command is not None:
            more["command"] = msgspec.to_builtins(event.command)
            del more["command"]["id"]
        return [_line("error", code=event.code, text=text, **more)]

    def wrong(self, refusal: Refusal, text: str, number: int, mark: str) -> list[str]:
        """Give an error with the line's number."""
        more: dict[str, Any] = {"id": mark} if mark else {}
        if refusal.detail:
            more["detail"] = refusal.detail
        return [_line("error", code=refusal.code, text=text, **more, line=number)]

    def help(self) -> list[str]:
        """Give the commands, for whoever reads along."""
        return [_line("help", lines=[plain(line).removeprefix("* ") for line in self._display.help()])]

    def connection(self, state: State, text: str = "") -> list[str]:
        """Give the state."""
        return [_line("connection", state=state, text=text)]


def read_object(line: str) -> Asked:
    """Read an object as docs/protocol.md has it; what is wrong with it is the action."""
    parser = JsonParser(0, _LIMITS, lambda: "")
    parser.feed(line.encode() + b"\n")
    match next(iter(parser.take(1)), None):
        case asked.Say(text=text, room=room, to=to, id=mark):
            return Asked(commands.Say(text), Place(room, to), mark)
        case asked.Join(room=room, id=mark):
            return Asked(commands.Enter(room), Place(), mark)
        case asked.Leave(room=room, id=mark):
            return Asked(commands.Leave(room), Place(), mark)
        case asked.Rename(nick=nick, id=mark):
            return Asked(commands.Rename(nick), Place(), mark)
        case asked.Who(room=room, id=mark):
            return Asked(commands.Who(room), Place(), mark)
        case asked.Rooms(id=mark):
            return Asked(commands.Rooms(), Place(), mark)
        case asked.History(room=room, before=before, limit=limit, id=mark):
            return Asked(commands.History(limit), Place(room), mark, before)
        case asked.Bye():
            return Asked(commands.Quit(), Place())
        case asked.Fault(code=code, detail=detail, id=mark):
            return Asked(Refusal(code, **detail), Place(), mark)
    return Asked(Refusal("bad_request", why=N_("the client says this itself")), Place())


def _line(kind: str, **fields: Any) -> str:
    return _text({"type": kind, **fields})


def _text(fields: dict[str, Any]) -> str:
    return _encode(fields).decode()


def _as_it_came(line: bytes) -> str:
    # In a field that nobody knows, a server that is none of ours can send what is no UTF-8.
    return line.decode("utf-8", "surrogateescape")
