"""What the commands of IRC ask of the chat."""

from __future__ import annotations

import pytest

from chatsimples.chat import commands
from chatsimples.chat.commands import Command, Fault, Join, Kick, Leave, Say, Topic, Who
from chatsimples.irc.asking import Asker
from chatsimples.irc.commands import COMMANDS, SPEAKING
from chatsimples.irc.server import Bounds

ASKER = Asker(7, Bounds(max_text=40, max_name=8, max_rooms=4))


def asked(name: str, *params: str) -> list[Command]:
    asks = COMMANDS[name].asks
    assert asks is not None
    return list(asks(ASKER, params))


def without_detail(given: list[Command]) -> list[Command]:
    return [Fault(each.conn, each.code, {}) if isinstance(each, Fault) else each for each in given]


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("JOIN #x", [Join(7, "x"), Who(7, "x", numbered=True, entering=True)]),
        (
            "JOIN #x,,#y,#x k1,k2",
            [
                Join(7, "x", key="k1"),
                Who(7, "x", numbered=True, entering=True),
                Join(7, "y", key="k2"),
                Who(7, "y", numbered=True, entering=True),
            ],
        ),
        (
            "JOIN x,##,#ok",
            [
                Fault(7, "bad_room", {}),
                Fault(7, "bad_room", {}),
                Join(7, "ok"),
                Who(7, "ok", numbered=True, entering=True),
            ],
        ),
        ("PART #x,y", [Leave(7, "x"), Fault(7, "bad_room", {})]),
        ("NAMES #x,#y", [Who(7, "x", numbered=True)]),
        ("NAMES", []),
        ("TOPIC #x", [Who(7, "x", limit=1)]),
        ("TOPIC #x new\x02er", [Topic(7, "x", "newer")]),
        ("TOPIC #x \x07", [Fault(7, "bad_text", {})]),
        ("KICK #x ana,bia off", [Kick(7, "ana", "x", "off"), Kick(7, "bia", "x", "off")]),
        ("KICK #x a!b", [Fault(7, "no_such_nick", {})]),
        ("INVITE ana #x", [commands.Invite(7, "x", "ana")]),
        ("INVITE ana x", [Fault(7, "bad_room", {})]),
        ("PRIVMSG #x,ana oi", [Say(7, "oi", "x"), Say(7, "oi", to="ana")]),
        ("NOTICE #x \x01VERSION\x01", [Fault(7, "bad_text", {})]),
        (f"PRIVMSG #x {'z' * 41}", [Fault(7, "text_too_long", {})]),
        ("PRIVMSG *!*@* oi", [Fault(7, "no_such_nick", {})]),
        ("NOTICE #x oi", [Say(7, "oi", "x", kind="notice")]),
        ("PRIVMSG #x \x01ACTION\u00a0x", [Fault(7, "bad_text", {})]),
        ("AWAY lunch", [commands.Away(7, "lunch")]),
        ("AWAY", [commands.Away(7, "")]),
        ("SETNAME Ana", [commands.SetName(7, "Ana")]),
        ("SETNAME \x07", [Fault(7, "bad_text", {})]),
        ("TAGMSG #x", []),
        ("QUIT", [commands.Bye(7)]),
        ("QUIT tchau", [commands.Bye(7, "tchau")]),
        ("QUIT \x07", [commands.Bye(7)]),
        ("PART #x tchau", [Leave(7, "x", text="tchau")]),
    ],
)
def test_a_line_asks_for_what_it_means(line: str, given: list[Command]) -> None:
    assert given == without_detail(asked(*line.split(" ")))


def test_tags_go_with_what_is_said_or_by_themselves() -> None:
    def tagged(name: str, tags: dict[str, str], *params: str) -> list[Command]:
        asks = COMMANDS[name].asks
        assert asks is not None
        return without_detail(list(asks(Asker(7, ASKER.bounds, tags), params)))

    reply = {"+draft/reply": "LOG/1"}
    assert [Say(7, "oi", "x", tags=reply)] == tagged("PRIVMSG", {**reply, "label": "1"}, "#x", "oi")
    assert [Say(7, "", to="ana", tags=reply)] == tagged("TAGMSG", reply, "ana")
    typing = {"+typing": "active"}
    assert [commands.Signal(7, typing, "x")] == tagged("TAGMSG", typing, "#x")
    assert [Fault(7, "bad_tags", {})] == tagged("TAGMSG", {"+x": "\x07"}, "#x")
    assert [Say(7, "dances", "x", kind="action")] == tagged("PRIVMSG", {}, "#x", "\x01ACTION dances\x01")


def test_what_can_not_be_said_tells_its_target() -> None:
    (fault,) = asked("PRIVMSG", "#x", "\x07")
    assert isinstance(fault, Fault)
    assert "#x" == fault.detail["target"]


def test_how_much_one_line_can_ask_for_is_bounded() -> None:
    many = ",".join(f"#r{number}" for number in range(100))
    assert 64 == len(asked("JOIN", many))
    assert 32 == len(asked("PART", many))
    assert 4 == len(asked("PRIVMSG", many, "oi"))


def test_the_table_tells_all_that_is_needed() -> None:
    assert list(COMMANDS) == sorted(COMMANDS)
    for name, spec in COMMANDS.items():
        assert name == name.upper()
        assert spec.least <= len(spec.usage.split(" "))
        assert spec.meaning
    assert COMMANDS.keys() >= SPEAKING
