"""That nobody reads a pipe any more is noticed, and nothing else is taken for it."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

import pytest
from support.waiting import DEADLINE

from chatsimples.client.pipe.hangup import is_pipe, when_unread


def test_pipes_and_sockets_have_a_reader_that_can_go(tmp_path: Path) -> None:
    source, sink = os.pipe()
    one, other = socket.socketpair()
    with one, other, (tmp_path / "file").open("wb") as file:
        assert is_pipe(sink)
        assert is_pipe(one.fileno())
        assert not is_pipe(file.fileno())
    os.close(source)
    os.close(sink)
    assert not is_pipe(sink)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it may show at the next writing only")
def test_the_end_of_the_reader_is_noticed_without_a_write() -> None:
    source, sink = os.pipe()
    gone = threading.Event()
    when_unread(sink, gone.set)
    os.write(sink, b"unread")
    assert not gone.is_set()
    os.close(source)
    assert gone.wait(DEADLINE)
    os.close(sink)


def test_of_a_file_nobody_can_tell(tmp_path: Path) -> None:
    before = threading.active_count()
    with (tmp_path / "file").open("wb") as file:
        when_unread(file.fileno(), lambda: pytest.fail("a file was taken for a pipe"))
    assert before == threading.active_count()
