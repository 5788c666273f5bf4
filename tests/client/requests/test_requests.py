"""Each action asks the server for what it means, at the place where it was typed."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from client.simulation import SimulatedServer

from chatsimples.client.protocol.core import Core
from chatsimples.client.requests.requests import Place, request
from chatsimples.client.words import commands

ROOM, PERSON = Place(room="geral"), Place(to="bia")

ASKED: list[tuple[commands.Action, Place, dict[str, Any]]] = [
    (commands.Say("olá"), ROOM, {"type": "message", "room": "geral", "text": "olá"}),
    (commands.Say("olá"), PERSON, {"type": "message", "to": "bia", "text": "olá"}),
    (commands.Private("rui", "olá"), ROOM, {"type": "message", "to": "rui", "text": "olá"}),
    (commands.Private("rui", "olá"), PERSON, {"type": "message", "to": "rui", "text": "olá"}),
    (commands.Enter("dev"), ROOM, {"type": "join", "room": "dev"}),
    (commands.Enter("dev"), PERSON, {"type": "join", "room": "dev"}),
    (commands.Leave(""), ROOM, {"type": "leave", "room": "geral"}),
    (commands.Leave("dev"), ROOM, {"type": "leave", "room": "dev"}),
    (commands.Leave("dev"), PERSON, {"type": "leave", "room": "dev"}),
    (commands.Rename("eva"), ROOM, {"type": "nick", "nick": "eva"}),
    (commands.Who(""), ROOM, {"type": "who", "room": "geral"}),
    (commands.Who("dev"), ROOM, {"type": "who", "room": "dev"}),
    (commands.Who("dev"), PERSON, {"type": "who", "room": "dev"}),
    (commands.Rooms(), ROOM, {"type": "rooms"}),
    (commands.Rooms(), PERSON, {"type": "rooms"}),
]
NOT_ASKED: list[commands.Action] = [
    commands.Converse("bia"),
    commands.History(20),
    commands.Edit("olá"),
    commands.Help(),
    commands.Quit(),
]


@pytest.fixture
def server() -> SimulatedServer:
    return SimulatedServer()


@pytest.fixture
def core(server: SimulatedServer) -> Core:
    """Give a core that the server knows, with nothing left to be sent."""
    made = Core("ana", ["geral"])
    made.opened()
    conn = server.connect()
    server.receive(conn, made.to_send())
    made.receive(server.take(conn))
    return made


def test_every_action_is_in_one_of_the_tables() -> None:
    listed = [*(action for action, _, _ in ASKED), *NOT_ASKED]
    assert set(get_args(commands.Action)) == {type(action) for action in listed}


@pytest.mark.parametrize(("action", "place", "expected"), ASKED)
def test_an_action_is_asked_for_as_one_line_with_an_id(
    core: Core, action: commands.Action, place: Place, expected: dict[str, Any]
) -> None:
    command = request(core, action, place)
    assert command is not None
    assert command.id
    (line,) = core.to_send().splitlines()
    assert {**expected, "id": command.id} == json.loads(line)


@pytest.mark.parametrize("place", [ROOM, PERSON])
@pytest.mark.parametrize("action", NOT_ASKED)
def test_what_no_server_is_asked_for_sends_nothing(core: Core, action: commands.Action, place: Place) -> None:
    assert None is request(core, action, place)
    assert (b"", 0) == (core.to_send(), core.unanswered)


def test_what_is_asked_for_while_there_is_no_connection_waits() -> None:
    core = Core("ana", ["geral"])
    command = request(core, commands.Say("olá"), ROOM)
    assert b"" == core.to_send()
    assert [command] == core.unsaid


def test_the_server_does_what_was_asked_for(core: Core, server: SimulatedServer) -> None:
    (conn,) = server.peers
    for action in (commands.Enter("dev"), commands.Say("em geral"), commands.Rename("eva")):
        request(core, action, ROOM)
    request(core, commands.Say("em dev"), Place(room="dev"))
    server.receive(conn, core.to_send())
    assert [("geral", "ana", "em geral"), ("dev", "eva", "em dev")] == [
        (each.room, each.nick, each.text) for each in server.records if each.type == "message"
    ]


def test_a_place_is_the_same_as_another_with_the_same_names() -> None:
    assert Place(room="geral") == ROOM
    assert 2 == len({ROOM, PERSON, Place(to="bia")})
