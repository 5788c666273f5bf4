"""A table has every field of every record, and no formula."""

from __future__ import annotations

import csv
import io
import json
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay.chats import random_records

from chatsimples.chat.records import Record
from chatsimples.config.replay import ExportSettings
from chatsimples.replay.export.csv import cell, write_csv
from chatsimples.replay.export.job import ExportJob
from chatsimples.replay.export.output import OutputFile

AT = "2026-11-22T15:00:03.000000Z"
FIELDS = (
    b"seq,at,type,conn,nick,new,room,to,to_conn,text,id,reason,quiet,dialect,identity,to_identity,"
    b"server,limits"
)

DEFAULT = ExportSettings()


def written(records: list[Record], settings: ExportSettings = DEFAULT) -> bytes:
    file = io.BytesIO()
    job = ExportJob(lambda: iter([(record, b"") for record in records]), settings, str)
    assert len(records) == write_csv(job, OutputFile(file))
    return file.getvalue()


def read(data: bytes) -> list[dict[str, str]]:
    """Read a table as a program does that knows about the apostrophes; what does not apply is left out."""
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
    return [{name: text.removeprefix("'") for name, text in row.items() if text} for row in rows]


def expected(record: Record) -> dict[str, str]:
    fields = msgspec.to_builtins(record)
    return {
        name: "true"
        if value is True
        else json.dumps(value, separators=(",", ":"))
        if name == "limits"
        else f"{value}"
        for name, value in fields.items()
    }


def test_the_first_row_names_the_fields() -> None:
    first, *rest = written([]).split(b"\r\n")
    assert FIELDS.split(b",") == first.split(b",")[:18]
    assert [b""] == rest


def test_every_field_of_every_record_comes_back() -> None:
    records = random_records(random.Random(3), 400)
    assert any(record.quiet for record in records)
    assert {"start", "hello", "bye"} <= {record.type for record in records}
    assert any(record.text.startswith("=") for record in records)
    assert [expected(record) for record in records] == read(written(records))


@given(st.text(), st.text())
def test_any_text_comes_back(text: str, name: str) -> None:
    record = Record(1, AT, "message", 1, name, room=name, text=text)
    assert [expected(record)] == read(written([record]))


def test_it_is_rfc_4180() -> None:
    data = written([Record(1, AT, "message", 1, "ana", room="geral", text='diz "oi", e "olá"\r\n')])
    line = f'1,{AT},message,1,ana,,geral,,,"diz ""oi"", e ""olá""\r\n",'
    assert line in data.decode()
    assert data.endswith(b"\r\n")


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'"]
)
def test_no_text_is_a_formula(first: str) -> None:
    evil = f'{first}HYPERLINK("http://evil/","click")'
    row = written([Record(1, AT, "message", 1, evil, evil, evil, evil, 1, evil, evil, evil)])
    found = next(csv.reader(io.StringIO(row.decode().split("\r\n", 1)[1], newline="")))
    assert 7 == sum(text == f"'{evil}" for text in found)
    assert evil not in found


def test_ordinary_texts_stay_as_they_are() -> None:
    assert ["oi = olá", "1-2", "a'b", "#=", 7, "", "", "true"] == [
        cell(value) for value in ("oi = olá", "1-2", "a'b", "#=", 7, 0, False, True)
    ]


def test_for_excel_a_byte_order_mark_stands_at_the_front_and_nowhere_else() -> None:
    records = random_records(random.Random(7), 50)
    plain, marked = written(records), written(records, ExportSettings(bom=True))
    assert b"\xef\xbb\xbf" + plain == marked
    assert not plain.startswith(b"\xef\xbb\xbf")
    assert b"\xef\xbb\xbf" + written([]) == written([], ExportSettings(bom=True))
