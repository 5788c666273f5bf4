"""What is told of whoever is away, or is called something else."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.chat.effects import Answer, Error
from chatsimples.chat.records import Record
from chatsimples.irc import numerics as n
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.refusals import tell_refusal
from chatsimples.irc.replies.writer import Writer


def away(writer: Writer, mark: Mark, parts: Sequence[Record | Answer]) -> None:
    """Tell that one is away now, or back; whoever was not away is back too."""
    refusals = [part for part in parts if isinstance(part, Error) and part.code != "not_away"]
    for refusal in refusals:
        tell_refusal(writer, refusal, mark)
    if refusals:
        return
    if mark.params and mark.params[0]:
        writer.numeric(n.RPL_NOWAWAY, text="You have been marked as being away")
    else:
        writer.numeric(n.RPL_UNAWAY, text="You are no longer marked as being away")
