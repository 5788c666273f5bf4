"""Records as lines: one for each record, and on a terminal a rule where another day begins."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record
from chatsimples.i18n import Translate
from chatsimples.replay.narration.descriptions import describe
from chatsimples.replay.narration.times import local_minute
from chatsimples.screen.colours import nick_class
from chatsimples.screen.escape_sequences import EscapeSequences
from chatsimples.screen.sanitize import sanitize, sanitize_name
from chatsimples.screen.styled_text import StyledLine
from chatsimples.words.kinds import author, separator
from chatsimples.words.telling import is_telling
from chatsimples.words.told import is_governing

_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_MEMBERSHIP = frozenset(("join", "leave"))
_OF_A_PERSON = frozenset(("nick", "away", "setname", "tags"))


class LineRenderer:
    """Renders lines, without newlines.

    Args:
        translate: the language.
        escapes: writes the styles.
        times: the time in front: "seconds", "minutes" or "off".
        rooms: keys of the rooms that are known to be there: from two rooms on, each line names its own.
        dated: put the date in front of each line, instead of a rule where another day begins.
    """

    def __init__(
        self,
        translate: Translate,
        escapes: EscapeSequences,
        times: str,
        rooms: Iterable[str] = (),
        *,
        dated: bool = False,
    ) -> None:
        self._translate = translate
        self._escapes = escapes
        self._times = times
        self._rooms = set(rooms)
        self._dated = dated
        self._day = ""

    def record(self, record: Record) -> list[str]:
        """Return a record's line, with a rule before it if another day begins."""
        if record.room and len(self._rooms) < 2:  # noqa: PLR2004 - from two on they have to be told apart
            self._rooms.add(heard_key(record.room))
        if self._times == "off":
            return [self.line(self._content(record))]
        day, time = _when(record.at, self._times)
        start = f"{day} {time} " if self._dated else f"{time} "
        line = self.line([("class:time", start), *self._content(record)])
        if self._dated or day == self._day:
            return [line]
        self._day = day
        return [self.rule(day), line]

    def rule(self, text: str) -> str:
        """Return a line for what is no record. ``text`` must be safe."""
        return self.line([("class:heading", _ruled(text))])

    def line(self, line: StyledLine) -> str:
        """Return any line. Its text must be safe."""
        return self._escapes.render(line)

    def _content(self, record: Record) -> StyledLine:
        if record.type == "message":
            return [*self._author(record), ("", sanitize(record.text))]
        text = describe(record, self._translate)
        if record.type in _OF_A_PERSON:
            return [*self._room(record), ("class:join", f"* {text}")]
        if record.type in _MEMBERSHIP or is_governing(record) or is_telling(record):
            return [("class:join", f"* {text}")]
        return [("class:heading", _ruled(text))]

    def _author(self, record: Record) -> StyledLine:
        nick = author(sanitize_name(record.nick), record.kind)
        if record.to:
            return [("class:private", f"{nick} → {sanitize_name(record.to)}"), ("", ": ")]
        return [*self._room(record), (f"class:{nick_class(record.nick)}", nick), ("", separator(record.kind))]

    def _room(self, record: Record) -> StyledLine:
        if not record.room or len(self._rooms) < 2:  # noqa: PLR2004
            return []
        return [("class:room", f"#{sanitize_name(record.room)} ")]


def _ruled(text: str) -> str:
    return f"── {text} ──"


def _when(at: str, times: str) -> tuple[str, str]:
    """Return a record's day and time of day, in this machine's zone."""
    minute = local_minute(at[:16]) if _AT.fullmatch(at) else None
    day, time = minute or ("----------", "--:--")
    if times == "seconds":
        time += at[16:19] if minute else ":--"
    return day, time
