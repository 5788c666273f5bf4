"""Read markers are there again in the next run, and nothing about their file disturbs the chat."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import msgspec
import pytest
from client.programs import run_at_once
from hypothesis import given
from hypothesis import strategies as st
from support.waiting import DEADLINE

from chatsimples.client.storage.read_markers import ReadMarker, ReadMarkers
from chatsimples.client.storage.state_files import locked

AT = "2026-11-23T15:00:01.200000Z"
LATER = "2026-11-23T16:30:00.000000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "marks.json"


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file become longer than nothing: a write fails as on a full disk."""
    # Within a test only: pytest itself writes its progress before the fixtures end.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def saved(path: Path, *seqs: int, room: str = "geral") -> ReadMarkers:
    markers = ReadMarkers(path)
    for seq in seqs:
        markers.put("L", "ana", room, seq, AT)
    markers.save()
    return markers


def kept(path: Path, room: str = "geral") -> int:
    marker = ReadMarkers(path).get("L", "ana", room)
    return marker.seq if marker else 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_marker_is_there_again_in_the_next_run(path: Path) -> None:
    first = ReadMarkers(path)
    first.put("L", "ana", "geral", 7, AT)
    assert ReadMarker(7, AT) == first.get("L", "ana", "geral")
    assert ReadMarkers(path).get("L", "ana", "geral") is None, "it is not written before it is saved"
    first.save()
    assert [ReadMarker(7, AT)] * 2 == [
        markers.get("L", "ana", "geral") for markers in (first, ReadMarkers(path))
    ]


def test_a_marker_is_of_one_log_one_nick_and_one_room(path: Path) -> None:
    markers = saved(path, 7)
    for place in (("M", "ana", "geral"), ("L", "bia", "geral"), ("L", "ana", "turma")):
        assert markers.get(*place) is None


def test_names_are_the_same_as_in_the_chat(path: Path) -> None:
    markers = ReadMarkers(path)
    markers.put("L", "João", "Álgebra", 7, AT)
    markers.put("L", "JOÃO", "ÁLGEBRA", 8, LATER)
    markers.save()
    assert ReadMarker(8, LATER) == ReadMarkers(path).get("L", "joão", "álgebra")
    assert 1 == path.read_text("utf-8").count(f'"{LATER[:4]}'), "one marker, not two"


@pytest.mark.parametrize("name", ["", "@bia", "a b", "\u202e", "🙂 🙂", "\u0000ã", "\ud800", "joão\ud800"])
def test_a_name_that_the_rules_forbid_is_kept_all_the_same(path: Path, name: str) -> None:
    saved(path, 7, room=name)
    assert 7 == kept(path, name)


def test_a_marker_never_goes_backwards(path: Path) -> None:
    markers = saved(path, 7, 9, 8)
    assert 9 == kept(path)
    markers.put("L", "ana", "geral", 3, LATER)
    markers.save()
    assert ReadMarker(9, AT) == markers.get("L", "ana", "geral") == ReadMarkers(path).get("L", "ana", "geral")


@pytest.mark.parametrize("seqs", [(5, 9), (9, 5)])
def test_of_two_clients_the_one_that_read_further_wins(path: Path, seqs: tuple[int, int]) -> None:
    both = [ReadMarkers(path), ReadMarkers(path)]
    for markers, seq in zip(both, seqs, strict=True):
        assert markers.get("L", "ana", "geral") is None, "both have looked before either writes"
        markers.put("L", "ana", "geral", seq, AT)
    for markers in both:
        markers.save()
    assert 9 == kept(path)


def test_two_clients_keep_each_others_markers(path: Path) -> None:
    one, other = saved(path, 1, room="a"), saved(path, 2, room="b")
    one.put("L", "ana", "c", 3, AT)
    one.save()
    assert [1, 2, 3] == [kept(path, room) for room in "abc"]
    marker = one.get("L", "ana", "b")
    assert marker is not None, "saving has shown it what the other one wrote"
    assert other.get("L", "ana", "c") is None


