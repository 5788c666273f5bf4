"""What each record looks like as a line."""

from __future__ import annotations

import pytest
from replay.playing import at, said

from chatsimples.chat.records import Record
from chatsimples.i18n import translator
from chatsimples.replay.narration.lines import Lines
from chatsimples.replay.narration.looks import Looks


@pytest.fixture(autouse=True)
def zone(set_zone):
    set_zone("UTC0")


def lines(times="off", rooms=("geral", "turma"), translate=str, **options):
    return Lines(translate, Looks(), times, rooms, **options)


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
    # Of a type that is younger than this program.
    (Record(1, at(0), "kick", 1, "ana", reason="flood"), "── kick ana flood ──"),
]


@pytest.mark.parametrize(("record", "expected"), RECORDS)
def test_each_kind_of_record_has_its_line(record, expected):
    assert [expected] == lines().record(record)


def test_the_room_is_told_from_the_second_room_on():
    made = lines(rooms=["geral"])
    assert ["ana: a"] == made.record(said(1, 0, "a", room="Geral"))
    assert ["#turma ana: b"] == made.record(said(2, 0, "b", room="turma"))
    assert ["#geral ana: c"] == made.record(said(3, 0, "c"))


@pytest.mark.parametrize(
    ("times", "expected"), [("seconds", "15:00:07 "), ("minutes", "15:00 "), ("off", "")]
)
def test_the_time_stands_in_front(times, expected):
    made = lines(times)
    made.record(said(1, 0, "x"))
    assert [f"{expected}#geral ana: oi"] == made.record(said(2, 7.9, "oi"))


def test_another_day_begins_with_a_rule_and_plainly_each_line_has_its_date():
    made, plain = lines("minutes"), lines("minutes", dated=True)
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
def test_what_is_no_time_is_shown_as_none(when):
    record = Record(1, when, "message", 1, "ana", room="geral", text="oi")
    assert ["---------- --:--:-- #geral ana: oi"] == lines("seconds", dated=True).record(record)


def test_hostile_names_and_texts_are_shown_and_not_obeyed():
    bad = "\x1b[2J\u202e\r\n"
    fields = dict.fromkeys(("nick", "new", "room", "to", "text", "reason", "server", "seqs"), bad)
    for kind in ("message", "join", "leave", "nick", "start", "stop", "redaction", bad):
        for record in (Record(1, bad, kind, **fields), Record(1, bad, kind, **{**fields, "to": ""})):
            shown = "".join(lines("seconds").record(record))
            assert shown.isprintable(), repr(shown)


def test_every_line_can_be_told_in_portuguese():
    made = lines(translate=translator("pt"))
    assert ["* ana entrou em #geral"] == made.record(RECORDS[2][0])


def test_the_keys_are_told_in_columns():
    shown = lines().keys()
    assert any(line.startswith("  Space ") for line in shown)
    assert 1 == len({len(line) - len(line[2:].split("  ", 1)[1].lstrip()) for line in shown})
