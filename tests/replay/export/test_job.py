"""What is exported, as a whole."""

from __future__ import annotations

import pytest

from chatsimples.chat.records import Record
from chatsimples.config.replay import ExportSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.replay.export.job import Job, Room, Survey


def at(second):
    return f"2026-11-22T15:00:{second:02d}.500000Z"


def job(*records, title=""):
    return Job(lambda: iter([(record, b"") for record in records]), ExportSettings(title=title), str)


RECORDS = (
    Record(4, at(0), "start", server="x"),
    Record(5, at(1), "join", 1, "ana", room="Turma"),
    Record(6, at(30), "message", 1, "ana", room="geral", text="x"),
    Record(7, at(20), "message", 1, "ana", to="bia", text="x"),
    Record(8, at(22), "message", 1, "ana", room="turma", text="x"),
)


def test_a_survey_counts_everything():
    found = job(*RECORDS).survey()
    rooms = {"turma": Room(0, "Turma", 2), "geral": Room(1, "geral", 1)}
    # The clock was set back by ten seconds, which takes no time.
    assert Survey(5, RECORDS[0], RECORDS[-1], 32.0, 1, rooms) == found


def test_nothing_is_surveyed_too():
    assert Survey() == job().survey()


def test_the_title_is_the_one_asked_for_or_the_rooms_names():
    found = job(*RECORDS).survey()
    assert "#Turma, #geral" == job().title(found)
    assert r"aula \x1b[2J" == job(title="aula \x1b[2J").title(found)
    assert "ChatSimples" == job().title(Survey())
    many = Survey(rooms={str(number): Room(number, f"r{number}") for number in range(5)})
    assert "#r0, #r1, #r2, #r3…" == job().title(many)


@pytest.mark.parametrize("time", ["", "now", "2026-11-22T15:00:00Z", "2026-11-22T15:00:00.abcdefZ"])
def test_a_time_that_is_none_is_told_with_its_record(time):
    forged = Record(9, time, "message", 1, "ana", room="geral", text="x")
    with pytest.raises(ChatSimplesError, match="record 9 has a time that is none"):
        job(*RECORDS, forged).survey()
