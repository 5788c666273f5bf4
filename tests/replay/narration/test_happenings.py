"""What records tell in words, and when."""

from __future__ import annotations

import pytest

from chatsimples.chat.records import Record
from chatsimples.replay.narration.happenings import day_and_time, happening, zone

AT = "2026-11-22T23:30:00.123456Z"


@pytest.fixture(params=["UTC0", "EST5", "XST-2"])
def offset(request, set_zone):
    """Let the machine be in a zone; give the hours that it is ahead."""
    set_zone(request.param)
    return {"UTC0": 0, "EST5": -5, "XST-2": 2}[request.param]


def test_times_are_those_of_this_machines_zone(offset):
    expected = {0: ("2026-11-22", "23:30:00"), -5: ("2026-11-22", "18:30:00"), 2: ("2026-11-23", "01:30:00")}
    assert expected[offset] == day_and_time(AT)
    assert f"UTC{offset:+03d}:00" == zone(AT)


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-01T00:00:00.000000Z", "\x1b[2J"])
def test_what_is_no_time_is_shown_as_it_stands(at):
    assert (at.replace("\x1b", r"\x1b"), "") == day_and_time(at)
    assert "UTC" == zone(at)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Record(1, AT, "start", server="chatsimples 9"), "the server starts: chatsimples 9"),
        (Record(1, AT, "stop"), "the server stops"),
        (Record(1, AT, "join", 1, "ana", room="geral"), "ana has entered #geral"),
        (Record(1, AT, "nick", 1, "ana", "eva", room="geral"), "ana is now eva"),
        (Record(1, AT, "leave", 1, "ana", room="geral", reason="quit"), "ana has left #geral"),
        (Record(1, AT, "leave", 1, "ana", room="geral", reason="kicked"), "ana was removed from #geral"),
        (
            Record(1, AT, "leave", 1, "ana", room="geral", reason="timeout"),
            "ana has left #geral: no sign of life",
        ),
        (
            Record(1, AT, "redaction", reason="privacy", seqs="3,5-7"),
            "the text of these messages was taken out: 3,5-7 (privacy)",
        ),
        (Record(1, AT, "of tomorrow", 1, "ana", text="{x}"), "of tomorrow ana {x}"),
    ],
)
def test_what_happened(record, expected):
    assert expected == happening(record, str)


def test_nothing_in_a_forged_record_gets_through():
    evil = "\x1b[2J{room}\u202e\n"
    told = happening(Record(1, AT, "join", 1, evil, room=evil), str)
    assert r"\x1b[2J{room}\u202e\n has entered #\x1b[2J{room}\u202e\n" == told
    assert r"\x1b[2J{room}\u202e\n" == happening(Record(1, AT, evil), str)
