"""Keys come out of a terminal's bytes, in whatever pieces these come."""

from __future__ import annotations

import random

import pytest

from chatsimples.replay.play.keys import KEYS, KeyParser

SEQUENCES = [
    (b"\x1b[D", "back"), (b"\x1b[C", "on"), (b"\x1b[A", "far back"), (b"\x1b[B", "far on"),
    (b"\x1bOD", "back"), (b"\x1bOC", "on"), (b"\x1bOA", "far back"), (b"\x1bOB", "far on"),
    (b"\x1b[1;5D", "back"), (b"\x1b[H", "begin"), (b"\x1b[F", "end"),
    (b"\x1bOH", "begin"), (b"\x1bOF", "end"),
    (b"\x1b[1~", "begin"), (b"\x1b[4~", "end"), (b"\x1b[7~", "begin"), (b"\x1b[8;5~", "end"),
    *KEYS.items(),
]  # fmt: skip


@pytest.mark.parametrize(("sequence", "act"), SEQUENCES)
def test_each_key_has_its_meaning_whole_and_byte_by_byte(sequence, act):
    assert [act] == KeyParser().feed(sequence)
    parser = KeyParser()
    assert [act] == [each for byte in sequence for each in parser.feed(bytes([byte]))]


def test_many_keys_in_random_pieces():
    parser = KeyParser()
    chance = random.Random(1)
    chosen = chance.choices(SEQUENCES, k=300)
    data = b"".join(sequence for sequence, _ in chosen)
    acts = []
    while data:
        size = chance.randint(1, 5)
        acts += parser.feed(data[:size])
        data = data[size:]
    assert [act for _, act in chosen] == acts


@pytest.mark.parametrize(
    "nothing",
    [
        b"x",
        b"\x00",
        b"\xc3\xa9",
        b"\x1b[5~",
        b"\x1b[15~",
        b"\x1b[?1;2c",
        b"\x1b[200~",
        b"\x1bOP",
        b"\x1b\x1b",
    ],
)
def test_other_keys_mean_nothing_and_swallow_nothing(nothing):
    assert ["pause"] == KeyParser().feed(nothing + b" ")


def test_escape_alone_and_with_another_key_is_the_other_key():
    parser = KeyParser()
    assert [] == parser.feed(b"\x1b")
    assert ["quit"] == parser.feed(b"q")


def test_a_sequence_without_an_end_is_not_kept_for_ever():
    parser = KeyParser()
    assert [] == parser.feed(b"\x1b[" + b"1" * 1000)
    assert ["quit"] == parser.feed(b"q")
