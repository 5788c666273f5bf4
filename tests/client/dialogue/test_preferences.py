"""A person who has set nothing sees some messages from before, and little of joins and bells."""

from __future__ import annotations

from client.unset import PREFERENCES


def test_who_has_set_nothing_sees_what_was_before_and_is_rung_for_when_named() -> None:
    assert PREFERENCES.history > 0
    assert ("quiet", "mentions") == (PREFERENCES.joins, PREFERENCES.bell)
