"""What somebody has to be before a command of theirs is carried out."""

from __future__ import annotations

from chat.chats import ChatUnderTest

from chatsimples.chat import commands
from chatsimples.chat.rules import RULES
from chatsimples.chat.standing import Standing


def test_a_rule_says_what_it_needs_and_carries_its_command_out() -> None:
    rule = RULES[commands.Ping]
    assert Standing.REGISTERED is rule.needs
    chat = ChatUnderTest()
    assert "not_registered" == chat.refusal(commands.Ping(1))
