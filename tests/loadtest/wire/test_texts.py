"""A text tells who sent it, which of theirs it is, and when it was due, whatever its size."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.loadtest.wire.texts import (
    DUE_MODULO,
    HEAD,
    MOST_SENDERS,
    NUMBERS,
    PATTERN,
    many,
    mark,
    numbered,
    sender_name,
    text,
)

SENDERS = st.integers(0, MOST_SENDERS - 1)
ENDLESS = st.integers(0, 3 * NUMBERS)
DUES = st.integers(0, 3 * DUE_MODULO)
SIZES = st.integers(HEAD, 5_000)


@given(SENDERS, ENDLESS, DUES, SIZES)
def test_a_text_has_its_size_and_says_who_which_and_when(
    sender: int, number: int, due: int, size: int
) -> None:
    name = sender_name(sender)
    said = text(name, number, due, size)
    assert size == len(said)
    assert name == said[:2]
    assert number % NUMBERS == int(said[2:7])
    assert due % DUE_MODULO == int(said[7:HEAD])
    assert b"x" * (size - HEAD) == said[HEAD:]


def test_no_two_senders_have_one_name_and_none_has_that_of_the_marks() -> None:
    names = {sender_name(number) for number in range(MOST_SENDERS)}
    assert MOST_SENDERS == len(names)
    assert {2} == set(map(len, names))
    assert mark(1, 0)[:2] not in names


@given(SENDERS, ENDLESS, st.integers(1, 300), DUES, SIZES)
def test_many_are_the_same_as_one_after_the_other(
    sender: int, first: int, count: int, due: int, size: int
) -> None:
    name = sender_name(sender)
    one_by_one = b"".join(
        b"<" + text(name, number, due, size) + b">\n" for number in range(first, first + count)
    )
    assert one_by_one == many(name, first, count, due=due, frame=(b"<", b">\n"), size=size)


@pytest.mark.parametrize("first", [0, 1, NUMBERS - 1, NUMBERS, 2 * NUMBERS + 7])
def test_a_whole_round_of_numbers_has_each_once(first: int) -> None:
    whole = numbered(first, NUMBERS)
    assert NUMBERS == len(whole) == len(set(whole))
    assert first % NUMBERS == int(whole[0])
    assert (first - 1) % NUMBERS == int(whole[-1])


@given(st.integers(0, NUMBERS - 1), st.integers(0, DUE_MODULO - 1))
def test_a_mark_looks_like_a_text(number: int, tag: int) -> None:
    assert re.fullmatch(PATTERN, mark(number, tag))
    assert HEAD == len(mark(number, tag))
