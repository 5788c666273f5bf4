"""The wire corpus: what bytes mean in each dialect that is spoken, however they are cut."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from dialects.wire import (
    Case,
    bytewise,
    cases,
    hostile_bytes,
    in_random_pieces,
    understood,
    whole,
    without_detail,
)
from hypothesis import given
from hypothesis import strategies as st

CORPORA = {"json": cases("jsonl"), "text": cases("text"), "websocket": cases("websocket")}
CASES = [(dialect, case) for dialect, corpus in CORPORA.items() for case in corpus]


@pytest.mark.parametrize(("dialect", "case"), CASES, ids=str)
@pytest.mark.parametrize("cut", [whole, bytewise])
def test_bytes_mean_what_the_corpus_says(
    dialect: str, case: Case, cut: Callable[[bytes], list[bytes]]
) -> None:
    assert case.commands == without_detail(understood(dialect, cut(case.data), end=case.end))


@pytest.mark.parametrize("dialect", CORPORA)
@given(data=st.data(), chance=st.randoms())
def test_the_corpus_means_the_same_however_it_is_cut(
    dialect: str, data: st.DataObject, chance: random.Random
) -> None:
    some = data.draw(st.lists(st.sampled_from(CORPORA[dialect]), min_size=1, max_size=5))
    sent = b"".join(case.data for case in some)
    cut = understood(dialect, in_random_pieces(sent, chance), most=chance.choice((1, 2, 1_000)), end=True)
    assert understood(dialect, whole(sent), end=True) == cut


@pytest.mark.parametrize("dialect", CORPORA)
@given(sent=hostile_bytes, chance=st.randoms())
def test_any_bytes_mean_the_same_however_they_are_cut(
    dialect: str, sent: bytes, chance: random.Random
) -> None:
    cut = understood(dialect, in_random_pieces(sent, chance), most=chance.choice((1, 2, 1_000)), end=True)
    assert understood(dialect, whole(sent), end=True) == cut
