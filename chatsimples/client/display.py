"""What happened, as lines for people. What others wrote is shown, never obeyed.

A server checks every text and name (`chatsimples.chat.names`); but a client can be led to a server that does
not. So whatever came over the network passes through `safe` before it is part of a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from chatsimples.chat.effects import HistoryEnd, Members, RoomList
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.client.commands import COMMANDS, usage
from chatsimples.client.events import Command, Refused, Welcomed
from chatsimples.i18n import N_, Translate

Line = list[tuple[str, str]]
"""A line in pieces, each with the class of its look and its text. No newline is in it."""

# Joiners of emoji and of Persian and Indic letters. They move nothing and hide nothing.
_JOINERS = frozenset("\u200c\u200d")
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_LEFT = {
    "closed": N_("{nick} has left {room}: the connection was lost"),
    "timeout": N_("{nick} has left {room}: no sign of life"),
    "kicked": N_("{nick} was removed from {room}"),
    "error": N_("{nick} has left {room}: the connection broke a limit"),
    "shutdown": N_("{nick} has left {room}: the server stops"),
    "crash": N_("{nick} has left {room}: the server had failed"),
}


def safe(text: str) -> str:
    """Show every character that a terminal would obey as an escape: controls, formats, line separators."""
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _OBEYED and character not in _JOINERS
        else character
        for character in text
    )


def plain(line: Line) -> str:
    """Give a line's text without its looks."""
    return "".join(text for _, text in line)


def _now() -> datetime:
    return datetime.now().astimezone()


class Display:
    """Makes lines.

    Args:
        translate: the words' language.
        zone: the time zone of what is shown; None for the machine's.
        now: gives the time: what is not from today is shown with its date.
    """

    def __init__(
        self, translate: Translate, *, zone: tzinfo | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        self._translate = translate
        self._zone = zone
        self._now = now
        self._renamed: tuple[int, str, str] | None = None

    def record(self, record: Record, room: str, *, own: bool, past: bool) -> list[Line]:
        """Show a record to somebody whose current room is ``room``; a change of nick is shown once."""
        renamed = (record.conn, record.nick, record.new) if record.type == "nick" else None
        if renamed and renamed == self._renamed:
            return []
        if not past:
            self._renamed = renamed
        mark: Line = [("class:past", "| ")] if past else []
        start: Line = [*mark, ("class:time", self._time(record.at) + " ")]
        elsewhere = bool(record.room) and not _same(record.room, room)
        if record.type == "message":
            where: Line = [("class:room", f"#{safe(record.room)} ")] if elsewhere else []
            return [[*start, *where, *self._said(record.nick, record.to, record.text, own=own)]]
        return [[*start, ("class:notice", "* " + self._moved(record, own=own))]]

    def said_before(self, command: Command, nick: str, room: str) -> Line:
        """Show an own text that was recorded without its record having come."""
        elsewhere = bool(command.room) and not _same(command.room, room)
        where: Line = [("class:room", f"#{safe(command.room)} ")] if elsewhere else []
        return where + self._said(nick, command.to, command.text, own=True)

    def welcomed(self, welcomed: Welcomed, rooms: Sequence[str], address: str) -> list[Line]:
        """Show that the connection stands."""
        _ = self._translate
        if welcomed.again:
            lines = [self.notice(_("connected again"))]
            if welcomed.gap:
                text = _(
                    "what was said meanwhile can't be shown here; /historico shows a room's last messages"
                )
                lines.append(self.problem(text))
            return lines
        text = _("connected to {address}: you are {nick} in {rooms}").format(
            address=address,
            nick=safe(welcomed.welcome.nick),
            rooms=", ".join(f"#{safe(room)}" for room in rooms),
        )
        lines = [self.notice(text)]
        if welcomed.welcome.notice:
            lines.append(self.notice(safe(welcomed.welcome.notice)))
        return lines

    def answer(self, reply: Members | RoomList | HistoryEnd) -> Line:
        """Show the answer to a question."""
        _ = self._translate
        match reply:
            case Members():
                members = ", ".join(safe(nick) for nick in reply.members)
                more = reply.count - len(reply.members)
                if more > 0:
                    members += " " + _("and {number} more").format(number=more)
                text = _("{room} ({number}): {members}").format(
                    room=f"#{safe(reply.room)}", number=reply.count, members=members or _("nobody")
                )
            case RoomList():
                rooms = ", ".join(f"#{safe(each.room)} ({each.members})" for each in reply.rooms)
                text = _("rooms: {rooms}").format(rooms=rooms or _("none"))
            case HistoryEnd():
                known = _("that was all of {room}") if reply.complete else _("that was {room}; there is more")
                text = known.format(room=f"#{safe(reply.room)}")
        return self.notice(text)

    def refused(self, refused: Refused) -> Line:
        """Show a refusal, with the text that was not said."""
        why = safe(refused.text or refused.code)
        if refused.command is None or refused.command.type != "message":
            return self.problem(why)
        text = self._translate("not said: {text} ({why})")
        return self.problem(text.format(text=safe(refused.command.text), why=why))

    def help(self) -> list[Line]:
        """Show the commands."""
        _ = self._translate
        lines = [self.notice(f"{usage(command)}: {_(command.help)}") for command in COMMANDS]
        return [*lines, self.notice(_("//text: say a text that begins with /"))]

    def notice(self, text: str) -> Line:
        """Show what the client itself has to tell. ``text`` must be safe."""
        return [("class:notice", f"* {text}")]

    def problem(self, text: str) -> Line:
        """Show what went wrong. ``text`` must be safe."""
        return [("class:problem", f"! {text}")]

    def _said(self, nick: str, to: str, text: str, *, own: bool) -> Line:
        look = "class:own" if own else "class:nick"
        if to:
            return [("class:private", f"[{safe(nick)} → {safe(to)}] "), ("", safe(text))]
        return [(look, safe(nick)), ("", f": {safe(text)}")]

    def _moved(self, record: Record, *, own: bool) -> str:
        _ = self._translate
        match record.type, own:
            case "join", _own:
                text = _("{nick} has entered {room}")
            case "nick", True:
                text = _("you are now {new}")
            case "nick", False:
                text = _("{nick} is now {new}")
            case _:
                text = _(_LEFT.get(record.reason, N_("{nick} has left {room}")))
        return text.format(nick=safe(record.nick), new=safe(record.new), room=f"#{safe(record.room)}")

    def _time(self, at: str) -> str:
        try:
            when = datetime.fromisoformat(at).astimezone(self._zone)
        except (ValueError, OverflowError):
            return "--:--"
        today = self._now().astimezone(self._zone).date()
        return f"{when:%H:%M}" if when.date() == today else f"{when:%Y-%m-%d %H:%M}"


def _same(room: str, other: str) -> bool:
    try:
        return name_key(room) == name_key(other)
    except ValueError:
        return room == other
