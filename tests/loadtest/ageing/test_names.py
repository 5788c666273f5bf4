"""Names by number."""

from __future__ import annotations

from chatsimples.chat.names import check_nick, name_key
from chatsimples.loadtest.ageing.names import name


def test_no_two_numbers_have_the_same_name() -> None:
    assert 20_000 == len({name_key(name(number)) for number in range(20_000)})


def test_half_of_them_are_not_ascii_and_all_are_names() -> None:
    shown = [check_nick(name(number), 32) for number in range(2_000)]
    assert [name(number) for number in range(2_000)] == shown
    assert 1_000 == sum(each.isascii() for each in shown)
