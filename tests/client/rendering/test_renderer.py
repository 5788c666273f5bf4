"""Records, replies and refusals are lines for people, and none of them commands a terminal."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from client.unset import COLUMNS
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.effects import Held, HistoryEnd, IsAway, Members, RoomList, RoomSize, Status, TurnTimes
from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import RoomSettings
from chatsimples.client.protocol.commands import Command
from chatsimples.client.protocol.events import Refused, Welcomed
from chatsimples.client.protocol.replies import Welcome
from chatsimples.client.rendering.dates import Dates
from chatsimples.client.rendering.renderer import Columns, Renderer
from chatsimples.screen.styled_text import StyledLine, plain

DAY = "2026-11-22T15:04:05.000000Z"
ZONE = timezone(timedelta(hours=-3))
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.fixture
def renderer() -> Renderer:
    return Renderer(str, Dates(ZONE, lambda: NOW))


def record(**fields: Any) -> Record:
    base = {"seq": 1, "at": "2026-11-22T15:04:05.000000Z", "type": "message", "conn": 7, "nick": "ana"}
    return Record(**{**base, "room": "geral", **fields})


def shown(renderer: Renderer, record: Record, *, own: bool = False, past: bool = False) -> str:
    return plain(renderer.record(record, "geral", own=own, past=past))


RECORDS = {
    "12:04 ana: oi": record(text="oi"),
    "12:04 #dev ana: oi": record(text="oi", room="dev"),
    "12:04 ana: na mesma": record(text="na mesma", room="GERAL"),
    "12:04 [ana → bia] oi": record(text="oi", room="", to="bia"),
    "12:04 ** ana acena": record(text="acena", kind="action"),
    "12:04 -ana- psiu": record(text="psiu", kind="notice"),
    "12:04 [** ana → bia] acena": record(text="acena", room="", to="bia", kind="action"),
    "12:04 [-ana- → bia] psiu": record(text="psiu", room="", to="bia", kind="notice"),
    "12:04 ana: ** bia acena": record(text="** bia acena"),
    "12:04 * ana is away: almo\\x1b[2Jço": record(type="away", text="almo\x1b[2Jço"),
    "12:04 * ana is back": record(type="away"),
    "12:04 * ana gives their name as Ana Lima": record(type="setname", realname="Ana Lima"),
    "12:04 * ana reacts with 👍": record(type="tags", tags={"+draft/react": "👍"}),
    "12:04 * mod to everybody: oi": record(type="announcement", nick="", room="", text="oi", by="mod"),
    "12:04 * ana has entered #dev": record(type="join", room="dev"),
    "12:04 * ana is now bia": record(type="nick", new="bia"),
    "12:04 * ana has left #geral": record(type="leave", reason="left"),
    "12:04 * ana has left #geral: the connection was lost": record(type="leave", reason="closed"),
    "12:04 * ana was removed from #geral": record(type="leave", reason="kicked"),
    "2026-11-21 23:30 ana: ontem": record(at="2026-11-22T02:30:00.000000Z", text="ontem"),
    "--:-- ana: quando?": record(at="\x1b[2J", text="quando?"),
}


@pytest.mark.parametrize("expected", RECORDS)
def test_a_record_is_one_line(renderer: Renderer, expected: str) -> None:
    assert expected == shown(renderer, RECORDS[expected])


def test_a_record_from_before_is_marked(renderer: Renderer) -> None:
    assert "| 12:04 ana: oi" == shown(renderer, record(text="oi"), past=True)


def test_ones_own_new_nick_is_rendered_as_ones_own(renderer: Renderer) -> None:
    assert "12:04 * you are now bia" == shown(renderer, record(type="nick", new="bia"), own=True)


TIMES = TurnTimes(5, 0.1, 1.0, 2.0, 3.5, 0, [])
REPLIES: dict[str, Members | RoomList | HistoryEnd | Status | IsAway] = {
    "* bia is away: almo\\x07ço": IsAway("bia", "almo\x07ço"),
    (
        "* 0.5 h up; connected: json 2, text 1; 8 records, 16 deliveries, 1.5 MB sent; turns: "
        "99 % within 2.0 ms, longest 3.5 ms; 2.0 MB wait for slow readers, 1 catch up; memory 50 MB"
    ): Status(1_800.0, 9, {"text": 1, "json": 2}, 8, 16, 1_500_000, TIMES, 2_000_000, 1, 0, 50_000_000),
    "* #geral (2): ana, bia": Members("geral", ["ana", "bia"], 2),
    "* #geral (9): ana and 8 more": Members("geral", ["ana"], 9),
    "* #geral (0): nobody": Members("geral", [], 0),
    "* rooms: #a (1), #b (2)": RoomList([RoomSize("a", 1), RoomSize("b", 2)]),
    "* rooms: none": RoomList([]),
    "* that was all of #geral": HistoryEnd("geral", complete=True),
    "* that was #geral; there is more": HistoryEnd("geral", complete=False, before=3),
}


@pytest.mark.parametrize("expected", REPLIES)
def test_a_reply_is_one_line(renderer: Renderer, expected: str) -> None:
    (line,) = renderer.reply(REPLIES[expected])
    assert expected == plain(line)


def test_of_a_room_with_an_owner_roles_topic_and_settings_are_told(renderer: Renderer) -> None:
    members = Members(
        "x", ["ana", "bia"], 2, topic="a\x1b[m", settings=RoomSettings(secret=True), roles={"ana": "owner"}
    )
    assert ["* #x (2): ~ana, bia", "* topic: a\\x1b[m", "* settings: secret"] == [
        plain(line) for line in renderer.reply(members)
    ]
    assert "* topic: a\\x1b[m" == plain(renderer.topic("a\x1b[m"))


def test_a_refused_text_is_shown_with_the_reason(renderer: Renderer) -> None:
    said = Command("message", "1", room="geral", text="o\x1b[m")
    assert "! not said: o\\x1b[m (por\\x07quê)" == plain(renderer.refused(Refused("x", "por\x07quê", said)))
    assert "! por quê" == plain(renderer.refused(Refused("x", "por quê", Command("join", "1", "r"))))
    assert "! x" == plain(renderer.refused(Refused("x", "")))


def test_the_first_welcome_says_who_one_is_and_has_the_servers_notice(renderer: Renderer) -> None:
    first = Welcomed(Welcome("ana", "L", 1, notice="n\u202eb"), again=False, gap=False)
    assert ["* connected to h:1: you are ana in #geral, #dev", "* n\\u202eb"] == [
        plain(line) for line in renderer.welcomed(first, ["geral", "dev"], "h:1")
    ]


def test_a_further_welcome_says_whether_anything_is_missing(renderer: Renderer) -> None:
    again = Welcomed(Welcome("ana", "L", 1, notice="n"), again=True, gap=False)
    assert ["* connected again"] == [plain(line) for line in renderer.welcomed(again, ["geral"], "h:1")]
    gap = Welcomed(Welcome("ana", "L", 1), again=True, gap=True)
    assert 2 == len(renderer.welcomed(gap, ["geral"], "h:1"))


def test_a_text_recorded_before_is_shown_without_a_time(renderer: Renderer) -> None:
    line = renderer.already_recorded(Command("message", "1", room="dev", text="oi"), "ana", "geral")
    assert "#dev ana: oi" == plain(line)
    line = renderer.already_recorded(Command("message", "1", to="bia", text="oi"), "ana", "geral")
    assert "[ana → bia] oi" == plain(line)


def test_help_names_every_command(renderer: Renderer) -> None:
    text = "\n".join(plain(line) for line in renderer.help())
    assert "/editar" not in text
    for word in ("/deixar", "/leave", "/apelido", "/nick", "/entrar", "/join", "/quem", "/who", "/salas",
                 "/rooms", "/msg", "/historico", "/history", "/ajuda", "/help",
                 "/sair", "/quit", "//"):  # fmt: skip
        assert word in text


ANY = st.text(st.characters(codec=None))


def assert_harmless(line: StyledLine) -> None:
    for character in plain(line):
        assert character in "\u200c\u200d" or unicodedata.category(character) not in {
            "Cc", "Cf", "Cs", "Zl", "Zp",
        }  # fmt: skip


@given(
    st.builds(
        Record, seq=st.integers(1), at=ANY, type=st.sampled_from(["message", "join", "leave", "nick"]),
        nick=ANY, new=ANY, room=ANY, to=ANY, text=ANY, reason=ANY,
    ),
    st.booleans(), st.booleans(), st.booleans(), ANY,
)  # fmt: skip
def test_no_record_can_command_the_terminal(
    record: Record, own: bool, past: bool, at_terminal: bool, reader: str
) -> None:
    renderer = Renderer(str, columns=COLUMNS if at_terminal else None)
    assert_harmless(renderer.record(record, "geral", own=own, past=past, nick=reader))


@given(ANY, ANY, ANY)
def test_no_reply_can_command_the_terminal(one: str, two: str, three: str) -> None:
    renderer = Renderer(str)
    lines = [
        *renderer.reply(Members(one, [two, three], 3, topic=three, bans=[Held(one, two, three)])),
        *renderer.reply(RoomList([RoomSize(one, 1), RoomSize(two, 2)])),
        *renderer.reply(HistoryEnd(one, complete=False)),
        renderer.topic(one),
        renderer.record(
            Record(1, "x", "ban", 1, one, room=two, text=three, by=two, until=one), "geral", own=False
        ),
        renderer.refused(Refused(one, two, Command("message", "1", text=three))),
        renderer.refused(Refused(one, "")),
        renderer.already_recorded(Command("message", "1", room=two, to=one, text=three), two, "geral"),
        renderer.unconfirmed(Command("message", "1", room=two, to=one, text=three), two, here=False),
        renderer.heading(one, "private"),
        renderer.day(one),
        renderer.new_since(two),
        *renderer.welcomed(
            Welcomed(Welcome(one, two, 1, notice=three), again=False, gap=False), [two], "h:1"
        ),
    ]
    for line in lines:
        assert_harmless(line)


def test_without_a_zone_it_is_the_machines(renderer: Renderer) -> None:
    at = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
    local = Renderer(str, Dates(now=lambda: at))
    line = local.record(record(at=f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", text="oi"), "geral", own=False)
    assert f"{at.astimezone():%H:%M} ana: oi" == plain(line)


@pytest.fixture
def terminal() -> Renderer:
    return Renderer(str, Dates(ZONE, lambda: NOW), Columns(COLUMNS.times, 8))


AT_TERMINAL = {
    "12:04      ana: oi": record(text="oi"),
    "12:04 anabelabela: oi": record(text="oi", nick="anabelabela"),
    "12:04 #dev ana: oi": record(text="oi", room="dev"),
    "12:04        * ana has entered #geral": record(type="join"),
    "12:04 [ana → bia] oi": record(text="oi", room="", to="bia"),
    f"12:04 {'a' * 64}…: oi": record(text="oi", nick="a" * 100_000),
    "23:30      ana: ontem": record(at="2026-11-22T02:30:00.000000Z", text="ontem"),
}


@pytest.mark.parametrize("expected", AT_TERMINAL)
def test_at_a_terminal_nicks_stand_in_a_column(terminal: Renderer, expected: str) -> None:
    assert expected == shown(terminal, AT_TERMINAL[expected])


def test_in_a_private_conversation_only_the_speaker_is_named(terminal: Renderer) -> None:
    said = record(text="oi", room="", to="bia")
    assert "12:04      ana: oi" == plain(terminal.record(said, "", own=True, to="BIA"))
    assert "12:04      ana: oi" == plain(terminal.record(said, "", own=False, to="ana"))


@pytest.mark.parametrize(
    ("times", "expected"),
    [("minutes", "12:04 ana: oi"), ("seconds", "12:04:05 ana: oi"), ("off", "ana: oi")],
)
def test_the_time_follows_the_setting(times: str, expected: str) -> None:
    renderer = Renderer(str, Dates(ZONE, lambda: NOW), Columns(times, 0))
    assert expected == shown(renderer, record(text="oi"))


def styles(line: StyledLine) -> dict[str, str]:
    return {text: style for style, text in line}


def test_mentions_and_links_stand_out(terminal: Renderer) -> None:
    text = "vê https://ana.example/ana, Ana"
    line = terminal.record(record(text=text, nick="bia"), "geral", own=False, nick="ana")
    seen = styles(line)
    assert "class:mention" == seen["bia"]
    assert "class:text class:mention.word" == seen["Ana"]
    assert "class:text class:link" == seen["https://ana.example/ana,"]
    line = terminal.record(record(text="eu, ana"), "geral", own=True, nick="ana")
    assert "class:own" == styles(line)["ana"]


def test_a_nick_has_the_same_colour_everywhere(terminal: Renderer) -> None:
    one = terminal.record(record(text="oi", nick="bia"), "geral", own=False)
    two = terminal.record(record(text="olá", nick="BIA", room="dev"), "geral", own=False)
    assert styles(one)["bia"] == styles(two)["BIA"]
    assert styles(one)["bia"].startswith("class:nick")


def test_an_unconfirmed_text_has_no_time(terminal: Renderer) -> None:
    command = Command("message", "1", room="geral", text="oi")
    assert "…          ana: oi" == plain(terminal.unconfirmed(command, "ana", here=True))
    assert "…     #geral ana: oi" == plain(terminal.unconfirmed(command, "ana", here=False))


def test_what_one_does_is_rendered_as_that_before_it_is_on_record(renderer: Renderer) -> None:
    action = Command("message", "1", room="geral", text="acena", kind="action")
    assert "** ana acena" == plain(renderer.unconfirmed(action, "ana", here=True)).lstrip("… ")
    assert "** ana acena" == plain(renderer.already_recorded(action, "ana", "geral"))
    private = Command("message", "1", to="bia", text="acena", kind="action")
    assert "[** ana → bia] acena" == plain(renderer.already_recorded(private, "ana", "geral"))


def test_days_and_headings(terminal: Renderer) -> None:
    assert "── Sunday, November 22, 2026 ──" == plain(terminal.day(DAY))
    assert "── ? ──" == plain(terminal.day("never"))
    assert "── new since 12:04 ──" == plain(terminal.new_since(DAY))
    assert "── new since 2026-11-21 23:30 ──" == plain(terminal.new_since("2026-11-22T02:30:00Z"))
    assert "── #geral ── people: 3 ──" == plain(terminal.heading("#geral", "people: 3"))


def test_the_help_at_a_terminal_names_keys_too_and_fits_a_screen(terminal: Renderer) -> None:
    rows = [plain(line) for line in terminal.help()]
    assert len(rows) <= 22
    assert not any("/banir" in row for row in rows)
    governing = [plain(line) for line in terminal.help(governing=True)]
    assert len(governing) <= 22
    assert any("/banir, /ban NICK 10m TEXT" in row for row in governing)
    assert any("invite-only" in row for row in governing)
    assert [] == [row for row in rows if len(row) > 80]
    assert any("Tab" in row for row in rows)
    assert any("/editar, /edit" in row for row in rows)


def test_many_links_and_mentions_lose_nothing(terminal: Renderer) -> None:
    text = "ftp://ana/x ana, https://b.example/ana ANA " * 1_000
    line = terminal.record(record(text=text, nick="bia"), "geral", own=False, nick="ana")
    assert plain(line).endswith(text)
    assert 2_000 == sum(style.endswith("class:link") for style, _ in line)
    assert 2_000 == sum(style.endswith("class:mention.word") for style, _ in line)


def test_a_text_without_end_is_cut(terminal: Renderer) -> None:
    line = terminal.record(record(text="x" * 8_000_000), "geral", own=False)
    assert len(plain(line)) < 70_000


def test_a_whole_link_has_one_style(terminal: Renderer) -> None:
    link = "https://pt.wikipedia.org/wiki/Ação_humana"
    line = terminal.record(record(text=f"vê {link} bem"), "geral", own=False)
    assert "class:text class:link" == styles(line)[link]


def test_a_refusal_tells_until_when_in_the_readers_time(renderer: Renderer) -> None:
    detail = {"why": "you are muted until {until}", "until": "2026-11-22T15:04:05.000000Z"}
    told = plain(renderer.refused(Refused("muted", "", None, detail)))
    assert "000000Z" not in told
    assert ":04" in told
    assert "UTC" not in told


def test_a_role_for_whoever_has_no_account_is_refused_with_the_reason(renderer: Renderer) -> None:
    asked = Command("role", "1", room="x", nick="eva", role="voice")
    told = plain(renderer.refused(Refused("no_account", "", asked, {"nick": "eva"})))
    assert "! eva has no account, and only accounts have roles" == told
