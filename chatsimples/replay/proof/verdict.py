"""A command with its records, and the difference between what the rules make of it and what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from chatsimples.chat import commands, effects
from chatsimples.chat.deciding import Decided
from chatsimples.chat.names import printable
from chatsimples.chat.records import Record, to_line
from chatsimples.errors import explain

_LINE_SHOWN = 400


class Taken(NamedTuple):
    """A command that was inferred.

    Attributes:
        command: None for records that no command made (a ``redaction``).
        records: what the rules made of it, in today's version of the records; perhaps none.
    """

    command: commands.Command | None
    records: Sequence[Record]


class UnruledError(Exception):
    """A record that the rules do not make of what was before it.

    Args:
        seq: of the record.
        reason: what the rules say instead.
    """

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(seq, reason)
        self.seq = seq
        self.reason = reason


def records_in(decided: Decided) -> list[Record]:
    """Return the records among what was decided."""
    return [each for each in decided if isinstance(each, Record)]


def difference(recorded: Sequence[Record], made: Sequence[Record], decided: Decided) -> UnruledError:
    """Tell where the records that were made differ from the recorded ones.

    Args:
        recorded: the records of one command.
        made: what came out instead.
        decided: all that the rules decided, for the reason of a refusal.
    """
    for record, due in zip_longest(recorded, made):
        if record is None:
            return UnruledError(recorded[-1].seq + 1, f"a record is missing here: {shown(due)}")
        if due is None:
            return UnruledError(record.seq, refusal(decided) or "the rules make no such record here")
        if record != due:
            return UnruledError(record.seq, f"it is not what the rules make here: {shown(due)}")
    raise ValueError("there is no difference")


def refusal(decided: Decided) -> str:
    """Return the reason for which the rules refuse a command; empty if they do not."""
    for each in decided:
        if isinstance(each, effects.Reply) and isinstance(each.answer, effects.Error):
            return f"the rules refuse this: {explain(each.answer.code, each.answer.detail, str)}"
    return ""


def shown(record: Record | None) -> str:
    """Return a record's line for a message to a person."""
    return printable(to_line(record).decode().rstrip("\n"), _LINE_SHOWN) if record else ""
