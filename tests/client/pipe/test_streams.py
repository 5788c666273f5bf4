"""The input and the output of a pipe are bounded, and the same for files of every kind."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.waiting import DEADLINE, eventually

from chatsimples.client.pipe.streams import (
    CHUNK,
    LONGEST_LINE,
    OUTPUT_HELD,
    LineReader,
    LineWriter,
    split_lines,
)


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    eventually(lambda: set(threading.enumerate()) <= before, "the threads have ended")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


class Reader:
    """Reads an input to its end, asking for more at once unless told to wait."""

    def __init__(self, fd: int | None, *, greedy: bool = True) -> None:
        self.lines: list[bytes | None] = []
        self.error = ""
        self.ended = threading.Event()
        self._greedy = greedy
        self.input = LineReader(fd, self._arrived, self._ended)
        self.input.start()

    def _arrived(self, lines: list[bytes | None]) -> bool:
        self.lines += lines
        if self._greedy:
            self.input.go_on()
        return True

    def _ended(self, error: str) -> None:
        self.error = error
        self.ended.set()

    def to_end(self) -> list[bytes | None]:
        assert self.ended.wait(DEADLINE)
        return self.lines


@given(st.lists(st.binary(max_size=20)))
def test_input_has_the_same_lines_however_it_is_cut(pieces: list[bytes]) -> None:
    lines: list[bytes | None] = []
    rest = b""
    for piece in pieces:
        more, rest = split_lines(rest, piece)
        lines += more
    assert b"".join(pieces).split(b"\n") == [*lines, rest]


def test_of_a_line_that_is_too_long_no_more_is_kept_than_needed() -> None:
    lines, rest = split_lines(b"", b"x" * (LONGEST_LINE + 10))
    assert ([], LONGEST_LINE + 1) == (lines, len(rest))
    lines, rest = split_lines(rest, b"x" * LONGEST_LINE + b"\nshort\n" + b"y" * LONGEST_LINE + b"\n")
    assert [None, b"short", b"y" * LONGEST_LINE] == lines


def test_a_regular_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"um\ndois\r\n\nsem fim")
    with path.open("rb") as source:
        assert [b"um", b"dois\r", b"", b"sem fim"] == Reader(source.fileno()).to_end()


def test_no_file_is_a_file_that_has_ended() -> None:
    assert [] == Reader(None).to_end()


def test_a_pipe_is_read_as_it_comes(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    reader = Reader(source)
    os.write(sink, b"um\ndo")
    eventually(lambda: reader.lines == [b"um"], "the first line arrives")
    os.write(sink, b"is\n")
    os.close(sink)
    assert [b"um", b"dois"] == reader.to_end()


def test_a_file_that_does_not_block_is_awaited(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    os.set_blocking(source, False)
    reader = Reader(source)
    os.write(sink, b"um\n")
    eventually(lambda: reader.lines == [b"um"], "the line arrives")
    os.close(sink)
    reader.to_end()


def test_an_input_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        reader = Reader(folder)
        reader.to_end()
        assert "directory" in reader.error
    finally:
        os.close(folder)


def test_no_more_is_read_than_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"a line of sixteen\n" * CHUNK)
    with path.open("rb") as source:
        reader = Reader(source.fileno(), greedy=False)
        eventually(lambda: reader.lines, "the first lines arrive")
        first = len(reader.lines)
        assert CHUNK >= os.lseek(source.fileno(), 0, os.SEEK_CUR)
        reader.input.go_on()
        eventually(lambda: len(reader.lines) > first, "more lines arrive")
        assert 2 * CHUNK >= os.lseek(source.fileno(), 0, os.SEEK_CUR)
        while not reader.ended.is_set():
            reader.input.go_on()


def test_reading_ends_when_no_more_lines_are_wanted(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    asked = threading.Event()

    def nobody(_: list[bytes | None]) -> bool:
        asked.set()
        return False

    LineReader(source, nobody, lambda _: pytest.fail("it must not come to the end")).start()
    os.write(sink, b"um\ndois\n")
    assert asked.wait(DEADLINE)


class Writer:
    """An output that notes what it is told."""

    def __init__(self, fd: int | None) -> None:
        self.freed = threading.Event()
        self.broken = threading.Event()
        self.output = LineWriter(fd, self.freed.set, self.broken.set)
        self.output.start()


@pytest.fixture
def write_to() -> Iterator[Callable[[int | None], Writer]]:
    writers: list[Writer] = []

    def start(fd: int | None) -> Writer:
        writers.append(Writer(fd))
        return writers[-1]

    yield start
    for writer in writers:
        writer.output.close()


def test_output_is_written_as_lines(pipe: tuple[int, int], write_to: Callable[[int | None], Writer]) -> None:
    source, sink = pipe
    writer = write_to(sink)
    writer.output.write("olá")
    writer.output.write("\udc80")
    assert writer.freed.wait(DEADLINE)
    eventually(lambda: not writer.output.waiting, "it has flowed")
    assert "olá\n\\udc80\n" == os.read(source, 100).decode()


@pytest.mark.parametrize("blocking", [True, False])
def test_output_that_nobody_reads_yet_is_full_and_written_later(
    pipe: tuple[int, int], write_to: Callable[[int | None], Writer], blocking: bool
) -> None:
    source, sink = pipe
    os.set_blocking(sink, blocking)
    writer = write_to(sink)
    line = "x" * 9_999
    for _ in range(OUTPUT_HELD // len(line) + 20):
        writer.output.write(line)
    assert writer.output.full
    written = b""
    while len(written) < (OUTPUT_HELD // len(line) + 20) * 10_000:
        written += os.read(source, 1 << 20)
    eventually(lambda: not writer.output.waiting, "all of it has flowed")
    eventually(lambda: not writer.output.full, "there is room again")
    assert {line.encode()} == set(written.splitlines())


def test_output_that_nobody_reads_is_broken(
    pipe: tuple[int, int], write_to: Callable[[int | None], Writer]
) -> None:
    source, sink = pipe
    os.close(source)
    writer = write_to(sink)
    writer.output.write("um")
    assert writer.broken.wait(DEADLINE)
    writer.output.write("dois")
    assert not writer.output.waiting


def test_output_to_nowhere_never_waits(write_to: Callable[[int | None], Writer]) -> None:
    writer = write_to(None)
    writer.output.write("um")
    assert not writer.output.waiting


def test_lines_that_wait_when_it_is_closed_are_written(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    writer = Writer(sink)
    for number in range(1_000):
        writer.output.write(f"{number}")
    writer.output.close()
    expected = "".join(f"{number}\n" for number in range(1_000))
    written = b""
    while len(written) < len(expected):
        written += os.read(source, 1 << 16)
    assert expected == written.decode()
