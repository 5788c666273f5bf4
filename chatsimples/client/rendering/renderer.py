"""Records, replies and refusals, rendered as lines for people. All that others wrote is sanitized.

In a pipe a line stands alone: it names its room if it is not the reader's, and its date if it is not today.
At a terminal lines stand in columns, below headings that tell the day and the room.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chatsimples.chat.effects import HistoryEnd, IsAway, Members, RoomList, Status
from chatsimples.chat.names import heard_key
from chatsimples.chat.reasons import told_of_leave
from chatsimples.chat.records import Record
from chatsimples.client import server_texts
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.events import Denied, Refused, Welcomed
from chatsimples.client.rendering.dates import TIMES, Dates
from chatsimples.client.rendering.help_text import help_rows, help_table
from chatsimples.client.rendering.message_text import LONGEST_TEXT, mentions, styled_text
from chatsimples.i18n import Translate
from chatsimples.screen.colours import nick_class
from chatsimples.screen.sanitize import sanitize, sanitize_name
from chatsimples.screen.styled_text import StyledLine, width
from chatsimples.words.charter import told_charter
from chatsimples.words.kinds import author, separator
from chatsimples.words.roles import marked
from chatsimples.words.telling import away, is_telling, telling
from chatsimples.words.told import Shown, is_governing, told


class Columns(msgspec.Struct, frozen=True):
    """How lines stand at a terminal.

    Attributes:
        times: "minutes", "seconds" or "off".
        nick_width: columns in which nicks stand, right-aligned; 0 if they are not aligned.
    """

    times: str
    nick_width: int


class Renderer:
    """Renders lines.

    Args:
        translate: the language.
        dates: reads and writes times.
        columns: how lines stand at a terminal; None in a pipe.
    """

    def __init__(
        self, translate: Translate, dates: Dates | None = None, columns: Columns | None = None
    ) -> None:
        self.dates = dates or Dates()
        self._translate = translate
        self._columns = columns
        self._shown = Shown(
            name=sanitize_name,
            room=lambda room: f"#{sanitize_name(room)}",
            text=lambda text: sanitize(text, LONGEST_TEXT),
            time=lambda at: self.dates.time_of(at, TIMES["minutes"], dated=True),
        )

    def set_columns(self, columns: Columns) -> None:
        """Stand lines otherwise: the terminal has another width."""
        self._columns = columns

    def record(
        self, record: Record, room: str, *, own: bool, past: bool = False, nick: str = "", to: str = ""
    ) -> StyledLine:
        """Render a record of a conversation.

        Args:
            record: a message, join, leave or change of nick, or what was done to govern.
            room: the reader's current room.
            own: the reader's own record.
            past: it was asked for with ``history``.
            nick: the reader's: a text that names it stands out.
            to: with whom the reader talks in private.
        """
        mark: StyledLine = [("class:past", "| ")] if past and not self._columns else []
        start: StyledLine = [*mark, *self._time(record.at)]
        if record.type != "message":
            text = ("class:join class:text", self._membership(record, own=own))
            return [*start, *self._cell("class:join", "*", " "), text]
        if record.to and not (to and heard_key(to) == heard_key(record.to if own else record.nick)):
            head = self._private_head(record.nick, record.to, record.kind)
        else:
            where = _where(record.room, room)
            named = not own and bool(record.to or mentions(record.text, nick))
            others = "class:mention" if named else f"class:{nick_class(record.nick)}"
            head = [*where, *self._author("class:own" if own else others, record.nick, record.kind, where)]
        return [*start, *head, *styled_text(record.text, "" if own else nick)]

    def unconfirmed(self, command: Command, nick: str, *, here: bool) -> StyledLine:
        """Render an own text that is not known to be on record; ``here``: in the current conversation."""
        blank = width(self._time(""))
        start: StyledLine = [("class:pending", "…".ljust(blank))] if blank else []
        place = f"[→ {sanitize_name(command.to)}]" if command.to else f"#{sanitize_name(command.room)}"
        where: StyledLine = [] if here else [("class:pending", place + " ")]
        text: StyledLine = [("class:pending class:text", sanitize(command.text))]
        return [*start, *where, *self._author("class:pending", nick, command.kind, where), *text]

    def already_recorded(self, command: Command, nick: str, room: str) -> StyledLine:
        """Render an own text whose record did not come, for somebody whose current room is ``room``."""
        if command.to:
            head = self._private_head(nick, command.to, command.kind)
        else:
            where = _where(command.room, room)
            head = [*where, *self._author("class:own", nick, command.kind, where)]
        return [*head, *styled_text(command.text, "")]

    def welcomed(self, welcomed: Welcomed, rooms: Sequence[str], address: str) -> list[StyledLine]:
        """Render that a connection stands."""
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
            nick=sanitize_name(welcomed.welcome.nick),
            rooms=", ".join(f"#{sanitize_name(room)}" for room in rooms),
        )
        lines = [self.notice(text)]
        if welcomed.welcome.notice:
            lines.append(self.notice(server_texts.notice(welcomed.welcome.notice, _)))
        return lines

    def reply(self, reply: Members | RoomList | HistoryEnd | Status | IsAway) -> list[StyledLine]:
        """Render the reply to a question: a line, and for a room with an owner further ones."""
        _ = self._translate
        more = self.charter(reply) if isinstance(reply, Members) else []
        match reply:
            case Members():
                members = ", ".join(
                    marked(sanitize_name(nick), reply.roles.get(nick, "")) for nick in reply.members
                )
                further = reply.count - len(reply.members)
                if further > 0:
                    members += " " + _("and {number} more").format(number=further)
                text = _("{room} ({number}): {members}").format(
                    room=f"#{sanitize_name(reply.room)}", number=reply.count, members=members or _("nobody")
                )
            case RoomList():
                rooms = ", ".join(f"#{sanitize_name(each.room)} ({each.members})" for each in reply.rooms)
                if reply.next:
                    rooms += " … " + _("more: {command}").format(
                        command=f"/salas {sanitize_name(reply.next)}"
                    )
                text = _("rooms: {rooms}").format(rooms=rooms or _("none"))
            case HistoryEnd():
                known = _("that was all of {room}") if reply.complete else _("that was {room}; there is more")
                text = known.format(room=f"#{sanitize_name(reply.room)}")
            case Status():
                text = self._status(reply)
            case IsAway():
                text = away(reply, _, self._shown)
        return [self.notice(text[:LONGEST_TEXT]), *more]

    def _status(self, status: Status) -> str:
        dialects = ", ".join(
            f"{sanitize_name(name)} {count}" for name, count in sorted(status.connections.items())
        )
        return self._translate(
            "{hours:.1f} h up; connected: {dialects}; {records} records, {deliveries} deliveries, "
            "{megabytes:.1f} MB sent; turns: 99 % within {p99} ms, longest {longest} ms; "
            "{waiting:.1f} MB wait for slow readers, {behind} catch up; memory {memory:.0f} MB"
        ).format(
            hours=status.uptime / 3_600,
            dialects=dialects or self._translate("nobody"),
            records=status.records,
            deliveries=status.deliveries,
            megabytes=status.bytes / 1e6,
            p99=status.turns.p99_ms,
            longest=status.turns.max_ms,
            waiting=status.backlog / 1e6,
            behind=status.catching_up,
            memory=status.rss / 1e6,
        )

    def charter(self, members: Members) -> list[StyledLine]:
        """Render what a room is about, how it is set and, for its operators, whom it holds."""
        return [self.notice(line) for line in told_charter(members, self._translate, self._shown)]

    def topic(self, text: str) -> StyledLine:
        """Render what a room is about, below its heading."""
        shown = sanitize(text, LONGEST_TEXT)
        return self.notice(self._translate("topic: {text}").format(text=shown))

    def refused(self, refused: Denied) -> StyledLine:
        """Render a refusal, with the text that was not said."""
        detail = dict(refused.detail)
        if "until" in detail:
            detail["until"] = self._shown.time(detail["until"])
        why = server_texts.refusal(refused.code, refused.text, detail, self._translate)
        command = refused.command if isinstance(refused, Refused) else None
        if command is None or command.type != "message":
            return self.problem(why)
        text = self._translate("not said: {text} ({why})")
        return self.problem(text.format(text=sanitize(command.text), why=why))

    def help(self, *, governing: bool = False) -> list[StyledLine]:
        """Render the commands, and at a terminal the keys; or those of people who govern rooms."""
        if self._columns:
            # On a narrow screen columns would only break every row.
            return help_table(self._translate, aligned=bool(self._columns.nick_width), governing=governing)
        rows = help_rows(self._translate, terminal=False, governing=governing)
        return [self.notice(f"{typed}: {meaning}") for typed, meaning in rows]

    # Headings, at a terminal.

    def heading(self, title: str, more: str = "") -> StyledLine:
        """Render which conversation begins here."""
        return _ruled("class:heading", sanitize(title), more)

    def day(self, at: str) -> StyledLine:
        """Render which day begins here."""
        return _ruled("class:day", self.dates.long_day(at, self._translate))

    def new_since(self, at: str) -> StyledLine:
        """Render that the messages below are new since a time."""
        time = self.dates.time_of(at, TIMES["minutes"], dated=True) if self.dates.read(at) else "?"
        return _ruled("class:unread", self._translate("new since {time}").format(time=time))

    def notice(self, text: str) -> StyledLine:
        """Render a message of the client itself. ``text`` must be safe."""
        return [*self._time_now(), *self._cell("class:notice", "*", " "), ("class:notice class:text", text)]

    def problem(self, text: str) -> StyledLine:
        """Render what went wrong. ``text`` must be safe."""
        return [*self._time_now(), *self._cell("class:problem", "!", " "), ("class:problem class:text", text)]

    def _private_head(self, nick: str, to: str, kind: str) -> StyledLine:
        head = f"[{author(sanitize_name(nick), kind)} → {sanitize_name(to)}]"
        return self._cell("class:private", head, " ")

    def _author(self, style: str, nick: str, kind: str, before: StyledLine) -> StyledLine:
        """Return who has said something, done it, or given a notice: no line of another kind begins so."""
        return self._cell(style, author(sanitize_name(nick), kind), separator(kind), width(before))

    def _cell(self, style: str, text: str, after: str, before: int = 0) -> StyledLine:
        """Return the cell in which nicks stand, and what separates it from the text.

        ``before`` are the columns of the cell that are taken already.
        """
        pad = (self._columns.nick_width - before - width([("", text)])) if self._columns else 0
        return [*([("", " " * pad)] if pad > 0 else []), (style, text), ("", after)]

    def _membership(self, record: Record, *, own: bool) -> str:
        _ = self._translate
        if is_governing(record):
            return told(record, _, self._shown)
        if is_telling(record):
            return telling(record, _, self._shown)
        match record.type, own:
            case "join", _own:
                text = _("{nick} has entered {room}")
            case "nick", True:
                text = _("you are now {new}")
            case "nick", False:
                text = _("{nick} is now {new}")
            case _:
                text = _(told_of_leave(record.reason))
        return text.format(
            nick=sanitize_name(record.nick),
            new=sanitize_name(record.new),
            room=f"#{sanitize_name(record.room)}",
        )

    def _time(self, at: str) -> StyledLine:
        form = TIMES[self._columns.times] if self._columns else TIMES["minutes"]
        if not form:
            return []
        return [("class:time", self.dates.time_of(at, form, dated=not self._columns) + " ")]

    def _time_now(self) -> StyledLine:
        return self._time(self.dates.now()) if self._columns else []


def _ruled(style: str, text: str, more: str = "") -> StyledLine:
    return [(style, f"── {text} ──" + (f" {more} ──" if more else ""))]


def _where(room: str, here: str) -> StyledLine:
    """Return a room's name, unless it is the room that the reader looks at."""
    if not room or heard_key(room) == heard_key(here):
        return []
    return [("class:room", f"#{sanitize_name(room)} ")]
