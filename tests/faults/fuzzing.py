"""What fuzzers share: the corpus, and ways of spoiling and of cutting bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"

_LONGEST = 12_000
_INTERESTING = (
    b"~", b"\n", b"\r\n", b"\r", b"\x00", b"\x1b[2J", b"\x7f", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae",
    b"\xed\xa0\x80", b"\xff", b"\xc3", b"\xf0\x9f\x91", b"\xef\xbb\xbf", b'"', b"\\", b"\\u0000", b"\\ud800",
    b"\\u2028", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"-1", b"0", b"1e999", b"9" * 40, b"/",
    b"//", b"#", b": ", b" saiu do chat.", b"GET ", b"POST / HTTP/1.1\r\n", b"NICK ",
    b'{"type":', b'"seq":', b" ",
)  # fmt: skip


def corpus(name: str) -> list[bytes]:
    """Read the files of a parser's corpus: they always come first."""
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def spoiled(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Change bytes a little, or a lot."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        chance.choice(_WAYS)(changed, chance, others)
    return bytes(changed[:_LONGEST])


def pieces(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Cut bytes: into single ones, or at random places."""
    most = chance.choice((1, 3, 20, 1_000) if len(data) < 1_000 else (20, 1_000))
    while data:
        size = chance.randint(1, most)
        yield data[:size]
        data = data[size:]


def _place(data: bytearray, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _flip(data: bytearray, chance: random.Random, others: list[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut_off(data: bytearray, chance: random.Random, others: list[bytes]) -> None:
    del data[_place(data, chance) :]


def _take_out(data: bytearray, chance: random.Random, others: list[bytes]) -> None:
    begin = _place(data, chance)
    del data[begin : begin + chance.choice((1, 2, 10, 100))]


def _double(data: bytearray, chance: random.Random, others: list[bytes]) -> None:
    begin = _place(data, chance)
    part = data[begin : begin + chance.choice((1, 5, 50, 500))]
    data[begin:begin] = part * chance.choice((1, 1, 2, 50))


def _insert(data: bytearray, chance: random.Random, others: list[bytes]) -> None:
    place = _place(data, chance)
    data[place:place] = chance.choice(_INTERESTING)


def _splice(data: bytearray, chance: random.Random, others: list[bytes]) -> None:
    other = chance.choice(others)
    data[_place(data, chance) :] = other[chance.randint(0, len(other)) :]


def _nest(data: bytearray, chance: random.Random, others: list[bytes]) -> None:
    place = _place(data, chance)
    data[place:place] = chance.choice((b"[", b'{"a":', b"\xe2\x82")) * chance.choice((10, 300, 5_000))


_WAYS: tuple[Callable[[bytearray, random.Random, list[bytes]], None], ...] = (
    _flip, _flip, _insert, _insert, _insert, _cut_off, _take_out, _double, _splice, _nest,
)  # fmt: skip
