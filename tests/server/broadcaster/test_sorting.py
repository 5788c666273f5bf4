"""Sorting a batch: which record goes to which room or connection, and what changes on the way."""

from __future__ import annotations

import pytest
from server.rig import DIALECTS, Rig
from server.scenario import check, said, talk
from support.websocket import close_code, received

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


def test_what_is_done_on_the_server_reaches_its_moderators_once(rig: Rig) -> None:
    one, other, eva = (rig.json(conn, nick) for conn, nick in ((1, "ana"), (2, "bia"), (3, "eva")))
    rig.do(commands.Login(1, "ana", "admin"), commands.Login(2, "bia", "admin"))
    rig.do(commands.Mute(1, "", "eva", 60), commands.Mute(2, "", "eva", commands.LIFTED))
    rig.do(commands.AccountChanged(commands.OPERATOR, "bia", "member", ended=False))
    rig.do(commands.Kick(1, "eva"))
    rig.come_to_rest()
    mutes, kicks = ([peer.received.count(mark) for peer in (one, other, eva)] for mark in (
        b'"type":"mute"', b'"reason":"kicked","by"'
    ))  # fmt: skip
    assert [2, 2, 2] == mutes
    assert [1, 0, 1] == kicks


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


def test_whoever_is_attached_is_answered_in_its_own_dialect(rig: Rig) -> None:
    peer = rig.connect(1)
    rig.do(commands.Open(1, "http", "::1"), commands.Fault(1, "bad_utf8", {}, fatal=True))
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


def test_what_a_dialect_answers_itself_stands_where_it_was_decided_and_as_it_is(rig: Rig) -> None:
    rig.json(1, "ana")
    bia = rig.websocket(2, "bia")
    rig.come_to_rest()
    before = len(bia.received)
    rig.do(
        commands.Say(1, "um", room="geral"),
        commands.Transmit(2, b"\x8a\x0242"),
        commands.Say(1, "dois", room="geral"),
    )
    rig.come_to_rest()
    kinds = [each.kind for each in received(bytes(bia.received)[before:])]
    assert ["TEXT", "PONG", "TEXT"] == kinds
    check(rig, bia)


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (commands.Bye(2), 1000),
        (commands.Close(2, "shutdown"), 1001),
        (commands.Close(2, "closed", b"\x88\x02\x0f\xa1"), 4001),
        (commands.Close(2, "closed"), 0),
        (commands.Fault(2, "not_text", {}, fatal=True), 1003),
        (commands.Fault(2, "line_too_long", {"limit": "9"}, fatal=True), 1009),
        (commands.Silent(2, 60, gone=True), 1008),
        (commands.Kick(0, "bia"), 1008),
    ],
)
def test_a_websocket_ends_with_a_code_that_says_why(rig: Rig, last: commands.Command, code: int) -> None:
    bia = rig.websocket(2, "bia")
    rig.do(last)
    rig.come_to_rest()
    assert (code, True) == (close_code(bytes(bia.received)), bia.at_end)


TAGS = {"+draft/react": "👍"}
TYPING = {"+typing": "active"}


def test_tags_alone_reach_the_room_and_not_an_author_who_gets_no_echo(rig: Rig) -> None:
    ana, bia, rui = rig.json(1, "ana"), rig.websocket(2, "bia"), rig.text(3)
    rig.do(commands.Say(3, "", tags=TAGS), commands.Say(1, "", room="geral", tags=TAGS))
    rig.do(commands.Say(1, "", to="bia", tags=TAGS))
    rig.come_to_rest()
    assert [3, 3, 0] == [peer.received.count(b'"type":"tags"') for peer in (ana, bia, rui)]
    assert b"* ana reacts with \xf0\x9f\x91\x8d\n" in rui.received
    assert b"visitante-1 reacts" not in rui.received
    for peer in (ana, bia, rui):
        check(rig, peer)


