"""Which dialect a connection speaks, by its first bytes and its silence, however the bytes are cut."""

from __future__ import annotations

import random
from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any

import pytest
from dialects.wire import DIALECTS, bytewise, corpus, data_of, ended, in_random_pieces, whole
from hypothesis import assume, given
from hypothesis import strategies as st

from chatsimples.chat import commands
from chatsimples.dialects.negotiation import Negotiation, recognise

CASES = corpus("negotiation")

beginnings = st.one_of(
    st.binary(max_size=20),
    st.builds(
        lambda case, cut, more: data_of(case)[:cut] + more,
        st.sampled_from(CASES), st.integers(0, 30), st.binary(max_size=10),
    ),
).flatmap(lambda first: st.sampled_from((first, BOM_UTF8 + first, BOM_UTF8[:2] + first)))  # fmt: skip


def told(first: bytes) -> str:
    """Return the name of the dialect that first bytes tell; "" if they don't."""
    dialect = recognise(DIALECTS, first)
    return dialect.name if dialect else ""


def spoken(negotiation: Negotiation) -> str:
    return negotiation.dialect.name if negotiation.dialect else ""


class Heard:
    """A connection as far as its bytes go: its negotiation, then its parser."""

    def __init__(self) -> None:
        self.negotiation = Negotiation(DIALECTS, 1)
        self.began: list[str] = []
        self.commands: list[commands.Command] = []

    def feed(self, pieces: Iterable[bytes]) -> Heard:
        for piece in pieces:
            if self.negotiation.settled and self.negotiation.parser is not None:
                self.negotiation.parser.feed(piece)
            else:
                self._note(begins=self.negotiation.feed(piece))
            self._take()
        return self

    def pause(self) -> Heard:
        if not self.negotiation.settled:
            self._note(begins=self.negotiation.pause())
            self._take()
        return self

    def end(self) -> Heard:
        if not self.negotiation.settled:
            self._note(begins=self.negotiation.end())
        self._take()
        if self.negotiation.parser is not None:
            self.commands += ended(self.negotiation.parser)
        return self

    def _note(self, *, begins: bool) -> None:
        if begins:
            self.began.append(spoken(self.negotiation))

    def _take(self) -> None:
        if self.negotiation.parser is not None:
            self.commands += self.negotiation.parser.take(1 << 30)


# What first bytes tell.


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_first_bytes_tell_the_dialect(case: dict[str, Any]) -> None:
    assert case["dialect"] == told(data_of(case).removeprefix(BOM_UTF8))
    negotiation = Negotiation(DIALECTS, 1)
    assert bool(case["dialect"]) == negotiation.feed(data_of(case)) == negotiation.settled
    assert case["dialect"] == spoken(negotiation)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_if_nothing_more_comes_there_is_always_an_answer(case: dict[str, Any]) -> None:
    expected = [case.get("final") or case["dialect"]]
    assert expected == Heard().feed([data_of(case)]).pause().began
    assert expected == Heard().feed([data_of(case)]).end().began or not data_of(case)


@given(beginnings)
def test_any_bytes_tell_a_dialect_or_are_waited_for(first: bytes) -> None:
    assert told(first) in {"", *DIALECTS}
    assert told(first + b"\n\n") in DIALECTS


@given(beginnings, st.binary(max_size=20))
def test_an_answer_stays_the_same_whatever_follows(first: bytes, more: bytes) -> None:
    assert told(first) in ("", told(first + more))


@pytest.mark.parametrize("name", DIALECTS)
@given(first=beginnings, more=st.binary(max_size=20))
def test_a_claim_of_a_dialect_stays_the_same_whatever_follows(name: str, first: bytes, more: bytes) -> None:
    claim = DIALECTS[name].claims(first)
    assert claim in (None, DIALECTS[name].claims(first + more))
    assert DIALECTS[name].claims(first + b"\n\n") is not None


def test_what_is_waited_for_is_bounded() -> None:
    negotiation = Negotiation(DIALECTS, 1)
    negotiation.feed(b"POST ")
    for _ in range(8_192):
        assert not negotiation.feed(b"x")
        assert not negotiation.settled
    assert 8_197 == negotiation.held
    assert negotiation.feed(b"x")
    assert ("http", 0) == (spoken(negotiation), negotiation.held)


@pytest.mark.parametrize("method", [b"POST", b"A" * 32, b"A" * 33, b"A" * 300])
@pytest.mark.parametrize("size", [1, 8_000, 8_192, 8_193, 9_000])
@pytest.mark.parametrize("end", [b" HTTP/1.1\r\n", b"\n"])
def test_a_long_first_line_is_the_same_however_it_is_cut(method: bytes, size: int, end: bytes) -> None:
    line = method + b" /" + b"x" * size + end
    names = {told(line[:length]) for length in range(len(method), len(line), 7)} | {told(line)}
    assert 1 == len(names - {""})


