"""What happened, as lines for people. What others wrote is sanitized (`chatsimples.screen.sanitize`).

A line is flat in a pipe: whatever is not from today or from another room says so itself. At a terminal lines
stand in columns, beneath headings that tell the day and the room.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

import msgspec

from chatsimples.chat.effects import HistoryEnd, Members, RoomList
from chatsimples.chat.names import heard_key
from chatsimples.chat.reasons import told_of_leave
from chatsimples.chat.records import Record
from chatsimples.client.protocol.events import Command, NickRefused, Refused, Welcomed
from chatsimples.client.words import own_words
from chatsimples.client.words.commands import COMMANDS, usage
from chatsimples.i18n import N_, Translate
from chatsimples.screen.colours import nick_class
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine, cut, links, width

_LONGEST_NICK = 64
_LONGEST_TEXT = 65_536
_TIMES = {"minutes": "%H:%M", "seconds": "%H:%M:%S", "off": ""}
_WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"),
    N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_KEYS_HELP = (
    ("Tab", N_("completes nicks, rooms, commands and :emoji:")),
    ("Alt-1…9, Alt-←/→", N_("another conversation")),
    ("Alt-A", N_("where there is something new")),
    ("PgUp", N_("what was said before")),
    ("↑ ↓ Ctrl-R", N_("what you have typed before")),
    ("Ctrl-X Ctrl-E", N_("write in your editor")),
    ("F1", N_("this help")),
    ("Ctrl-C", N_("leave")),
)


def _now() -> datetime:
    return datetime.now().astimezone()


class Columns(msgspec.Struct, frozen=True):
    """How lines stand at a terminal.

    Attributes:
        times: "minutes", "seconds" or "off".
        nick_width: columns in which nicks stand, right-aligned; 0 if they are not aligned.
    """

    times: str = "minutes"
    nick_width: int = 10


class Display:
    """Makes lines.

    Args:
        translate: the words' language.
        zone: the time zone of what is shown; None for the machine's.
        now: gives the time: what is not from today is shown with its date.
        columns: how lines stand; None for flat ones.
    """

    def __init__(
        self,
        translate: Translate,
        *,
        zone: tzinfo | None = None,
        now: Callable[[], datetime] = _now,
        columns: Columns | None = None,
    ) -> None:
        self._translate = translate
        self._zone = zone
        self._now = now
        self._columns = columns
        self._renamed: tuple[int, str, str] | None = None

    def set_columns(self, columns: Columns) -> None:
        """Take another width for the nicks: the terminal's has changed."""
        self._columns = columns

    def record(
        self, record: Record, room: str, *, own: bool, past: bool = False, me: str = "", to: str = ""
    ) -> list[StyledLine]:
        """Show a record to somebody whose current room is ``room``, or who talks with ``to`` in private.

        ``me`` is their nick: what names it stands out. A change of nick is shown once.
        """
        renamed = (record.conn, record.nick, record.new) if record.type == "nick" else None
        if renamed and renamed == self._renamed:
            return []
        if not past:
            self._renamed = renamed
        mark: StyledLine = [("class:past", "| ")] if past and not self._columns else []
        start: StyledLine = [*mark, *self._time(record.at)]
        if record.type != "message":
            return [
                [
                    *start,
                    *self._cell("class:join", "*", " "),
                    ("class:join class:text", self._moved(record, own=own)),
                ]
            ]
        if record.to and not (to and heard_key(to) == heard_key(record.to if own else record.nick)):
            head = self._cell("class:private", f"[{_nick(record.nick)} → {_nick(record.to)}]", " ")
        else:
            where = _where(record.room, room)
            named = not own and bool(record.to or mentions(record.text, me))
            look = "class:own" if own else "class:mention" if named else f"class:{nick_class(record.nick)}"
            head = [*where, *self._cell(look, _nick(record.nick), ": ", width(where))]
        return [[*start, *head, *_text(record.text, "" if own else me)]]

    def pending(self, command: Command, nick: str, *, here: bool) -> StyledLine:
        """Show an own text that is not on record yet."""
        blank = width(self._time(""))
        start: StyledLine = [("class:pending", "…".ljust(blank))] if blank else []
        place = f"[→ {_nick(command.to)}]" if command.to else f"#{sanitize(command.room)}"
        where: StyledLine = [] if here else [("class:pending", place + " ")]
        text: StyledLine = [("class:pending class:text", sanitize(command.text))]
        return [*start, *where, *self._cell("class:pending", _nick(nick), ": ", width(where)), *text]

    def said_before(self, command: Command, nick: str, room: str) -> StyledLine:
        """Show an own text that was recorded without its record having come."""
        if command.to:
            head = self._cell("class:private", f"[{_nick(nick)} → {_nick(command.to)}]", " ")
        else:
            where = _where(command.room, room)
            head = [*where, *self._cell("class:own", _nick(nick), ": ", width(where))]
        return [*head, *_text(command.text, "")]

    def welcomed(self, welcomed: Welcomed, rooms: Sequence[str], address: str) -> list[StyledLine]:
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
            nick=_nick(welcomed.welcome.nick),
            rooms=", ".join(f"#{sanitize(room)}" for room in rooms),
        )
        lines = [self.notice(text)]
        if welcomed.welcome.notice:
            lines.append(self.notice(own_words.notice(welcomed.welcome.notice, _)))
        return lines

    def answer(self, reply: Members | RoomList | HistoryEnd) -> StyledLine:
        """Show the answer to a question."""
        _ = self._translate
        match reply:
            case Members():
                members = ", ".join(_nick(nick) for nick in reply.members)
                more = reply.count - len(reply.members)
                if more > 0:
                    members += " " + _("and {number} more").format(number=more)
                text = _("{room} ({number}): {members}").format(
                    room=f"#{sanitize(reply.room)}", number=reply.count, members=members or _("nobody")
                )
            case RoomList():
                rooms = ", ".join(f"#{sanitize(each.room)} ({each.members})" for each in reply.rooms)
                text = _("rooms: {rooms}").format(rooms=rooms or _("none"))
            case HistoryEnd():
                known = _("that was all of {room}") if reply.complete else _("that was {room}; there is more")
                text = known.format(room=f"#{sanitize(reply.room)}")
        return self.notice(text[:_LONGEST_TEXT])

    def refused(self, refused: Refused | NickRefused) -> StyledLine:
        """Show a refusal, with the text that was not said."""
        why = own_words.refusal(refused.code, refused.text, refused.detail, self._translate)
        command = refused.command if isinstance(refused, Refused) else None
        if command is None or command.type != "message":
            return self.problem(why)
        text = self._translate("not said: {text} ({why})")
        return self.problem(text.format(text=sanitize(command.text), why=why))

    def help(self) -> list[StyledLine]:
        """Show the commands, and at a terminal the keys."""
        _ = self._translate
        shown = [each for each in COMMANDS if self._columns or not each.on_terminal]
        rows = [(usage(command, _), _(command.help)) for command in shown]
        rows.append((_("//text"), _("say a text that begins with /")))
        if self._columns:
            rows += [(keys, _(help_text)) for keys, help_text in _KEYS_HELP]
        else:
            return [self.notice(f"{words}: {help_text}") for words, help_text in rows]
        # On a narrow screen columns would only break every row.
        widest = max(width([("", words)]) for words, _help in rows) if self._columns.nick_width else 0
        return [
            [("class:notice", f"  {words}  ".ljust(widest + 4)), ("class:text", help_text)]
            for words, help_text in rows
        ]

    # Headings, at a terminal.

    def heading(self, title: str, more: str = "") -> StyledLine:
        """Show which conversation begins here."""
        return [("class:heading", f"── {sanitize(title)} ──" + (f" {more} ──" if more else ""))]

    def day(self, at: str) -> StyledLine:
        """Show which day begins here."""
        _ = self._translate
        when = self._when(at)
        if when is None:
            return [("class:day", "── ? ──")]
        text = _("{weekday}, {month} {day}, {year}").format(
            weekday=_(_WEEKDAYS[when.weekday()]),
            day=when.day,
            month=_(_MONTHS[when.month - 1]),
            year=when.year,
        )
        return [("class:day", f"── {text} ──")]

    def day_of(self, at: str) -> str:
        """Give the day of an instant, for comparing."""
        when = self._when(at)
        return f"{when:%Y-%m-%d}" if when else ""

    def today(self) -> str:
        """Give the present day, as `day_of` does."""
        return f"{self._now().astimezone(self._zone):%Y-%m-%d}"

    def new_since(self, at: str) -> StyledLine:
        """Show that what follows is new since an instant."""
        when = self._when(at)
        text = "?"
        if when is not None:
            text = f"{when:%H:%M}" if self.day_of(at) == self.today() else f"{when:%Y-%m-%d %H:%M}"
        return [("class:unread", "── " + self._translate("new since {time}").format(time=text) + " ──")]

    def notice(self, text: str) -> StyledLine:
        """Show what the client itself has to tell. ``text`` must be safe."""
        return [*self._time_now(), *self._cell("class:notice", "*", " "), ("class:notice class:text", text)]

    def problem(self, text: str) -> StyledLine:
        """Show what went wrong. ``text`` must be safe."""
        return [*self._time_now(), *self._cell("class:problem", "!", " "), ("class:problem class:text", text)]

    def _cell(self, look: str, text: str, after: str, before: int = 0) -> StyledLine:
        """Make the cell in which nicks stand, and what separates it from the text.

        ``before`` are the columns of the cell that are taken already.
        """
        pad = (self._columns.nick_width - before - width([("", text)])) if self._columns else 0
        return [*([("", " " * pad)] if pad > 0 else []), (look, text), ("", after)]

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
                text = _(told_of_leave(record.reason))
        return text.format(nick=_nick(record.nick), new=_nick(record.new), room=f"#{sanitize(record.room)}")

    def _time(self, at: str) -> StyledLine:
        form = _TIMES[self._columns.times] if self._columns else "%H:%M"
        if not form:
            return []
        when = self._when(at)
        if when is None:
            return [("class:time", form.replace("%H", "--").replace("%M", "--").replace("%S", "--") + " ")]
        if not self._columns and self.day_of(at) != self.today():
            form = "%Y-%m-%d " + form
        return [("class:time", when.strftime(form) + " ")]

    def _time_now(self) -> StyledLine:
        return self._time(self._now().isoformat()) if self._columns else []

    def _when(self, at: str) -> datetime | None:
        try:
            return datetime.fromisoformat(at).astimezone(self._zone)
        except (ValueError, OverflowError):
            return None


