"""What a server makes of the transcript that it finds."""

from __future__ import annotations

import json
import os
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import examples, step
from support.transcript import Transcript
from transcript.logs import (
    LOG,
    OTHER_LOG,
    Sink,
    add,
    checkpoint,
    make_log,
    message_lines,
    open_log,
    record_lines,
    recovered,
    roll,
)

from chatsimples.errors import StartError, TranscriptDamagedError
from chatsimples.transcript.checkpoints import (
    checkpoint_name,
    find_checkpoints,
    read_anchor,
    save_checkpoint,
)
from chatsimples.transcript.recovery import Recovery, Torn, new_log_id, recover
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segments import first_seq_of, segment_name, segments
from chatsimples.transcript.verify import verify


def torn_of(recovery: Recovery) -> Torn:
    """Return what was cut off, which must be something."""
    assert recovery.torn is not None
    return recovery.torn


def test_a_missing_folder_is_made_and_a_log_begun(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    recovery = open_log(folder)
    assert (LOG, 0, None) == (recovery.log, recovery.last_seq, recovery.torn)
    add(recovery.writer)
    recovery.writer.close()
    transcript = Transcript.read(folder)
    assert (LOG, 1, 1) == (transcript.log, transcript.last_seq, transcript.sealed_to)


def test_an_id_that_is_none_begins_no_log(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="log"):
        recover(tmp_path, rules=Sink(), new_log=lambda: "x", durability="os", segment_size=1)
    assert [] == segments(tmp_path)


@pytest.mark.parametrize("durability", ["os", "disk"])
def test_the_log_goes_on_across_restarts(tmp_path: Path, durability: str) -> None:
    for start in range(4):
        recovery = open_log(tmp_path, durability=durability)
        assert (LOG, 3 * start, 3 * start) == (recovery.log, recovery.last_seq, recovery.writer.last_seq)
        add(recovery.writer, 3)
        if start == 2:
            roll(recovery.writer, tmp_path)
        recovery.writer.close()
    assert message_lines(1, 12).splitlines(keepends=True) == recovered(tmp_path).told
    assert 12 == Transcript.read(tmp_path).sealed_to


def test_what_was_not_sealed_is_sealed_by_the_next_writer(tmp_path: Path) -> None:
    make_log(tmp_path, 3, unsealed=2)
    recovery = open_log(tmp_path)
    assert (5, 2) == (recovery.last_seq, recovery.writer.unsealed)
    recovery.writer.seal()
    recovery.writer.close()
    assert 5 == Transcript.read(tmp_path).sealed_to


@pytest.mark.parametrize("sealed", [True, False])
def test_a_cut_in_the_last_three_records_loses_only_what_was_torn(
    tmp_path: Path, without_sync: None, sealed: bool
) -> None:
    folder = tmp_path / "log"
    make_log(folder, 2, 5 if sealed else 2, unsealed=0 if sealed else 3)
    path = segments(folder)[-1]
    whole = path.read_bytes()
    states = (folder / checkpoint_name(3)).read_bytes()
    ends = [at for at in range(len(whole)) if whole[at : at + 1] == b"\n"]
    for size in range(whole.index(b'{"seq":5,'), len(whole)):
        # Around the end of a line each byte; elsewhere each, or some.
        if size % step(5) and min(abs(size - end) for end in ends) > 2:
            continue
        path.write_bytes(whole[:size])
        complete = whole[: whole.rindex(b"\n", 0, size) + 1]
        count = complete.count(b'{"seq":') + 2
        sink = Sink()
        recovery = open_log(folder, sink)
        assert message_lines(1, count).splitlines(keepends=True) == sink.told
        if size == len(complete):
            assert recovery.torn is None
        else:
            torn = torn_of(recovery)
            assert (path, len(complete), size - len(complete)) == (torn.path, torn.offset, torn.size)
            assert f"{path.name}.{len(complete)}" in torn.kept_at.name
            assert torn.kept_at.name.endswith(".broken")
            assert whole[len(complete) : size] == torn.kept_at.read_bytes()
        add(recovery.writer, 2)
        recovery.writer.close()
        assert verify(folder).ok
        assert count + 2 == Transcript.read(folder).sealed_to
        (folder / checkpoint_name(3)).write_bytes(states)


def test_bytes_torn_twice_at_the_same_place_are_both_kept(tmp_path: Path) -> None:
    make_log(tmp_path, 2)
    path = segments(tmp_path)[0]
    kept = []
    for torn in (b"first", b"second", b"third"):
        with path.open("ab") as file:
            file.write(torn)
        recovery = open_log(tmp_path)
        recovery.writer.close()
        kept.append(torn_of(recovery).kept_at)
    assert [b"first", b"second", b"third"] == [each.read_bytes() for each in kept]


def test_a_tail_of_zeros_as_a_loss_of_power_leaves_it_is_cut(tmp_path: Path) -> None:
    make_log(tmp_path, 2, unsealed=1)
    with segments(tmp_path)[0].open("ab") as file:
        file.write(bytes(3_000_000))
    recovery = open_log(tmp_path)
    recovery.writer.close()
    torn = torn_of(recovery)
    assert (3, 3_000_000) == (recovery.last_seq, torn.size)
    assert bytes(3_000_000) == torn.kept_at.read_bytes()


@pytest.mark.parametrize("size", [0, 1, 60, 160])
def test_a_last_segment_without_a_whole_header_is_set_aside(tmp_path: Path, size: int) -> None:
    make_log(tmp_path, 2, 2)
    path = segments(tmp_path)[-1]
    rest = path.read_bytes()[:size]
    path.write_bytes(rest)
    recovery = open_log(tmp_path)
    assert (2, 0) == (recovery.last_seq, recovery.writer.unsealed)
    assert [segment_name(1)] == [each.name for each in segments(tmp_path)]
    if size:
        torn = torn_of(recovery)
        assert (path, 0, size) == (torn.path, torn.offset, torn.size)
        assert rest == torn.kept_at.read_bytes()
    else:
        assert recovery.torn is None
    roll(recovery.writer, tmp_path)
    add(recovery.writer)
    recovery.writer.close()
    assert 3 == Transcript.read(tmp_path).sealed_to


@pytest.mark.parametrize("size", [0, 60])
def test_a_log_that_never_got_its_first_header_begins_anew(tmp_path: Path, size: int) -> None:
    make_log(tmp_path, 1)
    path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:size])
    recovery = open_log(tmp_path)
    assert (LOG, 0) == (recovery.log, recovery.last_seq)
    recovery.writer.close()
    assert verify(tmp_path).ok


