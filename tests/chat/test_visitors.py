"""Visitors are called by the smallest free number, whoever came, went and called himself what."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.names import name_key
from chatsimples.chat.visitors import VisitorNames

NAMES = st.sampled_from(
    [*(f"visitante-{n}" for n in range(1, 7)), "Visitante-2", "visitante-02", "ana", "visitante-"]
)


def smallest(taken: Collection[str]) -> str:
    return next(name for n in range(1, 100) if (name := f"visitante-{n}") not in taken)


@given(st.lists(st.tuples(st.sampled_from(["come", "ask", "take", "go"]), NAMES), max_size=60))
def test_it_is_always_the_smallest_free_number(steps: list[tuple[str, str]]) -> None:
    names = VisitorNames()
    taken: set[str] = set()
    for step, name in steps:
        key = name_key(name)
        if step == "come":
            expected = smallest(taken)
            assert expected == names.next(taken)
            taken.add(expected)
        elif step == "ask":
            assert smallest(taken) == names.next(taken)
        elif step == "take":
            taken.add(key)
        elif key in taken:
            taken.remove(key)
            names.freed(key)


def test_a_name_that_comes_and_goes_costs_nothing_and_ten_thousand_cost_little() -> None:
    names = VisitorNames()
    taken: set[str] = set()
    for _ in range(10_000):
        taken.add(names.next(taken))
    asked = 0

    class Counting(set[str]):
        def __contains__(self, name: object) -> bool:
            nonlocal asked
            asked += 1
            return super().__contains__(name)

    counting = Counting(taken)
    for _ in range(1_000):
        for number in ("visitante-1", "visitante-9999"):
            counting.discard(number)
            names.freed(number)
        counting.add(names.next(counting))
        counting.add(names.next(counting))
    assert 10_000 == len(counting)
    assert asked < 10_000


def test_numbers_that_are_no_visitors_are_not_remembered() -> None:
    names = VisitorNames()
    for key in (
        "visitante-0",
        "visitante-007",
        "visitante-x",
        "visitante-",
        "visitante-²",
        "ana",
        "visitante-999999",
    ):
        names.freed(key)
    assert "visitante-1" == names.next(set())
