"""What an answer to ``history`` must hold, worked out from the records alone."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.chat.effects import HistoryEnd, Recall
from chatsimples.chat.records import Record


def wanted(asked: Recall, records: Sequence[Record]) -> list[Record]:
    """Return all that is asked for, but for the limit; the times of the records rise."""
    return [
        each
        for each in records
        if each.room.lower() == asked.room.lower()
        and (each.type == "message" or (asked.all and not each.quiet))
        and asked.after < each.seq < asked.before
        and each.at >= asked.at
    ]


def is_onwards(asked: Recall) -> bool:
    """Tell whether it is the first ones that are asked for, and not the last ones."""
    return bool(asked.at) or asked.after >= 0


def given(asked: Recall, records: Sequence[Record], end: HistoryEnd) -> list[Record]:
    """Return what stands in an answer, which tells in its end how far it reaches.

    Raises:
        AssertionError: the end is none that such an answer can have.
    """
    all_wanted = wanted(asked, records)
    told = [each for each in all_wanted if end.before <= each.seq <= (end.after or each.seq)]
    before = after = 0
    if is_onwards(asked):
        assert all_wanted[: len(told)] == told
        before = told[0].seq if asked.at and told else 0
        after = 0 if end.complete else told[-1].seq
    else:
        before = 0 if end.complete else told[0].seq
    assert len(told) <= asked.limit
    assert HistoryEnd(asked.room, told == all_wanted, before, asked.id, after) == end
    return told


def answer_to(asked: Recall, records: Sequence[Record]) -> tuple[list[Record], HistoryEnd]:
    """Return the answer of a server that can give all that is asked for at once."""
    all_wanted = wanted(asked, records)
    complete = len(all_wanted) <= asked.limit
    onwards = is_onwards(asked)
    told = all_wanted[: asked.limit] if onwards else all_wanted[-asked.limit :]
    first, last = (told[0].seq, told[-1].seq) if told else (0, 0)
    before = first if (asked.at if onwards else not complete) else 0
    after = last if onwards and not complete else 0
    return told, HistoryEnd(asked.room, complete, before, asked.id, after)
