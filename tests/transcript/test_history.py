"""Records of a room before or after a position, or from a time on, found step by step."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from msgspec import structs
from support.histories import given
from transcript.index.logs_with_rooms import ROOMS, any_record, append
from transcript.logs import AT, OTHER_LOG, open_log

from chatsimples.chat.effects import HistoryEnd, Recall
from chatsimples.chat.records import Record, timestamp, to_line
from chatsimples.errors import UnreadableError
from chatsimples.transcript.history import HistorySearch, search_for
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


def last(reader: TranscriptReader, room: str, before: int, limit: int, max_bytes: int = 0) -> HistorySearch:
    return search_for(reader, Recall(1, room, before, limit, "h"), max_bytes)


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
    search = finish(last(reader, key, before, limit))
    assert expected == seqs(search)
    assert search.end().complete
    assert 0 == search.end().before


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
    search = finish(last(reader, key, before, limit))
    assert expected == (seqs(search), search.end().before)
    assert not search.end().complete


def test_searches_that_go_on_where_the_last_ended_find_everything_once(reader: TranscriptReader) -> None:
    found: list[int] = []
    before = 99
    while before:
        search = finish(last(reader, "geral", before, 1))
        found += seqs(search)
        before = search.end().before
    assert [7, 5, 2] == found


def test_each_message_comes_with_its_exact_line(reader: TranscriptReader) -> None:
    search = finish(last(reader, "turma", 99, 1))
    assert [(said(8, "turma"), to_line(said(8, "turma")))] == search.found


def test_a_bound_on_bytes_ends_the_search_but_not_before_one_is_found(reader: TranscriptReader) -> None:
    line = len(to_line(said(7, "geral")))
    bounds = (1, line - 1, line, 2 * line, 3 * line, 0)
    given = [seqs(finish(last(reader, "geral", 99, 50, bound))) for bound in bounds]
    assert [[7], [7], [5, 7], [2, 5, 7], [2, 5, 7], [2, 5, 7]] == given
    assert 7 == finish(last(reader, "geral", 99, 50, 1)).end().before


def test_what_is_far_back_is_found_in_several_steps(tmp_path: Path) -> None:
    rooms = {2: "turma", 3: "turma", 4: "turma"}
    reader = recorded(tmp_path, [said(seq, rooms.get(seq, "geral"), "x" * 100) for seq in range(1, 3_000)])
    search = last(reader, "turma", 3_000, 2)
    steps = 1
    while not search.step():
        steps += 1
    assert steps > 3
    assert ([3, 4], False, 3) == (seqs(search), search.end().complete, search.end().before)


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
    search = last(TranscriptReader(tmp_path, index=index), "turma", writer.last_seq + 1, 50)
    assert [False, False, True] == [search.step() for _ in range(3)]
    assert ([], True) == (search.found, search.end().complete)


@pytest.mark.parametrize("asked", [Recall(1, "geral", 9, 1, "", after=after) for after in (-1, 0)])
def test_a_search_of_a_transcript_that_is_gone_says_so(tmp_path: Path, asked: Recall) -> None:
    with pytest.raises(UnreadableError):
        finish(search_for(TranscriptReader(tmp_path / OTHER_LOG), asked))


@pytest.mark.parametrize(
    ("after", "limit", "everything", "expected"),
    [
        (0, 50, False, ([2, 5, 7], True, 0)),
        (2, 50, False, ([5, 7], True, 0)),
        (0, 2, False, ([2, 5], False, 5)),
        (2, 2, False, ([5, 7], True, 0)),
        (7, 1, False, ([], True, 0)),
        (99, 1, False, ([], True, 0)),
        (0, 3, True, ([1, 2, 5], False, 5)),
        (5, 3, True, ([6, 7], True, 0)),
    ],
)
def test_what_comes_after_a_seq_is_found_the_oldest_first(
    reader: TranscriptReader, after: int, limit: int, everything: bool, expected: tuple[list[int], bool, int]
) -> None:
    search = finish(search_for(reader, Recall(1, "geral", 9, limit, "h", after, all=everything)))
    end = search.end()
    assert expected == (seqs(search), end.complete, end.after)
    assert HistoryEnd("geral", end.complete, 0, "h", end.after) == end


def test_what_came_after_the_question_is_not_in_the_answer(reader: TranscriptReader) -> None:
    search = finish(search_for(reader, Recall(1, "geral", 6, 50, "", after=0)))
    assert ([2, 5], True) == (seqs(search), search.end().complete)


def test_all_records_of_a_room_before_a_seq_are_found_if_they_are_asked_for(reader: TranscriptReader) -> None:
    search = finish(search_for(reader, Recall(1, "Geral", 9, 3, "", all=True)))
    assert ([5, 6, 7], False, 5) == (seqs(search), search.end().complete, search.end().before)


def at(second: int) -> str:
    return timestamp(1_795_359_600_000_000 + second * 1_000_000)


@pytest.fixture
def timed(tmp_path: Path) -> TranscriptReader:
    """A transcript of three segments with a record each second, every third one in a room of its own."""
    writer = open_log(tmp_path).writer
    for seq in range(1, 31):
        if seq in {11, 21}:
            writer.roll()
        room = "turma" if seq % 3 == 0 else "geral"
        writer.append(to_line(Record(seq, at(seq), "message", 1, "ana", room=room, text="oi")), seq, 1)
    writer.close()
    return TranscriptReader(tmp_path)


@pytest.mark.parametrize(
    ("time", "limit", "expected"),
    [
        (at(0), 2, HistoryEnd("turma", complete=False, before=3, after=6)),
        (at(3), 2, HistoryEnd("turma", complete=False, before=3, after=6)),
        (at(4), 2, HistoryEnd("turma", complete=False, before=6, after=9)),
        (at(10), 1, HistoryEnd("turma", complete=False, before=12, after=12)),
        (at(11), 1, HistoryEnd("turma", complete=False, before=12, after=12)),
        (at(21), 9, HistoryEnd("turma", complete=True, before=21)),
        (at(30), 1, HistoryEnd("turma", complete=True, before=30)),
        (at(31), 1, HistoryEnd("turma", complete=True)),
    ],
)
def test_what_was_said_from_a_time_on_is_found(
    timed: TranscriptReader, time: str, limit: int, expected: HistoryEnd
) -> None:
    search = finish(search_for(timed, Recall(1, "turma", 31, limit, "", at=time)))
    assert expected == search.end()
    assert list(range(expected.before, (expected.after or 30) + 1, 3)) == seqs(search) or not expected.before


def test_of_a_room_that_is_hidden_nothing_was_said_at_any_time(timed: TranscriptReader) -> None:
    for asked in (Recall(1, "turma", 1, 5, "", at=at(5)), Recall(1, "turma", 1, 5, "", after=3)):
        search = finish(search_for(timed, asked))
        assert (HistoryEnd("turma", complete=True), []) == (search.end(), search.found)


def test_every_answer_from_a_log_of_many_segments_is_right(tmp_path: Path, chance: random.Random) -> None:
    index = LogIndex(block_bytes=chance.choice((700, 4_096)))
    writer = open_log(tmp_path).writer
    records: list[Record] = []
    time = 0
    for _ in range(60):
        time += chance.choice((0, 0, 1, 50))
        seq = writer.last_seq + 1
        some = [
            structs.replace(any_record(chance, number), at=at(time))
            for number in range(seq, seq + chance.randint(1, 12))
        ]
        append(writer, index, some)
        records += some
        if chance.random() < 0.2:
            writer.roll()
        if chance.random() < 0.5:
            index.step()
    reader = TranscriptReader(tmp_path, 4, chance.choice((index, None)))
    for _ in range(300):
        asked = Recall(
            1, chance.choice([*ROOMS, "nowhere"]), chance.randint(1, len(records) + 1),
            chance.choice((1, 3, 1_000)), "", all=chance.random() < 0.5,
        )  # fmt: skip
        match chance.choice(("before", "after", "at")):
            case "after":
                asked = structs.replace(asked, after=chance.randint(0, len(records) + 1))
            case "at":
                asked = structs.replace(asked, at=at(chance.randint(-1, time + 1)))
        most = chance.choice((0, 1_000))
        search = finish(search_for(reader, asked, most))
        told = [record for record, _ in search.found]
        assert given(asked, records, search.end()) == told
        assert search.end().complete or len(told) == asked.limit or (most and sum_of(search) > most)
    writer.close()


def sum_of(search: HistorySearch) -> int:
    return sum(len(line) for _, line in search.found)


@pytest.fixture
def several(tmp_path: Path) -> TranscriptReader:
    """A transcript of twelve seconds: a message of geral in each."""
    return recorded(
        tmp_path,
        [Record(seq, at(seq), "message", 1, "ana", room="geral", text=str(seq)) for seq in range(1, 13)],
    )


def found(reader: TranscriptReader, **asked: object) -> tuple[list[int], bool]:
    recall = structs.replace(Recall(1, "geral", 13, 3, "h"), **asked)
    search = finish(search_for(reader, recall))
    return [record.seq for record, _ in search.found], search.end().complete


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"until": at(5)}, ([2, 3, 4], False)),
        ({"until": at(3)}, ([1, 2], True)),
        ({"until": at(1)}, ([], True)),
        ({"after": 4, "until": at(7)}, ([5, 6], True)),
        ({"after": 4, "before": 7}, ([5, 6], True)),
        ({"at": at(4), "until": at(7)}, ([4, 5, 6], True)),
        ({"at": at(4), "until": at(8)}, ([4, 5, 6], False)),
        ({"after": 4, "newest": True}, ([10, 11, 12], False)),
        ({"after": 10, "newest": True}, ([11, 12], True)),
        ({"at": at(4), "until": at(8), "newest": True}, ([5, 6, 7], False)),
        ({"after": 12, "newest": True}, ([], True)),
        ({"after": 6, "around": True}, ([5, 6, 7], False)),
        ({"after": 6, "around": True, "limit": 1}, ([6], False)),
        ({"after": 1, "around": True}, ([1, 2], False)),
        ({"after": 12, "around": True}, ([11, 12], False)),
        ({"at": at(6), "around": True, "limit": 4}, ([4, 5, 6, 7], False)),
        ({"at": at(6), "around": True, "limit": 100}, (list(range(1, 13)), True)),
        ({"at": at(6), "until": at(7), "around": True}, ([5, 6], False)),
    ],
)
def test_any_range_is_found_from_either_end(
    several: TranscriptReader, asked: dict[str, object], expected: tuple[list[int], bool]
) -> None:
    assert expected == found(several, **asked)


def private(seq: int, conn: int, to_conn: int, identity: str = "", to_identity: str = "") -> Record:
    nicks = {1: "ana", 2: "Bia", 3: "eva", 9: "bia2"}
    return Record(
        seq, at(seq), "message", conn, nicks[conn], to=nicks[to_conn], to_conn=to_conn, text="psst",
        identity=identity, to_identity=to_identity,
    )  # fmt: skip


def test_a_private_conversation_is_found_by_those_who_had_it_alone(tmp_path: Path) -> None:
    reader = recorded(
        tmp_path,
        [
            private(1, 1, 2, "A", "B"),
            private(2, 2, 1, "B", "A"),
            private(3, 2, 3, "B", "E"),
            private(4, 3, 1, "E", "A"),
            said(5, "geral"),
            # Bia again, under another nick; and ana, whose session is known by its connection alone.
            private(6, 9, 1, "B", "A"),
            private(7, 1, 2),
        ],
    )

    def seqs(own: tuple[int | str, ...], to: str, peer: str = "") -> list[int]:
        asked = Recall(1, "", 8, 50, "h", to=to, own=own, peer=peer)
        search = finish(search_for(reader, asked))
        assert (to, "", True) == (search.end().to, search.end().room, search.end().complete)
        return [record.seq for record, _ in search.found]

    assert [1, 2, 6, 7] == seqs((1, "A"), "bia", "B")
    assert [1, 2, 7] == seqs((1, "A"), "BIA")
    assert [1, 2] == seqs(("A",), "bia")
    assert [4] == seqs((1, "A"), "eva")
    assert [3] == seqs((3, "E"), "bia")
    assert [4] == seqs((3, "E"), "ana", "A")
    assert [] == seqs((77, "Z"), "ana", "A")
