"""What a record says that is no message, as a text for people."""

from __future__ import annotations

from chatsimples.chat.reasons import told_of_leave
from chatsimples.chat.records import Record
from chatsimples.i18n import Translate
from chatsimples.replay.narration.times import day_and_time
from chatsimples.screen.sanitize import sanitize
from chatsimples.words.telling import is_telling, telling
from chatsimples.words.told import Shown, is_governing, told

_OUTSIDE = frozenset(("hello", "bye"))
_SHOWN = Shown(
    name=sanitize,
    room=lambda room: f"#{sanitize(room)}",
    text=sanitize,
    time=lambda at: " ".join(day_and_time(at)).rstrip(),
)


def is_conversation(record: Record) -> bool:
    """Tell whether a record belongs to the conversation.

    That a connection is there, and that it ends, does not: people read of it in the joins and leaves. The
    proof of a room's key and tags that only programs read do not either.
    """
    if record.type == "set":
        return is_governing(record)
    if record.type == "tags":
        return is_telling(record)
    return record.type not in _OUTSIDE or is_governing(record)


def describe(record: Record, translate: Translate) -> str:
    """Return the text for a record of any type but ``message``; whatever it holds, it is safe to show."""
    _ = translate
    if is_governing(record):
        return told(record, _, _SHOWN)
    if is_telling(record):
        return telling(record, _, _SHOWN)
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
                sanitize(each) for each in (other, record.nick, record.text, record.reason) if each
            )
    return text.format(
        nick=sanitize(record.nick),
        new=sanitize(record.new),
        room=f"#{sanitize(record.room)}",
        version=sanitize(record.server),
        seqs=sanitize(record.seqs),
        reason=sanitize(record.reason),
    )
