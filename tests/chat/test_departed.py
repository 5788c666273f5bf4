"""Who has gone, within bounds."""

from __future__ import annotations

from chatsimples.chat.departed import Departed
from chatsimples.chat.effects import Gone


def gone(number: int) -> Gone:
    return Gone("ana", number, "")


def test_the_last_one_is_told_first_and_the_oldest_of_a_nick_go() -> None:
    departed = Departed(most_of_one=2)
    for number in range(3):
        departed.note("ana", gone(number))
    assert [2, 1] == [each.conn for each in departed.find("ana")]
    assert [] == departed.find("bia")


def test_of_all_the_oldest_go() -> None:
    departed = Departed(most=4, most_of_one=2)
    for number in range(3):
        departed.note("ana", gone(number))
    departed.note("bia", gone(3))
    departed.note("caio", gone(4))
    assert [2, 1] == [each.conn for each in departed.find("ana")], "one had given way before"
    for number in (5, 6):
        departed.note("caio", gone(number))
    assert [[], [3], [6, 5]] == [
        [each.conn for each in departed.find(nick)] for nick in ("ana", "bia", "caio")
    ]
