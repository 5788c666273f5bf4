"""Records given to an inference in pieces, and what comes out of it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import pytest

from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.verdict import Taken, UnruledError

ALL_AT_ONCE = (1_000_000,)


class Inferring(Protocol):
    """An inference, of whatever version."""

    def feed(self, records: Sequence[Record]) -> Iterator[Taken]: ...

    def finish(self) -> Iterator[Taken]: ...


def infer(inference: Inferring, records: Sequence[Record], sizes: Sequence[int] = ALL_AT_ONCE) -> list[Taken]:
    """Give it the records in pieces of these sizes, over and over; return all that it takes."""
    taken: list[Taken] = []
    position = 0
    while position < len(records):
        for size in sizes:
            taken += inference.feed(records[position : position + size])
            position += size
    return [*taken, *inference.finish()]


def records_of(taken: Iterable[Taken]) -> list[Record]:
    return [record for each in taken for record in each.records]


def fault(inference: Inferring, records: Sequence[Record]) -> UnruledError:
    """Return the error that records must cause which the rules do not make."""
    with pytest.raises(UnruledError) as raised:
        infer(inference, records)
    return raised.value


def state_of(records: Iterable[Record]) -> State:
    state = State()
    for record in records:
        state.evolve(record)
    return state
