"""The size from which on rooms are quiet is found from the marks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.version1.quietness import Quietness

AT = "2026-11-22T15:00:00.000000Z"


@given(st.integers(0, 6), st.lists(st.booleans(), max_size=60))
def test_the_bound_that_is_found_gives_every_mark_that_a_real_bound_gave(
    bound: int, moves: list[bool]
) -> None:
    """Somebody comes (true) or the last one goes; all marks are those of the bound, so all must fit."""
    state = State()
    quietness = Quietness()
    there: list[int] = []
    for seq, comes in enumerate(moves, 1):
        if not comes and not there:
            continue
        members = len(there) + 1 if comes else len(there)
        quiet = 0 < bound < members
        if comes:
            there.append(seq)
            record = Record(seq, AT, "join", seq, f"n{seq}", room="x", quiet=quiet, dialect="text")
        else:
            record = Record(
                seq, AT, "leave", there[-1], f"n{there.pop()}", room="x", reason="quit", quiet=quiet
            )
        found = quietness.observe([record], state)
        assert quiet == (0 < found < members)
        state.evolve(record)


def test_those_who_leave_in_one_crash_are_fewer_one_by_one() -> None:
    state = State()
    for conn in range(1, 5):
        state.evolve(Record(conn, AT, "join", conn, f"n{conn}", room="x", dialect="text"))
    fall = [
        Record(4 + conn, AT, "leave", conn, f"n{conn}", room="x", reason="crash", quiet=conn < 3)
        for conn in range(1, 5)
    ]
    assert 2 == Quietness().observe(fall, state)
