"""What a server makes of a transcript of version 1: it goes on with it in segments of version 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.transcript import Transcript
from transcript.logs import (
    LOG,
    UNSAID,
    Sink,
    add,
    make_version_1_log,
    message_lines,
    open_log,
    record_lines,
    recovered,
)

from chatsimples.transcript.checkpoints import checkpoint_name
from chatsimples.transcript.segments import GENESIS, Header, segment_name, segments
from chatsimples.transcript.verify import verify


def versions(folder: Path) -> list[int]:
    return [Header.read(path).version for path in segments(folder)]


@pytest.mark.parametrize("durability", ["os", "disk"])
def test_a_log_of_version_1_goes_on_in_a_segment_of_version_2(tmp_path: Path, durability: str) -> None:
    expected = make_version_1_log(tmp_path, 3, 2)
    sink = Sink()
    recovery = open_log(tmp_path, sink, durability=durability)
    assert expected == sink.told
    assert (LOG, 5, 5) == (recovery.log, recovery.last_seq, recovery.writer.last_seq)
    assert segment_name(6) == recovery.writer.path.name
    new = add(recovery.writer, 2)
    recovery.writer.close()
    assert [1, 1, 2] == versions(tmp_path)
    assert [*expected, *new.splitlines(keepends=True)] == record_lines(tmp_path)
    assert 7 == Transcript.read(tmp_path).sealed_to == verify(tmp_path).last_seq


def test_records_of_version_1_without_a_seal_are_sealed_before_the_change(tmp_path: Path) -> None:
    make_version_1_log(tmp_path, 3)
    path = segments(tmp_path)[0]
    with path.open("ab") as file:
        file.write(message_lines(4, 5) + b'{"seq":6')
    recovery = open_log(tmp_path)
    recovery.writer.close()
    assert recovery.torn is not None
    assert (5, path, 8) == (recovery.last_seq, recovery.torn.path, recovery.torn.size)
    assert [segment_name(1), segment_name(6)] == [each.name for each in segments(tmp_path)]
    assert 5 == Transcript.read(tmp_path).sealed_to


@pytest.mark.parametrize("counts", [(0,), (3, 0)])
def test_a_last_segment_with_only_a_header_becomes_one_of_version_2(
    tmp_path: Path, counts: tuple[int, ...]
) -> None:
    expected = make_version_1_log(tmp_path, *counts)
    paths = segments(tmp_path)
    before = Header.read(paths[-1])
    recovery = open_log(tmp_path)
    assert (paths[-1], len(expected)) == (recovery.writer.path, recovery.last_seq)
    assert [*[1] * (len(counts) - 1), 2] == versions(tmp_path)
    add(recovery.writer, 2)
    recovery.writer.close()
    after = Header.read(paths[-1])
    assert (before.log, before.first_seq, before.previous) == (after.log, after.first_seq, after.previous)
    assert paths == segments(tmp_path)
    assert len(expected) + 2 == Transcript.read(tmp_path).sealed_to == verify(tmp_path).last_seq


def test_a_log_that_has_changed_its_version_is_not_changed_again(tmp_path: Path) -> None:
    make_version_1_log(tmp_path, 3)
    recovered(tmp_path)
    paths = segments(tmp_path)
    recovered(tmp_path)
    assert paths == segments(tmp_path)
    assert [1, 2] == versions(tmp_path)


@pytest.mark.parametrize("verify_all", [True, False])
def test_where_all_records_are_there_no_checkpoint_of_version_1_counts(
    tmp_path: Path, verify_all: bool
) -> None:
    expected = make_version_1_log(tmp_path, 2, 3, 4)
    sink = recovered(tmp_path, verify_all=verify_all)
    assert (0, 9, expected) == (sink.restored, sink.replayed, sink.told)


def test_where_the_first_records_are_gone_the_checkpoint_of_version_1_counts(tmp_path: Path) -> None:
    expected = make_version_1_log(tmp_path, 2, 3, 4)
    (tmp_path / segment_name(1)).unlink()
    sink = recovered(tmp_path)
    assert (1, 4) == (sink.restored, sink.replayed)
    assert [UNSAID.encode(), *expected] == sink.told


@pytest.mark.parametrize("counts", [(2, 3), (2, 3, 0)])
def test_after_the_change_the_state_is_that_of_the_records_at_every_start(
    tmp_path: Path, counts: tuple[int, ...]
) -> None:
    expected = make_version_1_log(tmp_path, *counts)
    recovered(tmp_path)
    sink = recovered(tmp_path)
    assert (1, 0, expected) == (sink.restored, sink.replayed, sink.told)
    # Without the checkpoint of the change those before it do not count either.
    (tmp_path / checkpoint_name(6)).unlink()
    sink = recovered(tmp_path)
    assert (0, 5, expected) == (sink.restored, sink.replayed, sink.told)


@pytest.mark.parametrize("counts", [(2, 3), (2, 3, 0)])
def test_after_the_change_nothing_is_lost_where_the_first_records_are_gone(
    tmp_path: Path, counts: tuple[int, ...]
) -> None:
    expected = [UNSAID.encode(), *make_version_1_log(tmp_path, *counts)]
    (tmp_path / segment_name(1)).unlink()
    assert expected == recovered(tmp_path).told
    for path in segments(tmp_path)[:-1]:
        path.unlink()
    assert expected == recovered(tmp_path).told


def test_records_of_both_versions_are_told_in_their_order(tmp_path: Path) -> None:
    make_version_1_log(tmp_path, 2, 3)
    writer = open_log(tmp_path).writer
    add(writer, 4)
    writer.roll()
    add(writer, 1)
    writer.close()
    for path in tmp_path.glob("checkpoint-*"):
        path.unlink()
    assert message_lines(1, 10).splitlines(keepends=True) == recovered(tmp_path).told
    assert [1, 1, 2, 2] == versions(tmp_path)


def test_a_new_log_is_of_version_2(tmp_path: Path) -> None:
    recovered(tmp_path)
    assert Header(log=LOG, first_seq=1, previous=GENESIS).encode() == segments(tmp_path)[0].read_bytes()
    assert [2] == versions(tmp_path)
