"""Keys are read from a terminal's bytes, whatever pieces they arrive in."""

from __future__ import annotations

import random

import pytest

from chatsimples.replay.play.keys import KEYS, KeyParser
from chatsimples.replay.play.player import PlayerAction

SEQUENCES = [
    (b"\x1b[D", "back"), (b"\x1b[C", "on"), (b"\x1b[A", "far back"), (b"\x1b[B", "far on"),
    (b"\x1bOD", "back"), (b"\x1bOC", "on"), (b"\x1bOA", "far back"), (b"\x1bOB", "far on"),
    (b"\x1b[1;5D", "back"), (b"\x1b[H", "begin"), (b"\x1b[F", "end"),
    (b"\x1bOH", "begin"), (b"\x1bOF", "end"),
    (b"\x1b[1~", "begin"), (b"\x1b[4~", "end"), (b"\x1b[7~", "begin"), (b"\x1b[8;5~", "end"),
    *KEYS.items(),
]  # fmt: skip


@pytest.mark.parametrize(("sequence", "action"), SEQUENCES)
def test_each_key_has_its_action_whole_and_byte_by_byte(sequence: bytes, action: PlayerAction) -> None:
    assert [action] == KeyParser().feed(sequence)
    parser = KeyParser()
    assert [action] == [each for byte in sequence for each in parser.feed(bytes([byte]))]


def test_many_keys_in_random_pieces() -> None:
    parser = KeyParser()
    chance = random.Random(1)
    chosen = chance.choices(SEQUENCES, k=300)
    data = b"".join(sequence for sequence, _ in chosen)
    actions = []
    while data:
        size = chance.randint(1, 5)
        actions += parser.feed(data[:size])
        data = data[size:]
    assert [action for _, action in chosen] == actions


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
def test_other_keys_have_no_action_and_swallow_nothing(nothing: bytes) -> None:
    assert ["pause"] == KeyParser().feed(nothing + b" ")


def test_escape_alone_and_with_another_key_is_the_other_key() -> None:
    parser = KeyParser()
    assert [] == parser.feed(b"\x1b")
    assert ["quit"] == parser.feed(b"q")


def test_a_sequence_without_an_end_is_given_up() -> None:
    parser = KeyParser()
    assert [] == parser.feed(b"\x1b[" + b"1" * 1000)
    assert ["quit"] == parser.feed(b"q")