def test_a_segment_with_only_a_header_goes_on(tmp_path: Path) -> None:
    recovery = open_log(tmp_path)
    add(recovery.writer, 2)
    roll(recovery.writer, tmp_path)
    recovery.writer.close()
    recovery = open_log(tmp_path)
    assert (2, segment_name(3)) == (recovery.last_seq, recovery.writer.path.name)
    add(recovery.writer)
    recovery.writer.close()
    assert 3 == Transcript.read(tmp_path).sealed_to


def test_a_flipped_bit_is_refused_unless_it_only_tears_the_tail(tmp_path: Path, without_sync: None) -> None:
    folder = tmp_path / "log"
    expected = make_log(folder, 1, 1)
    files = {path: path.read_bytes() for path in segments(folder)}
    for path, good in files.items():
        # One of each byte is flipped in the tests of verify too, which shares the scanner.
        for bit in range(0, len(good) * 8, step(7)):
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            path.write_bytes(bad)
            sink = Sink()
            try:
                recovery = open_log(folder, sink, verify_all=True)
            except TranscriptDamagedError as error:
                assert error.path in files
                assert path == error.path or error.line == 1
            else:
                recovery.writer.close()
                assert (path, len(good) - 1) == (segments(folder)[-1], bit // 8)
                assert bytes(bad).splitlines()[-1] == torn_of(recovery).kept_at.read_bytes()
                assert expected == sink.told
            path.write_bytes(good)
    assert expected == recovered(folder).told


def test_damage_in_an_old_segment_is_found_unless_only_the_end_is_asked_for(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 2, 2)
    path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b'"ana"', b'"ama"', 1))
    with pytest.raises(TranscriptDamagedError, match="line 4"):
        recovered(tmp_path, verify_all=True)
    assert expected == recovered(tmp_path).told


