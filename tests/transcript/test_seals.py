"""The chain of seals."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.transcript.seals import SEAL_START, Chain
from chatsimples.transcript.segments import GENESIS


def test_a_seal_is_the_hash_of_the_seal_before_and_the_bytes_since() -> None:
    chain = Chain(GENESIS)
    chain.update(b"one\n")
    chain.update(b"two\n")
    first = hashlib.sha256(GENESIS.encode() + b"one\ntwo\n").hexdigest()
    assert b'{"type":"seal","seq":2,"sha256":"%s"}\n' % first.encode() == chain.seal(2)
    assert first == chain.head
    chain.update(b"three\n")
    second = hashlib.sha256(first.encode() + b"three\n").hexdigest()
    line = chain.seal(3)
    assert {"type": "seal", "seq": 3, "sha256": second} == json.loads(line)
    assert line.startswith(SEAL_START)


def test_pending_counts_the_bytes_since_the_last_seal() -> None:
    chain = Chain(GENESIS)
    assert 0 == chain.pending
    chain.update(b"abc")
    assert 3 == chain.pending
    chain.seal(1)
    assert 0 == chain.pending


def test_a_copy_goes_on_by_itself() -> None:
    chain = Chain(GENESIS)
    chain.update(b"one\n")
    twin = chain.copy()
    twin.update(b"two\n")
    twin.seal(2)
    assert (GENESIS, 4) == (chain.head, chain.pending)
    assert hashlib.sha256(GENESIS.encode() + b"one\n").hexdigest() in chain.seal(1).decode()


@given(st.binary(), st.lists(st.integers(0, 100)))
def test_how_the_bytes_are_parted_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    whole, parted = Chain(GENESIS), Chain(GENESIS)
    whole.update(data)
    at = 0
    for cut in cuts:
        parted.update(data[at : at + cut])
        at += cut
    parted.update(data[at:])
    assert whole.seal(1) == parted.seal(1)
