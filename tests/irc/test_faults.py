"""Why a line was not understood."""

from __future__ import annotations

from chatsimples.irc import faults


def test_each_has_a_word_of_its_own() -> None:
    words = [value for name, value in vars(faults).items() if name.isupper()]
    assert 6 == len(words) == len(set(words))
