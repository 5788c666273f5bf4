"""A line is printed at once, and nothing fails or waits when nobody reads, now or ever again."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from support.server import clean_environment
from support.waiting import DEADLINE, eventually

from chatsimples.standard_output import MOST_WAITING, LineWriter, printing_a_result

PROGRAM = """
import sys
from chatsimples.standard_output import print_line
print_line("first")
sys.stdin.readline()
for _ in range(3):
    print_line("later")
print("done", file=sys.stderr)
"""


def test_a_line_is_there_at_once_and_nothing_fails_when_nobody_reads() -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE
    ) as program:
        os.close(write)
        with os.fdopen(read, "rb") as reader:
            assert b"first\n" == reader.readline()
        _, told = program.communicate(b"\n", timeout=DEADLINE)
    assert (0, b"done\n") == (program.returncode, told)


MANY_LINES = """
import sys
from chatsimples.standard_output import print_line
for number in range(100_000):
    print_line(f"line {number:06}")
print("goes on", file=sys.stderr, flush=True)
if sys.argv[1:]:
    sys.stdin.readline()
    print_line("the last")
"""


def test_a_reader_who_does_not_read_stops_neither_the_program_nor_its_end() -> None:
    read, write = os.pipe()
    try:
        told = subprocess.run(
            [sys.executable, "-c", MANY_LINES],
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=DEADLINE,
            check=True,
        )
    finally:
        os.close(write)
        os.close(read)
    assert b"goes on\n" == told.stderr


@pytest.mark.parametrize(("lang", "words"), [("en", b"were not printed"), ("pt", b"foram impressas")])
def test_a_reader_who_comes_back_gets_what_waited_and_how_much_is_missing(lang: str, words: bytes) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MANY_LINES, "waits"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(LANGUAGE=lang),
    ) as program:
        assert program.stderr is not None
        assert program.stdout is not None
        assert b"goes on\n" == program.stderr.readline()
        lines = []
        while words not in (line := program.stdout.readline()):
            lines.append(line)
        assert program.stdin is not None
        program.stdin.write(b"\n")
        program.stdin.close()
        assert b"the last\n" == program.stdout.read()
    assert [f"line {number:06}\n".encode() for number in range(len(lines))] == lines
    missing = next(int(word) for word in line.split() if word.isdigit())
    assert 100_000 == len(lines) + missing
    # And what waited was bounded, a pipe's own buffer beside it.
    assert sum(map(len, lines)) <= MOST_WAITING + (1 << 20)


def test_without_a_standard_output_it_prints_to_nobody(tmp_path: Path) -> None:
    program = """
import os, sys
from chatsimples.standard_output import print_line
# What is opened first gets the number that is free.
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
assert file == 1
print_line("first")
"""
    closed = ["sh", "-c", 'exec "$@" >&-', "sh"]
    subprocess.run(
        [*closed, sys.executable, "-c", program, str(tmp_path / "file")], check=True, timeout=DEADLINE
    )
    assert b"" == (tmp_path / "file").read_bytes()


class Stream:
    """A pipe, and what writes lines to it.

    Args:
        most: bytes that may wait.
    """

    def __init__(self, most: int) -> None:
        reading, writing = os.pipe()
        self.reader = os.fdopen(reading, "rb", buffering=0)
        self.stream = os.fdopen(writing, "w", encoding="ascii")
        self.lines = LineWriter(self.stream, "lines", most, "{} dropped".format)

    def fill(self) -> int:
        """Fill the pipe; return how many bytes it has taken."""
        os.set_blocking(self.stream.fileno(), False)
        filled = 0
        try:
            while True:
                filled += os.write(self.stream.fileno(), b"\n" * select.PIPE_BUF)
        except BlockingIOError:
            return filled
        finally:
            os.set_blocking(self.stream.fileno(), True)

    def read(self, size: int) -> bytes:
        """Read so many bytes."""
        data = b""
        while len(data) < size:
            data += self.reader.read(size - len(data))
        return data

    def close(self) -> None:
        self.reader.close()
        self.stream.close()


@pytest.fixture
def stream() -> Iterator[Stream]:
    stream = Stream(100)
    yield stream
    stream.close()


def test_what_the_stream_can_not_say_is_escaped(stream: Stream) -> None:
    stream.lines.write("não \ud800")
    assert b"n\\xe3o \\ud800\n" == stream.read(14)


def test_what_is_dropped_is_told_where_it_is_missing(stream: Stream) -> None:
    filled = stream.fill()
    for number in range(30):
        stream.lines.write(f"line {number:04}")
    assert not stream.lines.flush(0)
    stream.read(filled)
    lines = b"".join(b"line %04d\n" % number for number in range(10)) + b"20 dropped\n"
    assert lines == stream.read(len(lines))
    stream.lines.write("again")
    assert b"again\n" == stream.read(6)
    assert stream.lines.flush(10)


def test_a_stream_that_another_program_has_made_nonblocking_is_waited_for(stream: Stream) -> None:
    filled = stream.fill()
    os.set_blocking(stream.stream.fileno(), False)
    stream.lines.write("first")
    assert not stream.lines.flush(0)
    stream.read(filled)
    assert b"first\n" == stream.read(6)


LIMITED = """
import resource, sys
from chatsimples.standard_output import LineWriter
lines = LineWriter(sys.stdout, "lines", 100_000, str)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
def write(line, most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    lines.write(line)
    lines.flush(10)
write("first", 1_000)
write("x" * 100, 50)
write("lost", 50)
write("after", 1_000)
"""


def test_a_line_of_which_a_full_disk_has_taken_a_part_is_ended_first(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        subprocess.run([sys.executable, "-c", LIMITED], stdout=file, check=True, timeout=DEADLINE)
    assert ["first", "x" * 100, "after"] == (tmp_path / "file").read_text().splitlines()


def test_many_threads_lines_are_whole(stream: Stream) -> None:
    def talk(name: str) -> None:
        for number in range(200):
            many.lines.write(f"{name * (number % 50)}{number}")

    many = Stream(1_000_000)
    threads = [threading.Thread(target=talk, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    reader: BinaryIO = os.fdopen(os.dup(many.reader.fileno()), "rb")
    lines = [reader.readline().decode().rstrip() for _ in range(600)]
    for thread in threads:
        thread.join()
    reader.close()
    many.close()
    expected = [f"{name * (number % 50)}{number}" for name in "abc" for number in range(200)]
    assert sorted(expected) == sorted(lines)


def test_where_there_is_no_room_for_a_thread_lines_wait_for_the_next_one(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading, "Thread", NoThread)
        stream.lines.write("first")
    stream.lines.write("second")
    eventually(lambda: stream.lines.flush(0), "both are written")
    assert b"first\nsecond\n" == stream.read(13)


RESULT = """
import os, sys
from chatsimples.standard_output import printing_a_result
with printing_a_result():
    for _ in range(int(sys.argv[1])):
        print("x" * 100)
    {fault}
print("goes on", file=sys.stderr)
"""


@pytest.mark.parametrize("lines", [1, 10_000])
def test_a_result_whose_reader_has_gone_ends_and_nothing_has_failed(lines: int) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        told = subprocess.run(
            [sys.executable, "-c", RESULT.replace("{fault}", ""), str(lines)],
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=DEADLINE,
            check=True,
        )
    finally:
        os.close(write)
    assert b"goes on\n" == told.stderr


def test_another_pipe_that_breaks_is_a_fault() -> None:
    with pytest.raises(BrokenPipeError), printing_a_result():
        raise BrokenPipeError
