"""Refusals as numerics."""

from __future__ import annotations

import pytest
from irc.writers import lines, writer

from chatsimples.chat.effects import Error
from chatsimples.errors import REFUSALS
from chatsimples.irc import faults
from chatsimples.irc.capabilities import STANDARD_REPLIES
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.refusals import NUMBERS, OF_ROOMS, OF_SERVER, tell_fault, tell_refusal

DETAIL = dict.fromkeys(
    ("name", "nick", "why", "limit", "size", "seconds", "rate", "mode", "given", "names"), "z"
)


@pytest.mark.parametrize("code", sorted(REFUSALS))
@pytest.mark.parametrize("room", [{}, {"room": "x"}])
@pytest.mark.parametrize("command", ["PRIVMSG", "JOIN"])
def test_every_refusal_is_told_in_one_line(code: str, room: dict[str, str], command: str) -> None:
    told = writer(style=STANDARD_REPLIES)
    error = Error(code, {**DETAIL, **({"room": "x"} if "{room}" in REFUSALS[code] else {}), **room})
    tell_refusal(told, error, Mark(command, ("#x",)))
    if code == "nick_unchanged":
        assert [] == lines(told)
        return
    (line,) = lines(told)
    number = line.split(" ")[0]
    assert number == "FAIL" or (number.isdigit() and line.split(" ")[1] == "ana")


def test_the_codes_of_the_tables_exist() -> None:
    assert {*NUMBERS, *OF_ROOMS, *OF_SERVER} <= set(REFUSALS)


@pytest.mark.parametrize(
    ("command", "error", "line"),
    [
        ("JOIN", Error("bad_key", {"room": "x"}), "475 ana #x :x has a key, and this is not it"),
        ("NICK", Error("nick_in_use", {"nick": "bia"}), "433 ana bia :the nick bia is taken"),
        ("PART", Error("not_in_room", {"room": "x"}), "442 ana #x :you are not in x"),
        ("PRIVMSG", Error("not_in_room", {"room": "x"}), "404 ana #x :you are not in x"),
        ("KICK", Error("not_in_room", {"room": "x"}), "403 ana #x :you are not in x"),
        ("KICK", Error("not_permitted", {"room": "x", "why": "no"}), "482 ana #x :you may not do this: no"),
        ("KILL", Error("not_permitted", {"why": "no"}), "481 ana :you may not do this: no"),
        ("NICK", Error("bad_nick", {"name": "a b", "why": "no"}), "432 ana :the nick a b can't be used: no"),
    ],
)
def test_a_numeric_names_what_it_is_about(command: str, error: Error, line: str) -> None:
    told = writer()
    tell_refusal(told, error, Mark(command))
    assert [line] == lines(told)


@pytest.mark.parametrize(
    ("mark", "line"),
    [
        (Mark("FOO", fault=faults.UNKNOWN), "421 ana FOO :Unknown command"),
        (Mark("JOIN", fault=faults.INCOMPLETE), "461 ana JOIN :Not enough parameters"),
        (Mark("NICK", fault=faults.INCOMPLETE), "431 ana :No nickname given"),
        (Mark("PING", fault=faults.INCOMPLETE), "409 ana :No origin specified"),
        (Mark("PRIVMSG", fault=faults.INCOMPLETE), "411 ana :No recipient given (PRIVMSG)"),
        (Mark("PRIVMSG", ("#x",), fault=faults.INCOMPLETE), "412 ana :No text to send"),
        (Mark("X", fault=faults.TOO_LONG), "417 ana :Input line was too long"),
        (Mark("*", fault=faults.BAD_UTF8), "FAIL * INVALID_UTF8 :This line is not UTF-8"),
    ],
)
def test_a_line_that_is_not_understood_is_answered(mark: Mark, line: str) -> None:
    told = writer()
    tell_fault(told, mark)
    assert [line] == lines(told)
