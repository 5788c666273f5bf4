"""Who a line is from."""

from __future__ import annotations

from chatsimples.irc.sources import source_of


def test_a_source_is_the_nick_and_the_number_of_the_connection() -> None:
    assert "ana!u@c7" == source_of("ana", 7)
