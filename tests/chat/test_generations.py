"""Values in two generations: which are kept, and that the bounds hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.generations import SHARDS, Generations

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


def old_and_young(generations: Generations) -> tuple[list[str], list[str]]:
    shards = generations.share()
    old, young = shards[:SHARDS], shards[SHARDS:]
    return sorted(key for shard in old for key in shard), sorted(key for shard in young for key in shard)


def kept(generations: Generations) -> list[str]:
    old, young = old_and_young(generations)
    return sorted(old + young)


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
    assert (["c"], ["d"]) == old_and_young(generations)


def test_what_is_put_again_has_one_place_the_newest() -> None:
    generations = Generations(2, 100)
    for key, value in (("a", b"1"), ("b", b"2"), ("c", b"3"), ("a", b"4")):
        generations.put(key, value)
    assert (["b"], ["a", "c"]) == old_and_young(generations)
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
    for generation in old_and_young(generations):
        assert len(generation) <= entries
        values = [generations.get(key) or b"" for key in generation]
        assert len(generation) <= 1 or sum(map(len, values)) <= size
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
    again.restore([dict(shard) for shard in through.share()])
    play(through, after)
    play(again, after)
    assert through.share() == again.share()


@given(STEPS, STEPS)
def test_what_is_shared_never_changes(
    before: list[tuple[bool, str, int]], after: list[tuple[bool, str, int]]
) -> None:
    generations = Generations(3, 9)
    play(generations, before)
    shared = generations.share()
    copy = [[*shard.items()] for shard in shared]
    play(generations, after)
    assert copy == [[*shard.items()] for shard in shared]


def test_only_the_shard_that_changes_is_copied_and_only_once() -> None:
    generations = Generations(1_000, 10_000)
    for number in range(500):
        generations.put(f"{number}", b"x")
    shared = generations.share()
    generations.put("1", b"y")
    generations.put("1", b"z")
    again = generations.share()
    assert 1 == sum(one is not other for one, other in zip(shared, again, strict=True))


def test_shards_that_are_missing_are_a_value_error() -> None:
    with pytest.raises(ValueError):
        Generations(1, 1).restore([{}])
