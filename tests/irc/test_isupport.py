"""What is told to be supported."""

from __future__ import annotations

from chatsimples.irc.isupport import token_lines, tokens
from chatsimples.irc.server import Bounds


def test_the_bounds_are_told_as_they_are() -> None:
    told = tokens(Bounds(max_text=400, max_name=16, max_rooms=5))
    assert {"NICKLEN=16", "CHANNELLEN=17", "CHANLIMIT=#:5", "TOPICLEN=400"} <= set(told)


def test_a_bound_that_is_off_is_not_told() -> None:
    names = {token.partition("=")[0] for token in tokens(Bounds())}
    assert not names & {"NICKLEN", "CHANNELLEN", "CHANLIMIT", "TOPICLEN"}
    assert {"CASEMAPPING", "CHANTYPES", "PREFIX", "UTF8ONLY"} <= names


def test_a_line_has_no_more_than_thirteen() -> None:
    lines = list(token_lines(Bounds(1, 1, 1)))
    assert tokens(Bounds(1, 1, 1)) == [token for line in lines for token in line]
    assert all(0 < len(line) <= 13 for line in lines)
