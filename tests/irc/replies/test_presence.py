"""What is told of whoever is away."""

from __future__ import annotations

import pytest
from irc.writers import lines, writer

from chatsimples.chat.effects import Answer, Error
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.presence import away


@pytest.mark.parametrize(
    ("params", "parts", "number"),
    [
        (("lunch",), [], "306"),
        ((), [], "305"),
        (("",), [Error("not_away", {})], "305"),
        (("lunch",), [Error("muted", {"why": "x"})], "FAIL"),
    ],
)
def test_one_is_away_or_back(params: tuple[str, ...], parts: list[Answer], number: str) -> None:
    told = writer(style=1 << 7)
    away(told, Mark("AWAY", params), parts)
    assert [number] == [line.split(" ")[0] for line in lines(told)]
