"""What is told of the past: history in a batch, conversations, and where somebody has read up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import structs

from chatsimples.chat.effects import Answer, ConversationList, Error, HistoryEnd, ReadMarker
from chatsimples.chat.records import Record
from chatsimples.irc import capabilities, past
from chatsimples.irc.isupport import CHANNEL
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.writer import Writer

_WORDS: Final = {
    past.INVALID_PARAMS: "These parameters mean nothing",
    past.INVALID_MSGREFTYPE: "It is neither a msgid nor a timestamp",
    past.INVALID_TARGET: "Messages could not be retrieved",
    past.NEED_MORE_PARAMS: "Missing parameters",
}


def refused(writer: Writer, mark: Mark, parts: Sequence[Record | Answer]) -> None:
    """Tell why a question about the past is not answered; if it is, that comes later."""
    code = mark.fault or (past.INVALID_TARGET if any(isinstance(each, Error) for each in parts) else "")
    if not code and past.is_foreign(mark.params, writer.server.log):
        context = _named(mark.params[:2])
        writer.refuse(mark.command, past.INVALID_MSGREFTYPE, *context, text="It is a msgid of another log")
    elif not code:
        writer.defer()
    else:
        writer.refuse(mark.command, code, *_named(mark.params[:2]), text=_WORDS[code])


def marked(writer: Writer, mark: Mark, parts: Sequence[Record | Answer]) -> None:
    """Tell up to where somebody has read, or what was wrong."""
    if mark.fault:
        writer.refuse("MARKREAD", mark.fault, *_named(mark.params[:1]), text=_WORDS[mark.fault])
    for part in parts:
        if isinstance(part, ReadMarker):
            read_up_to(writer, part)


def read_up_to(writer: Writer, marker: ReadMarker) -> None:
    """Tell up to where somebody has read, to those who want to know."""
    if writer.style & capabilities.READ_MARKER:
        target = f"{CHANNEL}{marker.room}" if marker.room else marker.to
        writer.say(f"MARKREAD {target} {f'timestamp={marker.at[:23]}Z' if marker.at else '*'}")


def told(writer: Writer, mark: Mark, found: Sequence[Record], end: HistoryEnd | ConversationList) -> None:
    """Tell what was found."""
    if past.is_foreign(mark.params, writer.server.log):
        # It was refused already: what stands at that place here is another message.
        writer.defer()
    elif isinstance(end, ConversationList):
        writer.begin("draft/chathistory-targets")
        for each in end.conversations:
            name = f"{CHANNEL}{each.room}" if each.room else each.to
            writer.say(f"CHATHISTORY TARGETS {name} {each.at[:23]}Z")
        writer.end()
    elif mark.command == past.PLAYBACK:
        _play_back(writer, mark.params[1], found)
    else:
        writer.begin("chathistory", mark.params[1])
        for record, is_cut in _with_cuts(found):
            writer.record(record, alone=is_cut)
        writer.end()


def _play_back(writer: Writer, channel: str, found: Sequence[Record]) -> None:
    """Tell the last messages of a room that was entered, so that nobody takes them for new ones."""
    if not found:
        return
    is_timed = bool(writer.style & capabilities.SERVER_TIME)
    writer.begin("chathistory", channel)
    if not writer.style & capabilities.BATCH:
        writer.say(f"NOTICE {channel} :{len(found)} messages from before")
    for record, is_cut in _with_cuts(found):
        time = f"{record.at[:10]} {record.at[11:19]}Z"
        shown = record if is_timed else structs.replace(record, text=f"[{time}] {record.text}")
        writer.record(shown, alone=is_cut)
    if not writer.style & capabilities.BATCH:
        writer.say(f"NOTICE {channel} :that was before")
    writer.end()


def _with_cuts(found: Sequence[Record]) -> Iterator[tuple[Record, bool]]:
    """Give records, each with whether it is a line of a message of which others were not found."""
    counts = Counter(record.seq - record.part for record in found if record.parts)
    for record in found:
        yield record, bool(record.parts) and counts[record.seq - record.part] != record.parts


def _named(params: Sequence[str]) -> list[str]:
    """Return of some parameters those that can be told again in the middle of a line."""
    return [word for word in params if word and " " not in word and not word.startswith(":")]
