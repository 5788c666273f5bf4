"""What a record tells, in words and times for people."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from chatsimples.chat.reasons import told_of_leave
from chatsimples.chat.records import Record
from chatsimples.i18n import Translate
from chatsimples.replay.narration.visible import local, visible

_SECONDS = len("2026-11-22T15:00:00")
_OFFSET = len("+00:00")


def happening(record: Record, translate: Translate) -> str:
    """Tell what happened, of a record that is no message."""
    _ = translate
    match record.type:
        case "join":
            text = _("{nick} has entered {room}")
        case "leave":
            text = _(told_of_leave(record.reason))
        case "nick":
            text = _("{nick} is now {new}")
        case "start":
            text = _("the server starts: {version}")
        case "stop":
            text = _("the server stops")
        case "redaction":
            text = _("the text of these messages was taken out: {seqs} ({reason})")
        case other:
            return " ".join(
                visible(each) for each in (other, record.nick, record.text, record.reason) if each
            )
    return text.format(
        nick=visible(record.nick),
        new=visible(record.new),
        room=f"#{visible(record.room)}",
        version=visible(record.server),
        seqs=visible(record.seqs),
        reason=visible(record.reason),
    )


def day_and_time(at: str) -> tuple[str, str]:
    """Give a record's day and time of day in this machine's zone; of no time, what stands there."""
    when = _local(at[:_SECONDS])
    return (f"{when:%Y-%m-%d}", f"{when:%H:%M:%S}") if when else (visible(at), "")


def zone(at: str) -> str:
    """Name this machine's zone at a record's time by what it is ahead of UTC."""
    when = _local(at[:_SECONDS])
    return f"UTC{when.isoformat()[-_OFFSET:]}" if when else "UTC"


@lru_cache(maxsize=1024)
def _local(second: str) -> datetime | None:
    # Many records share a second.
    return local(f"{second}Z")
