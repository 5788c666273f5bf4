"""The Unix socket: who may connect, what it replaces and what not, and what it leaves behind."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.waiting import DEADLINE

from chatsimples.errors import SettingError, StartError
from chatsimples.net.doors import DoorKind, places
from chatsimples.net.peers import LOCAL
from chatsimples.net.unix_door import UnixListener, permissions

Listening = Callable[..., UnixListener]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.sock"


@pytest.fixture
def listening(path: Path) -> Iterator[Listening]:
    """Give what listens at the path; all is closed in the end."""
    made: list[UnixListener] = []

    def listens(mode: int = 0o600) -> UnixListener:
        made.append(UnixListener(str(path), mode))
        return made[-1]

    yield listens
    for each in made:
        each.door.sock.close()


def connect(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(DEADLINE)
    try:
        sock.connect(str(path))
    except OSError:
        sock.close()
        raise
    return sock


def test_whoever_comes_is_on_this_machine(listening: Listening, path: Path) -> None:
    door = listening().door
    assert DoorKind.UNIX is door.kind
    with connect(path) as client:
        ours, peer = door.accept()
        with ours:
            assert LOCAL == peer
            client.sendall(b"oi\n")
            assert b"oi\n" == ours.recv(100)


def test_its_place_is_its_path(listening: Listening, path: Path) -> None:
    assert f"unix:{path}" == places([listening().door])


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_its_permissions_are_those_asked_for(listening: Listening, path: Path, mode: int) -> None:
    before = os.umask(0)
    try:
        listening(mode)
        assert 0 == os.umask(0)
    finally:
        os.umask(before)
    assert mode == stat.S_IMODE(path.stat().st_mode)


def test_permissions_are_read_as_they_are_written() -> None:
    assert [0o600, 0o660] == [permissions("0600"), permissions("660")]
    for wrong in ("", "rw", "9", "0o600", "77777", "-660"):
        with pytest.raises(SettingError, match="unix_mode"):
            permissions(wrong)


def test_what_a_killed_server_has_left_is_replaced(listening: Listening, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with pytest.raises(ConnectionRefusedError):
        connect(path)
    listening()
    connect(path).close()


def test_one_on_which_somebody_listens_is_not_replaced(listening: Listening, path: Path) -> None:
    listening()
    with pytest.raises(StartError, match="is taken: another program listens there"):
        listening()
    connect(path).close()


def test_one_that_is_busy_is_not_replaced(path: Path, listening: Listening) -> None:
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(path))
        busy.listen(0)
        with connect(path), pytest.raises(StartError, match="is taken"):
            listening()


def test_another_kind_of_file_is_not_replaced(listening: Listening, path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(StartError, match="another file is there"):
        listening()
    assert "precious" == path.read_text()


@pytest.mark.parametrize("name", ["missing/chat.sock", "x" * 200])
def test_where_none_can_be_it_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartError, match="can't be listened on"):
        UnixListener(str(tmp_path / name), 0o600)


def test_it_is_removed(listening: Listening, path: Path) -> None:
    listener = listening()
    listener.remove()
    assert not path.exists()
    listener.remove()


def test_what_another_has_put_there_is_not_removed(listening: Listening, path: Path) -> None:
    listener = listening()
    path.unlink()
    other = listening()
    listener.remove()
    assert path.exists()
    other.remove()
    assert not path.exists()


def test_a_relative_path_is_removed_from_wherever_the_program_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    listener = UnixListener("chat.sock", 0o600)
    with listener.door.sock:
        monkeypatch.chdir("/")
        listener.remove()
    assert not (tmp_path / "chat.sock").exists()
