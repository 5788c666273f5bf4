"""Judges answers to ``history`` in a simulated world, whose wall clock jumps.

Where it was set back, a time has come more than once: the answer from a time on begins at one of the places
where it came. Up to which record an answer onwards is complete, only the server knows: it holds at least what
its client had heard when it asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from support.transcript import Entry

Asked = dict[str, Any]
Heard = tuple[dict[str, Any], bytes]
"""A line that a client has received, and what it says."""


def begin_of(
    asked: Asked, end: dict[str, Any], heard: Sequence[Heard], entries: Sequence[Entry], seen: int
) -> int:
    """Return where among the lines before its end an answer begins.

    Args:
        asked: the question.
        end: the answer's end.
        heard: the lines before it, the answers before left out.
        entries: the transcript.
        seen: the seq up to which the client had heard all of its rooms when it asked.

    Raises:
        AssertionError: it is not what the transcript holds.
    """
    past = _of_room(asked, entries)
    if "before" in asked:
        past = [entry for entry in past if entry.seq < asked["before"]]
        given = [entry for entry in past if entry.seq >= end.get("before", 0)]
        assert end["complete"] == (given == past), "whether there is more is told wrongly"
        assert "after" not in end
        begin = len(heard) - len(given)
    else:
        assert "before" not in end or "at" in asked
        runs = _runs(asked, past, entries)
        if "at" in asked:
            runs = [run for run in runs if _begins_at(run, end.get("before", 0), seen)]
        assert runs, f"an answer that begins where it must not: {asked}, {end}"
        past = runs[0] if "after" in asked or "before" in end else []
        begin = _last_place(heard, past)
        given = past[: len(heard) - begin]
        if end["complete"]:
            assert not [entry for entry in past[len(given) :] if entry.seq <= seen], "there was more"
        else:
            assert len(given) < len(past), "there is no more"
            assert end["after"] == given[-1].seq
    assert len(given) <= asked["limit"], "more history than was asked for"
    assert [entry.line for entry in given] == [line for _, line in heard[begin:]], "a history that is not so"
    return begin


def begin_of_part(asked: Asked, heard: Sequence[Heard], entries: Sequence[Entry]) -> int:
    """Return from which line on a connection that was cut may have received a part of an answer onwards.

    All that it has received from there on is a part of the answer, or else of what it heard anyway.
    """
    if "before" not in asked:
        for run in _runs(asked, _of_room(asked, entries), entries):
            begin = _last_place(heard, run)
            lines = [line for _, line in heard[begin:]]
            if lines == [entry.line for entry in run[: len(lines)]]:
                return begin
    return len(heard)


def _of_room(asked: Asked, entries: Sequence[Entry]) -> list[Entry]:
    return [
        entry
        for entry in entries
        if entry.said.get("room", "").lower() == asked["room"].lower()
        and (entry.type == "message" or (asked["all"] and not entry.said.get("quiet")))
    ]


def _runs(asked: Asked, past: list[Entry], entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return what an answer onwards can be the beginning of."""
    if "after" in asked:
        return [[entry for entry in past if entry.seq > asked["after"]]]
    records = [entry for entry in entries if entry.seq and "at" in entry.said]
    seqs = [
        after.seq
        for before, after in pairwise(records)
        if before.said["at"] < asked["at"] <= after.said["at"]
    ]
    if records[0].said["at"] >= asked["at"]:
        seqs.append(records[0].seq)
    return [[entry for entry in past if entry.seq >= seq] for seq in seqs] + [[]]


def _begins_at(run: Sequence[Entry], seq: int, seen: int) -> bool:
    """Tell whether a run begins with a seq or, if that is 0, behind all that had been heard."""
    if seq:
        return bool(run) and run[0].seq == seq
    return not run or run[0].seq > seen


def _last_place(heard: Sequence[Heard], run: Sequence[Entry]) -> int:
    """Return where among the lines the first one of a run stands for the last time; the end if nowhere."""
    for place in range(len(heard) - 1, -1, -1):
        if run and heard[place][1] == run[0].line:
            return place
    return len(heard)
