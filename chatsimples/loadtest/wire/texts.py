"""What a load test's messages say: who sends it, which of theirs it is, and when it was due.

A text begins with 16 characters and is filled up to its size::

    0a 00042 001234567 xxxxxx…      (without the spaces)
    │  │     └ due: microseconds since the load's beginning, modulo 1,000 s
    │  └ which of this sender's messages, modulo 100,000
    └ the sender, in base 36

So a receiver can tell, from the text alone, what was lost, repeated or swapped, and how late it is.
"""

from __future__ import annotations

from collections.abc import Sequence

HEAD = 16
"""Bytes that every text has at least."""

NUMBERS = 100_000
DUE_MODULO = 1_000_000_000
MOST_SENDERS = 36 * 36 - 1
"""The last name is that of the marks."""

DIGITS = [b"%05d" % number for number in range(NUMBERS)]
PATTERN = rb"[0-9a-z]{2}[0-9]{14}"
"""The 16 characters, as a regular expression."""

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_MARKER = b"zz"


def sender_name(number: int) -> bytes:
    """Name a sender, from 0, by two characters."""
    high, low = divmod(number, 36)
    return f"{_ALPHABET[high]}{_ALPHABET[low]}".encode()


def text(sender: bytes, number: int, due: int, size: int) -> bytes:
    """Write one text of ``size`` bytes, at least `HEAD`; ``due`` in microseconds."""
    return sender + DIGITS[number % NUMBERS] + b"%09d" % (due % DUE_MODULO) + b"x" * (size - HEAD)


def many(sender: bytes, first: int, count: int, *, due: int, frame: tuple[bytes, bytes], size: int) -> bytes:
    """Write ``count`` framed texts of one sender that are due together, at the speed of a join.

    Args:
        sender: its name.
        first: number of the first text.
        count: how many, at least 1 and at most `NUMBERS`.
        due: in microseconds.
        frame: what stands before and after each text.
        size: of a text, in bytes.
    """
    head = frame[0] + sender
    tail = b"%09d" % (due % DUE_MODULO) + b"x" * (size - HEAD) + frame[1]
    return head + (tail + head).join(numbered(first, count)) + tail


def numbered(first: int, count: int) -> Sequence[bytes]:
    """Give the numbers of ``count`` texts, as they stand in them."""
    begin = first % NUMBERS
    if begin + count <= NUMBERS:
        return DIGITS[begin : begin + count]
    return DIGITS[begin:] + DIGITS[: begin + count - NUMBERS]


def mark(number: int, tag: int) -> bytes:
    """Write a mark: a text by which readers find a common place in the stream.

    Args:
        number: which mark.
        tag: of this load test, below 1,000,000,000.
    """
    return _MARKER + DIGITS[number] + b"%09d" % tag
