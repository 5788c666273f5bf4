"""What has to be known before a reenactment, and under which secrets people come again."""

from __future__ import annotations

import re
from pathlib import Path

from replay.chats import write

from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import Record
from chatsimples.replay.reenact.reenactment import Secrets, as_if_crashed, look_ahead

AT = "2026-11-22T15:00:00.000000Z"


def test_a_look_ahead_tells_who_everybody_is_and_who_was_taken_for_a_visitor(tmp_path: Path) -> None:
    write(
        tmp_path / "logs",
        [
            Record(1, AT, "start", server="s"),
            Record(2, AT, "join", 1, "visitante-1", room="geral", dialect="text"),
            Record(3, AT, "leave", 1, "visitante-1", room="geral", reason="switched"),
            Record(4, AT, "join", 1, "ana", room="geral", dialect="json", identity="A"),
            Record(5, AT, "message", 2, "bia", to="ana", to_conn=1, text="x", dialect="json", identity="B"),
        ],
        per_segment=2,
    )
    ahead = look_ahead(tmp_path / "logs")
    assert {1: "A", 2: "B"} == ahead.identities
    assert {1} == ahead.switched


def test_secrets_are_the_same_for_the_same_person_and_new_in_each_run() -> None:
    one, other = Secrets(), Secrets()
    assert one.of("A") == one.of("A")
    assert 3 == len({one.of("A"), one.of("B"), other.of("A")})
    assert re.fullmatch(r"[A-Za-z0-9_-]{16,128}", one.of("A"))
    assert identity_of(one.of("A")) == one.identity("A")


def test_a_leave_can_be_told_as_if_a_crash_had_made_it() -> None:
    leave = Record(3, AT, "leave", 1, "ana", room="geral", reason="replaced")
    assert Record(3, AT, "leave", 1, "ana", room="geral", reason="crash") == as_if_crashed(leave)
