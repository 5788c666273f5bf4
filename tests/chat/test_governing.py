"""The charters as the records change them: the same live, after a restart, from a snapshot or a capture."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.chat.state import State

PROOF = "p" * 32
NICKS = ("ana", "bia", "caio", "eva", "ninguem")
ROOMS = ("Sala", "x")

Make = Callable[[random.Random, int], commands.Command]
MAKE: list[Make] = [
    lambda chance, conn: commands.Topic(conn, chance.choice(ROOMS), "oi"),
    lambda chance, conn: commands.Set(
        conn, chance.choice(ROOMS), SettingsAsked(secret=chance.random() < 0.5, invite_only=True)
    ),
    lambda chance, conn: commands.Set(
        conn, chance.choice(ROOMS), SettingsAsked(key=chance.choice(["", PROOF]))
    ),
    lambda chance, conn: commands.Grant(
        conn,
        chance.choice(ROOMS),
        chance.choice(NICKS),
        chance.choice(["owner", "operator", "voice", "none"]),
    ),
    lambda chance, conn: commands.Ban(conn, chance.choice(["", *ROOMS]), chance.choice(NICKS), "", 2),
    lambda chance, conn: commands.Unban(conn, chance.choice(["", *ROOMS]), chance.choice(NICKS)),
    lambda chance, conn: commands.Mute(
        conn, chance.choice(["", *ROOMS]), chance.choice(NICKS), chance.choice([-1, 0, 2])
    ),
    lambda chance, conn: commands.Kick(conn, chance.choice(NICKS), chance.choice(ROOMS)),
    lambda chance, conn: commands.Invite(conn, chance.choice(ROOMS), chance.choice(NICKS)),
    lambda chance, conn: commands.Join(conn, chance.choice(ROOMS), key=PROOF),
    lambda chance, conn: commands.Leave(conn, chance.choice(ROOMS)),
    lambda _, conn: commands.Close(conn, "closed"),
]


def of_records(records: list[Record], snapshot: bytes = b"") -> State:
    state = State()
    if snapshot:
        state.restore(snapshot)
    for record in records:
        state.evolve(record)
    return state


def come_in(chat: ChatUnderTest, chance: random.Random, conn: int) -> None:
    nick = chance.choice(NICKS[:4])
    if nick == "eva":
        chat.guest(conn, "eva", *ROOMS)
    else:
        chat.account(conn, nick, ROOMS, chance.choice(["member", "member", "moderator"]))


def test_they_follow_from_the_records_alone_and_from_any_snapshot(chance: random.Random) -> None:
    for _ in range(6):
        chat = ChatUnderTest()
        state = chat.state
        conn = 0
        snapshot, since = state.snapshot(), len(chat.records)
        capture, to_be_told, told = state.capture(), state.snapshot(), b""
        for _ in range(200):
            chat.now += chance.choice([1_000, 1_000_000])
            if chance.random() < 0.2:
                conn += 1
                come_in(chat, chance, conn)
            else:
                by = chance.choice([OPERATOR, max(1, conn - chance.randrange(4))])
                made = chance.choice(MAKE)(chance, by)
                if by or not isinstance(made, commands.Join | commands.Leave | commands.Close):
                    chat.do(made)
            piece = capture.piece(1)
            told += piece
            if not piece:
                assert to_be_told == told
                capture, to_be_told, told = state.capture(), state.snapshot(), b""
            if chance.random() < 0.02:
                snapshot, since = state.snapshot(), len(chat.records)
        assert state.snapshot() == of_records(chat.records).snapshot()
        assert state.snapshot() == of_records(chat.records[since:], snapshot).snapshot()
        kept = {key for key, room in state.rooms.items() if room.charter is not None}
        assert kept == set(state.charters.rooms)
        secret = {key for key in kept if is_secret(state, key)}
        assert secret == set(state.secret_order)
        assert set(state.rooms) - secret == set(state.room_order)
        assert sum(state.charters.made.values()) == len(kept)
        logged_in = {each.conn for each in state.connections.values() if each.account}
        assert logged_in == {conn for those in state.accounts.values() for conn in those}


def is_secret(state: State, key: str) -> bool:
    charter = state.rooms[key].charter
    return charter is not None and charter.settings.secret


@pytest.mark.parametrize("kind", ["topic", "set", "invite", "ban", "mute", "unban"])
def test_what_no_server_records_changes_nothing(kind: str) -> None:
    state = State()
    before = state.charters.server
    state.evolve(Record(1, "2026-11-22T15:00:00.000000Z", kind, 7, "ana", room="nada", by="eva", by_conn=9))
    assert {} == state.rooms
    assert before is state.charters.server
