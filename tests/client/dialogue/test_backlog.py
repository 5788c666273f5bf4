"""Messages from before are collected for each question, and live records wait for a room's first ones."""

from __future__ import annotations

import json

import pytest

from chatsimples.chat.records import Record
from chatsimples.client.dialogue.backlog import HELD_BACK, Backlog
from chatsimples.client.dialogue.conversations import Conversation, Entry
from chatsimples.client.protocol.core import Core
from chatsimples.client.requests.request import Destination

WELCOME = b'{"type":"welcome","nick":"ana","log":"L","seq":1,"head":1}\n'


def entry(seq: int) -> Entry:
    return Entry(Record(seq, "", "message", 1, "bia", room="geral", text="oi"), own=False)


class Asking:
    """A backlog, and the questions that it sends."""

    def __init__(self) -> None:
        self.core = Core("ana")
        self.core.connection_made()
        self.core.receive_data(WELCOME)
        self.core.data_to_send()
        self.backlog = Backlog(self.core)
        self.room = Conversation(Destination(room="geral"))

    def sent(self) -> list[str]:
        """Return the ids of the questions that were sent."""
        questions = [json.loads(line) for line in self.core.data_to_send().splitlines()]
        assert {"history"} >= {each["type"] for each in questions}
        return [each["id"] for each in questions]


@pytest.fixture
def asking() -> Asking:
    return Asking()


def test_messages_from_before_come_with_their_answer(asking: Asking) -> None:
    assert asking.backlog.fetch(asking.room, 20, 9, earlier=True)
    (asked,) = asking.sent()
    for seq in (3, 5):
        asking.backlog.add_past(asking.room, entry(seq))
    fetched = asking.backlog.answered(asked)
    assert fetched is not None
    assert (asking.room, [entry(3), entry(5)], [], True) == fetched
    assert None is asking.backlog.answered(asked)


def test_a_room_is_asked_for_once_at_a_time(asking: Asking) -> None:
    assert asking.backlog.fetch(asking.room, 20, 9, earlier=False)
    assert not asking.backlog.fetch(asking.room, 20, 9, earlier=True)
    assert 1 == len(asking.sent())


def test_live_records_wait_for_a_rooms_first_messages_alone(asking: Asking) -> None:
    assert not asking.backlog.hold_back(asking.room, entry(10))
    asking.backlog.fetch(asking.room, 20, 9, earlier=False)
    assert asking.backlog.hold_back(asking.room, entry(10))
    assert not asking.backlog.hold_back(Conversation(Destination(room="dev")), entry(11))
    fetched = asking.backlog.answered(*asking.sent())
    assert fetched is not None
    assert [entry(10)] == fetched.held_back
    asking.backlog.fetch(asking.room, 20, 9, earlier=True)
    assert not asking.backlog.hold_back(asking.room, entry(12))


def test_first_messages_that_do_not_come_are_given_up(asking: Asking) -> None:
    asking.backlog.fetch(asking.room, 20, 9, earlier=False)
    for seq in range(HELD_BACK):
        assert not asking.backlog.is_overdue(asking.room)
        asking.backlog.hold_back(asking.room, entry(seq))
    assert asking.backlog.is_overdue(asking.room)
    given_up = asking.backlog.give_up(asking.room)
    assert given_up is not None
    assert HELD_BACK == len(given_up.held_back)
    assert None is asking.backlog.give_up(asking.room)
    assert not asking.backlog.hold_back(asking.room, entry(HELD_BACK))


def test_another_log_answers_no_question_of_this_one(asking: Asking) -> None:
    asking.backlog.fetch(asking.room, 20, 9, earlier=False)
    asking.backlog.clear()
    assert None is asking.backlog.answered(*asking.sent())
    assert not asking.backlog.hold_back(asking.room, entry(10))
