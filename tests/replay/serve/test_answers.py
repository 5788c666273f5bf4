"""What a recorded chat answers to listeners."""

import json

import pytest
from replay.playing import LOG
from replay.serving import DIALECTS, FAR, a_chat, join, make_desk

from chatsimples.chat import commands
from chatsimples.chat.records import to_line


@pytest.fixture
def desk(tmp_path):
    """At a desk where ten records have happened."""
    desk = make_desk(tmp_path)
    desk.broadcast.release(1.0)
    return desk


def said(data):
    return [json.loads(line) for line in data.splitlines()]


def rest(desk, seat):
    """Return all that comes until there is no more."""
    data = desk.go_on(seat)
    while not desk.is_idle(seat):
        data += desk.go_on(seat)
    return data


def seated(desk, *rooms, since=(LOG, -1)):
    seat, told = desk.seat(DIALECTS["json"], 1)
    assert b"" == told
    hello = commands.Hello(1, "ouvido", rooms or ("geral",), "secret", *since)
    return seat, said(desk.answer(seat, hello))[0]


def test_a_listener_is_welcomed_where_the_chat_is(desk):
    seat, welcome = seated(desk)
    expected = {"nick": "ouvido", "log": LOG, "seq": 10, "head": 10, "session": "secret", "resumed": False}
    assert expected.items() <= welcome.items()
    assert b"" == rest(desk, seat)
    desk.broadcast.release(FAR)
    assert to_line(a_chat()[10]) == rest(desk, seat)


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
def test_who_comes_back_hears_what_it_missed(desk, since, resumed, heard):
    seat, welcome = seated(desk, since=since)
    after = since[1] if resumed else 10
    assert (resumed, after, after) == (welcome["resumed"], welcome["seq"], welcome["head"])
    assert b"".join(to_line(a_chat()[seq - 1]) for seq in heard) == rest(desk, seat)


def test_before_hello_nothing_is_answered(desk):
    seat, _ = desk.seat(DIALECTS["json"], 1)
    for command in (commands.Ping(1), commands.Who(1), commands.Say(1, "oi"), commands.Join(1, "x")):
        assert "not_registered" == said(desk.answer(seat, command))[0]["code"]
    assert desk.is_idle(seat)
    assert b"" == desk.go_on(seat)


@pytest.mark.parametrize(
    "command",
    [
        commands.Say(1, "oi", "geral", "", "m1"),
        commands.Say(1, "oi", "", "ana", "m1"),
        commands.Rename(1, "outro", "m1"),
    ],
)
def test_what_would_change_the_chat_is_refused(desk, command):
    seat, _ = seated(desk)
    error = said(desk.answer(seat, command))[0]
    assert ("error", "read_only", "m1") == (error["type"], error["code"], error["id"])


def test_plain_text_that_names_itself_is_refused_once(desk):
    seat, greeting = desk.seat(DIALECTS["text"], 7)
    assert b"ouvinte-7" in greeting
    refusal = desk.answer(seat, commands.SayAs(7, "ana", "oi", "ana: oi"))
    assert b"* this is a recorded chat: nothing can be said here\n" == refusal


def test_who_is_there_now(desk):
    seat, _ = seated(desk, "turma")
    ask = commands.Who(1, "Geral", "w")
    expected = {"type": "members", "room": "geral", "members": ["ana2", "bia", "rui"], "count": 3, "id": "w"}
    assert [expected] == said(desk.answer(seat, ask))
    assert ("turma", ["bia"]) == tuple(
        said(desk.answer(seat, commands.Who(1)))[0][n] for n in ("room", "members")
    )
    assert 0 == said(desk.answer(seat, commands.Who(1, "nowhere")))[0]["count"]


def test_of_a_large_room_a_thousand_are_told(tmp_path):
    records = [join(seq, seq, f"n{seq}") for seq in range(1, 1_202)]
    desk = make_desk(tmp_path, records=records)
    desk.broadcast.release(1.0)
    seat, _ = seated(desk)
    members = said(desk.answer(seat, commands.Who(1)))[0]
    assert (1_201, 1_000) == (members["count"], len(members["members"]))


