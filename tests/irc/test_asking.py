"""What the commands of IRC are made with."""

from __future__ import annotations

import pytest

from chatsimples.chat.commands import Fault
from chatsimples.errors import Refusal
from chatsimples.irc.asking import Asker, listed
from chatsimples.irc.server import Bounds

ASKER = Asker(7, Bounds(max_text=5, max_name=8))


def test_a_list_has_each_once_and_no_more_than_it_may() -> None:
    assert ["a", "b"] == listed("a,,b,a", 4)
    assert ["a", "b"] == listed("a,b,c", 2)
    assert [] == listed("", 4)


def test_a_target_is_a_room_or_a_nick() -> None:
    assert ("x", "") == ASKER.target("#x")
    assert ("", "ana") == ASKER.target("ana")


@pytest.mark.parametrize("channel", ["x", "##", "#", "#a b"])
def test_what_can_be_no_room_is_refused(channel: str) -> None:
    with pytest.raises(Refusal) as refused:
        ASKER.room(channel)
    assert "bad_room" == refused.value.code


def test_who_can_be_nobody_is_not_there() -> None:
    with pytest.raises(Refusal) as refused:
        ASKER.nick("a!b")
    assert "no_such_nick" == refused.value.code


def test_a_last_word_that_may_not_be_said_is_none() -> None:
    assert "oi" == ASKER.word(["oi"])
    assert "" == ASKER.word(["too long"])
    assert "" == ASKER.word([])
    with pytest.raises(Refusal):
        ASKER.text(["too long"])


def test_tags_of_clients_are_told_apart() -> None:
    assert {"+typing": "active"} == Asker(7, Bounds(), {"+typing": "active", "label": "1"}).client_tags()


def test_a_refusal_becomes_what_the_answer_is_made_of() -> None:
    refusal = Refusal("bad_mode", mode="b", given="x", why="y")
    assert Fault(7, "bad_mode", refusal.detail) == ASKER.fault(refusal)
    assert {**refusal.detail, "target": "#x"} == ASKER.fault_for(refusal, "#x").detail
