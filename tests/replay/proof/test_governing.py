"""The commands behind what owners and moderators lay down."""

from __future__ import annotations

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.governing import GOVERNING
from chatsimples.chat.records import to_lines
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.chat.state import State
from chatsimples.replay.proof.inference import Inference
from chatsimples.transcript.checks import read_records

PROOF = "p" * 32
STORY: list[commands.Command] = [
    commands.Topic(1, "Sala", "oi", "t"),
    commands.Set(1, "Sala", SettingsAsked(secret=True, limit=9, inviters="members"), "s"),
    commands.Set(1, "Sala", SettingsAsked(key=PROOF, moderated=True), "s"),
    commands.Set(1, "Sala", SettingsAsked(key=PROOF)),
    commands.Grant(1, "Sala", "bia", "operator", "r"),
    commands.Grant(1, "Sala", "bia", "none"),
    commands.Invite(1, "Sala", "eva", "i"),
    commands.Join(3, "Sala", "j"),
    commands.Mute(1, "Sala", "eva", 60, "calma", "m"),
    commands.Mute(1, "Sala", "eva", commands.LIFTED, id="m"),
    commands.Mute(1, "Sala", "r*", 60, "calma", "m", ahead=True),
    commands.Exempt(1, "Sala", "eva", id="e"),
    commands.Exempt(1, "Sala", "e*", welcome=True),
    commands.Exempt(1, "Sala", "", "ninguem", welcome=True, id="e"),
    commands.Exempt(1, "Sala", "e*", welcome=True, lifted=True),
    commands.Kick(1, "eva", "Sala", "chega", "k"),
    commands.Ban(1, "Sala", "bia", "", 60, "chega", "b"),
    commands.Unban(1, "Sala", "bia", "", "u"),
    commands.Ban(1, "Sala", "", "Ninguem", 0),
    commands.Unban(1, "Sala", "", "ninguem"),
    commands.Set(1, "Sala", SettingsAsked(key="")),
    commands.Join(3, "Sala"),
    commands.AccountChanged(OPERATOR, "bia", "moderator"),
    commands.Ban(2, "", "eva", "", 60, "chega", "b"),
    commands.AccountChanged(OPERATOR, "bia", ended=True),
    commands.Kick(OPERATOR, "visitante-1", "", "fora", "k"),
]


@pytest.fixture
def chat() -> ChatUnderTest:
    chat = ChatUnderTest()
    chat.account(1, "ana", ("Sala",))
    chat.account(2, "bia", ("Sala", "x"))
    chat.guest(3, "eva", "x")
    chat.visitor(4)
    chat.do(commands.Login(4, "caio", "member", "l"))
    return chat


def test_each_is_found_again_from_its_records(chat: ChatUnderTest) -> None:
    for command in STORY:
        chat.now += 1_000
        assert chat.do(command), command
    inference = Inference(State())
    found = [taken.command for taken in (*inference.feed(chat.records), *inference.finish())]
    assert chat.state.snapshot() == inference.state.snapshot()
    # A key that was not needed may have been given, and each of an account's connections ends by itself.
    told = [each for each in STORY if not isinstance(each, commands.Join | commands.AccountChanged)]
    assert told == [each for each in found if type(each) in {type(one) for one in told}][-len(told) :]


def test_each_record_has_the_fields_that_its_type_should_have(chat: ChatUnderTest) -> None:
    for command in STORY:
        chat.do(command)
    assert chat.records == read_records(to_lines(chat.records), 1, 2)
    assert set(charter_types()) <= {each.type for each in chat.records}


def charter_types() -> frozenset[str]:
    return GOVERNING | {"login", "hello", "bye", "leave"}


def test_wherever_the_log_was_cut_it_goes_on(chat: ChatUnderTest) -> None:
    for command in STORY:
        chat.now += 1_000
        chat.do(command)
    for count in range(2, len(chat.records)):
        records = chat.records[:count]
        state = State()
        for record in records:
            state.evolve(record)
        records += ChatUnderTest(state).records
        inference = Inference(State())
        for _ in (*inference.feed(records), *inference.finish()):
            pass
        assert state.snapshot() == inference.state.snapshot()
