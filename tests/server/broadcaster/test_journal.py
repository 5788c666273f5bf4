"""The way into the transcript: whole batches, seals when it is quiet, segments of a bounded size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from server.broadcaster.told import Told
from transcript.logs import file_size_limit, message, open_log

from chatsimples.chat.records import to_line
from chatsimples.errors import StorageFullError
from chatsimples.server.broadcaster.checkpointing import Checkpointing
from chatsimples.server.broadcaster.journal import SEAL_AFTER, Journal
from chatsimples.transcript.checkpoints import checkpoint_name, find_checkpoints
from chatsimples.transcript.index.closed import has_index
from chatsimples.transcript.index.keys import room_key
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.recovery import Recovery
from chatsimples.transcript.segments import segments
from chatsimples.transcript.writer import TranscriptWriter


@pytest.fixture
def recovery(tmp_path: Path) -> Iterator[Recovery]:
    """Give a transcript whose segments are small."""
    opened = open_log(tmp_path, segment_size=1_000)
    yield opened
    opened.writer.close()


@pytest.fixture
def writer(recovery: Recovery) -> TranscriptWriter:
    return recovery.writer


@pytest.fixture
def journal(recovery: Recovery) -> Journal:
    return Journal(recovery.writer, Checkpointing(recovery, Told(recovery.writer)), LogIndex())


def has_no_room(*_: Any) -> None:
    raise StorageFullError("no room")


def test_what_is_appended_is_in_the_transcript_line_by_line(
    journal: Journal, writer: TranscriptWriter
) -> None:
    records = [message(1), message(2, "com\u2028quebra")]
    lines = journal.append(records)
    assert [to_line(record) for record in records] == lines
    assert writer.path.read_bytes().endswith(b"".join(lines))
    assert (2, 2) == (writer.last_seq, writer.unsealed)


def test_no_records_are_nothing_to_write(journal: Journal, writer: TranscriptWriter) -> None:
    before = writer.path.read_bytes()
    assert [] == journal.append([])
    assert before == writer.path.read_bytes()


def test_what_has_no_room_can_be_appended_later(
    journal: Journal, writer: TranscriptWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(writer, "append", has_no_room)
        with pytest.raises(StorageFullError):
            journal.append([message(1)])
    assert [to_line(message(1))] == journal.append([message(1)])


def test_it_seals_only_after_a_while_without_records(journal: Journal, writer: TranscriptWriter) -> None:
    journal.append([message(1)])
    now = time.monotonic()
    journal.keep_house(now + SEAL_AFTER / 2)
    unsealed = [writer.unsealed]
    journal.keep_house(now + SEAL_AFTER)
    assert [1, 0] == [*unsealed, writer.unsealed]


def test_a_seal_without_room_is_tried_again_after_a_while(
    journal: Journal, writer: TranscriptWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([message(1)])
    now = time.monotonic() + SEAL_AFTER
    with monkeypatch.context() as full:
        full.setattr(writer, "seal", has_no_room)
        journal.keep_house(now)
    journal.keep_house(now + SEAL_AFTER / 2)
    unsealed = [writer.unsealed]
    journal.keep_house(now + SEAL_AFTER)
    assert [1, 0] == [*unsealed, writer.unsealed]


def test_a_large_segment_is_followed_by_another(
    journal: Journal, writer: TranscriptWriter, tmp_path: Path
) -> None:
    journal.append([message(1)])
    journal.keep_segments_small()
    journal.append([message(2, "x" * 1_000)])
    journal.keep_segments_small()
    assert ["transcript-000000000001.jsonl", "transcript-000000000003.jsonl"] == [
        path.name for path in segments(tmp_path)
    ]


def test_a_segment_that_has_no_room_to_begin_is_begun_later(
    journal: Journal, writer: TranscriptWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([message(1, "x" * 1_000)])
    with monkeypatch.context() as full:
        full.setattr(writer, "roll", has_no_room)
        journal.keep_segments_small()
    journal.append([message(2)])
    journal.keep_segments_small()
    assert 2 == len(segments(tmp_path))


def test_what_is_appended_is_in_the_index_and_complete_segments_get_theirs(
    recovery: Recovery, writer: TranscriptWriter, tmp_path: Path
) -> None:
    index = LogIndex()
    journal = Journal(writer, Checkpointing(recovery, Told(writer)), index)
    journal.append([message(1, "x" * 1_000), message(2)])
    journal.keep_segments_small()
    journal.append([message(3)])
    for path in segments(tmp_path):
        for room, block in (("geral", 0), ("turma", None)):
            blocks = index.find(path, frozenset([room_key(room)]))
            assert blocks is not None
            assert block == blocks.first_from(0)
    while not has_index(segments(tmp_path)[0], 65_536):
        journal.keep_house(0.0)
    assert not has_index(writer.path, 65_536)


def test_an_index_that_has_no_room_is_told_and_missed(
    recovery: Recovery, writer: TranscriptWriter, tmp_path: Path
) -> None:
    journal = Journal(writer, Checkpointing(recovery, Told(writer)), LogIndex())
    journal.append([message(1, "x" * 1_000)])
    journal.keep_segments_small()
    journal.append([message(2)])
    with file_size_limit(10):
        journal.keep_house(0.0)
    journal.keep_house(0.0)
    assert not has_index(segments(tmp_path)[0], 65_536)
    assert [to_line(message(3))] == journal.append([message(3)])


def test_closing_seals_and_leaves_a_checkpoint_of_the_end(
    journal: Journal, writer: TranscriptWriter, tmp_path: Path
) -> None:
    journal.append([message(1)])
    journal.close()
    assert b'{"type":"seal","seq":1,' in writer.path.read_bytes()
    assert [checkpoint_name(2)] == [path.name for path in find_checkpoints(tmp_path)]


def test_a_new_segment_gets_its_checkpoint_while_the_loop_goes_round(
    journal: Journal, tmp_path: Path
) -> None:
    journal.append([message(1, "x" * 1_000)])
    journal.keep_house(0.0)
    assert [] == find_checkpoints(tmp_path)
    journal.keep_segments_small()
    turns = 0
    while journal.busy:
        journal.keep_house(0.0)
        turns += 1
    assert [checkpoint_name(2)] == [path.name for path in find_checkpoints(tmp_path)]
    assert turns > 1
