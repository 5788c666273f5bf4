"""What the client keeps between runs is there again, is its user's alone, and is never in the way."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import stat
import sys
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

from chatsimples.client.dialogue.memory import Mark, Marks, append, locked, read_end, replace, state_folder

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


def saved(path: Path, *seqs: int, room: str = "geral") -> Marks:
    marks = Marks(path)
    for seq in seqs:
        marks.put("L", "ana", room, seq, AT)
    marks.save()
    return marks


def kept(path: Path, room: str = "geral") -> int:
    mark = Marks(path).get("L", "ana", room)
    return mark.seq if mark else 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_mark_is_there_again_in_the_next_run(path: Path) -> None:
    first = Marks(path)
    first.put("L", "ana", "geral", 7, AT)
    assert Mark(7, AT) == first.get("L", "ana", "geral")
    assert Marks(path).get("L", "ana", "geral") is None, "it is not written before it is saved"
    first.save()
    assert [Mark(7, AT)] * 2 == [marks.get("L", "ana", "geral") for marks in (first, Marks(path))]


def test_a_mark_is_of_one_log_one_nick_and_one_room(path: Path) -> None:
    marks = saved(path, 7)
    for place in (("M", "ana", "geral"), ("L", "bia", "geral"), ("L", "ana", "turma")):
        assert marks.get(*place) is None


def test_names_are_the_same_as_in_the_chat(path: Path) -> None:
    marks = Marks(path)
    marks.put("L", "João", "Álgebra", 7, AT)
    marks.put("L", "JOÃO", "ÁLGEBRA", 8, LATER)
    marks.save()
    assert Mark(8, LATER) == Marks(path).get("L", "joão", "álgebra")
    assert 1 == path.read_text("utf-8").count(f'"{LATER[:4]}'), "one mark, not two"


@pytest.mark.parametrize("name", ["", "@bia", "a b", "\u202e", "🙂 🙂", "\u0000ã", "\ud800", "joão\ud800"])
def test_a_name_that_can_not_be_is_kept_all_the_same(path: Path, name: str) -> None:
    saved(path, 7, room=name)
    assert 7 == kept(path, name)


def test_a_mark_never_goes_backwards(path: Path) -> None:
    marks = saved(path, 7, 9, 8)
    assert 9 == kept(path)
    marks.put("L", "ana", "geral", 3, LATER)
    marks.save()
    assert Mark(9, AT) == marks.get("L", "ana", "geral") == Marks(path).get("L", "ana", "geral")


@pytest.mark.parametrize("seqs", [(5, 9), (9, 5)])
def test_of_two_clients_the_one_that_read_further_wins(path: Path, seqs: tuple[int, int]) -> None:
    both = [Marks(path), Marks(path)]
    for marks, seq in zip(both, seqs, strict=True):
        assert marks.get("L", "ana", "geral") is None, "both have looked before either writes"
        marks.put("L", "ana", "geral", seq, AT)
    for marks in both:
        marks.save()
    assert 9 == kept(path)


def test_two_clients_keep_each_others_marks(path: Path) -> None:
    one, other = saved(path, 1, room="a"), saved(path, 2, room="b")
    one.put("L", "ana", "c", 3, AT)
    one.save()
    assert [1, 2, 3] == [kept(path, room) for room in "abc"]
    mark = one.get("L", "ana", "b")
    assert mark is not None, "saving has shown it what the other one wrote"
    assert other.get("L", "ana", "c") is None


def test_many_clients_that_save_at_once_lose_nothing(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from chatsimples.client.dialogue.memory import Marks
marks = Marks(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(40):
    marks.put("L", "ana", f"{sys.argv[2]}-{number}", 1, "")
    marks.save()
"""
    run_at_once(program, path, 3)
    rooms = [f"{client}-{number}" for client in range(3) for number in range(40)]
    assert [] == [room for room in rooms if not kept(path, room)]
    assert {"marks.json", "marks.json.lock"} == {each.name for each in path.parent.iterdir()}


def test_one_thread_saves_while_another_reads_on(path: Path) -> None:
    marks = Marks(path)
    with ThreadPoolExecutor(1) as other:
        for number in range(1, 200):
            saving = other.submit(marks.save)
            for seq in (2 * number, 2 * number + 1):
                marks.put("L", "ana", f"{number // 20}", seq, AT)
                assert Mark(seq, AT) == marks.get("L", "ana", f"{number // 20}")
            saving.result(DEADLINE)
    marks.save()
    assert [*(40 * room + 39 for room in range(9)), 399] == [kept(path, f"{room}") for room in range(10)]


