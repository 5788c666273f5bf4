"""State files are replaced or appended to as a whole, in the user's own folder."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest

from chatsimples.client.storage.state_files import append, read_end, replace, state_folder


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
