"""A private message for somebody who may still return is kept, and sent again."""

from __future__ import annotations

import json

import pytest

from chatsimples.client.dialogue.postponed import RETURN_AWAITED, PostponedMessages
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.core import Core

WELCOME = b'{"type":"welcome","nick":"ana","log":"L","seq":1,"head":1}\n'
MESSAGE = Command("message", "1", to="bia", text="oi")


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def core() -> Core:
    made = Core("ana")
    made.connection_made()
    made.receive_data(WELCOME)
    made.data_to_send()
    return made


@pytest.fixture
def postponed(core: Core, clock: Clock) -> PostponedMessages:
    return PostponedMessages(core, clock)


def test_without_a_reconnection_nobody_is_awaited(postponed: PostponedMessages) -> None:
    assert not postponed.postpone("no_such_nick", MESSAGE)
    assert [] == postponed.messages


def test_soon_after_a_reconnection_an_addressee_is_awaited(
    postponed: PostponedMessages, clock: Clock
) -> None:
    postponed.reconnected()
    clock.now += RETURN_AWAITED - 0.1
    assert postponed.postpone("no_such_nick", MESSAGE)
    assert [MESSAGE] == postponed.messages
    clock.now += 0.1
    assert not postponed.postpone("no_such_nick", MESSAGE)


@pytest.mark.parametrize(
    ("code", "command"),
    [("text_too_long", MESSAGE), ("no_such_nick", Command("message", "1", "geral", text="oi"))],
)
def test_any_other_refusal_stays_one(postponed: PostponedMessages, code: str, command: Command) -> None:
    postponed.reconnected()
    assert not postponed.postpone(code, command)


def test_a_message_is_sent_again_once(postponed: PostponedMessages, core: Core) -> None:
    postponed.reconnected()
    postponed.postpone("no_such_nick", MESSAGE)
    postponed.send()
    postponed.send()
    (sent,) = [json.loads(line) for line in core.data_to_send().splitlines()]
    assert ("bia", "oi") == (sent["to"], sent["text"])
    assert [] == postponed.messages


def test_without_a_connection_it_waits(postponed: PostponedMessages, core: Core) -> None:
    postponed.reconnected()
    postponed.postpone("no_such_nick", MESSAGE)
    core.connection_lost()
    postponed.send()
    assert [MESSAGE] == postponed.messages
