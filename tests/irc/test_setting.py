"""What MODE asks of the chat."""

from __future__ import annotations

import pytest

from chatsimples.chat import commands
from chatsimples.chat.commands import Command, Fault
from chatsimples.chat.room_settings import MOST_MEMBERS, SettingsAsked
from chatsimples.irc.asking import Asker
from chatsimples.irc.server import Bounds
from chatsimples.irc.setting import mode

ASKER = Asker(7, Bounds(max_text=40, max_name=8, max_rooms=4))
SEEN = commands.Modes(7, "x")


def asked(line: str) -> list[Command]:
    return list(mode(ASKER, line.split(" ")))


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("#x", []),
        ("#x +im-s", [commands.Set(7, "x", SettingsAsked(invite_only=True, moderated=True, secret=False))]),
        ("#x -n", [commands.Set(7, "x", SettingsAsked(outsiders=True))]),
        ("#x +t", [commands.Set(7, "x", SettingsAsked(topic_by="operators"))]),
        ("#x +kl abre 5", [commands.Set(7, "x", SettingsAsked(key="abre", limit=5))]),
        ("#x -kl *", [commands.Set(7, "x", SettingsAsked(key="", limit=0))]),
        ("#x +o ana", [commands.Grant(7, "x", "ana", "operator", how="raise")]),
        ("#x -v ana", [commands.Grant(7, "x", "ana", "voice", how="lower")]),
        ("#x +b ana", [commands.Ban(7, "x", "ana")]),
        ("#x +b a*!*@*", [commands.Ban(7, "x", "a*")]),
        ("#x -b ana!*@*", [commands.Unban(7, "x", "ana")]),
        ("#x +b $a:rui", [commands.Ban(7, "x", account="rui")]),
        ("#x +b m:ana!*@*", [commands.Mute(7, "x", "ana", 0, ahead=True)]),
        ("#x -b m:ana", [commands.Mute(7, "x", "ana", commands.LIFTED)]),
        ("#x +e ana", [commands.Exempt(7, "x", "ana", "", welcome=False, lifted=False)]),
        ("#x -I a:rui", [commands.Exempt(7, "x", "", "rui", welcome=True, lifted=True)]),
        ("#x +Z", []),
        ("#x +o", []),
    ],
)
def test_a_change_is_what_it_means_in_the_room(line: str, given: list[Command]) -> None:
    assert [SEEN, *given] == asked(line)


def test_lists_are_asked_for_where_no_mask_is_given() -> None:
    assert [commands.Modes(7, "x", lists=True)] == asked("#x b")


@pytest.mark.parametrize(
    "line",
    [
        "#x +l many", f"#x +l {MOST_MEMBERS + 1}", "#x +l 0", f"#x +k {'k' * 65}", "#x +k a,b",
        "#x +b *!*@example.org",        "#x +b ana!root@*", "#x +b a:a!b", "#x +b !@",
    ],
)  # fmt: skip
def test_a_parameter_that_means_nothing_is_refused(line: str) -> None:
    seen, fault = asked(line)
    assert SEEN == seen
    assert isinstance(fault, Fault)
    assert "bad_mode" == fault.code
    assert line.split(" ")[1][1] == fault.detail["mode"]


def test_nobody_is_called_as_nobody_can_be() -> None:
    _, fault = asked("#x +o a!b")
    assert isinstance(fault, Fault)
    assert "no_such_nick" == fault.code


def test_a_channel_that_can_be_none_is_refused_and_a_user_is_no_matter_of_the_chats() -> None:
    (fault,) = asked("##")
    assert isinstance(fault, Fault)
    assert "bad_room" == fault.code
    assert [] == asked("ana +w")
