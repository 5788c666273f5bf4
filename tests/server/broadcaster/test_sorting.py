"""Sorting a batch: which record goes to which room or connection, and what changes on the way."""

from __future__ import annotations

import pytest
from server.rig import DIALECTS, Rig
from server.scenario import check, said, talk

from chatsimples.chat import commands


def test_a_message_in_a_room_reaches_the_room_and_not_a_text_author(rig: Rig) -> None:
    ana, rui = rig.json(1, "ana"), rig.text(2)
    rig.do(commands.Say(2, "de rui"), commands.Say(1, "de ana", room="geral"))
    rig.come_to_rest()
    assert ["de rui", "de ana"] == [each["text"] for each in said(ana) if each["type"] == "message"]
    assert b"de rui" not in rui.received
    assert b"ana: de ana\n" in rui.received


def test_a_private_message_reaches_both_and_nobody_else(rig: Rig) -> None:
    ana, bia, eva = (rig.json(conn, nick) for conn, nick in ((1, "ana"), (2, "bia"), (3, "eva")))
    rig.do(commands.Say(1, "só para ti", to="bia"))
    rig.come_to_rest()
    assert [1, 1, 0] == [peer.received.count("só para ti".encode()) for peer in (ana, bia, eva)]


def test_a_message_to_oneself_comes_once(rig: Rig) -> None:
    ana = rig.json(1, "ana")
    rig.do(commands.Say(1, "nota", to="ana"))
    rig.come_to_rest()
    assert 1 == ana.received.count(b"nota")


def test_a_nick_without_a_room_is_for_its_own_connection_alone(rig: Rig) -> None:
    ana, bia = rig.json(1, "ana"), rig.json(2, "bia")
    rig.do(commands.Leave(1, "geral"))
    rig.do(commands.Rename(1, "ana2"))
    rig.come_to_rest()
    assert [1, 0] == [peer.received.count(b'"new":"ana2"') for peer in (ana, bia)]


def test_replies_stand_where_they_were_decided(rig: Rig) -> None:
    ana = rig.json(1, "ana")
    rig.do(commands.Say(1, "um", room="geral"), commands.Ping(1, "p"), commands.Say(1, "dois", room="geral"))
    rig.come_to_rest()
    assert ["message", "pong", "message"] == [each["type"] for each in said(ana)][-3:]


def test_a_ping_tells_one_who_catches_up_how_far_it_is(small_rig: Rig) -> None:
    small_rig.json(1, "ana")
    slow = small_rig.json(2, "bia", buffer=1)
    talk(small_rig, 1, 60)
    cursor = small_rig.fanout.outlets[2].cursor
    assert cursor is not None
    reached = cursor.seq
    small_rig.do(commands.Silent(2, 60, gone=False))
    small_rig.come_to_rest()
    (ping,) = [each for each in said(slow) if each["type"] == "ping"]
    assert reached == ping["seq"]


@pytest.mark.parametrize("dialect", ["http", "irc"])
def test_whoever_is_attached_is_answered_in_its_own_dialect(rig: Rig, dialect: str) -> None:
    peer = rig.connect(1)
    rig.do(commands.Open(1, dialect, "::1"), commands.Fault(1, "bad_utf8", {}, fatal=True))
    rig.come_to_rest()
    assert bytes(peer.received) == b"".join(peer.replies)
    assert peer.dialect in DIALECTS


def test_a_visitor_that_turns_to_json_hears_its_rooms_no_longer_until_it_joins(rig: Rig) -> None:
    rig.json(1, "ana")
    late = rig.text(2)
    rig.do(commands.Open(2, "json", "::1"))
    talk(rig, 1, 2)
    rig.do(commands.Hello(2, "bia", ("geral",), "a-secret-of-bia-0"))
    talk(rig, 1, 1)
    rig.come_to_rest()
    check(rig, late)
