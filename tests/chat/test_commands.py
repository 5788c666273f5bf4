"""Commands on their way between the processes."""

from __future__ import annotations

from typing import get_args

import pytest

from chatsimples.chat import commands
from chatsimples.chat.limits import Limits
from chatsimples.chat.room_settings import SettingsAsked

EVERY: list[commands.Command] = [
    commands.Open(1, "text", "127.0.0.1"),
    commands.Hello(2, "ana", ("geral", "x"), "secret-secret-secret", "01J", 12, account="ana", role="member"),
    commands.Say(3, "olá", room="geral", id="a1"),
    commands.SayAs(4, "rui", "oi", "rui: oi"),
    commands.Join(5, "x", alone=True),
    commands.Leave(6, "x", "i"),
    commands.Rename(7, "bia"),
    commands.History(8, "geral", 120, 50),
    commands.Who(9, ""),
    commands.Rooms(10),
    commands.Ping(11, "p"),
    commands.Help(12),
    commands.Bye(13),
    commands.Close(14, "closed"),
    commands.Fault(15, "bad_text", {"why": "x"}, fatal=True),
    commands.Silent(16, 60, gone=False),
    commands.Kick(commands.OPERATOR, "rui"),
    commands.Start(commands.OPERATOR, "chatsimples 1", Limits(max_rooms=1, quiet_room=2, nick_hold=3.0)),
    commands.Stop(commands.OPERATOR),
    commands.Topic(1, "x", "of what it is"),
    commands.Invite(1, "x", "bia", "i"),
    commands.Grant(1, "x", "bia", "voice"),
    commands.Set(1, "x", SettingsAsked(secret=True, limit=5, key="")),
    commands.Ban(1, "x", "bia", "", 60, "why"),
    commands.Unban(1, account="bia"),
    commands.Mute(1, "x", "bia", commands.LIFTED),
    commands.Login(20, "ana", "member", "i"),
    commands.Close(14, "closed", b"\x88\x02\x03\xe8"),
    commands.Status(5, "s"),
    commands.Transmit(30, b"\x8a\x00"),
    commands.AccountChanged(commands.OPERATOR, "ana", "admin", ended=True),
    commands.Forget(21),
    commands.Request(22, b"\x93\xa4JOIN", (commands.Join(22, "x"), commands.Who(22, "x"))),
    commands.Style(23, 5),
    commands.Say(3, "acena", room="geral", kind="action", tags={"+draft/reply": "01J/7"}),
    commands.Away(34, "almoço", "i"),
    commands.SetName(35, "Ana Lima"),
    commands.Lines(36, (commands.Line("a"), commands.Line("b", joined=True)), "geral", kind="notice"),
    commands.Signal(37, {"+typing": "active"}, to="bia"),
    commands.Announce(38, "já volto"),
    commands.MarkRead(25, "geral", at="2026-11-22T15:00:00.123456Z", id="i"),
    commands.Conversations(24, "2026-11-22T15:00:00.123456Z", "2026-11-23T15:00:00.000000Z", 5, "i", b"m"),
    commands.Whois(40, "ana", "i"),
    commands.Whowas(41, "ana", 3),
    commands.WhoList(42, "x", "", "bia", 3, moderators=True),
    commands.Count(43, "i"),
    commands.Monitor(44, ("ana",), ("bia",), clear=True, tell="status"),
    commands.Presence(45, ("ana", "bia"), "i"),
    commands.Modes(46, "x", lists=True),
    commands.Exempt(24, "x", "b*", welcome=True, lifted=True, id="i"),
]


@pytest.mark.parametrize("command", EVERY, ids=lambda each: type(each).__name__)
def test_a_command_arrives_as_it_was_sent(command: commands.Command) -> None:
    assert [command] == commands.unpack(commands.pack([command]))


def test_a_request_has_commands_and_any_other_is_one_by_itself() -> None:
    ping, bye = commands.Ping(1, "p"), commands.Bye(1)
    assert (ping, bye) == commands.within(commands.Request(1, b"", (ping, bye)))
    assert (ping,) == commands.within(ping)


def test_what_is_refused_where_it_comes_in_is_answered_as_it_was_asked() -> None:
    fault = commands.Fault(1, "login_required", {})
    request = commands.Request(1, b"mark", (commands.Ping(1),))
    assert commands.Request(1, b"mark", (fault,)) == commands.refused(request, "login_required", {})
    named = commands.Fault(1, "login_required", {}, "p1")
    assert named == commands.refused(commands.Ping(1, "p1"), "login_required", {})


def test_a_batch_keeps_its_order() -> None:
    assert EVERY == commands.unpack(commands.pack(EVERY))


def test_each_line_of_a_message_counts_as_a_command() -> None:
    lines = commands.Lines(1, (commands.Line("a"), commands.Line("b"), commands.Line("c")), "x")
    assert 5 == commands.weight([commands.Ping(1), lines, commands.Bye(1)])
    assert 3 == commands.weight([commands.Request(1, b"", (lines,))])
    assert 1 == commands.weight([commands.Request(1, b"", (commands.Ping(1), commands.Ping(1)))])


def test_every_kind_of_command_is_covered_here() -> None:
    assert {type(each) for each in EVERY} == set(get_args(commands.Command))
