"""What is said of records that the rules do not make."""

from __future__ import annotations

import pytest

from chatsimples.chat.effects import End, Error, Reply
from chatsimples.chat.records import Record
from chatsimples.replay.proof.verdict import difference, records_in, refusal, shown

AT = "2026-11-22T15:00:00.000000Z"
LEAVE = Record(7, AT, "leave", 1, "ana", room="x", reason="quit")
BYE = Record(8, AT, "bye", 1, "ana", reason="quit")
REFUSAL = Reply(1, Error("not_in_room", {"room": "x"}))


def test_only_records_are_records() -> None:
    assert [LEAVE, BYE] == records_in([LEAVE, REFUSAL, BYE, End(1, "closed")])


def test_a_record_that_is_missing_is_told_behind_the_last() -> None:
    found = difference([LEAVE], [LEAVE, BYE], [LEAVE, BYE])
    assert (8, f"a record is missing here: {shown(BYE)}") == found.args


def test_a_record_too_many_is_told_with_the_refusal() -> None:
    assert (7, "the rules refuse this: you are not in x") == difference([LEAVE], [], [REFUSAL]).args
    assert (8, "the rules make no such record here") == difference([LEAVE, BYE], [LEAVE], [LEAVE]).args


def test_another_record_is_told_as_it_should_be() -> None:
    assert 7 == difference([LEAVE], [BYE], [BYE]).seq
    assert shown(BYE) in difference([LEAVE], [BYE], [BYE]).reason


def test_where_nothing_differs_there_is_no_difference() -> None:
    with pytest.raises(ValueError, match="no difference"):
        difference([LEAVE], [LEAVE], [LEAVE])


def test_what_was_not_refused_has_no_refusal() -> None:
    assert ("", "") == (refusal([LEAVE, End(1, "closed")]), shown(None))
