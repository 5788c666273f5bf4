"""What is asked of people."""

from __future__ import annotations

import pytest

from chatsimples.chat import commands
from chatsimples.chat.commands import Command, Fault
from chatsimples.irc.asking import Asker
from chatsimples.irc.asking_of_people import MOST_ASKED
from chatsimples.irc.commands import COMMANDS
from chatsimples.irc.server import Bounds

ASKER = Asker(7, Bounds(max_text=40, max_name=8))


def asked(line: str) -> list[Command]:
    name, *params = line.split(" ")
    asks = COMMANDS[name].asks
    assert asks is not None
    return list(asks(ASKER, params))


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("WHO", [commands.WhoList(7, nick="*", moderators=False)]),
        ("WHO 0 o", [commands.WhoList(7, nick="*", moderators=True)]),
        ("WHO #x", [commands.WhoList(7, "x", moderators=False)]),
        ("WHO a* %nuh", [commands.WhoList(7, nick="a*", moderators=False)]),
        ("WHO ##", []),
        ("WHOIS ana", [commands.Whois(7, "ana")]),
        ("WHOIS irc.test ana,bia", [commands.Whois(7, "ana")]),
        ("WHOWAS ana", [commands.Whowas(7, "ana", 0)]),
        ("WHOWAS ana 2", [commands.Whowas(7, "ana", 2)]),
        ("WHOWAS ana -1", [commands.Whowas(7, "ana", 0)]),
        ("WHOWAS a!b", []),
        ("MONITOR + ana,a*,bia", [commands.Monitor(7, add=("ana", "bia"))]),
        ("MONITOR - ana", [commands.Monitor(7, remove=("ana",))]),
        ("MONITOR c", [commands.Monitor(7, clear=True)]),
        ("MONITOR L", [commands.Monitor(7, tell="list")]),
        ("MONITOR S", [commands.Monitor(7, tell="status")]),
        ("MONITOR ?", []),
        ("ISON ana a!b bia", [commands.Presence(7, ("ana", "bia"))]),
        ("USERHOST ana", [commands.Presence(7, ("ana",))]),
        ("LUSERS", [commands.Count(7)]),
        ("LIST", [commands.Rooms(7)]),
        ("KILL ana off", [commands.Kick(7, "ana", "", "off")]),
        ("WALLOPS oi", [commands.Announce(7, "oi")]),
    ],
)
def test_a_line_asks_for_what_it_means(line: str, given: list[Command]) -> None:
    assert given == asked(line)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("WHOIS a!b", "no_such_nick"),
        ("KILL a!b", "no_such_nick"),
        ("WALLOPS \x07", "bad_text"),
    ],
)
def test_what_can_not_be_is_refused(line: str, code: str) -> None:
    (fault,) = asked(line)
    assert isinstance(fault, Fault)
    assert code == fault.code


def test_how_many_one_line_asks_for_is_bounded() -> None:
    (presence,) = asked("ISON " + " ".join(f"n{number}" for number in range(100)))
    assert isinstance(presence, commands.Presence)
    assert MOST_ASKED == len(presence.nicks)
