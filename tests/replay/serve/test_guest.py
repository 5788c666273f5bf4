"""Rooms that are closed in a recorded chat are closed to its listeners, on every road."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from replay.serving import Listeners, Serve
from support.accounts import PASSWORD, make_account
from support.clients import Clients
from support.server import Server

CLOSED = {
    "convite": ({"invite_only": True}, "room_closed"),
    "contas": ({"accounts_only": True}, "login_required"),
    "chave": ({"key": "abre-te"}, "bad_key"),
    "segredo": ({"secret": True, "invite_only": True}, "room_closed"),
}
HEARD = ("geral", "membros", "banida", "aberta")


@pytest.fixture
def recorded(start_server: Callable[..., Server], clients: Clients, tmp_path: Path) -> Server:
    """Record a chat with rooms that are closed in every way, in each of which something is said."""
    logs = tmp_path / "logs"
    make_account(logs, "ana")
    server = start_server("--message-rate", "0", logs=logs)
    ana = clients.json(server, "ana", account="ana", password=PASSWORD, rooms=[*CLOSED, *HEARD])
    clients.json(server, "eva", rooms=["banida"])
    for room in (*CLOSED, *HEARD):
        ana.say(f"dito em {room}", id=room, room=room)
    for room, (settings, _) in CLOSED.items():
        ana.ask("set", room=room, settings=settings, id=f"s-{room}")
        ana.answer(f"s-{room}")
    ana.ask("set", room="membros", settings={"members_only_history": True}, id="m")
    ana.answer("m")
    ana.ask("ban", room="banida", nick="eva", id="b")
    ana.answer("b")
    ana.say("agora", id="fim", room="geral")
    clients.close()
    assert 0 == server.stop()
    return server


def ended(serve: Serve, recorded: Server) -> Server:
    """Serve the chat when all but its end has happened: who was there is there."""
    last = max(entry.seq for entry in recorded.transcript.having(type="message"))
    return serve(recorded.logs, "--at", str(last))


def test_what_a_guest_may_not_enter_no_listener_hears_or_reads(
    serve: Serve, listeners: Listeners, recorded: Server
) -> None:
    serving = ended(serve, recorded)
    log = listeners.json(serving).listen()["log"]
    listener = listeners.json(serving)
    listener.listen(rooms=[*CLOSED, "geral"], since={"log": log, "seq": 0})
    for _, code in CLOSED.values():
        listener.refused(code)
    listener.settle()
    for room, (_, code) in CLOSED.items():
        listener.ask("join", room=room, id=f"j-{room}")
        assert code == listener.expect(type="error", id=f"j-{room}")["code"]
    listener.ask("rooms", id="r")
    assert "segredo" not in str(listener.expect(type="rooms"))
    listener.ask("who", room="segredo", id="w")
    assert [] == listener.expect(type="members", id="w")["members"]
    for room in ("convite", "contas", "chave", "segredo", "membros"):
        listener.ask("history", room=room, id=f"h-{room}")
    listener.settle()
    heard = listener.raw.decode()
    assert "dito em geral" in heard
    for room in ("convite", "contas", "chave", "segredo", "membros"):
        assert f"dito em {room}" not in heard


def test_history_for_members_is_not_told_by_since_and_a_ban_holds_for_the_nick(
    serve: Serve, listeners: Listeners, recorded: Server
) -> None:
    serving = ended(serve, recorded)
    log = listeners.json(serving).listen()["log"]
    listener = listeners.json(serving)
    listener.listen(rooms=["membros"], since={"log": log, "seq": 0})
    listener.refused("room_closed")
    now = listeners.json(serving)
    now.listen("eva", rooms=["membros", "banida"])
    now.refused("banned")
    now.ask("leave", room="membros")
    now.refused("not_in_room")
    assert b"dito em" not in listener.raw + now.raw
