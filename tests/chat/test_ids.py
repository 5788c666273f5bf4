"""The ids of a session: as a dict would have them, however many there are."""

from __future__ import annotations

import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.ids import Ids

FEW, MANY = 96, 300
TABLES = st.dictionaries(st.text(max_size=4), st.integers(1, 1 << 40), max_size=300)


def said(count: int) -> Ids:
    ids = Ids()
    for seq in range(1, count + 1):
        ids.add(f"id-{seq}", seq)
    return ids


@given(
    st.lists(
        st.one_of(st.text("abé", max_size=3), st.integers(0, 140), st.just("long" * 64), st.none()),
        max_size=400,
    )
)
def test_it_holds_what_a_dict_would_hold(steps: list[str | int | None]) -> None:
    ids, table = Ids(), dict[str, int]()
    for seq, step in enumerate(steps, 1):
        if step is None:
            ids = Ids.read(ids.written())
            continue
        assert table.get(f"{step}") == ids.get(f"{step}")
        if isinstance(step, int) and step % 20 == 0:
            ids.keep_newest(step)
            table = dict([*table.items()][max(0, len(table) - step) :])
        else:
            ids.add(f"{step}", seq)
            table[f"{step}"] = seq
        assert len(table) == len(ids)
    assert [*table.items()] == [*ids.items()]
    for newest in (0, len(table) // 2, len(table)):
        older, rest = ids.parted(newest)
        assert (len(table) - newest, newest) == (len(older), len(rest))
        assert [*table.items()] == [*older.items(), *rest.items()]


@given(TABLES)
def test_it_is_written_as_a_map_is(table: dict[str, int]) -> None:
    assert msgspec.msgpack.encode(table) == Ids(table).written()


@pytest.mark.parametrize("count", [0, 1, 15, 16, FEW, 128, 129, MANY, 65_536])
def test_what_was_written_is_read_and_goes_on(count: int) -> None:
    ids = Ids.read(msgspec.Raw(said(count).written()))
    assert count == len(ids)
    assert (None, count or None) == (ids.get("other"), ids.get(f"id-{count}"))
    ids.add("other", 100_000)
    assert (count + 1, 100_000) == (len(ids), ids["other"])
    assert {**said(count), "other": 100_000} == ids


def test_what_was_written_can_be_added_to_before_it_is_asked() -> None:
    ids = Ids.read(said(FEW).written())
    ids.add("id-7", 500)
    ids.add("other", 501)
    assert {**said(FEW), "id-7": 500, "other": 501} == ids


@pytest.mark.parametrize("count", [1, FEW, MANY])
def test_the_newest_are_parted_from_the_older_ones(count: int) -> None:
    older, newest = said(count).parted(64)
    assert [*said(count).items()] == [*older.items(), *newest.items()]
    assert min(64, count) == len(newest)


@pytest.mark.parametrize("written", [b"", b"\x90", b"\xa1x", b"\xc0"])
def test_what_is_no_map_is_not_taken_over(written: bytes) -> None:
    with pytest.raises(ValueError, match="map"):
        Ids.read(written)


def test_few_ids_take_little_more_than_they_are_written_with() -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        many = [said(64) for _ in range(100)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    written = sum(len(each.written()) for each in many)
    # As a dict they take eighteen times as much.
    assert after - before < 2.2 * written