def test_many_clients_that_save_at_once_lose_nothing(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from chatsimples.client.storage.read_markers import ReadMarkers
markers = ReadMarkers(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(40):
    markers.put("L", "ana", f"{sys.argv[2]}-{number}", 1, "")
    markers.save()
"""
    run_at_once(program, path, 3)
    rooms = [f"{client}-{number}" for client in range(3) for number in range(40)]
    assert [] == [room for room in rooms if not kept(path, room)]
    assert {"marks.json", "marks.json.lock"} == {each.name for each in path.parent.iterdir()}


def test_one_thread_saves_while_another_reads_on(path: Path) -> None:
    markers = ReadMarkers(path)
    with ThreadPoolExecutor(1) as other:
        for number in range(1, 200):
            saving = other.submit(markers.save)
            for seq in (2 * number, 2 * number + 1):
                markers.put("L", "ana", f"{number // 20}", seq, AT)
                assert ReadMarker(seq, AT) == markers.get("L", "ana", f"{number // 20}")
            saving.result(DEADLINE)
    markers.save()
    assert [*(40 * room + 39 for room in range(9)), 399] == [kept(path, f"{room}") for room in range(10)]


def test_the_newest_markers_are_kept(path: Path) -> None:
    tick = count()
    markers = ReadMarkers(path, kept=3, clock=lambda: float(next(tick)))
    for room in "abcd":
        markers.put("L", "ana", room, 1, AT)
    markers.save()
    markers.put("L", "ana", "e", 1, AT)
    markers.put("L", "ana", "c", 2, AT)
    markers.save()
    assert [0, 0, 2, 1, 1] == [kept(path, room) for room in "abcde"]


def test_a_thousand_markers_are_kept_however_long(path: Path) -> None:
    markers = ReadMarkers(path)
    for number in range(1_100):
        markers.put("L", "n" * 400, f"{number}", 1, "\x01" * 90)
    markers.save()
    again = ReadMarkers(path)
    assert 1_000 == sum(bool(again.get("L", "n" * 400, f"{number}")) for number in range(1_100))


@pytest.mark.parametrize(
    ("seq", "at"), [(-1, AT), (1 << 63, AT), (1 << 70, AT), (8, "x" * 501)], ids=["less", "63", "70", "at"]
)
def test_a_marker_that_only_a_hostile_server_sends_is_not_kept(path: Path, seq: int, at: str) -> None:
    markers = saved(path, 7)
    markers.put("L", "ana", "geral", seq, at)
    markers.put("L", "ana", "turma", 1, AT)
    markers.save()
    assert [7, 1] == [kept(path), kept(path, "turma")]


def test_the_file_is_for_its_user_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        saved(path, 7)
    finally:
        os.umask(before)
    assert 0o700 == mode(path.parent)
    assert {0o600} == {mode(each) for each in path.parent.iterdir()}


def test_reading_makes_no_file(path: Path) -> None:
    markers = ReadMarkers(path)
    assert markers.get("L", "ana", "geral") is None
    markers.save()
    assert not path.parent.exists()


GOOD = b'{"version":1,"marks":[{"log":"L","nick":"ana","room":"geral","seq":9,"at":"","written":1.5}]}'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"\xff\xfe",
        b"[]",
        b"null",
        GOOD[:-1],
        GOOD.replace(b"9", b'"9"'),
        GOOD.replace(b"9", b"-9"),
        GOOD.replace(b"9", b"9" * 400),
        GOOD.replace(b'"version":1', b'"version":2'),
        b'{"version":1,"marks":[],"more":' + b"[" * 100_000,
        b'{"version":1,"marks":[' + b" " * (5 << 20) + b"]}",
    ],
    ids=[
        "empty",
        "zeros",
        "no text",
        "a list",
        "null",
        "half",
        "seq a text",
        "seq below 0",
        "seq too great",
        "version 2",
        "too deep",
        "too long",
    ],
)
def test_a_damaged_file_counts_as_empty_and_is_replaced(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(GOOD)
    assert 9 == kept(path), "what is damaged here was right before"
    path.write_bytes(data)
    assert 0 == kept(path)
    saved(path, 7)
    assert 7 == kept(path)


@given(data=st.binary(max_size=200) | st.integers(0, len(GOOD)).map(lambda size: GOOD[:size]))
def test_no_file_disturbs(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("state") / "marks.json"
    path.write_bytes(data)
    assert (9 if data == GOOD else 0) == kept(path)


def test_a_full_disk_keeps_the_old_markers_and_nothing_half(path: Path) -> None:
    markers = ReadMarkers(path)
    markers.put("L", "ana", "geral", 7, AT)
    with full_disk():
        markers.save()
    assert not path.exists()
    assert ReadMarker(7, AT) == markers.get("L", "ana", "geral"), "in this run it is known"
    assert {"marks.json.lock"} == {each.name for each in path.parent.iterdir()}


def test_markers_that_could_not_be_saved_are_saved_next_time(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    markers = saved(path, 7)
    path.parent.unlink()
    markers.save()
    assert 7 == kept(path)


def test_a_folder_or_a_pipe_in_the_files_place_does_not_disturb(path: Path) -> None:
    path.mkdir(parents=True)
    assert ReadMarker(7, AT) == saved(path, 7).get("L", "ana", "geral")
    path.rmdir()
    os.mkfifo(path)
    assert ReadMarker(7, AT) == saved(path, 7).get("L", "ana", "geral")
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_a_file_that_may_not_be_read_is_left_alone(path: Path) -> None:
    saved(path, 7)
    path.chmod(0)
    saved(path, 9)
    path.chmod(0o600)
    assert 7 == kept(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_a_folder_that_may_not_be_written_does_not_disturb(path: Path) -> None:
    saved(path, 7)
    path.parent.chmod(0o500)
    markers = saved(path, 9)
    path.parent.chmod(0o700)
    assert [7, ReadMarker(9, AT)] == [kept(path), markers.get("L", "ana", "geral")]


def test_a_lock_that_never_comes_is_not_awaited(path: Path) -> None:
    with locked(path) as first:
        saved(path, 7)
        with locked(path) as second:
            pass
    assert [True, False] == [first, second]
    assert 7 == kept(path)


def test_a_file_system_without_locks_does_not_disturb(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    saved(path, 7)
    assert 7 == kept(path)


def test_the_file_says_what_it_is(path: Path) -> None:
    saved(path, 7)
    (marker,) = msgspec.json.decode(path.read_bytes())["marks"]
    assert {"log": "L", "nick": "ana", "room": "geral", "seq": 7, "at": AT} == {
        name: value for name, value in marker.items() if name != "written"
    }
