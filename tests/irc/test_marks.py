"""The mark of a request."""

from __future__ import annotations

from chatsimples.irc import marks
from chatsimples.irc.marks import Mark


def test_a_mark_arrives_as_it_was_made() -> None:
    for mark in (Mark("PING", ("x",), "l1"), Mark("JOIN", ("#x,#y", "k")), Mark("*", fault="bad_utf8")):
        assert mark == marks.unpack(marks.pack(mark))