def mentions(text: str, nick: str) -> bool:
    """Tell whether a text names a nick, as a word of its own."""
    return bool(nick) and nick.casefold() in text.casefold() and _named(nick).search(text) is not None


def _named(nick: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w]){re.escape(nick)}(?![\w])", re.IGNORECASE)


def _where(room: str, here: str) -> StyledLine:
    """Name a room, unless it is the one that the reader looks at."""
    return [("class:room", f"#{sanitize(room)} ")] if room and heard_key(room) != heard_key(here) else []


def _nick(nick: str) -> str:
    return cut(sanitize(nick, 8 * _LONGEST_NICK), _LONGEST_NICK)


def _text(text: str, me: str) -> StyledLine:
    """Show a text, with its links and this person's nick standing out."""
    shown = sanitize(text, _LONGEST_TEXT)
    line: StyledLine = []
    at = 0
    for start, end in links(shown):
        line += _with_mentions(shown[at:start], me)
        line.append(("class:text class:link", shown[start:end]))
        at = end
    return line + _with_mentions(shown[at:], me)


def _with_mentions(text: str, me: str) -> StyledLine:
    line: StyledLine = []
    at = 0
    for named in _named(me).finditer(text) if mentions(text, me) else ():
        line += [("class:text", text[at : named.start()]), ("class:text class:mention.word", named[0])]
        at = named.end()
    line.append(("class:text", text[at:]))
    return [piece for piece in line if piece[1]]
