"""A recorded chat as a workload: its rooms, sizes and rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.paths import SAMPLE

from chatsimples.chat.records import Record, to_line
from chatsimples.errors import ChatSimplesError, WorkloadError
from chatsimples.loadtest.generator.schedule import Due
from chatsimples.loadtest.run import workload
from chatsimples.loadtest.run.workload import Workload, read_workload
from chatsimples.loadtest.wire.texts import HEAD

_BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)

Said = tuple[float, str, str]
"""Seconds, room (none for a private message) and text."""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "transcript-000000000001.jsonl"


def write(path: Path, said: Sequence[Said]) -> Path:
    """Write a transcript's segment without seals, as it is while it grows."""
    head = b'{"type":"transcript","version":1,"log":"01KAQ3J5X5W9K3T0V2N8R7C4M6","first_seq":1,'
    lines = [head + b'"previous":"%s"}\n' % (b"0" * 64)]
    for seq, (at, room, text) in enumerate(said, start=1):
        when = (_BEGIN + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        to = {} if room else {"to": "bia", "to_conn": 2}
        record = Record(seq, when, "message", 1, "ana", room=room, text=text, **to)  # type: ignore[arg-type] # by name
        lines.append(to_line(record))
    path.write_bytes(b"".join(lines))
    return path


def read(path: Path, speed: float = 1.0, longest: int = 0) -> Workload:
    return read_workload(path, speed, longest, str)


def test_times_rooms_and_sizes_are_those_of_the_record(record: Path) -> None:
    long = "x" * 500
    write(record, [(5, "geral", "short"), (6, "sala", long), (6.25, "geral", "é" * 30)])
    found = read(record)
    expected = [Due(0, 0, HEAD), Due(1_000_000, 1, 500), Due(1_250_000, 0, 60)]
    assert Workload(expected, 2, 1.25, whole=True) == found
    assert 3 / 1.25 == found.rate


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0])
def test_the_rhythm_goes_as_fast_as_is_asked(record: Path, speed: float) -> None:
    write(record, [(0, "geral", "a"), (1, "geral", "b"), (4, "geral", "c")])
    found = read(record, speed)
    assert [0, int(1e6 / speed), int(4e6 / speed)] == [each.at for each in found.messages]
    assert 4 / speed == found.seconds


def test_a_clock_that_was_set_back_stands_still_and_time_never_goes_backwards(record: Path) -> None:
    write(
        record,
        [(10, "geral", "a"), (12, "geral", "b"), (3, "geral", "c"), (11, "geral", "d"), (13, "geral", "e")],
    )
    assert [0, 2_000_000, 2_000_000, 2_000_000, 3_000_000] == [each.at for each in read(record).messages]


def test_a_clock_that_goes_back_to_before_the_beginning_does_no_harm(record: Path) -> None:
    write(record, [(10, "geral", "a"), (-3_600, "geral", "b")])
    assert [0, 0] == [each.at for each in read(record).messages]


def test_private_messages_are_said_in_a_room_of_their_own(record: Path) -> None:
    write(record, [(0, "geral", "a"), (1, "", "psst"), (2, "geral", "b"), (3, "", "psst")])
    found = read(record)
    assert [0, 1, 0, 1] == [each.room for each in found.messages]
    assert 2 == found.rooms


def test_texts_too_long_for_a_server_are_as_long_as_it_takes(record: Path) -> None:
    write(record, [(0, "geral", "x" * 2_000), (1, "geral", "y" * 20)])
    assert [400, 20] == [each.size for each in read(record, longest=400).messages]
    assert [2_000, 20] == [each.size for each in read(record).messages]


def test_a_folder_is_read_as_well_as_a_segment_and_other_records_do_not_count() -> None:
    whole = read(SAMPLE)
    assert whole == read(next(SAMPLE.glob("*.jsonl")))
    text = next(SAMPLE.glob("*.jsonl")).read_text("utf-8")
    assert text.count('"type":"message"') == len(whole.messages)
    assert whole.whole


def test_more_rooms_and_messages_than_are_wanted_are_left_out_and_it_is_told(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workload, "MOST_ROOMS", 2)
    monkeypatch.setattr(workload, "MOST_MESSAGES", 3)
    write(record, [(at, f"room-{at}", "a") for at in range(4)])
    found = read(record)
    assert [0, 1, 0] == [each.room for each in found.messages]
    assert 2 == found.rooms
    assert not found.whole


def test_one_without_a_message_is_refused(record: Path) -> None:
    write(record, [])
    with pytest.raises(WorkloadError, match=r"transcript-000000000001\.jsonl: there is no message in it"):
        read(record)


def test_one_that_is_not_there_or_is_damaged_is_refused_with_the_place(record: Path, tmp_path: Path) -> None:
    with pytest.raises((ChatSimplesError, OSError), match="nowhere"):
        read(tmp_path / "nowhere")
    write(record, [(0, "geral", "a"), (1, "geral", "b"), (2, "geral", "c")])
    whole = record.read_bytes()
    for damaged in (b'{"seq":x', b"\0\0\0\0\0\0\0\0", b'{"soq":2', b"\xff\xfe", b"\n"):
        record.write_bytes(whole.replace(b'{"seq":2', damaged))
        with pytest.raises(ChatSimplesError, match=r"transcript-000000000001.jsonl: line 3"):
            read(record)


def test_a_folder_without_a_transcript_is_refused(tmp_path: Path) -> None:
    with pytest.raises((ChatSimplesError, OSError)):
        read(tmp_path)
