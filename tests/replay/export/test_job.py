"""An export job knows its conversation as a whole."""

from __future__ import annotations

import pytest

from chatsimples.chat.records import Record
from chatsimples.config.replay import ExportSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.export.job import ExportJob, RoomSummary, Summary


def at(second: int) -> str:
    return f"2026-11-22T15:00:{second:02d}.500000Z"


def job(*records: Record, title: str = "") -> ExportJob:
    return ExportJob(lambda: iter([(record, b"") for record in records]), ExportSettings(title=title), str)


RECORDS = (
    Record(4, at(0), "start", server="x"),
    Record(5, at(1), "join", 1, "ana", room="Turma"),
    Record(6, at(30), "message", 1, "ana", room="geral", text="x"),
    Record(7, at(20), "message", 1, "ana", to="bia", text="x"),
    Record(8, at(22), "message", 1, "ana", room="turma", text="x"),
)


def test_a_summary_counts_everything() -> None:
    found = job(*RECORDS).summary()
    rooms = {"turma": RoomSummary(0, "Turma", 2), "geral": RoomSummary(1, "geral", 1)}
    # The clock was set back by ten seconds, which takes no time.
    assert Summary(5, RECORDS[0], RECORDS[-1], 32.0, 1, rooms) == found


def test_arrivals_and_ends_of_connections_are_in_the_records_alone() -> None:
    records = [
        Record(1, at(0), "hello", 1, "ana"),
        Record(2, at(1), "join", 1, "ana", room="geral"),
        Record(3, at(2), "leave", 1, "ana", room="geral", reason="quit"),
        Record(4, at(9), "bye", 1, "ana", reason="quit"),
    ]
    made = job(*records)
    assert records == [record for record, _ in made.lines()]
    assert records[1:3] == [record for record, _ in made.conversation()]
    assert (2, 1.0) == (made.summary().count, made.summary().seconds)


def test_nothing_has_a_summary_too() -> None:
    assert Summary() == job().summary()


def test_the_title_is_the_setting_or_the_rooms_names() -> None:
    found = job(*RECORDS).summary()
    assert "#Turma, #geral" == job().title(found)
    assert r"aula \x1b[2J" == job(title="aula \x1b[2J").title(found)
    assert "ChatSimples" == job().title(Summary())
    many = Summary(rooms={str(number): RoomSummary(number, f"r{number}") for number in range(5)})
    assert "#r0, #r1, #r2, #r3…" == job().title(many)


@pytest.mark.parametrize("time", ["", "now", "2026-11-22T15:00:00Z", "2026-11-22T15:00:00.abcdefZ"])
def test_a_time_that_is_none_is_an_error_that_names_the_record(time: str) -> None:
    forged = Record(9, time, "message", 1, "ana", room="geral", text="x")
    with pytest.raises(ChatSimplesError, match="record 9 has a time that is none"):
        job(*RECORDS, forged).summary()
