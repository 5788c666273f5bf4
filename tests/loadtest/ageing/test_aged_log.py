"""The transcript of a chat that has aged."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatsimples.chat.state import State
from chatsimples.errors import StartError
from chatsimples.loadtest.ageing.aged_log import BETWEEN_RECORDS, Ageing, write_aged_log
from chatsimples.loadtest.ageing.life import EVERYBODY_STAYS
from chatsimples.transcript.checkpoints import find_checkpoints, read_anchor, read_state
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.verify import verify

RECORDS = 5_000


def test_it_is_a_sound_transcript_with_a_checkpoint_at_its_end(tmp_path: Path) -> None:
    told: list[int] = []
    write_aged_log(tmp_path, 2 * RECORDS, told.append)
    found = verify(tmp_path)
    assert found.ok
    assert found.last_seq > 2 * RECORDS
    assert not found.unsealed
    assert all(each > 0 for each in told)
    (checkpoint,) = find_checkpoints(tmp_path)
    anchor, saved = read_anchor(checkpoint), read_state(checkpoint)
    assert anchor is not None
    assert saved is not None
    state = State()
    state.restore(saved)
    assert found.last_seq == anchor.seq == state.seq
    assert not state.connections


def test_its_checkpoint_tells_what_its_records_tell(tmp_path: Path) -> None:
    write_aged_log(tmp_path, RECORDS)
    state = State()
    cursor = TranscriptReader(tmp_path).cursor(0)
    while lines := cursor.read(1 << 20):
        for record, _ in lines:
            state.evolve(record)
    assert read_state(find_checkpoints(tmp_path)[0]) == state.snapshot()


def test_a_transcript_that_is_there_is_not_touched(tmp_path: Path) -> None:
    write_aged_log(tmp_path, 100)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.suffix == ".jsonl"}
    with pytest.raises(StartError, match="holds a transcript already"):
        write_aged_log(tmp_path, 100)
    assert before == {path: path.read_bytes() for path in before}


def test_it_ends_now_after_as_many_years_as_it_has_records() -> None:
    now = 1_795_359_600_000_000
    chat = Ageing("01KAQ3J5X5W9K3T0V2N8R7C4M6", EVERYBODY_STAYS, now, RECORDS)
    chat.begin()
    assert chat.now == now - (RECORDS - 1) * BETWEEN_RECORDS
    while chat.state.seq < RECORDS:
        chat.go_on()
    assert chat.now >= now
