"""What people are told of records that govern a room."""

from __future__ import annotations

import pytest

from chatsimples.chat.records import BY_OPERATOR, Record
from chatsimples.chat.room_settings import SettingsChange
from chatsimples.i18n import translator
from chatsimples.words.told import GOVERNING, Shown, is_governing, told

AT = "2026-11-22T15:00:00.123456Z"


def record(kind: str, **fields: object) -> Record:
    return Record(1, AT, kind, **{"by": "ana", **fields})  # type: ignore[arg-type]


TOLD = [
    (record("topic", room="x", text="a prova"), "ana has set the topic of x: a prova"),
    (record("topic", room="x"), "ana has taken away the topic of x"),
    (record("set", room="x", settings=SettingsChange(secret=True)), "ana has changed x: secret"),
    (record("invite", nick="bia", room="x"), "ana invites bia into x: /entrar x"),
    (record("role", nick="bia", account="bia", room="x", role="owner"), "ana has made bia an owner of x"),
    (record("role", account="bia", room="x", role="voice"), "ana has given the account bia a voice in x"),
    (record("role", nick="bia", room="x", role="none"), "ana has taken away the role of bia in x"),
    (
        record("role", nick="ana", account="ana", room="x", role="owner", reason="made"),
        "ana has made x and owns it",
    ),
    (
        record("role", nick="ana", room="x", role="operator", reason="made"),
        "ana has made x and governs it while there",
    ),
    (record("role", nick="bia", role="moderator"), "bia is a moderator of the server from now on"),
    (record("login", nick="bia", account="bia", role="admin"), "bia is logged in as bia, an admin"),
    (record("leave", nick="bia", room="x", reason="kicked"), "ana has removed bia from x"),
    (record("bye", nick="bia", reason="kicked", text="spam"), "ana has removed bia from the server: spam"),
    (
        record("ban", nick="bia", room="x", text="spam", until="2026-11-22T16:00:00.000000Z"),
        "ana has banned bia from x until 2026-11-22 16:00 UTC: spam",
    ),
    (record("ban", account="bia"), "ana has banned the account bia from the server"),
    (record("unban", nick="bia", room="x"), "ana lets bia into x again"),
    (record("unban", nick="bia"), "ana lets bia onto the server again"),
    (record("mute", nick="bia", room="x"), "ana has muted bia in x"),
    (record("mute", nick="bia", room="x", reason="lifted"), "ana lets bia speak in x again"),
    (record("exempt", nick="b*", room="x"), "ana excepts b* from bans and mutes in x"),
    (
        record("exempt", nick="bia", room="x", reason="lifted"),
        "ana no longer excepts bia from bans and mutes in x",
    ),
    (record("admit", nick="bia", room="x"), "ana lets bia into x without an invitation"),
    (
        record("admit", account="bia", room="x", reason="lifted"),
        "ana no longer lets the account bia into x without an invitation",
    ),
    (record("mute", nick="bia", by=BY_OPERATOR), "the server's operator has muted bia on the server"),
]


@pytest.mark.parametrize(("happened", "text"), TOLD, ids=lambda value: getattr(value, "type", None))
def test_each_is_told_in_a_sentence(happened: Record, text: str) -> None:
    assert is_governing(happened)
    assert text == told(happened, str)


@pytest.mark.parametrize(("happened", "text"), TOLD, ids=lambda value: getattr(value, "type", None))
def test_each_is_told_in_portuguese_with_the_same_names(happened: Record, text: str) -> None:
    portuguese = told(happened, translator("pt"))
    assert portuguese != text
    for name in (happened.nick, happened.room, happened.text):
        assert name in portuguese


def test_every_type_that_governs_is_among_them() -> None:
    assert set() == set(GOVERNING) - {happened.type for happened, _ in TOLD}


def test_the_proof_of_a_key_is_told_to_nobody() -> None:
    assert not is_governing(record("set", room="x", quiet=True, settings=SettingsChange(key="k" * 32)))
    assert not is_governing(Record(1, AT, "leave", 7, "bia", room="x", reason="left"))
    assert not is_governing(Record(1, AT, "message", 7, "bia", room="x", text="oi"))


def test_each_part_is_shown_as_the_reader_wants_it() -> None:
    shown = Shown(name=str.upper, room=lambda room: f"#{room}", text=repr, time=lambda _: "noon")
    happened = record("ban", nick="{by}", room="x", text="{nick} {0}", until=AT)
    assert "ANA has banned {BY} from #x until noon: '{nick} {0}'" == told(happened, str, shown)


def test_a_role_that_nobody_knows_is_shown_as_a_name() -> None:
    happened = record("login", nick="bia", account="bia", role="\x1b[2J")
    assert "bia is logged in as bia, ?" == told(
        happened, str, Shown(name=lambda name: name if name.isprintable() else "?")
    )
