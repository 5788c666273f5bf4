"""What is typed goes to the core; what the core tells becomes lines."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from client.simulation import SimulatedServer

from chatsimples.client.conversation import Conversation
from chatsimples.client.core import Core
from chatsimples.client.display import Display, plain
from chatsimples.errors import Refusal

_TIME = re.compile(r"(\| )?(\d{4}-\d\d-\d\d )?\d\d:\d\d ")


class Talk:
    """A conversation with a simulated server."""

    def __init__(self, nick: str, server: SimulatedServer) -> None:
        self.core = Core(nick)
        self.conversation = Conversation(self.core, "geral", "here:1", Display(str), str)
        self.server = server
        self.conn = server.connect()
        self.shown: list[str] = []
        self.core.opened()
        self.settle()

    def settle(self) -> None:
        while True:
            self.server.receive(self.conn, self.core.to_send())
            data = self.server.take(self.conn)
            if not data:
                return
            for event in self.core.receive(data):
                self.shown += [_TIME.sub("", plain(line)) for line in self.conversation.heard(event)]

    def type(self, text: str) -> list[str]:
        """Type, and give what is shown then."""
        self.shown.clear()
        self.shown += [plain(line) for line in self.conversation.typed(text)]
        self.settle()
        return list(self.shown)


@pytest.fixture
def server() -> SimulatedServer:
    return SimulatedServer()


@pytest.fixture
def ana(server: SimulatedServer) -> Talk:
    return Talk("ana", server)


def test_a_text_is_said_in_the_current_room(ana: Talk) -> None:
    assert ["ana: oi"] == ana.type("oi")
    assert "geral" == ana.server.records[-1].room


def test_entering_a_room_makes_it_the_current_one_at_once(ana: Talk) -> None:
    ana.conversation.typed("/entrar #dev")
    ana.conversation.typed("em dev")
    ana.settle()
    assert ("dev", "em dev") == (ana.server.records[-1].room, ana.server.records[-1].text)


def test_going_back_to_a_room_asks_nothing(ana: Talk) -> None:
    ana.type("/entrar dev")
    assert [] == ana.type("/entrar GERAL")
    assert "geral" == ana.conversation.room
    assert ["ana: oi"] == ana.type("oi")


def test_what_is_said_elsewhere_shows_its_room(ana: Talk, server: SimulatedServer) -> None:
    bia = Talk("bia", server)
    bia.type("/join dev")
    ana.type("/join dev")
    ana.shown.clear()
    bia.type("/join geral")
    bia.type("oi")
    ana.settle()
    assert ["#geral bia: oi"] == ana.shown


def test_a_room_that_can_not_be_entered_is_not_the_current_one(ana: Talk, server: SimulatedServer) -> None:
    for number in range(31):
        ana.type(f"/entrar r{number}")
    assert ["! you can be in at most 32 rooms"] == ana.type("/entrar demais")
    assert "r30" == ana.conversation.room
    assert 1 == ana.conversation.refused


def test_one_line_after_the_other_is_carried_out(ana: Talk) -> None:
    assert ["ana: um", "ana: dois"] == ana.type("um\n\ndois\n")


def test_if_one_line_can_not_be_said_none_is(ana: Talk) -> None:
    with pytest.raises(Refusal):
        ana.type("um\nd\x1bois\ntrês")
    assert [] == ana.server.said()


def test_after_the_goodbye_nothing_more_is_carried_out(ana: Talk) -> None:
    ana.type("um\n/sair\ndois")
    assert ["um"] == ana.server.said()
    assert ana.conversation.over


def test_private_messages_questions_and_help(ana: Talk, server: SimulatedServer) -> None:
    bia = Talk("bia", server)
    ana.settle()
    assert ["[ana → bia] oi"] == ana.type("/msg bia oi")
    bia.settle()
    assert "[ana → bia] oi" == bia.shown[-1]
    assert ["* #geral (2): ana, bia"] == ana.type("/quem")
    assert ["* rooms: #geral (2)"] == ana.type("/salas")
    ana.type("dito")
    assert ["* that was all of #geral"] == ana.type("/historico 5")[1:]
    assert ["* you are now eva"] == ana.type("/apelido eva")
    assert "* /apelido NAME, /nick NAME: take another nick" == ana.type("/ajuda")[0]
    assert ["* #dev (0): nobody"] == ana.type("/quem dev")


def test_a_text_that_is_refused_is_counted(ana: Talk) -> None:
    shown = ana.type("/msg ninguem olá")
    assert ["! not said: olá (nobody here is called ninguem)"] == shown
    assert 1 == ana.conversation.refused


def test_a_text_whose_record_does_not_come_is_shown_all_the_same(ana: Talk) -> None:
    ana.conversation.typed("oi")
    sent = json.loads(ana.core.to_send())
    ana.server.receive(ana.conn, json.dumps(sent).encode() + b"\n")
    known: dict[str, Any] = {"type": "duplicate", "id": sent["id"], "seq": 9}
    (event,) = ana.core.receive(json.dumps(known).encode() + b"\n")
    assert ["ana: oi"] == [plain(line) for line in ana.conversation.heard(event)]


def test_a_refusal_is_explained(ana: Talk) -> None:
    with pytest.raises(Refusal) as refused:
        ana.type("/nada")
    assert "! there is no command /nada; /ajuda shows what there is" == plain(
        ana.conversation.explain(refused.value)
    )
