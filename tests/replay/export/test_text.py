"""A text has a line for each record."""

from __future__ import annotations

import random

import pytest
from replay.chats import random_records

from chatsimples.chat.records import Record
from chatsimples.replay.export.text import text_line
from chatsimples.replay.narration.times import day_and_time

AT = "2026-11-22T15:00:03.000000Z"
WHEN = " ".join(day_and_time(AT))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Record(1, AT, "message", 1, "ana", room="geral", text="oi"), "#geral  ana: oi"),
        (Record(1, AT, "message", 1, "ana", to="bia", to_conn=2, text="psst"), "ana → bia: psst"),
        (Record(1, AT, "join", 1, "ana", room="geral"), "* ana has entered #geral"),
        (Record(1, AT, "nick", 1, "ana", "eva", room="geral"), "#geral  * ana is now eva"),
        (Record(1, AT, "nick", 1, "ana", "eva"), "* ana is now eva"),
        (Record(1, AT, "stop"), "* the server stops"),
        (
            Record(1, AT, "message", 1, "n" * 300, room="r" * 300, text="x" * 5000),
            f"#{'r' * 300}  {'n' * 300}: {'x' * 5000}",
        ),
    ],
)
def test_each_type_of_record_has_its_line(record: Record, expected: str) -> None:
    assert f"{WHEN}  {expected}" == text_line(record, str)


def test_a_forged_record_is_one_printable_line() -> None:
    evil = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x202E, 0x2066, 0xFEFF]))
    for kind in ("message", "join", "nick", "leave", "start", "redaction", evil):
        record = Record(1, evil, kind, 1, evil, evil, evil, evil, 1, evil, evil, evil, server=evil, seqs=evil)
        assert text_line(record, str).isprintable()


def test_every_message_of_any_chat_is_there() -> None:
    records = random_records(random.Random(5), 300)
    for record in records:
        assert record.text.split(" ")[0] in text_line(record, str)