def test_the_newest_checkpoint_saves_the_reading_of_what_was_before(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 2, 3, 4)
    for verify_all in (True, False):
        sink = recovered(tmp_path, verify_all=verify_all)
        assert (1, 4) == (sink.restored, sink.replayed)
        assert expected == sink.told


@pytest.mark.parametrize("verify_all", [True, False])
def test_any_checkpoints_may_be_missing_or_spoilt_and_the_state_is_the_same(
    tmp_path: Path, verify_all: bool
) -> None:
    expected = make_log(tmp_path, 2, 3, 4)
    newest, older = tmp_path / checkpoint_name(6), tmp_path / checkpoint_name(3)
    newest.write_bytes(newest.read_bytes().replace(b"ana", b"eva", 1))
    sink = recovered(tmp_path, verify_all=verify_all)
    assert (1, 7, expected) == (sink.restored, sink.replayed, sink.told)
    older.write_bytes(older.read_bytes()[:-10])
    sink = recovered(tmp_path, verify_all=verify_all)
    assert (0, 9, expected) == (sink.restored, sink.replayed, sink.told)
    newest.unlink()
    older.unlink()
    sink = recovered(tmp_path, verify_all=verify_all)
    assert (0, 9, expected) == (sink.restored, sink.replayed, sink.told)


def test_a_checkpoint_that_the_rules_do_not_understand_is_passed_over(tmp_path: Path) -> None:
    class Choosy(Sink):
        def restore(self, checkpoint: bytes) -> None:
            if len(json.loads(checkpoint)) > 2:
                raise ValueError("what is this?")
            super().restore(checkpoint)

    expected = make_log(tmp_path, 2, 3, 4)
    sink = Choosy()
    open_log(tmp_path, sink).writer.close()
    assert (1, 7, expected) == (sink.restored, sink.replayed, sink.told)


def make_log_with_anchors(folder: Path, *counts: int) -> list[Path]:
    """Make a segment with a checkpoint after each of so many records; return the checkpoints."""
    writer = open_log(folder).writer
    paths = []
    for count in counts:
        add(writer, count)
        paths.append(save_checkpoint(folder, writer.anchor(), checkpoint(folder)))
    writer.close()
    return paths


def rewritten(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


@pytest.mark.parametrize("verify_all", [True, False])
def test_only_what_follows_the_newest_checkpoint_is_told_again(tmp_path: Path, verify_all: bool) -> None:
    make_log_with_anchors(tmp_path, 3, 4)
    with segments(tmp_path)[0].open("ab") as file:
        file.write(message_lines(8, 9))
    sink = Sink()
    recovery = open_log(tmp_path, sink, verify_all=verify_all)
    assert (1, 2, 2) == (sink.restored, sink.replayed, recovery.replayed)
    assert record_lines(tmp_path) == sink.told
    assert (verify_all, checkpoint_name(8)) == (
        recovery.unread is None,
        recovery.checkpoint.name if recovery.checkpoint else "",
    )
    assert (9, 2) == (recovery.last_seq, recovery.writer.unsealed)
    add(recovery.writer, 2)
    recovery.writer.close()
    assert 11 == Transcript.read(tmp_path).sealed_to == verify(tmp_path).last_seq


def test_the_place_before_which_nothing_was_read_is_told(tmp_path: Path) -> None:
    make_log_with_anchors(tmp_path, 3, 4)
    size = segments(tmp_path)[0].stat().st_size
    recovery = open_log(tmp_path)
    recovery.writer.close()
    assert recovery.unread is not None
    assert (1, size, 7) == (recovery.unread.first_seq, recovery.unread.offset, recovery.unread.seq)


def test_damage_before_the_checkpoint_is_found_if_all_is_verified(tmp_path: Path) -> None:
    make_log_with_anchors(tmp_path, 3, 4)
    told = record_lines(tmp_path)
    rewritten(segments(tmp_path)[0], b'"seq":2,', b'"seq":9,')
    assert told == recovered(tmp_path).told
    with pytest.raises(TranscriptDamagedError, match="line 3 "):
        recovered(tmp_path, verify_all=True)


def test_damage_after_the_checkpoint_is_told_with_its_line_and_byte(tmp_path: Path) -> None:
    paths = make_log_with_anchors(tmp_path, 3, 4)
    paths[1].unlink()
    segment = segments(tmp_path)[0]
    whole = segment.read_bytes()
    place = whole.index(b'{"seq":6,')
    for old, new, line, offset in (
        (b'"seq":6,', b'"seq":9,', 8, place),
        # Still a record, so only the seal tells.
        (b'"seq":6,"at":"2', b'"seq":6,"at":"3', 10, whole.rindex(b"{")),
    ):
        rewritten(segment, old, new)
        with pytest.raises(TranscriptDamagedError) as raised:
            recovered(tmp_path)
        assert (segment, line, offset) == (raised.value.path, raised.value.line, raised.value.offset)
        segment.write_bytes(whole)
    segment.write_bytes(whole + message_lines(9, 9))
    with pytest.raises(TranscriptDamagedError, match="line 11 "):
        recovered(tmp_path)


def gone(newest: Path, folder: Path) -> None:
    newest.unlink()


def flipped(newest: Path, folder: Path) -> None:
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)


