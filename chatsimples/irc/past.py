"""What clients ask of the past (IRCv3 draft/chathistory), as questions about history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from chatsimples.chat import commands
from chatsimples.chat.commands import Command, Conversations, History
from chatsimples.chat.history import HISTORY_LIMIT, read_time
from chatsimples.chat.records import microseconds, timestamp
from chatsimples.errors import Refusal
from chatsimples.irc import marks
from chatsimples.irc.asking import Asker, Params
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.marks import Mark

_MSGID = re.compile(r"([0-9A-Za-z-]{1,64})/([0-9]{1,18})")
_LIMIT = re.compile(r"[0-9]{1,9}")
# Times are told to the millisecond: what follows such a time is no record of the same one.
_MILLISECOND = 1_000
_PARAMS = {"LATEST": 4, "BEFORE": 4, "AFTER": 4, "AROUND": 4, "BETWEEN": 5, "TARGETS": 4}

INVALID_PARAMS = "INVALID_PARAMS"
INVALID_MSGREFTYPE = "INVALID_MSGREFTYPE"
INVALID_TARGET = "INVALID_TARGET"
NEED_MORE_PARAMS = "NEED_MORE_PARAMS"

PLAYBACK = "PLAYBACK"
"""What a question is called that no client has asked: for the last messages, when a room is entered."""


class PastError(Exception):
    """A question about the past that can't be asked.

    Attributes:
        code: of the standard reply that tells it.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Reference(NamedTuple):
    """A place in the past: the seq of a message, or a time; neither for none."""

    seq: int = -1
    time: str = ""


def question(
    asker: Asker, params: Params, *, events: bool = False, mark: bytes = b""
) -> History | Conversations | str:
    """Return the question that the parameters of a ``CHATHISTORY`` ask, or the code of what is wrong there.

    Args:
        asker: whoever asks.
        params: the parameters.
        events: whether more than messages is asked for.
        mark: the request's.
    """
    try:
        return ask(asker, params, events=events, mark=mark)
    except PastError as error:
        return error.code


def ask(asker: Asker, params: Params, *, events: bool = False, mark: bytes = b"") -> History | Conversations:
    """Do as `question`.

    Raises:
        PastError: they ask none.
    """
    kind = params[0].upper() if params else ""
    if kind not in _PARAMS:
        raise PastError(INVALID_PARAMS)
    if len(params) < _PARAMS[kind]:
        raise PastError(NEED_MORE_PARAMS)
    limit = _limit(params[_PARAMS[kind] - 1])
    if kind == "TARGETS":
        first, last = sorted(_time_of(each) for each in params[1:3])
        return Conversations(asker.conn, _following(first), last, limit, mark=mark)
    asked = structs.replace(_of_target(asker, params[1]), limit=limit, all=events, mark=mark)
    if kind == "LATEST" and params[2] == "*":
        return asked
    place = read_reference(params[2])
    match kind:
        case "LATEST":
            return structs.replace(_after(asked, place), newest=True)
        case "BEFORE":
            return _before(asked, place)
        case "AFTER":
            return _after(asked, place)
        case "AROUND":
            return structs.replace(asked, after=place.seq, at=place.time, around=True)
    return _between(asked, place, read_reference(params[3]))


def marker(asker: Asker, params: Params) -> commands.MarkRead | str:
    """Return what the parameters of a ``MARKREAD`` mean, or the code of what is wrong with them."""
    if not params:
        return NEED_MORE_PARAMS
    try:
        asked = _of_target(asker, params[0])
        at = _time_of(params[1]) if len(params) > 1 else ""
    except PastError:
        return INVALID_PARAMS
    return commands.MarkRead(asker.conn, asked.room, asked.to, at)


def with_markers(asked: Sequence[Command]) -> tuple[Command, ...]:
    """Return what is asked to enter rooms, with the questions up to where they were read before."""
    found: list[Command] = []
    for each in asked:
        if isinstance(each, commands.Who):
            # Before the members, as the list of these is the end of it.
            found.append(commands.MarkRead(each.conn, each.room))
        found.append(each)
    return tuple(found)


def with_playback(asked: Sequence[Command], limit: int) -> tuple[Command, ...]:
    """Return what is asked to enter rooms, with the questions for the last messages of each."""
    found: list[Command] = []
    for each in asked:
        found.append(each)
        if isinstance(each, commands.Who):
            mark = marks.pack(Mark(PLAYBACK, ("", f"{CHANNEL}{each.room}")))
            found.append(commands.History(each.conn, each.room, 0, limit, PLAYBACK, joined=True, mark=mark))
    return tuple(found)


def read_reference(text: str) -> Reference:
    """Read where in the past something is: ``msgid=…`` or ``timestamp=…``.

    Raises:
        PastError: it is neither.
    """
    kind, equals, value = text.partition("=")
    if not equals or kind not in {"msgid", "timestamp"}:
        raise PastError(INVALID_MSGREFTYPE if equals else INVALID_PARAMS)
    if kind == "timestamp":
        return Reference(time=read_timestamp(value))
    found = _MSGID.fullmatch(value)
    if found is None:
        raise PastError(INVALID_PARAMS)
    return Reference(int(found[2]))


def is_foreign(params: Params, log: str) -> bool:
    """Tell whether a question names a message of another log: its seq means another message in this one."""
    found = [_MSGID.fullmatch(word.removeprefix("msgid=")) for word in params[2:4] if "=" in word]
    return any(each is not None and each[1] != log for each in found)


def read_timestamp(text: str) -> str:
    """Read a time as IRC has it, in the form of records.

    Raises:
        PastError: it is none.
    """
    try:
        return read_time(text)
    except Refusal:
        raise PastError(INVALID_PARAMS) from None


def _time_of(text: str) -> str:
    time = read_reference(text).time
    if not time:
        raise PastError(INVALID_PARAMS)
    return time


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text) or not int(text):
        raise PastError(INVALID_PARAMS)
    return min(int(text), HISTORY_LIMIT)


def _of_target(asker: Asker, target: str) -> History:
    try:
        if target.startswith(CHANNEL):
            return commands.History(asker.conn, asker.room(target), 0, 1, joined=True)
        return commands.History(asker.conn, "", 0, 1, to=asker.nick(target))
    except Refusal:
        raise PastError(INVALID_TARGET) from None


def _following(time: str) -> str:
    """Return the first time that is shown as a later one."""
    return timestamp(microseconds(time) // _MILLISECOND * _MILLISECOND + _MILLISECOND)


def _after(asked: History, place: Reference) -> History:
    if place.time:
        return structs.replace(asked, at=_following(place.time))
    return structs.replace(asked, after=place.seq)


def _before(asked: History, place: Reference) -> History:
    if place.time:
        return structs.replace(asked, until=place.time)
    # A seq of 0 would be the end.
    return structs.replace(asked, before=max(1, place.seq))


def _between(asked: History, one: Reference, other: Reference) -> History:
    """Ask for what is between two places: those next to the first one, if there are too many."""
    of_a_kind = bool(one.time) == bool(other.time)
    if of_a_kind and one > other:
        return structs.replace(_before(_after(asked, other), one), newest=True)
    return _before(_after(asked, one), other)
