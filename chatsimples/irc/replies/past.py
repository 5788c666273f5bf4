"""What is told of the past: history in a batch, conversations, and where somebody has read up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chatsimples.chat.effects import Answer, ConversationList, Error, HistoryEnd
from chatsimples.chat.records import Record
from chatsimples.irc import past
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
    if not code:
        writer.defer()
        return
    context = [word for word in mark.params[:2] if word and " " not in word and not word.startswith(":")]
    writer.refuse(mark.command, code, *context, text=_WORDS[code])


def told(writer: Writer, mark: Mark, found: Sequence[Record], end: HistoryEnd | ConversationList) -> None:
    """Tell what was found."""
    if isinstance(end, ConversationList):
        writer.begin("draft/chathistory-targets")
        for each in end.conversations:
            name = f"{CHANNEL}{each.room}" if each.room else each.to
            writer.say(f"CHATHISTORY TARGETS {name} {each.at[:23]}Z")
    else:
        writer.begin("chathistory", mark.params[1])
        for record in found:
            writer.record(record)
    writer.end()
