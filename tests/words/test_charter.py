"""What people are told of a room with an owner, when they ask who is there."""

from __future__ import annotations

from chatsimples.chat.effects import Held, Members
from chatsimples.chat.room_settings import RoomSettings
from chatsimples.i18n import translator
from chatsimples.words.charter import told_charter
from chatsimples.words.told import Shown

UNTIL = "2026-11-22T16:00:00.000000Z"


def test_a_room_without_an_owner_has_nothing_more_to_tell() -> None:
    assert [] == told_charter(Members("geral", ["ana"], 1), str)
    assert [] == told_charter(Members("x", ["ana"], 1, settings=RoomSettings()), str)


def test_each_thing_has_its_line() -> None:
    members = Members(
        "x", ["ana"], 1, topic="a {prova}", settings=RoomSettings(secret=True), keyed=True,
        bans=[Held("bia", "ana", UNTIL), Held("caio", "*")], mutes=[Held("eva", "ana")],
    )  # fmt: skip
    assert [
        "topic: a {prova}",
        "settings: secret, with a key",
        "banned: bia until 2026-11-22 16:00 UTC, caio",
        "muted: eva",
    ] == told_charter(members, str)
    assert "assunto: a {prova}" == told_charter(members, translator("pt"))[0]


def test_names_are_shown_as_the_reader_wants_them_and_not_all() -> None:
    members = Members("x", [], 0, bans=[Held(f"n{number}", "ana", UNTIL) for number in range(23)])
    (told,) = told_charter(members, str, Shown(name=str.upper, time=lambda _: "noon"))
    assert told.startswith("banned: N0 until noon, N1 until noon")
    assert told.endswith(", N19 until noon, and 3 more")