def test_a_request_for_a_long_address_is_no_chat() -> None:
    request = b"POST /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n/nick ana\noi\n"
    assert {"", "http"} == {told(request[:length]) for length in range(0, len(request), 5)}


# However the bytes are cut, and whenever somebody is silent.


@given(beginnings, st.binary(max_size=100), st.randoms())
def test_any_bytes_mean_the_same_however_they_are_cut(
    first: bytes, more: bytes, chance: random.Random
) -> None:
    data = first + more
    expected = Heard().feed(whole(data)).end()
    for pieces in (bytewise(data), in_random_pieces(data, chance)):
        heard = Heard().feed(pieces).end()
        assert (expected.began, expected.commands) == (heard.began, heard.commands)


@given(beginnings, st.randoms())
def test_silence_before_the_first_byte_changes_nothing_but_that_there_was_a_visitor(
    data: bytes, chance: random.Random
) -> None:
    expected = Heard().feed(whole(data)).end()
    heard = Heard().pause().feed(in_random_pieces(data, chance)).end()
    assert expected.commands == heard.commands
    began = expected.began or ["text"]
    assert (began if began == ["text"] else ["text", *began]) == heard.began


@given(beginnings)
def test_a_dialect_begins_at_most_once_after_a_silence_and_with_no_byte_lost(data: bytes) -> None:
    heard = Heard().feed(bytewise(data)).pause()
    assert 1 == len(heard.began)
    said = b"" if BOM_UTF8.startswith(data) else data
    assert bool(said) == heard.negotiation.settled
    assert 0 == heard.negotiation.held


# A byte-order mark in front.


@given(beginnings, st.binary(max_size=100), st.randoms())
def test_a_byte_order_mark_in_front_says_nothing_however_it_is_cut(
    first: bytes, more: bytes, chance: random.Random
) -> None:
    data = first + more
    assume(not data.startswith(BOM_UTF8[:1]))
    expected = Heard().feed(whole(data)).end()
    for pieces in (whole, bytewise, lambda marked: in_random_pieces(marked, chance)):
        heard = Heard().feed(pieces(BOM_UTF8 + data)).end()
        assert (expected.began, expected.commands) == (heard.began, heard.commands)


@pytest.mark.parametrize("size", range(len(BOM_UTF8) + 1))
def test_a_silence_within_a_byte_order_mark_is_a_visitors(size: int) -> None:
    heard = Heard().feed([BOM_UTF8[:size]]).pause().pause()
    assert (["text"], False, 0) == (heard.began, heard.negotiation.settled, heard.negotiation.held)
    assert ["text", "json"] == heard.feed([BOM_UTF8[size:], b'{"type":"ping"}\n']).began
    assert [commands.Ping(1)] == heard.commands


def test_only_the_first_byte_order_mark_is_skipped() -> None:
    heard = Heard().feed([BOM_UTF8 + BOM_UTF8 + b"oi\n" + BOM_UTF8 + b"oi\n"])
    assert [commands.Say(1, "\ufeffoi")] * 2 == heard.commands


def test_a_part_of_a_byte_order_mark_at_the_end_of_input_is_no_text() -> None:
    heard = Heard().feed([BOM_UTF8[:2]]).end()
    assert [commands.Fault(1, "bad_utf8", {})] == heard.commands


# Silence.


def test_one_who_says_nothing_speaks_plain_text_provisionally() -> None:
    negotiation = Negotiation(DIALECTS, 1)
    assert negotiation.pause()
    assert "text" == spoken(negotiation)
    assert not negotiation.settled
    assert not negotiation.pause()


def test_a_visitor_that_then_says_something_keeps_its_parser() -> None:
    negotiation = Negotiation(DIALECTS, 1)
    negotiation.pause()
    parser = negotiation.parser
    assert not negotiation.feed(b"oi\n")
    assert negotiation.settled
    assert parser is negotiation.parser
    assert parser is not None
    assert [commands.Say(1, "oi")] == parser.take(10)


@pytest.mark.parametrize(
    ("first", "name"), [(b"{", "json"), (b"GET / HTTP/1.1\r\n", "http"), (b"CAP ", "irc")]
)
def test_a_visitor_may_turn_out_to_speak_something_else(first: bytes, name: str) -> None:
    negotiation = Negotiation(DIALECTS, 1)
    negotiation.pause()
    visitor = negotiation.parser
    assert negotiation.feed(first)
    assert (name, True) == (spoken(negotiation), negotiation.settled)
    assert visitor is not negotiation.parser


def test_a_visitor_whose_first_bytes_tell_nothing_yet_is_waited_for() -> None:
    heard = Heard().pause().feed([b"POST"])
    assert 4 == heard.negotiation.held
    assert ["text"] == heard.pause().began
    assert heard.negotiation.settled


def test_one_who_ends_without_a_word_speaks_nothing() -> None:
    negotiation = Negotiation(DIALECTS, 1)
    assert not negotiation.end()
    assert (None, None) == (negotiation.dialect, negotiation.parser)
