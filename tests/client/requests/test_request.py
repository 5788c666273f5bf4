"""Each action is sent as its command, with the destination where it was typed."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from client.simulation import SimulatedServer

from chatsimples.chat import commands
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.client.protocol.core import Core
from chatsimples.client.requests import actions
from chatsimples.client.requests.request import Destination, request
from chatsimples.errors import Refusal

ROOM, PERSON = Destination(room="geral"), Destination(to="bia")

ASKED: list[tuple[actions.Action, Destination, dict[str, Any]]] = [
    (actions.Say("olá"), ROOM, {"type": "message", "room": "geral", "text": "olá"}),
    (actions.Say("olá"), PERSON, {"type": "message", "to": "bia", "text": "olá"}),
    (actions.Private("rui", "olá"), ROOM, {"type": "message", "to": "rui", "text": "olá"}),
    (actions.Private("rui", "olá"), PERSON, {"type": "message", "to": "rui", "text": "olá"}),
    (actions.Enter("dev"), ROOM, {"type": "join", "room": "dev"}),
    (actions.Enter("dev"), PERSON, {"type": "join", "room": "dev"}),
    (actions.Enter("dev", "abre-te"), ROOM, {"type": "join", "room": "dev", "key": "abre-te"}),
    (
        actions.Govern(commands.Topic(0, commands.HERE, "a prova")),
        ROOM,
        {"type": "topic", "room": "geral", "text": "a prova"},
    ),
    (
        actions.Govern(commands.Invite(0, "dev", "bia")),
        PERSON,
        {"type": "invite", "room": "dev", "nick": "bia"},
    ),
    (
        actions.Govern(commands.Grant(0, commands.HERE, "bia", "voice")),
        ROOM,
        {"type": "role", "room": "geral", "nick": "bia", "role": "voice"},
    ),
    (
        actions.Govern(commands.Set(0, commands.HERE, SettingsAsked(moderated=False, key=""))),
        ROOM,
        {"type": "set", "room": "geral", "settings": {"moderated": False, "key": ""}},
    ),
    (
        actions.Govern(commands.Kick(0, "bia", commands.HERE, "spam")),
        ROOM,
        {"type": "kick", "room": "geral", "nick": "bia", "text": "spam"},
    ),
    (
        actions.Govern(commands.Ban(0, "", "", "bia", 60, "spam")),
        ROOM,
        {"type": "ban", "account": "bia", "seconds": 60, "text": "spam"},
    ),
    (actions.Govern(commands.Unban(0, "", "bia")), PERSON, {"type": "unban", "nick": "bia"}),
    (
        actions.Govern(commands.Mute(0, commands.HERE, "bia", commands.LIFTED)),
        ROOM,
        {"type": "mute", "room": "geral", "nick": "bia", "seconds": -1},
    ),
    (actions.Leave(""), ROOM, {"type": "leave", "room": "geral"}),
    (actions.Leave("dev"), ROOM, {"type": "leave", "room": "dev"}),
    (actions.Leave("dev"), PERSON, {"type": "leave", "room": "dev"}),
    (
        actions.Say("acena", "action"),
        ROOM,
        {"type": "message", "room": "geral", "text": "acena", "kind": "action"},
    ),
    (
        actions.Say("acena", "action"),
        PERSON,
        {"type": "message", "to": "bia", "text": "acena", "kind": "action"},
    ),
    (actions.Away("almoço"), ROOM, {"type": "away", "text": "almoço"}),
    (actions.Away(""), PERSON, {"type": "away"}),
    (actions.TellName("Ana Lima"), ROOM, {"type": "setname", "realname": "Ana Lima"}),
    (
        actions.Govern(commands.Announce(0, "já volto")),
        ROOM,
        {"type": "announcement", "text": "já volto"},
    ),
    (actions.Rename("eva"), ROOM, {"type": "nick", "nick": "eva"}),
    (actions.Who(""), ROOM, {"type": "who", "room": "geral"}),
    (actions.Who("dev"), ROOM, {"type": "who", "room": "dev"}),
    (actions.Who("dev"), PERSON, {"type": "who", "room": "dev"}),
    (actions.Rooms(), ROOM, {"type": "rooms"}),
    (actions.History(20, 9), ROOM, {"type": "history", "room": "geral", "limit": 20, "before": 9}),
    (
        actions.History(20, after=0, all_records=True),
        ROOM,
        {"type": "history", "room": "geral", "limit": 20, "after": 0, "all": True},
    ),
    (actions.Rooms(), PERSON, {"type": "rooms"}),
    (actions.Status(), PERSON, {"type": "status"}),
]
NOT_ASKED: list[actions.Action] = [
    actions.Converse("bia"),
    actions.Edit("olá"),
    actions.Help(),
    actions.Quit(),
]


@pytest.fixture
def server() -> SimulatedServer:
    return SimulatedServer()


@pytest.fixture
def core(server: SimulatedServer) -> Core:
    """Return a core that the server knows, with nothing left to send."""
    made = Core("ana", ["geral"])
    made.connection_made()
    conn = server.connect()
    server.receive(conn, made.data_to_send())
    made.receive_data(server.take(conn))
    return made


def test_every_action_is_in_one_of_the_tables() -> None:
    listed = [*(action for action, _, _ in ASKED), *NOT_ASKED]
    assert set(get_args(actions.Action)) == {type(action) for action in listed}


def test_this_room_is_none_in_a_private_conversation(core: Core) -> None:
    with pytest.raises(Refusal) as refused:
        request(core, actions.Govern(commands.Kick(0, "bia", commands.HERE)), PERSON)
    assert "bad_request" == refused.value.code
    assert b"" == core.data_to_send()


@pytest.mark.parametrize(("action", "destination", "expected"), ASKED)
def test_an_action_is_sent_as_one_line_with_an_id(
    core: Core, action: actions.Action, destination: Destination, expected: dict[str, Any]
) -> None:
    command = request(core, action, destination)
    assert command is not None
    assert command.id
    (line,) = core.data_to_send().splitlines()
    assert {**expected, "id": command.id} == json.loads(line)


@pytest.mark.parametrize("destination", [ROOM, PERSON])
@pytest.mark.parametrize("action", NOT_ASKED)
def test_an_action_of_the_client_itself_sends_nothing(
    core: Core, action: actions.Action, destination: Destination
) -> None:
    assert None is request(core, action, destination)
    assert (b"", 0) == (core.data_to_send(), core.unanswered)


def test_a_command_waits_for_a_connection() -> None:
    core = Core("ana", ["geral"])
    command = request(core, actions.Say("olá"), ROOM)
    assert b"" == core.data_to_send()
    assert [command] == core.unconfirmed


def test_the_server_carries_out_the_commands(core: Core, server: SimulatedServer) -> None:
    (conn,) = server.peers
    for action in (actions.Enter("dev"), actions.Say("em geral"), actions.Rename("eva")):
        request(core, action, ROOM)
    request(core, actions.Say("em dev"), Destination(room="dev"))
    server.receive(conn, core.data_to_send())
    assert [("geral", "ana", "em geral"), ("dev", "eva", "em dev")] == [
        (each.room, each.nick, each.text) for each in server.records if each.type == "message"
    ]


def test_destinations_of_the_same_names_are_equal() -> None:
    assert Destination(room="geral") == ROOM
    assert 2 == len({ROOM, PERSON, Destination(to="bia")})
