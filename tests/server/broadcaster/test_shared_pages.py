"""Pages that many sockets take the same bytes from: all get them whole, and get none that come later."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from server.rig import DIALECTS

from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.broadcaster.shared_pages import LEAST_BYTES, LEAST_RECEIVERS, Sender, SharedPages

FILES = Path("/proc/self/fd")

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="the system has no files in memory")


@pytest.fixture
def pages() -> Iterator[SharedPages]:
    """Give pages of which a file has room for two batches."""
    made = SharedPages(2 * LEAST_BYTES)
    yield made
    made.close()


@pytest.fixture
def pairs() -> Iterator[list[tuple[Outlet, socket.socket]]]:
    """Give some outlets, each with its client's end."""
    with ExitStack() as things:
        made = []
        for conn in range(1, 9):
            ours, theirs = (things.enter_context(each) for each in socket.socketpair())
            ours.setblocking(False)
            made.append((Outlet(conn, ours, DIALECTS["json"], 1 << 20), theirs))
        yield made


def batch(chance: random.Random, size: int = LEAST_BYTES) -> bytes:
    """Make up the bytes of a batch."""
    return chance.randbytes(size)


def sender_of(pages: SharedPages, data: bytes) -> Sender:
    """Return what sends bytes by pages."""
    sender = pages.sender(data, LEAST_RECEIVERS)
    assert sender is not None
    return sender


def files_in_memory() -> int:
    """Count those that this process has open."""
    links = [each.readlink() for each in FILES.iterdir() if each.is_symlink()]
    return sum("memfd:chatsimples" in str(each) for each in links)


def test_all_get_the_same_bytes(
    pages: SharedPages, pairs: list[tuple[Outlet, socket.socket]], chance: random.Random
) -> None:
    sent = [batch(chance, LEAST_BYTES + extra) for extra in range(5)]
    for data in sent:
        sender = sender_of(pages, data)
        assert [len(data)] * len(pairs) == [sender(outlet) for outlet, _ in pairs]
        for _, client in pairs:
            assert data == client.recv(len(data), socket.MSG_WAITALL)


def test_what_waits_at_a_client_does_not_change_when_more_is_sent_to_others(
    pages: SharedPages, pairs: list[tuple[Outlet, socket.socket]], chance: random.Random
) -> None:
    first = batch(chance)
    (slow, waiting), *others = pairs
    assert len(first) == sender_of(pages, first)(slow)
    for _ in range(20):
        data = batch(chance)
        sender = sender_of(pages, data)
        for outlet, client in others:
            sender(outlet)
            assert data == client.recv(len(data), socket.MSG_WAITALL)
    pages.close()
    assert first == waiting.recv(len(first), socket.MSG_WAITALL)


def test_a_socket_takes_what_it_has_room_for(
    pages: SharedPages, pairs: list[tuple[Outlet, socket.socket]], chance: random.Random
) -> None:
    outlet, client = pairs[0]
    data = batch(chance, 1 << 22)
    taken = sender_of(pages, data)(outlet)
    assert 0 < taken < len(data)
    with pytest.raises(BlockingIOError):
        sender_of(pages, data)(outlet)
    assert data[:taken] == client.recv(taken, socket.MSG_WAITALL)


def test_one_that_has_gone_is_told_as_by_a_send(
    pages: SharedPages, pairs: list[tuple[Outlet, socket.socket]], chance: random.Random
) -> None:
    outlet, client = pairs[0]
    client.close()
    with pytest.raises(BrokenPipeError):
        sender_of(pages, batch(chance))(outlet)


def test_where_a_socket_can_refer_to_no_pages_the_bytes_are_sent(
    pages: SharedPages,
    pairs: list[tuple[Outlet, socket.socket]],
    chance: random.Random,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> int:
        raise OSError("not for this socket")

    monkeypatch.setattr(os, "sendfile", refuse)
    outlet, client = pairs[0]
    data = batch(chance)
    assert len(data) == sender_of(pages, data)(outlet)
    assert data == client.recv(len(data), socket.MSG_WAITALL)


@pytest.mark.parametrize(
    ("size", "receivers"), [(LEAST_BYTES - 1, LEAST_RECEIVERS), (LEAST_BYTES, LEAST_RECEIVERS - 1)]
)
def test_for_few_there_are_none(pages: SharedPages, size: int, receivers: int) -> None:
    assert pages.sender(bytes(size), receivers) is None


def test_where_no_file_can_be_had_there_are_none(
    pages: SharedPages, monkeypatch: pytest.MonkeyPatch, chance: random.Random
) -> None:
    with monkeypatch.context() as patched:
        patched.delattr(os, "memfd_create")
        assert pages.sender(batch(chance), LEAST_RECEIVERS) is None
    assert pages.sender(batch(chance), LEAST_RECEIVERS) is not None


def test_where_a_file_takes_no_more_there_are_none_until_the_next(
    pages: SharedPages,
    pairs: list[tuple[Outlet, socket.socket]],
    chance: random.Random,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sender_of(pages, batch(chance))
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda file, data: write(file, data[:100]))
        assert pages.sender(batch(chance), LEAST_RECEIVERS) is None
    data = batch(chance)
    outlet, client = pairs[0]
    sender_of(pages, data)(outlet)
    assert data == client.recv(len(data), socket.MSG_WAITALL)


def test_there_is_one_file_however_much_is_sent(pages: SharedPages, chance: random.Random) -> None:
    before = files_in_memory()
    for _ in range(50):
        sender_of(pages, batch(chance))
    assert before + 1 == files_in_memory()
    pages.close()
    assert before == files_in_memory()
