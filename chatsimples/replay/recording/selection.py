"""Which records are wanted: from where to where, in which rooms, by or for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from itertools import chain, dropwhile, takewhile

import msgspec

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record, timestamp
from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate
from chatsimples.transcript.reader import Line


class Place(msgspec.Struct, frozen=True):
    """A place in a transcript: a seq, or else a time.

    Attributes:
        seq: of a record; 0 if the place is a time.
        first, last: the moments with which it begins and ends, written as records write them. A day has many.
        clock: a time of the transcript's first day, in this machine's zone.
    """

    seq: int = 0
    first: str = ""
    last: str = ""
    clock: time | None = None

    def on_day_of(self, record: Record) -> Place:
        """Return the place with its day, if it has none, taken from the first record."""
        if self.clock is None:
            return self
        day = datetime.fromisoformat(record.at).astimezone().date()
        return _moment(datetime.combine(day, self.clock))

    def is_reached(self, record: Record) -> bool:
        """Tell whether a record stands at this place or after it."""
        return record.seq >= self.seq if self.seq else record.at >= self.first

    def is_passed(self, record: Record) -> bool:
        """Tell whether a record stands after this place."""
        return record.seq > self.seq if self.seq else record.at > self.last


class Selection(msgspec.Struct, frozen=True):
    """What is wanted of a transcript.

    Attributes:
        begin, end: places; None for its own.
        rooms, nicks: their keys; none for all.
    """

    begin: Place | None = None
    end: Place | None = None
    rooms: frozenset[str] = frozenset()
    nicks: frozenset[str] = frozenset()

    @property
    def is_filtered(self) -> bool:
        """Whether some rooms or people only are wanted."""
        return bool(self.rooms or self.nicks)

    @property
    def after(self) -> int:
        """The seq after which to begin to read."""
        return self.begin.seq - 1 if self.begin and self.begin.seq else 0

    def select(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Yield those of the lines, which are in order, that are wanted."""
        chosen = _between(iter(lines), self.begin, self.end)
        return (line for line in chosen if self.wants(line[0])) if self.is_filtered else chosen

    def wants(self, record: Record) -> bool:
        """Tell whether its room and its people are wanted, wherever it stands."""
        if self.rooms and heard_key(record.room or " ") not in self.rooms:
            return False
        people = {heard_key(name) for name in (record.nick, record.new, record.to, record.by) if name}
        return not self.nicks or bool(people & self.nicks)


def place(text: str, translate: Translate) -> Place | None:
    """Read a place: a seq, a time of day, a day, or a day and a time; None for an empty text.

    A time without a zone is in this machine's, in which times are shown.

    Raises:
        SettingError: it is none of these.
    """
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text):
        return Place(seq=int(text))
    try:
        if ":" in text and "-" not in text:
            return Place(clock=time.fromisoformat(text))
        if len(text) == len("2026-11-22"):
            day = date.fromisoformat(text)
            return Place(
                first=_at(datetime.combine(day, time.min)), last=_at(datetime.combine(day, time.max))
            )
        return _moment(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        shown = translate(N_("{text} is neither a seq nor a time (15:00, 2026-11-22, 2026-11-22T15:00:00Z)"))
        raise SettingError(shown.format(text=repr(text))) from None


def selection(begin: str, end: str, rooms: str, nicks: str, translate: Translate) -> Selection:
    """Make a selection of what was asked for on the command line.

    Raises:
        SettingError: a place can't be read.
    """
    return Selection(
        place(begin, translate),
        place(end, translate),
        frozenset(heard_key(name.removeprefix("#")) for name in _names(rooms)),
        frozenset(heard_key(name) for name in _names(nicks)),
    )


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


def _moment(moment: datetime) -> Place:
    at = _at(moment)
    return Place(first=at, last=at)


def _at(moment: datetime) -> str:
    return timestamp(int(moment.astimezone(UTC).timestamp()) * 1_000_000 + moment.microsecond)


def _between(lines: Iterator[Line], begin: Place | None, end: Place | None) -> Iterator[Line]:
    first = next(lines, None)
    if first is None:
        return
    lines = chain([first], lines)
    if begin is not None:
        start = begin.on_day_of(first[0])
        lines = dropwhile(lambda line: not start.is_reached(line[0]), lines)
    if end is not None:
        stop = end.on_day_of(first[0])
        lines = takewhile(lambda line: not stop.is_passed(line[0]), lines)
    yield from lines
