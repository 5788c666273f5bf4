"""Messages of several lines."""

from __future__ import annotations

import pytest

from chatsimples.chat.commands import MOST_LINES, Line
from chatsimples.chat.lines import check_lines
from chatsimples.errors import Refusal


def lines(*texts: str) -> list[Line]:
    return [Line(text) for text in texts]


@pytest.mark.parametrize(
    "told", [lines("a", "b"), lines("", "  ", "b"), lines(*"a" * MOST_LINES), lines("é" * 4, "b")]
)
def test_lines_that_may_be_said_are_given_back(told: list[Line]) -> None:
    assert tuple(told) == check_lines(told, 10 if len(told) < MOST_LINES else 0)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (lines("", " "), "bad_text"),
        ([], "bad_text"),
        (lines("a", "b\r"), "bad_text"),
        (lines("a", "\u202e"), "bad_text"),
        (lines("\t", "a"), "bad_text"),
        (lines(*"a" * (MOST_LINES + 1)), "bad_request"),
        (lines("é" * 4, "bb"), "text_too_long"),
    ],
)
def test_others_are_refused(told: list[Line], code: str) -> None:
    with pytest.raises(Refusal) as raised:
        check_lines(told, 10)
    assert code == raised.value.code
