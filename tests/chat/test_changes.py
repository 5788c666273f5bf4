"""What has changed since a moment is known, in order, as long as it is not much."""

from __future__ import annotations

import msgspec
import pytest

from chatsimples.chat.changes import Change, Changes


def read(changes: Changes) -> list[Change]:
    count, written = changes.all()
    return msgspec.msgpack.decode(b"\xdd" + count.to_bytes(4) + written, type=list[Change])


def test_nothing_is_known_before_it_begins() -> None:
    changes = Changes()
    changes.note("A", 1, b"x")
    assert changes.size is None
    with pytest.raises(ValueError, match="not known"):
        changes.all()


def test_they_are_told_in_order_from_the_moment_on_at_which_they_began() -> None:
    changes = Changes()
    changes.begin()
    assert (0, b"") == changes.all()
    changes.note("lost", 1, b"x")
    changes.begin()
    changes.note("A", 1, b"x")
    changes.note("B")
    changes.note("A", 2, b"y")
    told = read(changes)
    assert [("A", 1, b"x"), ("B", 0, b""), ("A", 2, b"y")] == [msgspec.structs.astuple(each) for each in told]


def test_what_was_told_does_not_change() -> None:
    changes = Changes()
    changes.begin()
    changes.note("A")
    told = changes.all()
    changes.note("B")
    assert 1 == told[0]
    assert told != changes.all()


def test_with_too_many_nothing_is_known_until_it_begins_anew() -> None:
    changes = Changes(most=30)
    changes.begin()
    while changes.size is not None:
        assert changes.size <= 30
        changes.note("A", 1, b"0123456789")
    changes.note("A", 1, b"x")
    assert changes.size is None
    changes.begin()
    assert 0 == changes.size