def test_the_newest_marks_are_kept(path: Path) -> None:
    tick = count()
    marks = Marks(path, kept=3, clock=lambda: float(next(tick)))
    for room in "abcd":
        marks.put("L", "ana", room, 1, AT)
    marks.save()
    marks.put("L", "ana", "e", 1, AT)
    marks.put("L", "ana", "c", 2, AT)
    marks.save()
    assert [0, 0, 2, 1, 1] == [kept(path, room) for room in "abcde"]


def test_a_thousand_marks_are_kept_however_long(path: Path) -> None:
    marks = Marks(path)
    for number in range(1_100):
        marks.put("L", "n" * 400, f"{number}", 1, "\x01" * 90)
    marks.save()
    again = Marks(path)
    assert 1_000 == sum(bool(again.get("L", "n" * 400, f"{number}")) for number in range(1_100))


@pytest.mark.parametrize(
    ("seq", "at"), [(-1, AT), (1 << 63, AT), (1 << 70, AT), (8, "x" * 501)], ids=["less", "63", "70", "at"]
)
def test_what_only_a_hostile_server_says_is_not_kept(path: Path, seq: int, at: str) -> None:
    marks = saved(path, 7)
    marks.put("L", "ana", "geral", seq, at)
    marks.put("L", "ana", "turma", 1, AT)
    marks.save()
    assert [7, 1] == [kept(path), kept(path, "turma")]


def test_what_is_kept_is_for_its_user_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        saved(path, 7)
    finally:
        os.umask(before)
    assert 0o700 == mode(path.parent)
    assert {0o600} == {mode(each) for each in path.parent.iterdir()}


def test_looking_makes_nothing(path: Path) -> None:
    marks = Marks(path)
    assert marks.get("L", "ana", "geral") is None
    marks.save()
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


def test_a_full_disk_keeps_the_old_marks_and_nothing_half(path: Path) -> None:
    marks = Marks(path)
    marks.put("L", "ana", "geral", 7, AT)
    with full_disk():
        marks.save()
    assert not path.exists()
    assert Mark(7, AT) == marks.get("L", "ana", "geral"), "in this run it is known"
    assert {"marks.json.lock"} == {each.name for each in path.parent.iterdir()}


def test_what_could_not_be_saved_is_saved_next_time(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    marks = saved(path, 7)
    path.parent.unlink()
    marks.save()
    assert 7 == kept(path)


def test_what_stands_in_the_files_place_does_not_disturb(path: Path) -> None:
    path.mkdir(parents=True)
    assert Mark(7, AT) == saved(path, 7).get("L", "ana", "geral")
    path.rmdir()
    os.mkfifo(path)
    assert Mark(7, AT) == saved(path, 7).get("L", "ana", "geral")
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
    marks = saved(path, 9)
    path.parent.chmod(0o700)
    assert [7, Mark(9, AT)] == [kept(path), marks.get("L", "ana", "geral")]


def test_a_lock_that_never_comes_is_not_waited_for(path: Path) -> None:
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


def test_the_end_of_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    assert [b"789", b"0123456789"] == [read_end(file, most) for most in (3, 100)]


def test_a_torn_line_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    append(file, b"one")
    file.write_bytes(file.read_bytes() + b"to")
    append(file, b"three")
    assert b"one\nto\nthree\n" == file.read_bytes()


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    replace(file, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2, before[1]))
    try:
        with pytest.raises(OSError, match="large"):
            replace(file, b"new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [("file", b"old")] == [(each.name, each.read_bytes()) for each in tmp_path.iterdir()]


def test_the_users_state_folder_is_the_one_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/else")
    expected = Path("/somewhere/else/chatsimples")
    if sys.platform == "darwin" and state_folder() != expected:
        pytest.skip("this platformdirs follows XDG_STATE_HOME on Linux only")
    assert expected == state_folder()


def test_the_file_says_what_it_is(path: Path) -> None:
    saved(path, 7)
    (mark,) = msgspec.json.decode(path.read_bytes())["marks"]
    assert {"log": "L", "nick": "ana", "room": "geral", "seq": 7, "at": AT} == {
        name: value for name, value in mark.items() if name != "written"
    }
