"""What the operator is told."""

from __future__ import annotations

import pytest
from server.rig import Rig
from server.scenario import talk

from chatsimples.chat import commands, effects
from chatsimples.chat.records import Record
from chatsimples.server.broadcaster.answers import outcome, who_is_there


def test_nobody_there_is_told_in_words(rig: Rig) -> None:
    rig.connect(1)
    rig.do(commands.Open(1, "json", "::1"))
    assert ["nobody is there"] == who_is_there(rig.chat.state, rig.fanout.outlets, str)


def test_each_who_has_a_nick_is_told_with_rooms_address_and_dialect(rig: Rig) -> None:
    rig.json(2, "bia", "x", "geral")
    rig.text(3)
    rig.json(1, "ana")
    lines = [line.split() for line in who_is_there(rig.chat.state, rig.fanout.outlets, str)]
    assert [
        ["ana", "geral", "::1", "json", "conn", "1"],
        ["bia", "geral,", "x", "::1", "json", "conn", "2"],
        ["visitante-1", "geral", "::1", "text", "conn", "3"],
    ] == lines


def test_of_very_many_the_first_by_name_are_told_and_how_many_more_there_are(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.answers.MOST_LISTED", 2)
    for conn, nick in enumerate(("rui", "bia", "eva", "ana", "leo"), 1):
        rig.json(conn, nick)
    *listed, more = who_is_there(rig.chat.state, rig.fanout.outlets, str)
    assert (["ana", "bia"], "and 3 more") == ([line.split()[0] for line in listed], more)


def test_what_waits_for_one_who_does_not_read_is_told(rig: Rig) -> None:
    rig.json(1, "ana")
    rig.json(2, "bia", buffer=1)
    talk(rig, 1, 60)
    waiting = rig.fanout.outlets[2].waiting
    _, bia = who_is_there(rig.chat.state, rig.fanout.outlets, str)
    assert bia.endswith(f"conn 2, {waiting} bytes waiting")


def test_a_removal_is_told_and_why_if_it_was_refused() -> None:
    at = "2026-11-22T15:00:00.000000Z"
    left = Record(5, at, "leave", 2, "bia", room="geral", reason="kicked")
    done: list[Record | effects.Effect] = [
        effects.Reply(2, effects.Error("kicked", {})),
        left,
        Record(6, at, "bye", 2, "bia", reason="kicked", by="*"),
        effects.End(2, "kicked"),
    ]
    assert ["the server's operator has removed bia from the server"] == outcome(done, str)
    refused: list[Record | effects.Effect] = [
        effects.Reply(0, effects.Error("no_such_nick", {"nick": "bia"}))
    ]
    assert ["nobody here is called bia"] == outcome(refused, str)