def cut(newest: Path, folder: Path) -> None:
    newest.write_bytes(newest.read_bytes()[:-1])


def emptied(newest: Path, folder: Path) -> None:
    newest.write_bytes(b"")


def of_another_log(newest: Path, folder: Path) -> None:
    anchor = read_anchor(newest)
    assert anchor is not None
    save_checkpoint(folder, msgspec.structs.replace(anchor, log=OTHER_LOG), checkpoint(folder))


def of_a_segment_that_is_not_there(newest: Path, folder: Path) -> None:
    anchor = read_anchor(newest)
    assert anchor is not None
    save_checkpoint(folder, msgspec.structs.replace(anchor, first_seq=2), checkpoint(folder))


@pytest.mark.parametrize(
    "spoil", [flipped, cut, emptied, of_another_log, of_a_segment_that_is_not_there, gone]
)
def test_a_checkpoint_that_is_not_right_is_passed_over(
    tmp_path: Path, spoil: Callable[[Path, Path], None]
) -> None:
    older, newest = make_log_with_anchors(tmp_path, 3, 4)
    spoil(newest, tmp_path)
    sink = recovered(tmp_path)
    assert (1, 4, record_lines(tmp_path)) == (sink.restored, sink.replayed, sink.told)
    older.unlink()
    sink = recovered(tmp_path)
    assert (0, 7, record_lines(tmp_path)) == (sink.restored, sink.replayed, sink.told)


