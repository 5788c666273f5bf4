"""Lines out of bytes, and secrets."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from dialects.wire import in_random_pieces
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.dialects import base
from chatsimples.dialects.base import LineBuffer, new_session
from chatsimples.errors import Refusal


def lines_of(buffer: LineBuffer) -> list[bytes]:
    """Take all complete lines."""
    taken = []
    while (line := buffer.next_line()) is not None:
        taken.append(line)
    return taken


def is_empty(line: bytes) -> bool:
    return line in (b"", b"\r")


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_however_many_empty_lines_there_are_few_of_them_are_taken(end: bytes) -> None:
    buffer = LineBuffer(10)
    buffer.feed(end * 50_000 + b"oi\n" + end * 50_000 + b"x")
    taken = lines_of(buffer)
    assert [b"oi"] == [line for line in taken if not is_empty(line)]
    assert (len(taken) <= 3, 1) == (True, len(buffer))


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b""))), st.binary(), st.randoms())
def test_lines_are_the_same_however_the_bytes_are_cut(
    lines: list[bytes], rest: bytes, chance: random.Random
) -> None:
    rest = rest.replace(b"\n", b"")
    buffer = LineBuffer(0)
    taken = []
    for piece in in_random_pieces(b"".join(line + b"\n" for line in lines) + rest, chance):
        buffer.feed(piece)
        if chance.random() < 0.5:
            taken += lines_of(buffer)
    taken += lines_of(buffer)
    assert [line for line in lines if not is_empty(line)] == [line for line in taken if not is_empty(line)]
    assert len(taken) <= len(lines)
    assert len(rest) == len(buffer)
    assert rest == buffer.rest()
    assert 0 == len(buffer)


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b""))), st.randoms())
def test_lines_taken_together_are_those_taken_one_by_one(lines: list[bytes], chance: random.Random) -> None:
    data = b"".join(line + b"\n" for line in lines)
    together, one_by_one = LineBuffer(8), LineBuffer(8)
    taken: list[bytes] = []
    expected: list[bytes] = []
    refused = [False, False]
    for piece in in_random_pieces(data, chance):
        together.feed(piece)
        one_by_one.feed(piece)
        most = chance.choice((1, 2, 100))
        some = together.next_lines(most)
        assert len(some) <= most
        taken += some
        for number, (buffer, found) in enumerate(((together, taken), (one_by_one, expected))):
            try:
                found.extend(lines_of(buffer))
            except Refusal:
                refused[number] = True
        if any(refused):
            break
    assert refused[0] == refused[1]
    # What stands before a line that is too long may be taken one by one only; empty lines may be left out.
    assert said(taken) == said(expected) or refused[0]


def said(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if line not in (b"", b"\r")]


def test_a_line_may_be_as_long_as_the_limit() -> None:
    buffer = LineBuffer(10)
    buffer.feed(b"x" * 10)
    assert buffer.next_line() is None
    buffer.feed(b"\n")
    assert b"x" * 10 == buffer.next_line()


@pytest.mark.parametrize("data", [b"x" * 11, b"x" * 11 + b"\n", b"x" * 11 + b"\noi\n"])
def test_a_longer_line_is_refused_and_nothing_of_it_is_kept(data: bytes) -> None:
    buffer = LineBuffer(10)
    buffer.feed(b"oi\n" + data)
    assert b"oi" == buffer.next_line()
    with pytest.raises(Refusal, match="line_too_long") as refused:
        buffer.next_line()
    assert {"limit": "10"} == refused.value.detail
    assert 0 == len(buffer)


def test_a_limit_of_0_is_off() -> None:
    buffer = LineBuffer(0)
    buffer.feed(b"x" * 1_000_000 + b"\n")
    assert 1_000_000 == len(buffer.next_line() or b"")


def test_lines_that_were_taken_are_let_go_of() -> None:
    buffer = LineBuffer(100)
    for _ in range(1_000):
        buffer.feed(b"x" * 50 + b"\n" + b"y")
        lines_of(buffer)
        assert len(buffer) <= 1
        buffer.clear()
    assert buffer.next_line() is None


def test_a_line_in_small_pieces_is_not_searched_from_its_beginning_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Counting(bytearray):
        searched = 0

        def find(self, wanted: Any, start: Any = None, end: Any = None) -> int:
            Counting.searched += len(self) - start
            return super().find(wanted, start, end)

    monkeypatch.setattr(base, "bytearray", Counting, raising=False)
    buffer = LineBuffer(0)
    for _ in range(1_000):
        buffer.feed(b"x")
        buffer.next_line()
    assert 1_000 == Counting.searched


def test_a_new_secret_is_like_no_other_and_is_one_that_a_client_may_send() -> None:
    secrets = {new_session() for _ in range(100)}
    assert 100 == len(secrets)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16,128}", secret) for secret in secrets)
