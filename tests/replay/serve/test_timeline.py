"""A recorded chat that happens again: what has happened by which time."""

from __future__ import annotations

from pathlib import Path

import pytest
from replay.playing import at, chat, record_chat
from replay.serving import FAR, a_chat
from transcript.logs import LOG, checkpoint, make_log

from chatsimples.errors import ChatSimplesError, TranscriptDamagedError
from chatsimples.replay.recording.rhythm import limit_idle, speed_up, timed
from chatsimples.replay.recording.selection import place
from chatsimples.replay.serve.timeline import BETWEEN_ROUNDS, Pace, Timeline
from chatsimples.transcript.anchors import Anchor
from chatsimples.transcript.checkpoints import save_checkpoint
from chatsimples.transcript.segments import Header, segments


def begun(
    folder: Path, where: str = "", now: float = 100.0, pace: Pace = timed, *, loop: bool = False
) -> Timeline:
    timeline = Timeline(folder, place(where, str), pace, str, loop=loop)
    timeline.begin(now)
    return timeline


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return record_chat(tmp_path / "chat", chat([0, 1, 1, 4]))


def test_each_record_happens_when_it_is_due(folder: Path) -> None:
    timeline = begun(folder)
    times = (99.0, 100.0, 100.9, 101.0, 103.9, 104.0, 200.0)
    seen = [(timeline.release(now), timeline.seq, timeline.due) for now in times]
    expected = [
        (False, 0, 100.0), (True, 1, 101.0), (False, 1, 101.0), (True, 3, 104.0), (False, 3, 104.0),
        (True, 4, None), (False, 4, None),
    ]  # fmt: skip
    assert expected == seen
    assert timeline.ended


def test_its_pace_is_the_one_that_it_is_given(folder: Path) -> None:
    timeline = begun(folder, pace=lambda lines: speed_up(limit_idle(timed(lines), 2), 10))
    timeline.release(100.3 - 0.001)
    assert 3 == timeline.seq
    timeline.release(100.3 + 0.001)
    assert 4 == timeline.seq


@pytest.mark.parametrize(
    ("where", "start"), [("", 0), ("1", 0), ("3", 2), ("4", 3), (at(0.5), 1), (at(1), 1), (at(4), 3)]
)
def test_it_begins_at_a_place_and_knows_what_was_before(folder: Path, where: str, start: int) -> None:
    timeline = begun(folder, where)
    assert (start, start, start) == (timeline.seq, timeline.start_seq, timeline.state.seq)
    timeline.release(100.0)
    assert timeline.seq > start


def test_a_place_behind_the_end_is_an_error(folder: Path) -> None:
    for where in ("5", at(4.5)):
        with pytest.raises(ChatSimplesError, match="ends before that"):
            begun(folder, where)


def test_who_is_where_is_known_at_every_time(tmp_path: Path) -> None:
    timeline = begun(record_chat(tmp_path, a_chat()), "4")
    assert {"geral": 2} == sizes(timeline)
    timeline.release(100.0)
    assert (10, {"geral": 3, "turma": 1}) == (timeline.seq, sizes(timeline))
    assert 100.0 + FAR == timeline.due


def due(timeline: Timeline) -> float:
    assert timeline.due is not None
    return timeline.due


def sizes(timeline: Timeline) -> dict[str, int]:
    return {key: len(room.members) for key, room in timeline.state.rooms.items()}


def test_it_begins_again_with_a_pause_and_as_it_began_first(tmp_path: Path) -> None:
    timeline = begun(record_chat(tmp_path, a_chat()), "4", loop=True)
    for number in range(3):
        start = due(timeline)
        assert (number, 3, {"geral": 2}) == (timeline.round, timeline.until(number), sizes(timeline))
        timeline.release(start + FAR - 1)
        assert (number, 10) == (timeline.round, timeline.seq)
        assert timeline.release(start + FAR)
        assert (number + 1, 3, 12) == (timeline.round, timeline.until(number + 1), timeline.until(number))
        assert start + FAR + BETWEEN_ROUNDS == timeline.due
        assert not timeline.release(due(timeline) - 0.001)
    assert not timeline.ended


def test_a_burst_happens_in_parts_so_that_nobody_waits_long(tmp_path: Path) -> None:
    timeline = begun(record_chat(tmp_path, chat([0] * 5_000)))
    seen = []
    while timeline.release(100.0):
        seen.append(timeline.seq)
    assert 5_000 == seen[-1]
    assert len(seen) > 1


@pytest.mark.parametrize("loop", [False, True])
def test_where_nothing_was_recorded_it_has_ended_at_once(tmp_path: Path, loop: bool) -> None:
    make_log(tmp_path)
    timeline = begun(tmp_path, loop=loop)
    assert (True, None, LOG) == (timeline.ended, timeline.due, timeline.log)


def test_a_part_begins_with_what_its_checkpoint_says(tmp_path: Path) -> None:
    record_chat(tmp_path, a_chat())
    before = begun(tmp_path, "5").state.snapshot()
    path = segments(tmp_path)[0]
    header = Header(log=LOG, first_seq=5, previous="1" * 64)
    lines = path.read_bytes().splitlines(keepends=True)
    path.unlink()
    part = tmp_path / "transcript-000000000005.jsonl"
    part.write_bytes(header.encode() + b"".join(lines[5:]))
    assert {} == sizes(begun(tmp_path))
    save_checkpoint(tmp_path, Anchor.beginning(header), before)
    assert {"geral": 2, "turma": 1} == sizes(begun(tmp_path))


def test_damage_is_told_where_it_is_met(tmp_path: Path) -> None:
    make_log(tmp_path, 3, 3)
    assert checkpoint(tmp_path)
    path = segments(tmp_path)[1]
    path.write_bytes(path.read_bytes().replace(b'"conn":1', b'"conn":x', 1))
    timeline = begun(tmp_path)
    with pytest.raises(TranscriptDamagedError):
        timeline.release(100.0)
    path.write_bytes(b"nonsense\n")
    segments(tmp_path)[0].unlink()
    with pytest.raises(TranscriptDamagedError, match="header"):
        begun(tmp_path)