def test_checkpoints_newer_than_a_restored_segment_are_passed_over(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    add(writer, 3)
    writer.seal()
    backup = writer.path.read_bytes()
    add(writer, 4)
    save_checkpoint(tmp_path, writer.anchor(), checkpoint(tmp_path))
    writer.close()
    segment = segments(tmp_path)[0]
    segment.write_bytes(backup)
    assert (0, 3) == ((sink := recovered(tmp_path)).restored, sink.replayed)
    # The restored log has gone on, and beyond that place.
    recovery = open_log(tmp_path)
    add(recovery.writer, 4, "outra coisa")
    add(recovery.writer, 4, "outra coisa")
    recovery.writer.close()
    sink = recovered(tmp_path)
    assert (0, 11, record_lines(tmp_path)) == (sink.restored, sink.replayed, sink.told)


def test_what_a_kill_has_left_of_a_checkpoint_is_removed(tmp_path: Path) -> None:
    make_log_with_anchors(tmp_path, 3)
    whole = find_checkpoints(tmp_path)[0]
    left = whole.with_name(f"{checkpoint_name(9)}.tmp")
    left.write_bytes(whole.read_bytes()[:-40])
    sink = recovered(tmp_path)
    assert (1, 0) == (sink.restored, sink.replayed)
    assert not left.exists()


def test_without_checkpoints_all_is_read_and_nothing_else_is_amiss(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 2, 3, 4)
    for path in find_checkpoints(tmp_path):
        path.unlink()
    sink = Sink()
    recovery = open_log(tmp_path, sink)
    recovery.writer.close()
    assert (expected, 9, None, None) == (
        sink.told, recovery.replayed, recovery.unread, recovery.checkpoint
    )  # fmt: skip


def missing(paths: list[Path]) -> Path:
    paths[1].unlink()
    return paths[2]


def swapped(paths: list[Path]) -> Path:
    first, second = paths[0].read_bytes(), paths[1].read_bytes()
    paths[0].write_bytes(second)
    paths[1].write_bytes(first)
    return paths[0]


def cut_in_a_line(paths: list[Path]) -> Path:
    paths[1].write_bytes(paths[1].read_bytes()[:-5])
    return paths[1]


def cut_before_the_seal(paths: list[Path]) -> Path:
    data = paths[1].read_bytes()
    paths[1].write_bytes(data[: data.rindex(b"{")])
    return paths[1]


def cut_to_the_header(paths: list[Path]) -> Path:
    data = paths[1].read_bytes()
    paths[1].write_bytes(data[: data.index(b"\n") + 1])
    return paths[2]


def without_content(paths: list[Path]) -> Path:
    paths[1].write_bytes(b"")
    return paths[1]


def of_zeros(paths: list[Path]) -> Path:
    paths[1].write_bytes(bytes(paths[1].stat().st_size))
    return paths[1]


def with_a_seal_of_its_own(paths: list[Path]) -> Path:
    data = paths[1].read_bytes()
    paths[1].write_bytes(data[: data.rindex(b"{")] + Chain.line(5, "ab" * 32))
    return paths[2]


@pytest.mark.parametrize(
    "spoil",
    [
        missing, swapped, cut_in_a_line, cut_before_the_seal, cut_to_the_header, without_content, of_zeros,
        with_a_seal_of_its_own,
    ],
)  # fmt: skip
def test_a_segment_that_does_not_follow_the_others_is_refused_without_reading_them(
    tmp_path: Path, spoil: Callable[[list[Path]], Path]
) -> None:
    make_log(tmp_path, 2, 3, 4, 5)
    damaged = spoil(segments(tmp_path))
    with pytest.raises(TranscriptDamagedError) as raised:
        recovered(tmp_path)
    assert damaged == raised.value.path
    with pytest.raises(TranscriptDamagedError):
        recovered(tmp_path, verify_all=True)


def test_older_segments_cost_a_start_no_more_than_their_two_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = make_log(tmp_path, 300, 300, 300, 1)
    read = 0
    opening = Path.open

    def opened(self: Path, *arguments: Any, **named: Any) -> Any:
        file = opening(self, *arguments, **named)
        if not first_seq_of(self.name):
            return file

        class Counted:
            def __enter__(self) -> Counted:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def __getattr__(self, name: str) -> Any:
                def called(*given: Any) -> Any:
                    nonlocal read
                    result = getattr(file, name)(*given)
                    read += len(result) if isinstance(result, bytes) else 0
                    return result

                return called

        return Counted()

    with monkeypatch.context() as counting:
        counting.setattr(Path, "open", opened)
        sink = recovered(tmp_path)
    assert expected == sink.told
    assert 0 < read < 10_000 < sum(path.stat().st_size for path in segments(tmp_path)[:-1])


@pytest.mark.parametrize("with_checkpoint", [True, False])
def test_with_the_oldest_segments_taken_away_it_begins_with_what_is_there(
    tmp_path: Path, with_checkpoint: bool
) -> None:
    expected = make_log(tmp_path, 2, 3, 4)
    (tmp_path / segment_name(1)).unlink()
    if not with_checkpoint:
        (tmp_path / checkpoint_name(3)).unlink()
        (tmp_path / checkpoint_name(6)).unlink()
    sink = Sink()
    recovery = open_log(tmp_path, sink)
    assert (LOG, 9) == (recovery.log, recovery.last_seq)
    recovery.writer.close()
    assert expected[0 if with_checkpoint else 2 :] == sink.told


def test_two_servers_in_one_folder_are_refused(tmp_path: Path) -> None:
    first = open_log(tmp_path)
    with pytest.raises(StartError, match="another server is writing in this folder"):
        open_log(tmp_path)
    first.writer.close()
    open_log(tmp_path).writer.close()


def test_a_recovery_that_fails_lets_go_of_the_folder(tmp_path: Path) -> None:
    make_log(tmp_path, 2)
    path = segments(tmp_path)[0]
    good = path.read_bytes()
    path.write_bytes(good.replace(b"ana", b"eva", 1))
    for _ in range(2):
        with pytest.raises(TranscriptDamagedError):
            open_log(tmp_path)
    path.write_bytes(good)
    open_log(tmp_path).writer.close()


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "logs"):
        with pytest.raises(StartError, match="can't be used"):
            open_log(folder)


