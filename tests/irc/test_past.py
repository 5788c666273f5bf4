"""What clients ask of the past, as questions about history."""

from __future__ import annotations

from typing import Any

import pytest

from chatsimples.chat.commands import Conversations, History, Join, MarkRead, Who
from chatsimples.irc.asking import Asker
from chatsimples.irc.marks import Mark, unpack
from chatsimples.irc.past import (
    PLAYBACK,
    PastError,
    Reference,
    ask,
    is_foreign,
    marker,
    question,
    read_reference,
    with_markers,
    with_playback,
)
from chatsimples.irc.server import Bounds

ASKER = Asker(1, Bounds(400, 32, 10))
TIME = "timestamp=2026-11-22T15:00:00.123Z"
LATER = "timestamp=2026-11-22T16:00:00.000Z"
AT = "2026-11-22T15:00:00.123000Z"
NEXT = "2026-11-22T15:00:00.124000Z"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("LATEST #x * 5", {}),
        ("latest #x msgid=LOG/7 5", {"after": 7, "newest": True}),
        (f"LATEST #x {TIME} 5", {"at": NEXT, "newest": True}),
        ("BEFORE #x msgid=LOG/7 5", {"before": 7}),
        ("BEFORE #x msgid=LOG/0 5", {"before": 1}),
        (f"BEFORE #x {TIME} 5", {"until": AT}),
        ("AFTER #x msgid=LOG/7 5", {"after": 7}),
        (f"AFTER #x {TIME} 5", {"at": NEXT}),
        ("AROUND #x msgid=LOG/7 5", {"after": 7, "around": True}),
        (f"AROUND #x {TIME} 5", {"at": AT, "around": True}),
        ("BETWEEN #x msgid=LOG/7 msgid=LOG/9 5", {"after": 7, "before": 9}),
        ("BETWEEN #x msgid=LOG/9 msgid=LOG/7 5", {"after": 7, "before": 9, "newest": True}),
        (f"BETWEEN #x {TIME} {LATER} 5", {"at": NEXT, "until": "2026-11-22T16:00:00.000000Z"}),
        (f"BETWEEN #x {TIME} msgid=LOG/9 5", {"at": NEXT, "before": 9}),
        ("LATEST #x * 5000", {"limit": 1_000}),
    ],
)
def test_each_way_of_asking_is_a_question(typed: str, expected: dict[str, Any]) -> None:
    found = ask(ASKER, typed.split(), mark=b"m")
    assert (
        History(**{"conn": 1, "room": "x", "before": 0, "limit": 5, "joined": True, "mark": b"m", **expected})
        == found
    )


def test_it_is_about_a_person_too_and_about_more_than_messages() -> None:
    found = ask(ASKER, ["LATEST", "bia", "*", "5"], events=True)
    assert History(1, "", 0, 5, to="bia", all=True) == found


def test_conversations_are_between_two_times_in_either_order() -> None:
    expected = Conversations(1, NEXT, "2026-11-22T16:00:00.000000Z", 7, mark=b"m")
    assert expected == ask(ASKER, f"TARGETS {TIME} {LATER} 7".split(), mark=b"m")
    assert expected == ask(ASKER, f"TARGETS {LATER} {TIME} 7".split(), mark=b"m")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "INVALID_PARAMS"),
        ("NEVER #x * 5", "INVALID_PARAMS"),
        ("LATEST #x *", "NEED_MORE_PARAMS"),
        ("BETWEEN #x msgid=LOG/7 5", "NEED_MORE_PARAMS"),
        ("LATEST #x * 0", "INVALID_PARAMS"),
        ("LATEST #x * -1", "INVALID_PARAMS"),
        ("LATEST #x * \u0665", "INVALID_PARAMS"),
        ("BEFORE #x * 5", "INVALID_PARAMS"),
        ("LATEST #x seq=7 5", "INVALID_MSGREFTYPE"),
        ("LATEST #x msgid=7 5", "INVALID_PARAMS"),
        ("LATEST #x timestamp=yesterday 5", "INVALID_PARAMS"),
        ("TARGETS msgid=LOG/7 msgid=LOG/9 5", "INVALID_PARAMS"),
        ("LATEST #x,y * 5", "INVALID_TARGET"),
        ("LATEST *playback * 5", "INVALID_TARGET"),
    ],
)
def test_what_asks_nothing_is_told_why(typed: str, code: str) -> None:
    with pytest.raises(PastError) as refused:
        ask(ASKER, typed.split())
    assert code == refused.value.code == question(ASKER, typed.split())


def test_a_reference_is_a_seq_or_a_time() -> None:
    assert Reference(12) == read_reference("msgid=01M8NK8AB478E00857Q6N70B9C/12")
    assert Reference(time=AT) == read_reference(TIME)


def test_a_message_of_another_log_is_foreign() -> None:
    assert not is_foreign(("BETWEEN", "#x", "msgid=LOG/7", "msgid=LOG/9", "5"), "LOG")
    assert not is_foreign(("LATEST", "#x", "*", "5"), "LOG")
    assert not is_foreign(("BEFORE", "#x", TIME, "5"), "LOG")
    assert is_foreign(("BETWEEN", "#x", "msgid=LOG/7", "msgid=OTHER/9", "5"), "LOG")
    assert is_foreign(("AROUND", "#x", "msgid=log/7", "5"), "LOG")


def test_a_marker_is_set_and_asked_for() -> None:
    assert MarkRead(1, "x") == marker(ASKER, ["#x"])
    assert MarkRead(1, "", "bia", AT) == marker(ASKER, ["bia", TIME])
    for wrong in (["#x", "*"], ["#x", "timestamp=now"], ["#x", "msgid=LOG/1"], ["#x,y"]):
        assert "INVALID_PARAMS" == marker(ASKER, wrong)
    assert "NEED_MORE_PARAMS" == marker(ASKER, [])


def test_who_enters_rooms_asks_up_to_where_they_were_read() -> None:
    asked = (Join(1, "x"), Who(1, "x"), Join(1, "y"), Who(1, "y"))
    expected = (Join(1, "x"), MarkRead(1, "x"), Who(1, "x"), Join(1, "y"), MarkRead(1, "y"), Who(1, "y"))
    assert expected == with_markers(asked)


def test_who_can_not_ask_for_the_past_is_asked_for_it() -> None:
    join, who, asked = with_playback((Join(1, "x"), Who(1, "x")), 5)
    assert (Join(1, "x"), Who(1, "x")) == (join, who)
    assert isinstance(asked, History)
    assert ("x", 5, True, PLAYBACK) == (asked.room, asked.limit, asked.joined, asked.id)
    assert Mark(PLAYBACK, ("", "#x")) == unpack(asked.mark)
