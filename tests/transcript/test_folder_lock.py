"""One writer at a time in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatsimples.errors import StartError
from chatsimples.transcript.folder_lock import LOCK_NAME, lock_folder


def test_a_second_lock_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    held = lock_folder(tmp_path, 0)
    with pytest.raises(StartError, match=f"another server is writing in this folder.*{os.getpid()}"):
        lock_folder(tmp_path, 0.05)
    os.close(held)


def test_after_the_holder_has_let_go_the_folder_is_free(tmp_path: Path) -> None:
    os.close(lock_folder(tmp_path, 0))
    os.close(lock_folder(tmp_path, 0))


HOLDER = """
import sys
from pathlib import Path
from chatsimples.transcript.folder_lock import lock_folder
lock_folder(Path(sys.argv[1]), 0)
print("locked", flush=True)
sys.stdin.read()
"""


def test_the_lock_of_a_killed_process_is_taken_over_by_who_waits(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert b"locked\n" == holder.stdout.readline()
        with pytest.raises(StartError, match=str(holder.pid)):
            lock_folder(tmp_path, 0)
        holder.kill()
        taken = lock_folder(tmp_path, 30.0)
    assert f"{os.getpid()}\n" == (tmp_path / LOCK_NAME).read_text()
    os.close(taken)


def test_a_folder_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lock_folder(tmp_path / "none", 0)
