"""Which dialect the first bytes tell."""

from __future__ import annotations

from typing import Any

import pytest
from dialects.wire import corpus, data_of
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.dialects.sniff import sniff

CASES = corpus("sniff")
DIALECTS = {"text", "json", "http", "irc"}

beginnings = st.one_of(
    st.binary(max_size=20),
    st.builds(
        lambda case, cut, more: data_of(case)[:cut] + more,
        st.sampled_from(CASES), st.integers(0, 30), st.binary(max_size=10),
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_first_bytes_tell_the_dialect(case: dict[str, Any]) -> None:
    assert case["dialect"] == sniff(data_of(case))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_if_nothing_more_comes_there_is_always_an_answer(case: dict[str, Any]) -> None:
    assert case.get("final") or case["dialect"] == sniff(data_of(case), final=True)


@given(beginnings)
def test_any_bytes_tell_a_dialect_or_are_waited_for(first: bytes) -> None:
    assert sniff(first) in {"", *DIALECTS}
    assert sniff(first, final=True) in DIALECTS


@given(beginnings, st.binary(max_size=20))
def test_an_answer_stays_the_same_whatever_follows(first: bytes, more: bytes) -> None:
    told = sniff(first)
    assert told in ("", sniff(first + more))


def test_what_is_waited_for_is_bounded() -> None:
    assert all(sniff(b"POST " + b"x" * size) == "" for size in (0, 1, 8_192))
    assert "http" == sniff(b"POST " + b"x" * 8_193)


@pytest.mark.parametrize("method", [b"POST", b"A" * 32, b"A" * 33, b"A" * 300])
@pytest.mark.parametrize("size", [1, 8_000, 8_192, 8_193, 9_000])
@pytest.mark.parametrize("end", [b" HTTP/1.1\r\n", b"\n"])
def test_a_long_first_line_is_the_same_however_it_is_cut(method: bytes, size: int, end: bytes) -> None:
    line = method + b" /" + b"x" * size + end
    told = {sniff(line[:length]) for length in range(len(method), len(line), 7)} | {sniff(line)}
    assert 1 == len(told - {""})


def test_a_request_for_a_long_address_is_no_chat() -> None:
    request = b"POST /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n/nick ana\noi\n"
    assert {"", "http"} == {sniff(request[:length]) for length in range(0, len(request), 5)}
