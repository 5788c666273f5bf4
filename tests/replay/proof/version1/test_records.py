"""What version 1 has of records."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from replay.chats import as_version_1, random_records
from support.effort import examples

from chatsimples.chat.records import Record
from chatsimples.replay.proof.version1.records import Version1, numbered

AT = "2026-11-22T15:00:00.000000Z"
HELLO = Record(2, AT, "hello", 1, "ana", dialect="json", identity="A")
JOIN = Record(3, AT, "join", 1, "ana", room="x")
SAID = Record(4, AT, "message", 1, "ana", to="bia", to_conn=2, text="oi", identity="A", to_identity="B")
LEAVE = Record(5, AT, "leave", 1, "ana", room="x", reason="quit")
BYE = Record(6, AT, "bye", 1, "ana", reason="quit")


def test_the_first_record_stands_for_the_hello() -> None:
    version1 = Version1()
    assert [] == version1.tell([HELLO], 1)
    assert version1.is_hidden(1)
    assert [Record(2, AT, "join", 1, "ana", room="x", dialect="json", identity="A")] == version1.tell(
        [JOIN], 1
    )
    assert not version1.is_hidden(1)


def test_who_went_without_a_record_is_hidden_no_more() -> None:
    version1 = Version1()
    version1.tell([HELLO, BYE], 1)
    assert not version1.is_hidden(1)


def test_a_private_message_does_not_tell_whose_it_is() -> None:
    (told,) = Version1().tell([SAID], 7)
    assert (8, "", "") == (told.seq, told.identity, told.to_identity)


def test_of_a_part_of_the_records_those_up_to_its_end_are_given() -> None:
    assert [HELLO, JOIN] == Version1().made_of([JOIN], [HELLO, JOIN, LEAVE, BYE])


def test_what_version_1_does_not_tell_has_the_number_of_its_neighbour() -> None:
    assert [8, 8, 9, 9] == [each.seq for each in numbered([HELLO, JOIN, LEAVE, BYE], 7)]


@settings(max_examples=examples(30))
@given(st.integers(0, 1 << 32))
def test_a_chat_is_told_as_version_1_would_have_told_it(seed: int) -> None:
    records = random_records(random.Random(seed), 60)
    assert as_version_1(records) == Version1().tell(records, 0)
