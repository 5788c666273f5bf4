"""What a recorded chat answers to listeners."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from replay.playing import LOG
from replay.serving import DIALECTS, FAR, a_chat, join, make_responder

from chatsimples.chat import commands
from chatsimples.chat.records import to_line
from chatsimples.replay.serve.responder import Listener, Responder


@pytest.fixture
def responder(tmp_path: Path) -> Responder:
    """At a responder where ten records have happened."""
    responder = make_responder(tmp_path)
    responder.timeline.release(1.0)
    return responder


def said(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def rest(responder: Responder, listener: Listener) -> bytes:
    """Return all that comes until there is no more."""
    data = responder.go_on(listener)
    while not responder.is_idle(listener):
        data += responder.go_on(listener)
    return data


def listening(
    responder: Responder, *rooms: str, since: tuple[str, int] = (LOG, -1)
) -> tuple[Listener, dict[str, Any]]:
    listener, told = responder.welcome(DIALECTS["json"], 1)
    assert b"" == told
    hello = commands.Hello(1, "ouvido", rooms or ("geral",), "secret", *since)
    return listener, said(responder.answer(listener, hello))[0]


def test_a_listener_is_welcomed_where_the_chat_is(responder: Responder) -> None:
    listener, welcome = listening(responder)
    expected = {"nick": "ouvido", "log": LOG, "seq": 10, "head": 10, "session": "secret", "resumed": False}
    assert expected.items() <= welcome.items()
    assert b"" == rest(responder, listener)
    responder.timeline.release(FAR)
    assert to_line(a_chat()[10]) == rest(responder, listener)


@pytest.mark.parametrize(
    ("since", "resumed", "heard"),
    [
        ((LOG, 0), True, [2, 3, 5, 9, 10]),
        ((LOG, 9), True, [10]),
        ((LOG, 10), True, []),
        ((LOG, 11), False, []),
        ((LOG, -1), False, []),
        (("01KAQ3J5X5W9K3T0V2N8R7C4M7", 0), False, []),
    ],
)
def test_who_comes_back_hears_what_it_missed(
    responder: Responder, since: tuple[str, int], resumed: bool, heard: list[int]
) -> None:
    listener, welcome = listening(responder, since=since)
    after = since[1] if resumed else 10
    assert (resumed, after, after) == (welcome["resumed"], welcome["seq"], welcome["head"])
    assert b"".join(to_line(a_chat()[seq - 1]) for seq in heard) == rest(responder, listener)


def test_before_hello_nothing_is_answered(responder: Responder) -> None:
    listener, _ = responder.welcome(DIALECTS["json"], 1)
    for command in (commands.Ping(1), commands.Who(1), commands.Say(1, "oi"), commands.Join(1, "x")):
        assert "not_registered" == said(responder.answer(listener, command))[0]["code"]
    assert responder.is_idle(listener)
    assert b"" == responder.go_on(listener)


@pytest.mark.parametrize(
    "command",
    [
        commands.Say(1, "oi", "geral", "", "m1"),
        commands.Say(1, "oi", "", "ana", "m1"),
        commands.Rename(1, "outro", "m1"),
    ],
)
def test_what_would_change_the_chat_is_refused(responder: Responder, command: commands.Command) -> None:
    listener, _ = listening(responder)
    error = said(responder.answer(listener, command))[0]
    assert ("error", "read_only", "m1") == (error["type"], error["code"], error["id"])


def test_plain_text_that_names_itself_is_refused_once(responder: Responder) -> None:
    listener, greeting = responder.welcome(DIALECTS["text"], 7)
    assert b"ouvinte-7" in greeting
    refusal = responder.answer(listener, commands.SayAs(7, "ana", "oi", "ana: oi"))
    assert b"* this is a recorded chat: nothing can be said here\n" == refusal


def test_who_is_there_now(responder: Responder) -> None:
    listener, _ = listening(responder, "turma")
    ask = commands.Who(1, "Geral", "w")
    expected = {"type": "members", "room": "geral", "members": ["ana2", "bia", "rui"], "count": 3, "id": "w"}
    assert [expected] == said(responder.answer(listener, ask))
    assert ("turma", ["bia"]) == tuple(
        said(responder.answer(listener, commands.Who(1)))[0][n] for n in ("room", "members")
    )
    assert 0 == said(responder.answer(listener, commands.Who(1, "nowhere")))[0]["count"]


def test_of_a_large_room_a_thousand_are_told(tmp_path: Path) -> None:
    records = [join(seq, seq, f"n{seq}") for seq in range(1, 1_202)]
    responder = make_responder(tmp_path, records=records)
    responder.timeline.release(1.0)
    listener, _ = listening(responder)
    members = said(responder.answer(listener, commands.Who(1)))[0]
    assert (1_201, 1_000) == (members["count"], len(members["members"]))


def test_which_rooms_there_are_now(responder: Responder) -> None:
    listener, _ = listening(responder)
    rooms = [{"room": "geral", "members": 3}, {"room": "turma", "members": 1}]
    assert [{"type": "rooms", "rooms": rooms, "count": 2, "id": "r"}] == said(
        responder.answer(listener, commands.Rooms(1, "r"))
    )


@pytest.mark.parametrize(
    ("asked", "seqs", "end"),
    [
        (("geral", 0, 50), [5, 10], {"complete": True}),
        (("geral", 99, 50), [5, 10], {"complete": True}),
        (("geral", 10, 50), [5], {"complete": True}),
        (("Geral", 0, 1), [10], {"complete": False, "before": 10}),
        (("turma", 0, 50), [7], {"complete": True}),
    ],
)
def test_history_holds_what_has_happened_and_no_more(
    responder: Responder, asked: tuple[str, int, int], seqs: list[int], end: dict[str, object]
) -> None:
    listener, _ = listening(responder)
    assert b"" == responder.answer(listener, commands.History(1, *asked, "h"))
    *messages, told = rest(responder, listener).splitlines(keepends=True)
    assert [to_line(a_chat()[seq - 1]) for seq in seqs] == messages
    assert {"type": "history_end", "room": asked[0].lower(), **end, "id": "h"} == json.loads(told)


@pytest.mark.parametrize(
    ("fields", "seqs", "end"),
    [
        ({"after": 0}, [5, 10], {"complete": True}),
        ({"after": 5}, [10], {"complete": True}),
        ({"after": 10}, [], {"complete": True}),
        ({"after": 0, "limit": 1}, [5], {"complete": False, "after": 5}),
        ({"at": a_chat()[0].at}, [5, 10], {"complete": True, "before": 5}),
        ({"at": a_chat()[-1].at}, [], {"complete": True}),
        ({"after": 1, "all": True}, [2, 3, 5, 9, 10], {"complete": True}),
        ({"before": 9, "all": True}, [2, 3, 5], {"complete": True}),
    ],
)
def test_history_in_every_direction_holds_what_has_happened(
    responder: Responder, fields: dict[str, object], seqs: list[int], end: dict[str, object]
) -> None:
    listener, _ = listening(responder)
    asked = msgspec.structs.replace(commands.History(1, "geral", 0, 50, "h"), **fields)
    assert b"" == responder.answer(listener, asked)
    *records, told = rest(responder, listener).splitlines(keepends=True)
    assert [to_line(a_chat()[seq - 1]) for seq in seqs] == records
    assert {"type": "history_end", "room": "geral", **end, "id": "h"} == json.loads(told)


def test_a_room_can_be_entered_and_left(responder: Responder) -> None:
    listener, _ = listening(responder)
    assert ["already_in_room"] == [
        said(responder.answer(listener, commands.Join(1, "turma", "j")))[0]["code"]
    ]
    error = said(responder.answer(listener, commands.Leave(1, "geral", "l")))[0]
    assert ("not_in_room", "l") == (error["code"], error["id"])
    responder.timeline.release(FAR)
    assert to_line(a_chat()[11]) == rest(responder, listener)


def test_plain_text_hears_one_room_at_a_time(responder: Responder) -> None:
    listener, _ = responder.welcome(DIALECTS["text"], 1)
    assert b"* turma (1): bia\n" == responder.answer(listener, commands.Join(1, "Turma", alone=True))
    responder.timeline.release(FAR)
    assert b"ana: e mais\n* the recorded chat has ended\n" == rest(responder, listener)
    assert b"" == responder.go_on(listener)


def test_who_is_in_no_room_is_told_so(responder: Responder) -> None:
    listener, _ = listening(responder)
    responder.answer(listener, commands.Leave(1, "geral"))
    for command in (commands.Who(1), commands.History(1, "", 0, 5)):
        assert "bad_request" == said(responder.answer(listener, command))[0]["code"]


def test_no_listener_hears_more_rooms_than_there_should_be(responder: Responder) -> None:
    listener, _ = listening(responder, *(f"r{number}" for number in range(1_000)))
    assert "too_many_rooms" == said(responder.answer(listener, commands.Join(1, "x")))[0]["code"]
    listener, answer = listening(responder, *(f"r{number}" for number in range(1_001)))
    assert "too_many_rooms" == answer["code"]
    assert "" == listener.nick


def test_what_is_asked_beside_the_chat_is_answered(responder: Responder) -> None:
    listener, _ = listening(responder)
    assert [{"type": "pong", "id": "p"}] == said(responder.answer(listener, commands.Ping(1, "p")))
    assert b"" == responder.answer(listener, commands.Help(1))
    assert (
        "already_registered" == said(responder.answer(listener, commands.Hello(1, "x", (), "s")))[0]["code"]
    )
    text, _ = responder.welcome(DIALECTS["text"], 1)
    assert b"/sair, /quit" in responder.answer(text, commands.Help(1))


def test_a_goodbye_and_a_fatal_fault_end_it(responder: Responder) -> None:
    listener, _ = listening(responder)
    assert "bad_json" in str(responder.answer(listener, commands.Fault(1, "bad_json", {"why": "x"})))
    over = [listener.is_over]
    responder.answer(listener, commands.Fault(1, "line_too_long", {"limit": "1"}, fatal=True))
    over.append(listener.is_over)
    assert [False, True] == over
    listener, _ = responder.welcome(DIALECTS["json"], 1)
    responder.answer(listener, commands.Bye(1))
    assert listener.is_over


def test_when_it_begins_again_json_has_to_come_anew_and_text_goes_on(tmp_path: Path) -> None:
    responder = make_responder(tmp_path, loop=True)
    responder.timeline.release(1.0)
    text, _ = responder.welcome(DIALECTS["text"], 1)
    behind, _ = listening(responder, since=(LOG, 9))
    unknown, _ = responder.welcome(DIALECTS["json"], 3)
    responder.timeline.release(FAR)
    responder.timeline.release(2 * FAR)
    assert (1, 10) == (responder.timeline.round, responder.timeline.seq)
    assert b"".join(to_line(a_chat()[seq - 1]) for seq in (10, 11)) == rest(responder, behind)
    assert behind.is_over
    expected = (
        "ana: muito depois\n* the recorded chat begins again\n* ana has entered geral\n"
        "* bia has entered geral\nana: um\n* ana is now ana2\nana: três\n"
    )
    assert expected == rest(responder, text).decode()
    assert not text.is_over
    assert responder.is_idle(unknown)
    welcome = said(responder.answer(unknown, commands.Hello(3, "x", (), "s", LOG, 12)))[0]
    assert (False, 10) == (welcome["resumed"], welcome["seq"])


def test_a_client_of_irc_hears_rooms_and_says_nothing(responder: Responder) -> None:
    parser = DIALECTS["irc"].parser(1)
    listener, told = responder.welcome(DIALECTS["irc"], 1)
    assert b"" == told

    def asked(line: bytes) -> list[str]:
        parser.feed(line)
        data = b"".join([responder.answer(listener, each) for each in parser.take(100)])
        return [each.partition(" ")[2] for each in data.decode().split("\r\n")[:-1]]

    assert "451" == asked(b"JOIN #geral\r\n")[0][:3]
    assert "001 ouvido :" == asked(b"NICK ouvido\r\nUSER o 0 * :O\r\n")[0][:12]
    join, *names, end = asked(b"JOIN #geral\r\n")
    assert ("JOIN #geral", "366 ouvido #geral :End of /NAMES list") == (join, end)
    assert names
    assert "404" == asked(b"PRIVMSG #geral :oi\r\n")[0][:3]
    assert ["PART #geral"] == asked(b"PART #geral\r\n")
    assert ["442"] == [each[:3] for each in asked(b"PART #geral\r\n")]
    assert ["PONG localhost :x"] == asked(b"PING x\r\n")
    assert [":Closing link (quit)"] == asked(b"QUIT\r\n")
    assert listener.is_over
