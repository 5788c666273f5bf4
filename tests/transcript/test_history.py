"""The last messages of a room, found from the newest back, step by step."""

from __future__ import annotations

from pathlib import Path

import pytest
from transcript.index.logs_with_rooms import append
from transcript.logs import AT, OTHER_LOG, open_log

from chatsimples.chat.records import Record, to_line
from chatsimples.errors import UnreadableError
from chatsimples.transcript.history import HistorySearch
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.reader import TranscriptReader


def said(seq: int, room: str, text: str = "oi") -> Record:
    return Record(seq, AT, "message", 1, "ana", room=room, text=text)


def recorded(folder: Path, records: list[Record]) -> TranscriptReader:
    writer = open_log(folder).writer
    writer.append(b"".join(map(to_line, records)), records[-1].seq, len(records))
    writer.close()
    return TranscriptReader(folder)


@pytest.fixture
def reader(tmp_path: Path) -> TranscriptReader:
    """A transcript with messages of two rooms, and other records."""
    return recorded(
        tmp_path,
        [
            Record(1, AT, "join", 1, "ana", room="Geral"),
            said(2, "Geral"),
            said(3, "turma"),
            Record(4, AT, "message", 1, "ana", to="bia", to_conn=2, text="geral"),
            said(5, "GERAL"),
            Record(6, AT, "leave", 1, "ana", room="geral", reason="left"),
            said(7, "geral"),
            said(8, "turma"),
        ],
    )


def finish(search: HistorySearch) -> HistorySearch:
    while not search.step():
        pass
    return search


def seqs(search: HistorySearch) -> list[int]:
    return [record.seq for record, _ in search.found]


@pytest.mark.parametrize(
    ("key", "before", "limit", "expected"),
    [
        ("geral", 9, 50, [2, 5, 7]),
        ("geral", 9, 3, [2, 5, 7]),
        ("geral", 7, 50, [2, 5]),
        ("geral", 2, 50, []),
        ("turma", 99, 50, [3, 8]),
        ("nowhere", 9, 1, []),
    ],
)
def test_all_messages_of_a_room_before_a_seq_are_found_in_order(
    reader: TranscriptReader, key: str, before: int, limit: int, expected: list[int]
) -> None:
    search = finish(HistorySearch(reader, key, before, limit))
    assert expected == seqs(search)
    assert search.complete
    assert 0 == search.next_before


@pytest.mark.parametrize(
    ("key", "before", "limit", "expected"),
    [
        ("geral", 9, 2, ([5, 7], 5)),
        ("geral", 7, 1, ([5], 5)),
        ("turma", 9, 1, ([8], 8)),
        ("geral", 9, 0, ([], 9)),
    ],
)
def test_a_limit_gives_the_newest_and_says_where_to_go_on(
    reader: TranscriptReader, key: str, before: int, limit: int, expected: tuple[list[int], int]
) -> None:
    search = finish(HistorySearch(reader, key, before, limit))
    assert expected == (seqs(search), search.next_before)
    assert not search.complete


def test_searches_that_go_on_where_the_last_ended_find_everything_once(reader: TranscriptReader) -> None:
    found: list[int] = []
    before = 99
    while before:
        search = finish(HistorySearch(reader, "geral", before, 1))
        found += seqs(search)
        before = search.next_before
    assert [7, 5, 2] == found


def test_each_message_comes_with_its_exact_line(reader: TranscriptReader) -> None:
    search = finish(HistorySearch(reader, "turma", 99, 1))
    assert [(said(8, "turma"), to_line(said(8, "turma")))] == search.found


def test_a_bound_on_bytes_ends_the_search_but_not_before_one_is_found(reader: TranscriptReader) -> None:
    line = len(to_line(said(7, "geral")))
    bounds = (1, line - 1, line, 2 * line, 3 * line, 0)
    given = [seqs(finish(HistorySearch(reader, "geral", 99, 50, bound))) for bound in bounds]
    assert [[7], [7], [5, 7], [2, 5, 7], [2, 5, 7], [2, 5, 7]] == given
    assert 7 == finish(HistorySearch(reader, "geral", 99, 50, 1)).next_before


def test_what_is_far_back_is_found_in_several_steps(tmp_path: Path) -> None:
    rooms = {2: "turma", 3: "turma", 4: "turma"}
    reader = recorded(tmp_path, [said(seq, rooms.get(seq, "geral"), "x" * 100) for seq in range(1, 3_000)])
    search = HistorySearch(reader, "turma", 3_000, 2)
    steps = 1
    while not search.step():
        steps += 1
    assert steps > 3
    assert ([3, 4], False, 3) == (seqs(search), search.complete, search.next_before)


def test_a_room_without_messages_costs_a_step_for_each_few_segments(tmp_path: Path) -> None:
    index = LogIndex()
    writer = open_log(tmp_path).writer
    for number in range(20):
        if number:
            writer.roll()
        append(writer, index, [said(writer.last_seq + 1, "geral")])
        while index.step():
            pass
    writer.close()
    search = HistorySearch(TranscriptReader(tmp_path, index=index), "turma", writer.last_seq + 1, 50)
    assert [False, False, True] == [search.step() for _ in range(3)]
    assert ([], True) == (search.found, search.complete)


def test_a_search_of_a_transcript_that_is_gone_says_so(tmp_path: Path) -> None:
    search = HistorySearch(TranscriptReader(tmp_path / OTHER_LOG), "geral", 9, 1)
    with pytest.raises(UnreadableError):
        search.step()
