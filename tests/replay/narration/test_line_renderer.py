"""Each record is a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest
from replay.playing import at, said

from chatsimples.chat.records import Record
from chatsimples.i18n import Translate, translator
from chatsimples.replay.narration.line_renderer import LineRenderer
from chatsimples.screen.escape_sequences import EscapeSequences


@pytest.fixture(autouse=True)
def zone(set_zone: Callable[[str], None]) -> None:
    set_zone("UTC0")


def renderer(
    times: str = "off",
    rooms: Sequence[str] = ("geral", "turma"),
    translate: Translate = str,
    *,
    dated: bool = False,
) -> LineRenderer:
    return LineRenderer(translate, EscapeSequences(), times, rooms, dated=dated)


RECORDS = [
    (said(1, 0, "oi"), "#geral ana: oi"),
    (Record(1, at(0), "message", 1, "ana", to="bia", to_conn=2, text="só tu"), "ana → bia: só tu"),
    (Record(1, at(0), "join", 1, "ana", room="geral", dialect="json"), "* ana has entered #geral"),
    (Record(1, at(0), "join", 1, "ana", room="geral", quiet=True), "* ana has entered #geral"),
    (Record(1, at(0), "leave", 1, "ana", room="geral", reason="quit"), "* ana has left #geral"),
    (
        Record(1, at(0), "leave", 1, "ana", room="geral", reason="crash"),
        "* ana has left #geral: the server had failed",
    ),
    (Record(1, at(0), "nick", 1, "ana", "rita", room="geral"), "#geral * ana is now rita"),
    (Record(1, at(0), "nick", 1, "ana", "rita"), "* ana is now rita"),
    (Record(1, at(0), "start", server="chatsimples 9"), "── the server starts: chatsimples 9 ──"),
    (Record(1, at(0), "stop"), "── the server stops ──"),
    (
        Record(1, at(0), "redaction", reason="privacy", seqs="4,7-9"),
        "── the text of these messages was taken out: 4,7-9 (privacy) ──",
    ),
    (Record(1, at(0), "message", 1, "ana", room="geral", text="acena", kind="action"), "#geral ** ana acena"),
    (Record(1, at(0), "message", 1, "ana", room="geral", text="psiu", kind="notice"), "#geral -ana- psiu"),
    (
        Record(1, at(0), "message", 1, "ana", to="bia", to_conn=2, text="acena", kind="action"),
        "** ana → bia: acena",
    ),
    (Record(1, at(0), "away", 1, "ana", room="geral", text="almoço"), "#geral * ana is away: almoço"),
    (
        Record(1, at(0), "setname", 1, "ana", room="geral", realname="Ana"),
        "#geral * ana gives their name as Ana",
    ),
    (
        Record(1, at(0), "tags", 1, "ana", room="geral", tags={"+draft/react": "👍"}),
        "#geral * ana reacts with 👍",
    ),
    (Record(1, at(0), "announcement", text="oi", by="mod"), "* mod to everybody: oi"),
    # Of a type that is younger than this program.
    (Record(1, at(0), "kick", 1, "ana", reason="flood"), "── kick ana flood ──"),
]


@pytest.mark.parametrize(("record", "expected"), RECORDS)
def test_each_type_of_record_has_its_line(record: Record, expected: str) -> None:
    assert [expected] == renderer().record(record)


def test_lines_name_their_room_from_the_second_room_on() -> None:
    made = renderer(rooms=["geral"])
    assert ["ana: a"] == made.record(said(1, 0, "a", room="Geral"))
    assert ["#turma ana: b"] == made.record(said(2, 0, "b", room="turma"))
    assert ["#geral ana: c"] == made.record(said(3, 0, "c"))


@pytest.mark.parametrize(
    ("times", "expected"), [("seconds", "15:00:07 "), ("minutes", "15:00 "), ("off", "")]
)
def test_the_time_stands_in_front(times: str, expected: str) -> None:
    made = renderer(times)
    made.record(said(1, 0, "x"))
    assert [f"{expected}#geral ana: oi"] == made.record(said(2, 7.9, "oi"))


def test_another_day_begins_with_a_rule_or_each_line_has_its_date() -> None:
    made, plain = renderer("minutes"), renderer("minutes", dated=True)
    for record, rule, day in (
        (said(1, 0, "a"), ["── 2026-11-19 ──"], "2026-11-19"),
        (said(2, 1, "b"), [], "2026-11-19"),
        (said(3, 9 * 3600, "c"), ["── 2026-11-20 ──"], "2026-11-20"),
        # A person went back.
        (said(1, 0, "a"), ["── 2026-11-19 ──"], "2026-11-19"),
    ):
        clock = record.at[11:16]
        assert [*rule, f"{clock} #geral ana: {record.text}"] == made.record(record)
        assert [f"{day} {clock} #geral ana: {record.text}"] == plain.record(record)


@pytest.mark.parametrize("when", ["", "\x1b[2J", "2026-11-19T15:00:\x1b[2J0Z", "9999-12-31T23:59:59.999999X"])
def test_a_time_that_is_none_is_shown_as_dashes(when: str) -> None:
    record = Record(1, when, "message", 1, "ana", room="geral", text="oi")
    assert ["---------- --:--:-- #geral ana: oi"] == renderer("seconds", dated=True).record(record)


def test_hostile_names_and_texts_are_sanitized() -> None:
    bad = "\x1b[2J\u202e\r\n"
    for kind in ("message", "join", "leave", "nick", "start", "stop", "redaction", bad):
        forged = Record(1, bad, kind, 1, bad, bad, bad, bad, text=bad, reason=bad, server=bad, seqs=bad)
        for record in (forged, msgspec.structs.replace(forged, to="")):
            shown = "".join(renderer("seconds").record(record))
            assert shown.isprintable(), repr(shown)


def test_lines_can_be_in_portuguese() -> None:
    made = renderer(translate=translator("pt"))
    assert ["* ana entrou em #geral"] == made.record(RECORDS[2][0])
