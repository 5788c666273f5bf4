"""Where something was said last within a time is found, and what is looked at for it is bounded."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs
from transcript.logs import open_log

from chatsimples.chat.effects import Conversation, ConversationList, Survey
from chatsimples.chat.records import Record, timestamp, to_line
from chatsimples.transcript import conversations
from chatsimples.transcript.conversations import ConversationSearch
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.reader import TranscriptReader

ASKED = Survey(1, ("geral", "Turma", "quieta"), (1, "A"), 100, 10, timestamp(0), timestamp(99_000_000), "c1")


def at(seq: int) -> str:
    return timestamp(seq * 1_000_000)


def private(seq: int, nick: str, to: str, identity: str, to_identity: str) -> Record:
    return Record(
        seq, at(seq), "message", 7, nick, to=to, to_conn=8, text="psst", identity=identity,
        to_identity=to_identity,
    )  # fmt: skip


RECORDS = [
    Record(1, at(1), "message", 1, "ana", room="geral", text="oi"),
    private(2, "ana", "bia", "A", "B"),
    Record(3, at(3), "message", 2, "bia", room="turma", text="oi"),
    private(4, "Eva", "ana", "E", "A"),
    private(5, "eva", "bia", "E", "B"),
    Record(6, at(6), "message", 2, "bia", room="GERAL", text="oi"),
    Record(7, at(7), "join", 2, "bia", room="quieta"),
    private(8, "ana", "eva", "A", "E"),
    private(9, "ana", "eva", "B", "E"),
]


@pytest.fixture
def reader(tmp_path: Path) -> TranscriptReader:
    writer = open_log(tmp_path).writer
    writer.append(b"".join(map(to_line, RECORDS)), 9, len(RECORDS))
    writer.close()
    return TranscriptReader(tmp_path)


def told(reader: TranscriptReader, **asked: object) -> ConversationList:
    search = ConversationSearch(reader, structs.replace(ASKED, **asked))
    while not search.step():
        pass
    assert [] == search.found
    return search.end()


def test_each_is_told_once_with_its_last_message_the_earliest_first(reader: TranscriptReader) -> None:
    expected = [
        Conversation(at(2), to="bia"), Conversation(at(3), room="Turma"), Conversation(at(6), room="geral"),
        Conversation(at(8), to="eva"),
    ]  # fmt: skip
    assert ConversationList(expected, complete=True, id="c1") == told(reader)
    assert ConversationList(expected[:2], complete=False, id="c1") == told(reader, limit=2)


def test_what_was_last_said_outside_of_the_time_is_not_told(reader: TranscriptReader) -> None:
    def names(**asked: object) -> list[str]:
        return [each.room or each.to for each in told(reader, **asked).conversations]

    assert ["Turma", "geral", "eva"] == names(at=at(3))
    assert ["Turma", "geral"] == names(at=at(3), until=at(8))
    assert [] == names(at=at(4), until=at(6))
    assert [] == names(at=at(50))


def test_nobody_is_told_of_what_was_not_theirs(reader: TranscriptReader) -> None:
    assert [] == told(reader, rooms=(), own=()).conversations
    assert [] == told(reader, rooms=(), own=(77, "Z")).conversations


def test_no_more_is_looked_at_than_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "BLOCKS_OF_A_ROOM", 2)
    monkeypatch.setattr(conversations, "PRIVATE_BLOCKS", 2)
    joins = [Record(seq, at(seq), "join", 1, "ana", room="quieta") for seq in range(10, 80)]
    writer = open_log(tmp_path).writer
    records = [private(9, "ana", "bia", "A", "B"), *joins]
    head = [structs.replace(RECORDS[0], seq=seq, at=at(seq), room="x") for seq in range(1, 9)]
    records = [*head, *records]
    writer.append(b"".join(map(to_line, records)), 79, len(records))
    writer.close()
    reader = TranscriptReader(tmp_path, index=LogIndex(256))
    assert ConversationList([], complete=False, id="c1") == told(reader)
