"""The comparison: what must be the same is compared, and what can't be is not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chatsimples.chat.records import Record
from chatsimples.replay.reenact.comparison import Comparison, DifferenceError

THEN = "2026-11-22T15:00:00.000000Z"
NOW = "2026-11-25T10:00:00.000000Z"


def record(
    seq: int, kind: str = "message", conn: int = 1, nick: str = "ana", room: str = "geral", **more: Any
) -> Record:
    return Record(seq, THEN, kind, conn, nick, room=room, **more)


JOIN = record(2, "join", identity="I", dialect="json", id="j")
SAID = record(3, text="oi", id="1")
PRIVATE = record(4, text="oi", room="", to="bia", to_conn=2)
LEAVE = record(5, "leave", reason="quit", quiet=True)
NICK = record(6, "nick", new="eva")


def again(old: Record, **changes: Any) -> Record:
    """Give the record as it comes again: later, on another connection, of another log."""
    moved: dict[str, Any] = {"seq": old.seq + 100, "at": NOW, "conn": old.conn + 40}
    if old.to_conn:
        moved["to_conn"] = old.to_conn + 40
    if old.identity:
        moved["identity"] = f"new {old.identity}"
    return msgspec.structs.replace(old, **{**moved, **changes})


def comparison(last_seq: int) -> Comparison:
    made = Comparison(lambda identity: f"new {identity}")
    made.last_seq = last_seq
    return made


def test_what_can_not_be_the_same_is_not_compared() -> None:
    made = comparison(101)
    for old in (JOIN, SAID, PRIVATE, LEAVE, NICK):
        made.compare(old, again(old))
    assert (5, 106, 0) == (made.same, made.last_seq, made.otherwise)


def test_whoever_spoke_neither_json_nor_plain_text_speaks_json() -> None:
    hello = record(2, "hello", room="", identity="I", dialect="irc")
    comparison(101).compare(hello, again(hello, dialect="json"))
    with pytest.raises(DifferenceError, match="dialect is 'text', recorded was 'json'"):
        comparison(101).compare(hello, again(hello, dialect="text"))


@pytest.mark.parametrize(
    ("old", "changes", "told"),
    [
        (JOIN, {"type": "leave"}, "type is 'leave', recorded was 'join'"),
        (JOIN, {"nick": "bia"}, "nick is 'bia', recorded was 'ana'"),
        (JOIN, {"room": "Geral"}, "room is"),
        (JOIN, {"dialect": "text"}, "dialect is"),
        (JOIN, {"id": ""}, "id is"),
        (JOIN, {"identity": "new X"}, "identity is not that of the same person"),
        (SAID, {"text": "oi\u202e"}, "text is 'oi\\u202e', recorded was 'oi'"),
        (PRIVATE, {"to": "Bia"}, "to is"),
        (LEAVE, {"reason": "closed"}, "reason is 'closed', recorded was 'quit'"),
        (LEAVE, {"quiet": False}, "quiet is False"),
        (NICK, {"new": "eve"}, "new is"),
        (NICK, {"reason": "reclaimed"}, "reason is 'reclaimed', recorded was ''"),
        (SAID, {"seq": 105}, "2 records before it are not in the recording"),
        (SAID, {"seq": 102}, "goes back"),
    ],
)
def test_every_other_difference_is_told(old: Record, changes: dict[str, Any], told: str) -> None:
    made = comparison(old.seq + 99)
    with pytest.raises(DifferenceError) as raised:
        made.compare(old, again(old, **changes))
    assert told in raised.value.reason
    assert old is raised.value.old
    assert 0 == made.same


def test_who_lost_their_nick_to_an_account_changes_it_by_themselves() -> None:
    lost = msgspec.structs.replace(NICK, reason="reclaimed")
    for reason in ("", "reclaimed"):
        made = comparison(lost.seq + 99)
        made.compare(lost, again(lost, reason=reason))
        assert (1, 0) == (made.same, made.otherwise)


def test_a_connection_keeps_its_number_and_no_other_gets_it() -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"conn": 1, "to_conn": 9}, {"conn": 42}),
        ({"conn": 9, "to_conn": 2}, {"to_conn": 43}),
        ({"conn": 9, "to_conn": 8}, {"conn": 41}),
        ({"conn": 9, "to_conn": 8}, {"to_conn": 42}),
    ]
    for later, told in cases:
        made = comparison(103)
        made.compare(PRIVATE, again(PRIVATE))
        old = msgspec.structs.replace(PRIVATE, seq=5, **later)
        with pytest.raises(DifferenceError, match="which is not the connection that was"):
            made.compare(old, again(old, **told))


@pytest.mark.parametrize("reason", ["crash", "kicked", "shutdown", "timeout"])
def test_an_end_that_no_client_can_have_again_is_one_that_it_can(reason: str) -> None:
    made = comparison(104)
    made.compare(msgspec.structs.replace(LEAVE, reason=reason), again(LEAVE, reason="closed"))
    assert (1, 0) == (made.same, made.otherwise)
    bye = msgspec.structs.replace(LEAVE, seq=LEAVE.seq + 1, type="bye", room="")
    made.compare(msgspec.structs.replace(bye, reason=reason), again(bye, reason="closed"))
    assert (2, 1) == (made.same, made.otherwise)
    with pytest.raises(DifferenceError):
        comparison(104).compare(msgspec.structs.replace(LEAVE, reason=reason), again(LEAVE, reason="error"))


def test_what_was_heard_in_plain_text_only_counts_as_the_next_record() -> None:
    made = comparison(101)
    made.take_for_same(SAID)
    assert (1, 102) == (made.same, made.last_seq)
