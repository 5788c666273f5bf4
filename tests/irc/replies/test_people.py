"""What is told of people."""

from __future__ import annotations

import pytest
from irc.writers import lines, writer

from chatsimples.chat.effects import (
    Answer,
    Counts,
    Error,
    Gone,
    People,
    Seen,
    Someone,
    Watched,
    Whois,
    Whowas,
)
from chatsimples.irc.capabilities import MULTI_PREFIX
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies import people

BIA = Someone("bia", 7, "b", "Bia Lima", account="Bia", away="lunch", role="moderator", room_role="operator")
RUI = Someone("rui", 8)


def test_a_role_includes_the_lower_ones_for_those_who_ask_for_all() -> None:
    assert ["~", "@", "+", ""] == [people.prefixes(role, 0) for role in ("owner", "operator", "voice", "")]
    assert ["~@+", "@+", "+", ""] == [
        people.prefixes(role, MULTI_PREFIX) for role in ("owner", "operator", "voice", "")
    ]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (
            ("#x",),
            [
                "352 ana #x b c7 irc.test bia G*@ :0 Bia Lima",
                "352 ana #x u c8 irc.test rui H :0 rui",
            ],
        ),
        (
            ("#x", "%tcuihsnfdlaor,42"),
            [
                "354 ana 42 #x b 255.255.255.255 c7 irc.test bia G*@ 0 0 Bia n/a :Bia Lima",
                "354 ana 42 #x u 255.255.255.255 c8 irc.test rui H 0 0 0 n/a :rui",
            ],
        ),
        (("#x", "%an"), ["354 ana bia Bia", "354 ana rui 0"]),
        (("#x", "%tn,1234"), ["354 ana 0 bia", "354 ana 0 rui"]),
    ],
)
def test_who_is_in_a_room_is_told_in_the_fields_asked_for(params: tuple[str, ...], told: list[str]) -> None:
    answer = writer()
    people.who(answer, Mark("WHO", params), [People("x", [BIA, RUI])])
    assert [*told, "315 ana #x :End of /WHO list"] == lines(answer)


@pytest.mark.parametrize("params", [(), ("a b",), (":x",)])
def test_what_can_not_be_named_in_a_line_is_not(params: tuple[str, ...]) -> None:
    answer = writer()
    people.who(answer, Mark("WHO", params), [People("", [RUI])])
    assert ["352 ana * u c8 irc.test rui H :0 rui", "315 ana * :End of /WHO list"] == lines(answer)


def test_who_somebody_is() -> None:
    answer = writer()
    people.whois(answer, Mark("WHOIS", ("BIA",)), [Whois(BIA, {"x": "operator", "y": ""})])
    assert [
        "311 ana bia b c7 * :Bia Lima",
        "319 ana bia :@#x #y",
        "312 ana bia irc.test :chatsimples-1",
        "301 ana bia :lunch",
        "313 ana bia :is an IRC operator",
        "330 ana bia Bia :is logged in as",
        "318 ana bia :End of /WHOIS list",
    ] == lines(answer)


def test_who_nobody_is() -> None:
    answer = writer()
    people.whois(answer, Mark("WHOIS", ("irc.test", "z")), [Error("no_such_nick", {"nick": "z"})])
    assert ["401 ana z :nobody here is called z", "318 ana z :End of /WHOIS list"] == lines(answer)


def test_who_had_a_nick() -> None:
    answer = writer()
    gone = Gone("bia", 7, "2026-11-22T15:00:00.123456Z", "b", "Bia Lima")
    people.whowas(answer, Mark("WHOWAS", ("bia",)), [Whowas("bia", [gone])])
    assert [
        "314 ana bia b c7 * :Bia Lima",
        "312 ana bia irc.test :Sun Nov 22 15:00:00 2026",
        "369 ana bia :End of WHOWAS",
    ] == lines(answer)
    answer = writer()
    people.whowas(answer, Mark("WHOWAS", ("z",)), [Whowas("z", [])])
    assert ["406 ana z :There was no such nickname", "369 ana z :End of WHOWAS"] == lines(answer)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (Seen([BIA, RUI], ["eva"]), ["730 ana :bia!b@c7,rui!u@c8", "731 ana :eva"]),
        (Watched(["bia", "eva"]), ["732 ana :bia,eva", "733 ana :End of MONITOR list"]),
        (
            Error("too_many_watched", {"limit": "3", "names": "x,y", "name": "x"}),
            ["734 ana 3 x,y :Monitor list is full."],
        ),
        (Error("muted", {"why": "no"}), ["NOTICE ana :MONITOR: you can't speak: no"]),
    ],
)
def test_who_is_watched(part: Answer, told: list[str]) -> None:
    answer = writer()
    people.monitored(answer, Mark("MONITOR", ("+",)), [part])
    assert told == lines(answer)


def test_who_of_several_is_there() -> None:
    seen = Seen([BIA, RUI], ["eva"])
    answer = writer()
    people.is_on(answer, Mark("ISON"), [seen])
    assert ["303 ana :bia rui"] == lines(answer)
    answer = writer()
    people.userhosts(answer, Mark("USERHOST"), [seen])
    assert ["302 ana :bia*=-b@c7 rui=+u@c8"] == lines(answer)


def test_how_many_there_are() -> None:
    answer = writer()
    people.counts(answer, Mark("LUSERS"), [Counts(5, 9, 2, 3)])
    assert [
        "251 ana :There are 5 users and 0 invisible on 1 servers",
        "252 ana 2 :operator(s) online",
        "253 ana 0 :unknown connection(s)",
        "254 ana 3 :channels formed",
        "255 ana :I have 5 clients and 0 servers",
        "265 ana 5 9 :Current local users 5, max 9",
        "266 ana 5 9 :Current global users 5, max 9",
    ] == lines(answer)