def test_which_rooms_there_are_now(desk):
    seat, _ = seated(desk)
    rooms = [{"room": "geral", "members": 3}, {"room": "turma", "members": 1}]
    assert [{"type": "rooms", "rooms": rooms, "id": "r"}] == said(desk.answer(seat, commands.Rooms(1, "r")))


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
def test_history_holds_what_has_happened_and_no_more(desk, asked, seqs, end):
    seat, _ = seated(desk)
    assert b"" == desk.answer(seat, commands.History(1, *asked, "h"))
    *messages, told = rest(desk, seat).splitlines(keepends=True)
    assert [to_line(a_chat()[seq - 1]) for seq in seqs] == messages
    assert {"type": "history_end", "room": asked[0].lower(), **end, "id": "h"} == json.loads(told)


def test_a_room_can_be_entered_and_left(desk):
    seat, _ = seated(desk)
    assert ["already_in_room"] == [said(desk.answer(seat, commands.Join(1, "turma", "j")))[0]["code"]]
    error = said(desk.answer(seat, commands.Leave(1, "geral", "l")))[0]
    assert ("not_in_room", "l") == (error["code"], error["id"])
    desk.broadcast.release(FAR)
    assert to_line(a_chat()[11]) == rest(desk, seat)


def test_plain_text_hears_one_room_at_a_time(desk):
    seat, _ = desk.seat(DIALECTS["text"], 1)
    assert b"* turma (1): bia\n" == desk.answer(seat, commands.Join(1, "Turma", alone=True))
    desk.broadcast.release(FAR)
    assert b"ana: e mais\n* the recorded chat has ended\n" == rest(desk, seat)
    assert b"" == desk.go_on(seat)


def test_who_is_in_no_room_is_told_so(desk):
    seat, _ = seated(desk)
    desk.answer(seat, commands.Leave(1, "geral"))
    for command in (commands.Who(1), commands.History(1, "", 0, 5)):
        assert "bad_request" == said(desk.answer(seat, command))[0]["code"]


def test_no_listener_hears_more_rooms_than_there_should_be(desk):
    seat, _ = seated(desk, *(f"r{number}" for number in range(1_000)))
    assert "too_many_rooms" == said(desk.answer(seat, commands.Join(1, "x")))[0]["code"]
    seat, answer = seated(desk, *(f"r{number}" for number in range(1_001)))
    assert "too_many_rooms" == answer["code"]
    assert "" == seat.nick


def test_what_is_asked_beside_the_chat_is_answered(desk):
    seat, _ = seated(desk)
    assert [{"type": "pong", "id": "p"}] == said(desk.answer(seat, commands.Ping(1, "p")))
    assert b"" == desk.answer(seat, commands.Help(1))
    assert "already_registered" == said(desk.answer(seat, commands.Hello(1, "x", (), "s")))[0]["code"]
    text, _ = desk.seat(DIALECTS["text"], 1)
    assert b"/sair, /quit" in desk.answer(text, commands.Help(1))


def test_a_goodbye_and_a_fatal_fault_end_it(desk):
    seat, _ = seated(desk)
    assert "bad_json" in str(desk.answer(seat, commands.Fault(1, "bad_json", {"why": "x"})))
    assert not seat.over
    desk.answer(seat, commands.Fault(1, "line_too_long", {"limit": "1"}, fatal=True))
    assert seat.over
    seat, _ = desk.seat(DIALECTS["json"], 1)
    desk.answer(seat, commands.Bye(1))
    assert seat.over


def test_when_it_begins_again_json_has_to_come_anew_and_text_goes_on(tmp_path):
    desk = make_desk(tmp_path, loop=True)
    desk.broadcast.release(1.0)
    text, _ = desk.seat(DIALECTS["text"], 1)
    behind, _ = seated(desk, since=(LOG, 9))
    unknown, _ = desk.seat(DIALECTS["json"], 3)
    desk.broadcast.release(FAR)
    desk.broadcast.release(2 * FAR)
    assert (1, 10) == (desk.broadcast.round, desk.broadcast.seq)
    assert b"".join(to_line(a_chat()[seq - 1]) for seq in (10, 11)) == rest(desk, behind)
    assert behind.over
    expected = (
        "ana: muito depois\n* the recorded chat begins again\n* ana has entered geral\n"
        "* bia has entered geral\nana: um\n* ana is now ana2\nana: três\n"
    )
    assert expected == rest(desk, text).decode()
    assert not text.over
    assert desk.is_idle(unknown)
    welcome = said(desk.answer(unknown, commands.Hello(3, "x", (), "s", LOG, 12)))[0]
    assert (False, 10) == (welcome["resumed"], welcome["seq"])
