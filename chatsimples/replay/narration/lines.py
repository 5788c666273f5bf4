"""What happened, as lines: one for each record, and on a terminal a rule where another day begins."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record
from chatsimples.i18n import N_, Translate
from chatsimples.replay.narration.happenings import happening
from chatsimples.replay.narration.looks import Looks, Piece, nick_look
from chatsimples.replay.narration.visible import local_minute, visible, visible_name

_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_MOVES = frozenset(("join", "leave"))
_KEYS = (
    (N_("Space"), N_("pause, go on")),
    (".", N_("pause, then one record at a time")),
    ("+ -", N_("twice as fast, half as fast")),
    ("← →", N_("10 seconds back, forward; at least a record")),
    ("↑ ↓", N_("a minute back, forward; at least a record")),
    ("Home End", N_("to the beginning, to the end")),
    ("?", N_("these keys")),
    ("q", N_("end")),
)


class Lines:
    """Makes lines, without newlines.

    Args:
        translate: the words' language.
        looks: what is written for the looks.
        times: the time in front: "seconds", "minutes" or "off".
        rooms: keys of the rooms that are known to be there: from two rooms on, each line tells its own.
        dated: put the date in front of each line, instead of a rule where another day begins.
    """

    def __init__(
        self,
        translate: Translate,
        looks: Looks,
        times: str,
        rooms: Iterable[str] = (),
        *,
        dated: bool = False,
    ) -> None:
        self._translate = translate
        self._looks = looks
        self._times = times
        self._rooms = set(rooms)
        self._dated = dated
        self._day = ""

    def record(self, record: Record) -> list[str]:
        """Show a record."""
        if record.room and len(self._rooms) < 2:  # noqa: PLR2004 - from two on they have to be told apart
            self._rooms.add(heard_key(record.room))
        if self._times == "off":
            return [self._looks.write(self._happened(record))]
        day, time = _when(record.at, self._times)
        line = [("time", f"{day} {time} " if self._dated else f"{time} "), *self._happened(record)]
        if self._dated or day == self._day:
            return [self._looks.write(line)]
        self._day = day
        return [self.rule(day), self._looks.write(line)]

    def rule(self, text: str) -> str:
        """Show what is no part of the record. ``text`` must be safe."""
        return self._looks.write([("rule", _ruled(text))])

    def keys(self) -> list[str]:
        """Show what the keys do."""
        _ = self._translate
        rows = [(_(keys), _(meaning)) for keys, meaning in _KEYS]
        widest = max(len(keys) for keys, _meaning in rows)
        return [self._looks.write([("calm", f"  {keys:{widest}}  {meaning}")]) for keys, meaning in rows]

    def _happened(self, record: Record) -> list[Piece]:
        if record.type == "message":
            return [*self._who(record), ("", visible(record.text))]
        text = happening(record, self._translate)
        if record.type == "nick":
            return [*self._room(record), ("calm", f"* {text}")]
        return [("calm", f"* {text}") if record.type in _MOVES else ("rule", _ruled(text))]

    def _who(self, record: Record) -> list[Piece]:
        nick = visible_name(record.nick)
        if record.to:
            return [("private", f"{nick} → {visible_name(record.to)}"), ("", ": ")]
        return [*self._room(record), (nick_look(record.nick), nick), ("", ": ")]

    def _room(self, record: Record) -> list[Piece]:
        if not record.room or len(self._rooms) < 2:  # noqa: PLR2004
            return []
        return [("room", f"#{visible_name(record.room)} ")]


def _ruled(text: str) -> str:
    return f"── {text} ──"


def _when(at: str, times: str) -> tuple[str, str]:
    """Give a record's day and its time of day, in this machine's zone."""
    minute = local_minute(at[:16]) if _AT.fullmatch(at) else None
    day, time = minute or ("----------", "--:--")
    if times == "seconds":
        time += at[16:19] if minute else ":--"
    return day, time
