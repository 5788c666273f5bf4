"""What was typed is there again in the next run, and no file or disk gets in the way of typing."""

from __future__ import annotations

import asyncio
import os
import resource
import stat
from pathlib import Path

import msgspec
import pytest
from client.programs import run_at_once
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from chatsimples.client.storage.state_files import locked
from chatsimples.client.terminal.input_history import InputHistory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "input.jsonl"


def typed(path: Path, *entries: str) -> InputHistory:
    history = InputHistory(path)
    for entry in entries:
        history.append_string(entry)
    return history


def loaded(history: InputHistory) -> list[str]:
    """Give the entries as the input line asks for them."""

    async def load() -> list[str]:
        return [entry async for entry in history.load()]

    return asyncio.run(load())


def known(path: Path) -> list[str]:
    return InputHistory(path).get_strings()


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def written(path: Path, entries: list[str]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))


def test_typed_lines_are_there_again_newest_first(path: Path) -> None:
    history = typed(path, "um", "dois", "três")
    assert ["três", "dois", "um"] == loaded(history) == loaded(InputHistory(path))
    assert ["um", "dois", "três"] == history.get_strings() == known(path)


@given(entries=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=8))
def test_every_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, entries: list[str]
) -> None:
    path = tmp_path_factory.mktemp("state") / "input.jsonl"
    expected = [entry for number, entry in enumerate(entries) if not number or entries[number - 1] != entry]
    assert expected == typed(path, *entries).get_strings() == known(path)


def test_an_entry_with_several_lines_is_one_line_of_the_file(path: Path) -> None:
    typed(path, "um\ndois\r\u2028três")
    assert 1 == len(lines(path))
    assert ["um\ndois\r\u2028três"] == known(path)


def test_the_same_again_is_not_written_again(path: Path) -> None:
    typed(path, "oi", "oi", "olá", "oi")
    typed(path, "oi")
    assert ["oi", "olá", "oi"] == known(path)
    assert 3 == len(lines(path))


def test_the_input_line_walks_through_it(path: Path) -> None:
    typed(path, "um", "dois")

    async def walk() -> list[str]:
        buffer = Buffer(history=InputHistory(path))
        shown = []
        for _ in range(2):
            buffer.load_history_if_not_yet_loaded()
            await asyncio.sleep(0)
            buffer.history_backward()
            shown.append(buffer.text)
            buffer.history_backward()
            shown.append(buffer.text)
            buffer.document = Document("três")
            buffer.reset(append_to_history=True)
        return shown

    assert ["dois", "um", "três", "dois"] == asyncio.run(walk())


def test_a_line_typed_before_the_first_use_comes_after_the_files(path: Path) -> None:
    typed(path, "um")
    assert ["dois", "um"] == loaded(typed(path, "dois"))


def test_the_file_is_read_at_the_first_use_and_once(path: Path) -> None:
    history = InputHistory(path)
    typed(path, "um")
    assert ["um"] == loaded(history)
    typed(path, "dois")
    assert ["um"] == loaded(history)


def test_a_long_file_is_trimmed_to_the_newest(path: Path) -> None:
    entries = [str(number) for number in range(2_001)]
    written(path, entries[:2_000])
    assert entries[:2_000] == known(path)
    assert 2_000 == len(lines(path)), "it is not too long yet"
    written(path, entries)
    assert entries[1:] == known(path), "this run still knows the others"
    assert entries[-1_000:] == known(path)
    assert 1_000 == len(lines(path))
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_memory_is_bounded_too(path: Path) -> None:
    history = InputHistory(path, kept=2, most=4)
    for number in range(9):
        history.append_string(str(number))
    assert ["5", "6", "7", "8"] == history.get_strings()


def test_a_file_of_many_bytes_is_read_from_its_end_and_trimmed(path: Path) -> None:
    entries = [f"{number}{'x' * 60_000}" for number in range(90)]
    written(path, entries)
    found = known(path)
    assert entries[-len(found) :] == found
    assert 60 < len(found) < 90
    again = known(path)
    assert entries[-len(again) :] == again
    assert 30 < len(again) < 40
    assert path.stat().st_size <= 2 << 20


def test_a_file_of_one_endless_line_is_emptied(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * (5 << 20))
    typed(path, "um")
    assert ["um"] == known(path)


@pytest.mark.parametrize(
    "damage",
    [b"um\n", b'"um\n', b"\n\n", b"5\n", b"null\n", b'["um"]\n', b"\xff\n", b'"\\ud800"\n', b'"u'],
)
def test_damaged_lines_are_skipped(path: Path, damage: bytes) -> None:
    typed(path, "antes")
    path.write_bytes(path.read_bytes() + damage)
    typed(path, "depois")
    assert ["antes", "depois"] == known(path)


@pytest.mark.parametrize("entry", ["\ud800", "x" * 70_000])
def test_an_entry_that_can_not_be_written_is_known_in_this_run(path: Path, entry: str) -> None:
    history = typed(path, "um", entry, "dois")
    assert ["um", entry, "dois"] == history.get_strings()
    assert ["um", "dois"] == known(path)


def test_clients_at_once_write_whole_lines(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from chatsimples.client.terminal.input_history import InputHistory
path, name = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
history = InputHistory(path)
for number in range(60):
    history.append_string(f"{name}-{number}-{'x' * 5_000}")
"""
    run_at_once(program, path, 3)
    found = known(path)
    expected = {f"{client}-{number}-{'x' * 5_000}" for client in range(3) for number in range(60)}
    assert expected == set(found)
    assert 180 == len(found) == len(lines(path))


def test_an_entry_of_another_client_survives_the_trimming(path: Path) -> None:
    written(path, [str(number) for number in range(20)])
    with locked(path):
        # Somebody else trims or writes: this one leaves the file as it is, and adds to it all the same.
        InputHistory(path, kept=3, most=10).append_string("new")
    assert 21 == len(lines(path))
    assert "new" == known(path)[-1]


def test_the_file_is_for_its_user_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        typed(path, "um")
    finally:
        os.umask(before)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    assert {0o600} == {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}


def test_reading_makes_no_file(path: Path) -> None:
    assert [] == loaded(InputHistory(path))
    assert not path.parent.exists()


def test_a_full_disk_does_not_disturb(path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12, before[1]))
    try:
        history = typed(path, "um", "dois", "três")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ["um", "dois", "três"] == history.get_strings()
    assert ["um"] == known(path)[:1]
    history.append_string("quatro")
    assert "quatro" == known(path)[-1]


def test_a_folder_or_a_pipe_in_its_place_does_not_disturb(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    assert ["um"] == typed(path, "um").get_strings()
    path.parent.unlink()
    path.mkdir(parents=True)
    assert ["um"] == typed(path, "um").get_strings()
    path.rmdir()
    os.mkfifo(path)
    assert ["um"] == typed(path, "um").get_strings()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_a_file_that_may_not_be_read_or_written_does_not_disturb(path: Path) -> None:
    typed(path, "um")
    path.chmod(0)
    assert ["dois"] == typed(path, "dois").get_strings()
    path.chmod(0o400)
    assert ["um", "três"] == typed(path, "três").get_strings()
    assert ["um"] == known(path)
