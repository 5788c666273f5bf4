"""What is selected: by seq, by time, by room, by nick."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatsimples.chat.records import Record, timestamp, to_line
from chatsimples.errors import SettingError
from chatsimples.replay.recording.selection import place, selection
from chatsimples.transcript.reader import Line

START = 1_795_100_400_000_000  # 2026-11-19T15:00:00Z
MINUTE = 60_000_000


@pytest.fixture(autouse=True)
def zone(set_zone: Callable[[str], None]) -> None:
    """Let the machine be five hours behind UTC, where there is no summer time."""
    set_zone("EST5")


def lines(*records: Record) -> list[Line]:
    return [(record, to_line(record)) for record in records]


def at(minutes: int) -> str:
    return timestamp(START + minutes * MINUTE)


HOUR = lines(*(Record(n + 1, at(10 * n), "message", 1, "ana", room="geral", text="x") for n in range(7)))


def seqs(
    begin: str = "", end: str = "", room: str = "", nick: str = "", given: list[Line] = HOUR
) -> list[int]:
    return [record.seq for record, _ in selection(begin, end, room, nick, str).select(given)]


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("", "", [1, 2, 3, 4, 5, 6, 7]),
        ("3", "5", [3, 4, 5]),
        ("2026-11-19T15:20:00Z", "2026-11-19T15:40:00Z", [3, 4, 5]),
        ("2026-11-19T15:20:00+00:00", "5", [3, 4, 5]),
        ("2026-11-19T10:20", "", [3, 4, 5, 6, 7]),
        ("10:20", "10:40", [3, 4, 5]),
        ("10:20:00.000001", "10:39:59", [4]),
        ("2026-11-19", "2026-11-19", [1, 2, 3, 4, 5, 6, 7]),
        ("2026-11-20", "", []),
        ("", "2026-11-18", []),
        ("8", "", []),
    ],
)
def test_a_selection_has_both_its_ends(begin: str, end: str, expected: list[int]) -> None:
    assert expected == seqs(begin, end)


@pytest.mark.parametrize("text", ["0", "-1", "yesterday", "25:00", "2026-13-01", "1e3", "15:00 o'clock", "²"])
def test_what_is_no_place_is_told(text: str) -> None:
    with pytest.raises(SettingError, match="neither a seq nor a time"):
        place(text, str)


def test_rooms_and_people_are_selected_without_regard_to_case() -> None:
    given = lines(
        Record(1, at(0), "start", server="x"),
        Record(2, at(0), "join", 1, "Ana", room="Geral", dialect="json"),
        Record(3, at(0), "join", 2, "bia", room="turma", dialect="json"),
        Record(4, at(0), "message", 2, "bia", to="Ana", to_conn=1, text="x", id="1"),
        Record(5, at(0), "nick", 2, "bia", "carla", room="turma"),
        Record(6, at(0), "message", 2, "carla", room="turma", text="x"),
    )
    assert [2] == seqs(room="#geral", given=given)
    assert [2, 3, 5, 6] == seqs(room="geral, TURMA", given=given)
    assert [2, 4] == seqs(nick="ANA", given=given)
    assert [5, 6] == seqs(nick="carla", given=given)
    assert [5] == seqs(nick="carla", room="turma", end="5", given=given)


def test_reading_begins_at_the_seq_that_was_asked_for() -> None:
    assert [6, 0, 0] == [selection(begin, "", "", "", str).after for begin in ("7", "10:20", "")]
