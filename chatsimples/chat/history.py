"""What may be asked for of a room's history, and what is looked up for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from msgspec import structs

from chatsimples.chat import commands, effects
from chatsimples.chat.records import timestamp
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

HISTORY_LIMIT = 1_000
HISTORY_DEFAULT = 20

_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,32}))?"
    r"([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def check_count(count: int) -> int:
    """Return ``count`` if so many messages may be asked for.

    Raises:
        Refusal: ``bad_request``.
    """
    if not 0 < count <= HISTORY_LIMIT:
        raise Refusal("bad_request", why=N_("limit is from 1 to {most}"), most=HISTORY_LIMIT)
    return count


def read_count(typed: str) -> int:
    """Return how many messages a person asks for who types this after the command; the default for nothing.

    Raises:
        Refusal: ``bad_request``.
    """
    if not typed:
        return HISTORY_DEFAULT
    digits = typed.lstrip("0") if typed.isascii() and typed.isdigit() else ""
    # Python reads no number of more than 4,300 digits.
    if not 0 < len(digits) <= len(str(HISTORY_LIMIT)) or int(digits) > HISTORY_LIMIT:
        raise Refusal("bad_request", why=N_("N is from 1 to {most}"), most=HISTORY_LIMIT)
    return int(digits)


def read_time(text: str) -> str:
    """Return a time in the form of RFC 3339 as records have it: in UTC, to the microsecond.

    What is less than a microsecond is rounded up, so that no record before the time is taken for a later one.

    Raises:
        Refusal: ``bad_request``: it is none, or not before the year 10000 of UTC.
    """
    found = _TIME.fullmatch(text)
    day, clock, fraction, zone = found.groups(default="") if found else ("", "", "", "")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone.upper()}")
        microseconds = -(-int(fraction or "0") * 1_000_000 // 10 ** len(fraction))
        return timestamp(max(0, (moment - _EPOCH) // _MICROSECOND + microseconds))
    except (ValueError, OverflowError):
        why = N_("a time is written as 2026-11-29T15:00:00Z")
        raise Refusal("bad_request", why=why) from None


def recall(asked: commands.History, room: str, seq: int) -> effects.Recall:
    """Return what is to be looked up for a question about a room.

    Args:
        asked: the question.
        room: as the answer calls it.
        seq: of the newest record that there is for whoever asks; 0 if there is none.
    """
    before = asked.before if 0 < asked.before <= seq else seq + 1
    return effects.Recall(
        asked.conn, room, before, asked.limit, asked.id, asked.after, asked.at, asked.all, asked.until,
        asked.newest, asked.around, mark=asked.mark,
    )  # fmt: skip


def recall_private(
    asked: commands.History, own: tuple[int | str, ...], to: str, peer: str, seq: int
) -> effects.Recall:
    """Return what is to be looked up for a question about what was said between two people.

    Args:
        asked: the question.
        own: the connections and the session of whoever asks.
        to: the other one's nick, as the answer has it.
        peer: the identity of their session; empty if they are not there, or have none.
        seq: of the newest record.
    """
    found = recall(asked, "", seq)
    return structs.replace(found, to=to, own=own, peer=peer)
