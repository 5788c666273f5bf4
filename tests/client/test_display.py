"""What people see: everything that happened, and nothing that a terminal would obey."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.effects import HistoryEnd, Members, RoomList, RoomSize
from chatsimples.chat.records import Record
from chatsimples.client.display import Display, Line, plain, safe
from chatsimples.client.events import Command, Refused, Welcomed
from chatsimples.client.lines import Welcome

ZONE = timezone(timedelta(hours=-3))
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.fixture
def display() -> Display:
    return Display(str, zone=ZONE, now=lambda: NOW)


def record(**fields: Any) -> Record:
    base = {"seq": 1, "at": "2026-11-22T15:04:05.000000Z", "type": "message", "conn": 7, "nick": "ana"}
    return Record(**{**base, "room": "geral", **fields})


def shown(display: Display, record: Record, *, own: bool = False, past: bool = False) -> str:
    (line,) = display.record(record, "geral", own=own, past=past)
    return plain(line)


RECORDS = {
    "12:04 ana: oi": record(text="oi"),
    "12:04 #dev ana: oi": record(text="oi", room="dev"),
    "12:04 ana: na mesma": record(text="na mesma", room="GERAL"),
    "12:04 [ana → bia] oi": record(text="oi", room="", to="bia"),
    "12:04 * ana has entered #dev": record(type="join", room="dev"),
    "12:04 * ana is now bia": record(type="nick", new="bia"),
    "12:04 * ana has left #geral": record(type="leave", reason="left"),
    "12:04 * ana has left #geral: the connection was lost": record(type="leave", reason="closed"),
    "12:04 * ana was removed from #geral": record(type="leave", reason="kicked"),
    "2026-11-21 23:30 ana: ontem": record(at="2026-11-22T02:30:00.000000Z", text="ontem"),
    "--:-- ana: quando?": record(at="\x1b[2J", text="quando?"),
}


@pytest.mark.parametrize("expected", RECORDS)
def test_a_record_is_shown_as_one_line(display: Display, expected: str) -> None:
    assert expected == shown(display, RECORDS[expected])


def test_what_is_past_is_marked(display: Display) -> None:
    assert "| 12:04 ana: oi" == shown(display, record(text="oi"), past=True)


def test_ones_own_new_nick_is_told_as_ones_own(display: Display) -> None:
    assert "12:04 * you are now bia" == shown(display, record(type="nick", new="bia"), own=True)


def test_one_change_of_nick_in_many_rooms_is_one_line(display: Display) -> None:
    change = record(type="nick", new="bia")
    lines = [
        line
        for room in ("a", "b", "c")
        for line in display.record(record(type="nick", new="bia", room=room), "a", own=False, past=False)
    ]
    assert 1 == len(lines)
    assert 1 == len(display.record(record(text="oi"), "a", own=False, past=False))
    assert 1 == len(display.record(change, "a", own=False, past=False))


ANSWERS = {
    "* #geral (2): ana, bia": Members("geral", ["ana", "bia"], 2),
    "* #geral (9): ana and 8 more": Members("geral", ["ana"], 9),
    "* #geral (0): nobody": Members("geral", [], 0),
    "* rooms: #a (1), #b (2)": RoomList([RoomSize("a", 1), RoomSize("b", 2)]),
    "* rooms: none": RoomList([]),
    "* that was all of #geral": HistoryEnd("geral", complete=True),
    "* that was #geral; there is more": HistoryEnd("geral", complete=False, before=3),
}


@pytest.mark.parametrize("expected", ANSWERS)
def test_an_answer_is_shown_as_one_line(display: Display, expected: str) -> None:
    assert expected == plain(display.answer(ANSWERS[expected]))


def test_a_refused_text_is_shown_with_the_reason(display: Display) -> None:
    said = Command("message", "1", room="geral", text="o\x1b[m")
    assert "! not said: o\\x1b[m (por\\x07quê)" == plain(display.refused(Refused("x", "por\x07quê", said)))
    assert "! por quê" == plain(display.refused(Refused("x", "por quê", Command("join", "1", "r"))))
    assert "! x" == plain(display.refused(Refused("x", "")))


def test_the_first_welcome_says_who_one_is_and_what_the_server_has_to_say(display: Display) -> None:
    first = Welcomed(Welcome("ana", "L", 1, notice="n\u202eb"), again=False, gap=False)
    assert ["* connected to h:1: you are ana in #geral, #dev", "* n\\u202eb"] == [
        plain(line) for line in display.welcomed(first, ["geral", "dev"], "h:1")
    ]


def test_a_further_welcome_says_whether_anything_is_missing(display: Display) -> None:
    again = Welcomed(Welcome("ana", "L", 1, notice="n"), again=True, gap=False)
    assert ["* connected again"] == [plain(line) for line in display.welcomed(again, ["geral"], "h:1")]
    gap = Welcomed(Welcome("ana", "L", 1), again=True, gap=True)
    assert 2 == len(display.welcomed(gap, ["geral"], "h:1"))


def test_a_text_recorded_before_is_shown_without_a_time(display: Display) -> None:
    line = display.said_before(Command("message", "1", room="dev", text="oi"), "ana", "geral")
    assert "#dev ana: oi" == plain(line)
    line = display.said_before(Command("message", "1", to="bia", text="oi"), "ana", "geral")
    assert "[ana → bia] oi" == plain(line)


def test_help_names_every_command(display: Display) -> None:
    text = "\n".join(plain(line) for line in display.help())
    for word in ("/apelido", "/nick", "/entrar", "/join", "/quem", "/who", "/salas", "/rooms", "/msg",
                 "/historico", "/history", "/ajuda", "/help", "/sair", "/quit", "//"):  # fmt: skip
        assert word in text


SAFE = {
    "olá, 世界 — ça va? ': {}": None,
    "👩‍💻 نمی‌خواهم": None,
    "\u00a0\u3000": None,
    "\x1b[2Jaway": "\\x1b[2Jaway",
    "a\nb\rc\td": "a\\nb\\rc\\td",
    "\x9b31m": "\\x9b31m",
    "\u202eabc\u2066": "\\u202eabc\\u2066",
    "\u2028\u2029\ufeff\u200b": "\\u2028\\u2029\\ufeff\\u200b",
    "\U000e0041": "\\U000e0041",
    "\ud800": "\\ud800",
}


@pytest.mark.parametrize("text", SAFE, ids=ascii)
def test_what_a_terminal_would_obey_is_shown(text: str) -> None:
    assert (SAFE[text] or text) == safe(text)


ANY = st.text(st.characters(codec=None))


def assert_harmless(line: Line) -> None:
    for character in plain(line):
        assert character in "\u200c\u200d" or unicodedata.category(character) not in {
            "Cc", "Cf", "Cs", "Zl", "Zp",
        }  # fmt: skip


@given(
    st.builds(
        Record, seq=st.integers(1), at=ANY, type=st.sampled_from(["message", "join", "leave", "nick"]),
        nick=ANY, new=ANY, room=ANY, to=ANY, text=ANY, reason=ANY,
    ),
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_no_record_can_command_the_terminal(record: Record, own: bool, past: bool) -> None:
    for line in Display(str).record(record, "geral", own=own, past=past):
        assert_harmless(line)


@given(ANY, ANY, ANY)
def test_no_reply_can_command_the_terminal(one: str, two: str, three: str) -> None:
    display = Display(str)
    lines = [
        display.answer(Members(one, [two, three], 3)),
        display.answer(RoomList([RoomSize(one, 1), RoomSize(two, 2)])),
        display.answer(HistoryEnd(one, complete=False)),
        display.refused(Refused(one, two, Command("message", "1", text=three))),
        display.refused(Refused(one, "")),
        display.said_before(Command("message", "1", room=two, to=one, text=three), two, "geral"),
        *display.welcomed(Welcomed(Welcome(one, two, 1, notice=three), again=False, gap=False), [two], "h:1"),
    ]
    for line in lines:
        assert_harmless(line)


def test_without_a_zone_it_is_the_machines(display: Display) -> None:
    at = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
    local = Display(str, now=lambda: at)
    (line,) = local.record(
        record(at=f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", text="oi"), "geral", own=False, past=False
    )
    assert f"{at.astimezone():%H:%M} ana: oi" == plain(line)
