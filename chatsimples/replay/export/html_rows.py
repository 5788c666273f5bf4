"""The records in a page: a section for each day, in it lists of a few hundred, in these a row each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from html import escape

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record
from chatsimples.i18n import Translate
from chatsimples.replay.export.job import RoomSummary
from chatsimples.replay.narration.descriptions import describe
from chatsimples.replay.narration.times import day_and_time
from chatsimples.screen.colours import nick_class
from chatsimples.screen.sanitize import sanitize
from chatsimples.words.kinds import author

PRIVATE = "private"
"""Stands for a room's number in private messages."""

LIST_ROWS = 250
"""Records that are laid out together, when one of them comes into view."""

_SOME, _MANY = 25, 100
"""Rows from which on a list out of view costs no layout: its class tells how high it may be."""


class Rows:
    """Makes the rows one after the other, and the days and lists around them.

    Args:
        rooms: by key; from two on, each row names its own.
        translate: the language.
    """

    def __init__(self, rooms: Mapping[str, RoomSummary], translate: Translate) -> None:
        self._rooms = rooms
        self._translate = translate
        self._day = ""
        self._list: list[str] = []

    def row(self, record: Record, seconds: float) -> str:
        """Add a record, so many seconds after the first; return the markup that is complete now."""
        day, time = map(escape, day_and_time(record.at))
        complete = ""
        if day != self._day:
            complete = (
                self.end() + f'<section data-day="{day}">\n<h2><time datetime="{day}">{day}</time></h2>\n'
            )
            self._day = day
        elif len(self._list) == LIST_ROWS:
            complete = self._end_list()
        kind, room, content = self._content(record)
        self._list.append(
            f'<li id="s{record.seq}" class="{kind}" data-t="{round(seconds * 1000)}"{room}>'
            f'<a href="#s{record.seq}">{time}</a>{content}</li>\n'
        )
        return complete

    def end(self) -> str:
        """Return the rest of the markup."""
        return f"{self._end_list()}</section>\n" if self._list else ""

    def _end_list(self) -> str:
        rows, self._list = self._list, []
        size = "many" if len(rows) >= _MANY else "some" if len(rows) >= _SOME else "few"
        return f'<ol role="list" class="{size}">\n{"".join(rows)}</ol>\n'

    def _content(self, record: Record) -> tuple[str, str, str]:
        """Return a row's class, the attribute that tells its room, and its content."""
        room = self._rooms.get(heard_key(record.room)) if record.room else None
        where = f' data-r="{room.number}"' if room else ""
        if record.type != "message":
            text = escape(describe(record, self._translate))
            return ("calm" if room else "server"), where, f"<bdi>{text}</bdi>"
        text = f"<bdi>{escape(sanitize(record.text))}</bdi>"
        by = author(_nick(record.nick), record.kind)
        if record.to:
            to = f" → {_nick(record.to)}"
            return PRIVATE, f' data-r="{PRIVATE}"', f"<span>{by}{to}</span>{text}"
        tag = f" <i>#{escape(room.name)}</i>" if room and len(self._rooms) > 1 else ""
        return "message", where, f"<span>{by}{tag}</span>{text}"


@lru_cache(maxsize=4096)
def _nick(name: str) -> str:
    return f'<b class="{nick_class(name)}">{escape(sanitize(name))}</b>'
