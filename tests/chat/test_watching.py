"""Who watches whom."""

from __future__ import annotations

from chatsimples.chat.watching import MOST, Watching


def test_a_nick_is_watched_in_any_case() -> None:
    watching = Watching()
    assert watching.add(1, "Ana")
    assert watching.add(2, "ana")
    assert (1, 2) == watching.watchers("ana")
    watching.remove(1, "ANA")
    watching.remove(1, "bia")
    assert ((2,), [], ["ana"]) == (watching.watchers("ana"), watching.of(1), watching.of(2))


def test_each_watches_so_many() -> None:
    watching = Watching()
    assert all(watching.add(1, f"n{number}") for number in range(MOST))
    assert not watching.add(1, "ana")
    assert watching.add(1, "N0"), "it is watched already"
    assert watching.add(2, "ana")


def test_nothing_is_left_of_whoever_goes() -> None:
    watching = Watching()
    for nick in ("ana", "bia"):
        watching.add(1, nick)
    watching.clear(1)
    watching.clear(1)
    assert ((), []) == (watching.watchers("ana"), watching.of(1))
    assert vars(Watching()) == vars(watching)
