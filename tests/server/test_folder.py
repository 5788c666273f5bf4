"""The folder of a server is private if it is its own; of another one the log tells who can look into it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.server import Server

from chatsimples.config.server import ServerSettings
from chatsimples.errors import StartError
from chatsimples.server import folder as module
from chatsimples.server.folder import prepare_folder


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what is logged; it goes nowhere."""
    events: list[str] = []

    def note(event: str, **_: object) -> None:
        events.append(event)

    monkeypatch.setattr(module, "log", SimpleNamespace(warning=note))
    monkeypatch.setattr(module, "oplog", SimpleNamespace(configure=lambda _settings, _process: None))
    return events


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "logs"
    made.mkdir()
    made.chmod(0o755)
    return made


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def test_one_that_is_not_there_is_made_private(tmp_path: Path, logged: list[str]) -> None:
    prepare_folder(ServerSettings(logs=str(tmp_path / "new" / "logs")))
    assert 0o700 == mode(tmp_path / "new" / "logs")
    assert [] == logged


def test_the_default_one_is_made_private_as_it_comes_with_the_program(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    prepare_folder(ServerSettings())
    assert 0o700 == mode(folder)
    assert ["others could look into the folder: it is private now"] == logged
    prepare_folder(ServerSettings())
    assert 1 == len(logged)


def test_one_that_holds_a_transcript_is_made_private(folder: Path, logged: list[str]) -> None:
    (folder / "transcript-000000000001.jsonl").touch()
    prepare_folder(ServerSettings(logs=str(folder)))
    assert 0o700 == mode(folder)
    assert ["others could look into the folder: it is private now"] == logged


def test_one_that_may_be_there_for_other_things_stays_as_it_is(folder: Path, logged: list[str]) -> None:
    (folder / "notes.txt").touch()
    prepare_folder(ServerSettings(logs=str(folder)))
    assert 0o755 == mode(folder)
    assert ["others can look into the folder"] == logged


def test_one_of_another_user_stays_as_it_is(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "transcript-000000000001.jsonl").touch()
    monkeypatch.setattr("os.geteuid", lambda: folder.stat().st_uid + 1)
    prepare_folder(ServerSettings(logs=str(folder)))
    assert 0o755 == mode(folder)
    assert ["others can look into the folder, which is another user's"] == logged


@pytest.mark.usefixtures("logged")
def test_one_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="can't be written"):
        prepare_folder(ServerSettings(logs=str(tmp_path / "file" / "logs")))


def test_a_server_makes_its_folder_private_at_its_second_start(
    start_server: Callable[..., Server], folder: Path
) -> None:
    first = start_server(logs=folder)
    assert first.told("others can look into the folder")
    assert 0o755 == mode(folder)
    assert 0 == first.stop()
    second = start_server(logs=folder)
    assert second.told("others could look into the folder: it is private now")
    assert 0o700 == mode(folder)
    assert {0o600} == {mode(each) for each in folder.iterdir() if each.is_file()}
    assert 0 == second.stop()
    assert os.geteuid() == folder.stat().st_uid
