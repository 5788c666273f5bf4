"""The Queue's items on its pipe: what was put comes out, however it is cut, and whoever puts it."""

from __future__ import annotations

import os
import pickle
import struct
import threading
from collections.abc import Iterator
from multiprocessing.queues import SimpleQueue

import pytest
from support.waiting import DEADLINE

from chatsimples.server.channels import ends_of, spawn_context
from chatsimples.server.items import READ_BYTES, ItemReader, ItemWriter

MUCH = 1 << 20


class Pipe:
    """A Queue with a writer, and a reader that has its own handle of the reading end."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[bytes] = spawn_context().SimpleQueue()
        reading, writing = ends_of(self.queue)
        self.writing = os.dup(writing.fileno())
        self.writer = ItemWriter(self.queue)
        self.reading = reading

    def reader(self) -> ItemReader:
        """Begin to read: from here on this process puts nothing any more but by `writing`."""
        return ItemReader(self.queue)

    def close(self) -> None:
        os.close(self.writing)
        self.queue.close()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


ITEMS = [b"", b"x", b"\0" * 100, bytes(range(256)), b"y" * 20_000]


def test_items_come_out_as_they_were_put_all_with_one_call(pipe: Pipe) -> None:
    for item in ITEMS:
        pipe.writer.put(item)
    reader = pipe.reader()
    assert ITEMS == reader.take(MUCH)
    assert not reader.is_within_item


def test_what_a_queue_puts_itself_is_read_too_and_what_is_put_here_a_queue_gets(pipe: Pipe) -> None:
    for item in ITEMS:
        pipe.writer.put(item)
        pipe.queue.put(item)
    assert [ITEMS[0], ITEMS[0]] == [pipe.queue.get(), pipe.queue.get()]
    rest = [item for item in ITEMS[1:] for _ in range(2)]
    assert rest == pipe.reader().take(MUCH)


@pytest.mark.parametrize("size", [1, 3, 5, 64])
def test_however_the_bytes_come_in_each_item_is_whole(pipe: Pipe, size: int) -> None:
    for item in ITEMS[:4]:
        pipe.writer.put(item)
    data = os.read(pipe.reading.fileno(), MUCH)
    reader = pipe.reader()
    taken: list[bytes] = []
    for begin in range(0, len(data), size):
        os.write(pipe.writing, data[begin : begin + size])
        taken += reader.take(MUCH)
    assert ITEMS[:4] == taken
    assert not reader.is_within_item


def test_an_item_larger_than_the_pipe_arrives_in_parts(pipe: Pipe) -> None:
    large = os.urandom(1 << 19)
    pipe.writer.put(b"first")
    putting = threading.Thread(target=pipe.writer.put, args=(large,))
    putting.start()
    taken: list[bytes] = []
    while len(taken) < 2:
        item = pipe.queue.get()
        taken.append(item)
    putting.join(DEADLINE)
    assert [b"first", large] == taken


def test_a_large_item_is_put_together_from_what_can_be_read_at_a_time(pipe: Pipe) -> None:
    large = os.urandom(1 << 19)
    reader = pipe.reader()
    data = struct.pack("!i", len(pickle.dumps(large))) + pickle.dumps(large)
    writing = threading.Thread(target=_write_all, args=(pipe.writing, data))
    writing.start()
    taken: list[bytes] = []
    while not taken:
        taken = reader.take(MUCH)
    writing.join(DEADLINE)
    assert [large] == taken


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def test_whoever_puts_is_told_whether_something_waits_to_be_taken(pipe: Pipe) -> None:
    assert not pipe.writer.put(b"um")
    assert pipe.writer.put(b"dois")
    assert [b"um", b"dois"] == [pipe.queue.get(), pipe.queue.get()]
    assert not pipe.writer.put(b"tr\xc3\xaas")


def test_writers_that_are_gone_are_noticed_also_within_an_item(pipe: Pipe) -> None:
    pipe.writer.put(b"a last one")
    os.write(pipe.writing, b"\0\0\1")
    reader = pipe.reader()
    assert [b"a last one"] == reader.take(MUCH)
    assert reader.is_within_item
    writing, pipe.writing = pipe.writing, os.open(os.devnull, os.O_RDONLY)
    os.close(writing)
    with pytest.raises(EOFError):
        reader.take(MUCH)


def test_what_is_there_is_given_also_if_it_is_just_what_is_read_at_a_time(pipe: Pipe) -> None:
    around = 4 + len(pickle.dumps(b"x" * (READ_BYTES - 64), 5)) - (READ_BYTES - 64)
    item = b"x" * (READ_BYTES - around)
    pipe.writer.put(item)
    reader = pipe.reader()
    taken: list[bytes] = []
    taking = threading.Thread(target=lambda: taken.extend(reader.take(MUCH)), daemon=True)
    taking.start()
    taking.join(DEADLINE)
    assert [item] == taken
