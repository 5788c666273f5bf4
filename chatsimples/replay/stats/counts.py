"""Counts of records: by nick, room and time. Records are read one by one, and only sums are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record
from chatsimples.replay.narration.times import local_time
from chatsimples.words.told import is_governing


class NickCounts(msgspec.Struct, kw_only=True):
    """The messages of a nick. What a person said under an earlier nick counts there.

    Attributes:
        nick: as it was written last.
        messages: all, the private ones among them.
        private: the private ones.
        words, bytes: of the texts; bytes of UTF-8.
        first, last: the times of the first and the last, as records write them.
    """

    nick: str
    messages: int = 0
    private: int = 0
    words: int = 0
    bytes: int = 0
    first: str = ""
    last: str = ""


class RoomCounts(msgspec.Struct, kw_only=True):
    """The messages of a room.

    Attributes:
        room: as it was written last.
        messages: how many.
        nicks: how many nicks wrote them.
        joins: how often somebody entered.
        words, bytes, first, last: as `NickCounts` has them.
    """

    room: str
    messages: int = 0
    nicks: int = 0
    joins: int = 0
    words: int = 0
    bytes: int = 0
    first: str = ""
    last: str = ""


class HourCount(msgspec.Struct, kw_only=True):
    """Messages in an hour of the day, 0 to 23, of all days, in this machine's zone."""

    hour: int
    messages: int = 0


class DayCount(msgspec.Struct, kw_only=True):
    """Messages on a day, ``2026-11-22``, in this machine's zone."""

    day: str
    messages: int = 0


class Counts(msgspec.Struct, kw_only=True):
    """All counts.

    Attributes:
        records: all that were selected.
        first_seq, last_seq: the seqs of the first and the last.
        first, last: their times, as records write them.
        seconds: from the one to the other; 0 if a clock was set back in between.
        messages, private, words, bytes: as `NickCounts` has them, in all.
        joins, leaves, renames, starts: records of these kinds.
        governed: topics, settings, roles, invitations, bans, mutes, and removals from a room.
        nicks, rooms: those with the most messages first.
        hours: all 24, in order.
        days: those with messages, in order.
    """

    records: int = 0
    first_seq: int = 0
    last_seq: int = 0
    first: str = ""
    last: str = ""
    seconds: float = 0.0
    messages: int = 0
    private: int = 0
    words: int = 0
    bytes: int = 0
    joins: int = 0
    leaves: int = 0
    renames: int = 0
    starts: int = 0
    governed: int = 0
    nicks: list[NickCounts] = []
    rooms: list[RoomCounts] = []
    hours: list[HourCount] = []
    days: list[DayCount] = []


class _Sum(msgspec.Struct):
    """The messages of a nick in one room, or in private."""

    first: str
    last: str = ""
    messages: int = 0
    words: int = 0
    bytes: int = 0


_Said = dict[tuple[str, str | None], _Sum]
"""By nick and room, as they were written; None for private messages."""


def count(records: Iterable[Record]) -> Counts:
    """Count records. No text is kept."""
    kinds: Counter[str] = Counter()
    minutes = _Minutes()
    said: _Said = {}
    joins: Counter[str] = Counter()
    first = last = None
    for record in records:
        first = first or record
        last = record
        kind = record.type
        kinds[kind] += 1
        if record.by and kind != "bye" and is_governing(record):
            kinds["governed"] += 1
        if kind == "message":
            at, text = record.at, record.text
            place = (record.nick, None if record.to else record.room)
            each = said.get(place) or said.setdefault(place, _Sum(at))
            each.last = at
            each.messages += 1
            each.words += len(text.split())
            each.bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
            minutes.add(at)
        elif kind == "join":
            joins[record.room] += 1
    counts = _counts(kinds, said, joins)
    counts.hours, counts.days = minutes.hours, minutes.days
    if first is not None and last is not None:
        counts.first_seq, counts.last_seq = first.seq, last.seq
        counts.first, counts.last = first.at, last.at
        begins, ends = local_time(first.at), local_time(last.at)
        if begins and ends:
            counts.seconds = max(0.0, (ends - begins).total_seconds())
    return counts


class _Minutes:
    """Counts by hour and by day. The time of messages of the same minute is read once."""

    def __init__(self) -> None:
        self._hours: Counter[int] = Counter()
        self._days: Counter[str] = Counter()
        self._minute = ""
        self._hour, self._day = -1, ""

    @property
    def hours(self) -> list[HourCount]:
        return [HourCount(hour=hour, messages=self._hours[hour]) for hour in range(24)]

    @property
    def days(self) -> list[DayCount]:
        return [DayCount(day=day, messages=self._days[day]) for day in sorted(self._days) if day]

    def add(self, at: str) -> None:
        """Count a message; one whose time is none counts for no hour and no day."""
        minute = at[:16]
        if minute != self._minute:
            self._minute = minute
            when = local_time(at)
            self._hour, self._day = (when.hour, f"{when:%Y-%m-%d}") if when else (-1, "")
        self._hours[self._hour] += 1
        self._days[self._day] += 1


def _counts(kinds: Counter[str], said: _Said, joins: Counter[str]) -> Counts:
    """Add up. Names that are written differently and yet the same (``Ana``, ``ana``) count together."""
    nicks: dict[str, NickCounts] = {}
    rooms: dict[str, RoomCounts] = {}
    for name, number in joins.items():
        rooms.setdefault(heard_key(name), RoomCounts(room=name)).joins += number
    pairs = {(heard_key(nick), heard_key(room)) for nick, room in said if room is not None}
    speakers = Counter(key for _nick, key in pairs)
    for (name, place), each in said.items():
        nick = nicks.setdefault(heard_key(name), NickCounts(nick=name))
        nick.nick = name if each.last >= nick.last else nick.nick
        _add(nick, each)
        if place is None:
            nick.private += each.messages
            continue
        room = rooms.setdefault(heard_key(place), RoomCounts(room=place))
        room.room = place if each.last >= room.last else room.room
        room.nicks = speakers[heard_key(place)]
        _add(room, each)
    return Counts(
        records=kinds.total() - kinds["governed"],
        messages=kinds["message"],
        private=sum(each.private for each in nicks.values()),
        words=sum(each.words for each in nicks.values()),
        bytes=sum(each.bytes for each in nicks.values()),
        joins=kinds["join"],
        leaves=kinds["leave"],
        renames=kinds["nick"],
        starts=kinds["start"],
        governed=kinds["governed"],
        nicks=sorted(nicks.values(), key=lambda each: (-each.messages, each.nick)),
        rooms=sorted(rooms.values(), key=lambda each: (-each.messages, each.room)),
    )


def _add(total: NickCounts | RoomCounts, each: _Sum) -> None:
    total.first = min(total.first or each.first, each.first)
    total.last = max(total.last, each.last)
    total.messages += each.messages
    total.words += each.words
    total.bytes += each.bytes
