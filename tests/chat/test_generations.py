"""Values in two generations: which are kept, and that the bounds hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.generations import Generations

STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from("abcdefgh"), st.integers(1, 5)), max_size=80)


def play(generations: Generations, steps: list[tuple[bool, str, int]]) -> dict[str, int]:
    """Put and take out values; tell of those that were put and not taken out how many were put after each."""
    later: dict[str, int] = {}
    for takes_out, key, size in steps:
        later.pop(key, None)
        if takes_out:
            generations.pop(key)
        else:
            generations.put(key, bytes(size))
            later = {other: count + 1 for other, count in later.items()} | {key: 0}
    return later


def kept(generations: Generations) -> list[str]:
    return [*generations.old, *generations.young]


def test_the_old_generation_goes_when_the_young_one_is_full() -> None:
    generations = Generations(2, 100)
    for key in "abcde":
        generations.put(key, key.encode())
    assert ["c", "d", "e"] == kept(generations)
    assert [None, None, b"c", b"d", b"e"] == [generations.get(key) for key in "abcde"]


def test_a_generation_is_full_by_size_too_but_takes_any_one_value() -> None:
    generations = Generations(100, 10)
    for key, size in (("a", 6), ("b", 4), ("c", 1), ("d", 1_000)):
        generations.put(key, bytes(size))
    assert (["c"], ["d"]) == ([*generations.old], [*generations.young])


def test_what_is_put_again_has_one_place_the_newest() -> None:
    generations = Generations(2, 100)
    for key, value in (("a", b"1"), ("b", b"2"), ("c", b"3"), ("a", b"4")):
        generations.put(key, value)
    assert (["b"], ["c", "a"]) == ([*generations.old], [*generations.young])
    assert b"4" == generations.get("a")


def test_one_that_comes_and_goes_pushes_nobody_out() -> None:
    generations = Generations(2, 10)
    generations.put("a", b"a")
    for _ in range(100):
        generations.put("b", bytes(9))
        assert bytes(9) == generations.pop("b")
    assert ["a"] == kept(generations)
    assert generations.pop("b") is None


@given(STEPS, st.integers(1, 4), st.integers(1, 12))
def test_the_newest_are_there_and_never_more_than_two_generations(
    steps: list[tuple[bool, str, int]], entries: int, size: int
) -> None:
    generations = Generations(entries, size)
    later = play(generations, steps)
    for generation in (generations.old, generations.young):
        assert len(generation) <= entries
        assert len(generation) <= 1 or sum(map(len, generation.values())) <= size
    assert set(kept(generations)) <= set(later)
    # So many surely fill no more than one generation.
    sure = min(entries, max(size // 5, 1))
    assert {key for key, count in later.items() if count < sure} <= set(kept(generations))


@given(STEPS, STEPS)
def test_what_is_restored_goes_on_alike(
    before: list[tuple[bool, str, int]], after: list[tuple[bool, str, int]]
) -> None:
    through, again = Generations(3, 9), Generations(3, 9)
    play(through, before)
    again.restore(dict(through.old), dict(through.young))
    play(through, after)
    play(again, after)
    assert (through.old, through.young) == (again.old, again.young)