def test_an_announcement_reaches_everybody_once_also_those_who_come_back(rig: Rig) -> None:
    ana, bia, rui = rig.json(1, "ana", "x"), rig.websocket(2, "bia", "y"), rig.text(3)
    nobody = rig.connect(4)
    rig.do(commands.Open(4, "json", "::1"))
    rig.do(commands.Login(1, "ana", "moderator"))
    rig.do(commands.Close(2, "closed"))
    (told,) = rig.do(commands.Announce(1, "já volto"))
    rig.do(commands.Announce(commands.OPERATOR, "voltei"))
    again = rig.websocket(5, "bia", "y", session="secret-of-bia", since=told.seq - 1)
    rig.come_to_rest()
    assert [2, 0, 2, 0] == [
        peer.received.count(b'"type":"announcement"') for peer in (ana, bia, again, nobody)
    ]
    assert "* ana to everybody: já volto\n".encode() in rui.received
    assert b"* the server's operator to everybody: voltei\n" in rui.received
    for peer in (ana, again, rui, nobody):
        check(rig, peer)


def test_who_catches_up_gets_an_announcement_from_the_transcript(small_rig: Rig) -> None:
    small_rig.json(1, "ana")
    slow = small_rig.json(2, "bia", buffer=1)
    small_rig.do(commands.Login(1, "ana", "moderator"))
    talk(small_rig, 1, 60)
    assert small_rig.fanout.outlets[2].cursor is not None
    small_rig.do(commands.Announce(1, "já volto"))
    small_rig.come_to_rest()
    assert 1 == slow.received.count(b'"type":"announcement"')
    check(small_rig, slow)


def test_a_signal_reaches_those_who_are_there_and_hear_signals(rig: Rig) -> None:
    ana, bia, eva = rig.json(1, "ana"), rig.websocket(2, "bia"), rig.json(3, "eva", "x")
    rui = rig.text(4)
    before = len(rig.records)
    rig.do(commands.Signal(1, TYPING, "geral"), commands.Say(1, "oi", room="geral"))
    rig.do(commands.Signal(1, TYPING, to="eva"), commands.Signal(4, TYPING, "geral"))
    rig.come_to_rest()
    assert ["message"] == [each.type for each in rig.records[before:]]
    assert [3, 2, 1, 0] == [peer.received.count(b'"type":"signal"') for peer in (ana, bia, eva, rui)]
    told = said(bia)[-3:]
    assert ["signal", "message", "signal"] == [each["type"] for each in told]
    assert "seq" not in told[0]
    assert ("ana", "geral", TYPING) == (told[0]["nick"], told[0]["room"], told[0]["tags"])


def test_who_has_left_a_room_hears_no_signal_of_it_in_the_same_batch(rig: Rig) -> None:
    bia = rig.json(2, "bia")
    rig.json(1, "ana")
    rig.do(commands.Leave(2, "geral"), commands.Signal(1, TYPING, "geral"))
    rig.come_to_rest()
    assert b'"type":"signal"' not in bia.received


def test_a_signal_waits_for_nobody(small_rig: Rig) -> None:
    small_rig.json(1, "ana")
    slow = small_rig.json(2, "bia", buffer=1)
    talk(small_rig, 1, 60)
    small_rig.do(commands.Signal(1, TYPING, "geral"))
    small_rig.come_to_rest()
    assert b'"type":"signal"' not in slow.received


def test_answers_to_two_requests_of_a_batch_both_come(rig: Rig) -> None:
    eva, parser = rig.connect(1), DIALECTS["irc"].parser(1)
    parser.feed(b"CAP REQ :message-tags echo-message\r\nNICK eva\r\nUSER eva 0 * :eva\r\nCAP END\r\n")
    rig.do(commands.Open(1, "irc", "::1"), *parser.take(100), commands.Join(1, "geral"))
    texts = ["um", "dois", "tres", "quatro"]
    targets = ["#geral", "#geral", "eva", "#geral"]
    for target, text in zip(targets, texts, strict=True):
        parser.feed(f"NOTICE {target} :{text}\r\n".encode())
    rig.do(*parser.take(100))
    rig.come_to_rest()
    heard = [line.rpartition(":")[2] for line in bytes(eva.received).decode().splitlines()]
    assert texts == list(dict.fromkeys(each for each in heard if each in texts))
