"""A recorded chat that happens again: what has happened by which time."""

import pytest
from replay.playing import at, chat, record_chat
from replay.serving import FAR, a_chat
from transcript.logs import LOG, checkpoint, make_log

from chatsimples.errors import ChatSimplesError, TranscriptDamagedError
from chatsimples.replay.recording.rhythm import limit_idle, speed_up, timed
from chatsimples.replay.recording.selection import place
from chatsimples.replay.serve.broadcast import BETWEEN_ROUNDS, Broadcast
from chatsimples.transcript.checkpoints import save_checkpoint
from chatsimples.transcript.segments import Header, segments


def begun(folder, where="", now=100.0, pace=timed, *, loop=False):
    broadcast = Broadcast(folder, place(where, str), pace, str, loop=loop)
    broadcast.begin(now)
    return broadcast


@pytest.fixture
def folder(tmp_path):
    return record_chat(tmp_path / "chat", chat([0, 1, 1, 4]))


def test_each_record_happens_when_it_is_due(folder):
    broadcast = begun(folder)
    times = (99.0, 100.0, 100.9, 101.0, 103.9, 104.0, 200.0)
    seen = [(broadcast.release(now), broadcast.seq, broadcast.due) for now in times]
    expected = [
        (False, 0, 100.0), (True, 1, 101.0), (False, 1, 101.0), (True, 3, 104.0), (False, 3, 104.0),
        (True, 4, None), (False, 4, None),
    ]  # fmt: skip
    assert expected == seen
    assert broadcast.ended


def test_its_pace_is_the_one_that_it_is_given(folder):
    broadcast = begun(folder, pace=lambda lines: speed_up(limit_idle(timed(lines), 2), 10))
    broadcast.release(100.3 - 0.001)
    assert 3 == broadcast.seq
    broadcast.release(100.3 + 0.001)
    assert 4 == broadcast.seq


@pytest.mark.parametrize(
    ("where", "start"), [("", 0), ("1", 0), ("3", 2), ("4", 3), (at(0.5), 1), (at(1), 1), (at(4), 3)]
)
def test_it_begins_at_a_place_and_knows_what_was_before(folder, where, start):
    broadcast = begun(folder, where)
    assert (start, start, start) == (broadcast.seq, broadcast.start_seq, broadcast.state.seq)
    broadcast.release(100.0)
    assert broadcast.seq > start


def test_a_place_behind_the_end_is_an_error(folder):
    for where in ("5", at(4.5)):
        with pytest.raises(ChatSimplesError, match="ends before that"):
            begun(folder, where)


def test_who_is_where_is_known_at_every_time(tmp_path):
    broadcast = begun(record_chat(tmp_path, a_chat()), "4")
    assert {"geral": 2} == sizes(broadcast)
    broadcast.release(100.0)
    assert (10, {"geral": 3, "turma": 1}) == (broadcast.seq, sizes(broadcast))
    assert 100.0 + FAR == broadcast.due


def sizes(broadcast):
    return {key: len(room.members) for key, room in broadcast.state.rooms.items()}


def test_it_begins_again_with_a_pause_and_as_it_began_first(tmp_path):
    broadcast = begun(record_chat(tmp_path, a_chat()), "4", loop=True)
    for number in range(3):
        start = broadcast.due
        assert (number, 3, {"geral": 2}) == (broadcast.round, broadcast.until(number), sizes(broadcast))
        broadcast.release(start + FAR - 1)
        assert (number, 10) == (broadcast.round, broadcast.seq)
        assert broadcast.release(start + FAR)
        assert (number + 1, 3, 12) == (broadcast.round, broadcast.until(number + 1), broadcast.until(number))
        assert start + FAR + BETWEEN_ROUNDS == broadcast.due
        assert not broadcast.release(broadcast.due - 0.001)
    assert not broadcast.ended


def test_a_burst_happens_in_parts_so_that_nobody_waits_long(tmp_path):
    broadcast = begun(record_chat(tmp_path, chat([0] * 5_000)))
    seen = []
    while broadcast.release(100.0):
        seen.append(broadcast.seq)
    assert 5_000 == seen[-1]
    assert len(seen) > 1


@pytest.mark.parametrize("loop", [False, True])
def test_where_nothing_was_recorded_it_has_ended_at_once(tmp_path, loop):
    make_log(tmp_path)
    broadcast = begun(tmp_path, loop=loop)
    assert (True, None, LOG) == (broadcast.ended, broadcast.due, broadcast.log)


def test_a_part_begins_with_what_its_checkpoint_says(tmp_path):
    record_chat(tmp_path, a_chat())
    before = begun(tmp_path, "5").state.snapshot()
    path = segments(tmp_path)[0]
    header = Header(log=LOG, first_seq=5, previous="1" * 64)
    lines = path.read_bytes().splitlines(keepends=True)
    path.unlink()
    part = tmp_path / "transcript-000000000005.jsonl"
    part.write_bytes(header.encode() + b"".join(lines[5:]))
    assert {} == sizes(begun(tmp_path))
    save_checkpoint(tmp_path, header, before)
    assert {"geral": 2, "turma": 1} == sizes(begun(tmp_path))


def test_damage_is_told_where_it_is_met(tmp_path):
    make_log(tmp_path, 3, 3)
    assert checkpoint(tmp_path)
    path = segments(tmp_path)[1]
    path.write_bytes(path.read_bytes().replace(b'"conn":1', b'"conn":x', 1))
    broadcast = begun(tmp_path)
    with pytest.raises(TranscriptDamagedError):
        broadcast.release(100.0)
    path.write_bytes(b"nonsense\n")
    segments(tmp_path)[0].unlink()
    with pytest.raises(TranscriptDamagedError, match="header"):
        begun(tmp_path)