WITHOUT_RIGHTS = """
import os, sys
from pathlib import Path
from chatsimples.chat import names
from chatsimples.errors import StartError
from chatsimples.transcript.recovery import recover
if os.getuid() == 0:
    os.setuid(65534)
try:
    recover(Path(sys.argv[1]), rules=None, new_log=None, durability="os", segment_size=1)
except StartError as error:
    print(error)
"""


def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    folder.chmod(0o500)
    answer = subprocess.check_output([sys.executable, "-c", WITHOUT_RIGHTS, folder], text=True)
    assert "can't be used" in answer
    assert "Permission denied" in answer


def test_a_log_id_is_a_ulid() -> None:
    assert "01KAQ3J5X5W9K3T0V2N8R7C4M6" == new_log_id(*ulid_parts("01KAQ3J5X5W9K3T0V2N8R7C4M6"))
    assert "0" * 26 == new_log_id(0, bytes(10))
    assert "7" + "Z" * 25 == new_log_id((1 << 48) - 1, b"\xff" * 10)
    for milliseconds, randomness in ((-1, bytes(10)), (1 << 48, bytes(10)), (0, bytes(9)), (0, bytes(11))):
        with pytest.raises(ValueError, match="ULID"):
            new_log_id(milliseconds, randomness)


def ulid_parts(ulid: str) -> tuple[int, bytes]:
    crockford = [c for c in string.digits + string.ascii_uppercase if c not in "ILOU"]
    number = 0
    for character in ulid:
        number = number * 32 + crockford.index(character)
    return number >> 80, (number & (1 << 80) - 1).to_bytes(10)


def test_later_logs_have_greater_ids() -> None:
    ids = [new_log_id(milliseconds, os.urandom(10)) for milliseconds in range(0, 10**12, 10**10)]
    assert sorted(ids) == ids


@settings(max_examples=examples(40))
@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    unsealed=st.integers(0, 5),
    torn=st.binary(max_size=300).map(lambda data: data.replace(b"\n", b"")),
    text=st.text('aç☃👩\u200d🚀"\\', min_size=1, max_size=300),
    removed=st.sets(st.integers(0, 3)),
    verify_all=st.booleans(),
)
def test_whatever_was_written_is_told_again(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    counts: list[int],
    unsealed: int,
    torn: bytes,
    text: str,
    removed: set[int],
    verify_all: bool,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    expected = make_log(folder, *counts, text=text, unsealed=unsealed)
    with segments(folder)[-1].open("ab") as file:
        file.write(torn)
    for number, path in enumerate(sorted(folder.glob("checkpoint-*"))):
        if number in removed:
            path.unlink()
    sink = Sink()
    recovery = open_log(folder, sink, verify_all=verify_all)
    assert expected == sink.told
    assert torn == (recovery.torn.kept_at.read_bytes() if recovery.torn else b"")
    add(recovery.writer, 2)
    recovery.writer.close()
    assert [*expected, *message_lines(len(expected) + 1, len(expected) + 2).splitlines(keepends=True)] == (
        record_lines(folder)
    )
    assert verify(folder).ok
