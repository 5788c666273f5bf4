"""The page has a row for each record, and no markup of anybody else."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser

import pytest
from replay.chats import random_records

from chatsimples.chat.records import Record
from chatsimples.config.replay import ExportSettings
from chatsimples.replay.export.html_rows import LIST_ROWS, Rows
from chatsimples.replay.export.job import ExportJob

AT = "2026-11-22T15:00:03.000000Z"
EVIL = "<b onclick='x' title=\"y\">&amp;</b><!--<script>x</script>]]>\x1b\u202e"
SHOWN = EVIL.replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")


class Outline(HTMLParser):
    """Checks that all that is opened is closed; keeps each row's attributes, names and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[tuple[dict[str, str | None], dict[str, str]]] = []
        self.lists: list[tuple[str | None, int]] = []
        self.days: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"section", "h2", "time", "ol", "li", "a", "span", "b", "i", "bdi"}
        attributes = dict(attrs)
        assert attributes.keys() <= {
            "id",
            "class",
            "href",
            "role",
            "datetime",
            "data-t",
            "data-r",
            "data-day",
        }
        self.open.append(tag)
        if tag == "section":
            self.days.append(attributes["data-day"])
        elif tag == "ol":
            self.lists.append((attributes["class"], 0))
        elif tag == "li":
            size, count = self.lists[-1]
            self.lists[-1] = size, count + 1
            self.rows.append((attributes, {}))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if "li" in self.open and data.strip():
            texts = self.rows[-1][1]
            texts[self.open[-1]] = texts.get(self.open[-1], "") + data

    def handle_comment(self, data: str) -> None:
        pytest.fail(data)


def outline(records: list[Record]) -> Outline:
    found = ExportJob(lambda: iter([(record, b"") for record in records]), ExportSettings(), str).summary()
    rows = Rows(found.rooms, str)
    parser = Outline()
    parser.feed("".join([rows.row(record, record.seq / 4) for record in records]) + rows.end())
    parser.close()
    assert [] == parser.open
    assert [f"s{record.seq}" for record in records] == [attributes["id"] for attributes, _ in parser.rows]
    return parser


def test_each_type_of_record_has_its_row() -> None:
    rows = outline(
        [
            Record(1, AT, "start", server="x"),
            Record(2, AT, "join", 1, "ana", room="geral"),
            Record(3, AT, "message", 1, "ana", room="turma", text="olá"),
            Record(4, AT, "message", 1, "ana", to="bia", text="psst"),
        ]
    ).rows
    told = [{tag: text for tag, text in texts.items() if tag != "a"} for _, texts in rows]
    assert [
        {"bdi": "the server starts: x"},
        {"bdi": "ana has entered #geral"},
        {"b": "ana", "i": "#turma", "bdi": "olá"},
        {"b": "anabia", "span": " → ", "bdi": "psst"},
    ] == told
    assert [("server", None), ("calm", "0"), ("message", "1"), ("private", "private")] == [
        (attributes["class"], attributes.get("data-r")) for attributes, _ in rows
    ]
    assert ["250", "500", "750", "1000"] == [attributes["data-t"] for attributes, _ in rows]
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d", texts["a"]) for _, texts in rows)


def test_rows_do_not_name_the_only_room() -> None:
    rows = outline([Record(1, AT, "message", 1, "ana", room="geral", text="oi")]).rows
    assert "i" not in rows[0][1]


@pytest.mark.parametrize("kind", ["message", "join", "leave", "nick", "start", "redaction", EVIL])
@pytest.mark.parametrize("to", ["", EVIL])
def test_nothing_that_anyone_wrote_is_markup(kind: str, to: str) -> None:
    forged = Record(1, AT + EVIL, kind, 1, EVIL, EVIL, EVIL, to, 1, EVIL, EVIL, EVIL, server=EVIL, seqs=EVIL)
    (_attributes, texts), *_rest = outline([forged, Record(2, AT, "join", 1, "ana", room="x")]).rows
    assert SHOWN in texts["bdi"]
    if kind == "message" and not to:
        assert SHOWN == texts["b"]
        assert f"#{SHOWN}" == texts["i"]


def test_a_time_in_no_calendar_is_no_markup_either(monkeypatch: pytest.MonkeyPatch) -> None:
    at = f"0001-01-01T00:00:00.000000Z{EVIL}"
    monkeypatch.setattr("chatsimples.replay.narration.times.local_second", lambda second: None)
    found = outline([Record(1, at, "message", 1, "ana", room="geral", text="oi")])
    assert [f"0001-01-01T00:00:00.000000Z{SHOWN}"] == found.days


def test_days_and_lists_of_a_few_hundred() -> None:
    records: list[Record] = []
    for day, count in ((20, 3), (21, 30), (22, 2 * LIST_ROWS + 120)):
        for _ in range(count):
            at = f"2026-11-{day}T12:00:00.000000Z"
            records.append(Record(len(records) + 1, at, "message", 1, "ana", room="geral", text="x"))
    found = outline(records)
    assert ["2026-11-20", "2026-11-21", "2026-11-22"] == found.days
    assert [("few", 3), ("some", 30), ("many", LIST_ROWS), ("many", LIST_ROWS), ("many", 120)] == found.lists


def test_every_message_of_any_chat_is_there() -> None:
    records = random_records(random.Random(8), 500)
    rows = outline(records).rows
    for record, (_, texts) in zip(records, rows, strict=True):
        if record.type == "message":
            assert record.text.rstrip() == texts["bdi"].rstrip()
