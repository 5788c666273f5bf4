"""The console: lines from a real pipe or terminal, in a process of their own, whose stdin it reads."""

from __future__ import annotations

import array
import fcntl
import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from typing import IO, Any

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.accounts.room_keys import proof
from chatsimples.chat import commands
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.errors import Refusal
from chatsimples.server.console import HELP, order, understand
from chatsimples.words.governing import NameLimits

# Prints what the console gives each time that it wakes, as JSON, then "ended" when it reads no more.
LISTENS = """
import json, select, sys
from chatsimples.server.console import Console
console = Console()
PREPARE
console.start()
while True:
    alive = console.is_alive()
    if select.select([console.wakeful], [], [], 0.02)[0]:
        print(json.dumps(console.lines()), flush=True)
    elif not alive:
        break
print('"ended"', flush=True)
"""

# In the background of its terminal first; in front once it has tried to read there.
IN_THE_BACKGROUND = """
import fcntl, os, signal, subprocess, termios, types
from chatsimples.server import console as module
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for number in (signal.SIGTTIN, signal.SIGTTOU):
    signal.signal(number, signal.SIG_IGN)
other = subprocess.Popen(["cat"], stdin=subprocess.PIPE, process_group=0)
os.tcsetpgrp(0, other.pid)
def to_the_front(seconds):
    print(json.dumps(f"waits {seconds:g} s"), flush=True)
    os.tcsetpgrp(0, os.getpgrp())
    other.stdin.close()
    other.wait()
module.time = types.SimpleNamespace(sleep=to_the_front)
"""


# As much as it has, and 8 MiB more.
LITTLE_MEMORY = """
import resource, threading
threading.stack_size(1 << 20)
pages = int(open("/proc/self/statm").read().split()[0]) if sys.platform == "linux" else 0
if pages:
    most = pages * resource.getpagesize() + (8 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
"""


class Listening:
    """A console that reads from ``stdin``."""

    def __init__(self, stdin: int, prepare: str = "", **how: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", LISTENS.replace("PREPARE", prepare)],
            stdin=stdin,
            stdout=subprocess.PIPE,
            **how,
        )
        self.lines: list[str] = []

    def next(self) -> Any:
        """Return what is printed next."""
        return json.loads(self._printed.readline())

    def expect(self, *expected: str) -> None:
        """Read on until it has given so many lines; they must be these."""
        while len(self.lines) < len(expected):
            self.lines += self.next()
        assert [*expected] == self.lines

    def ends(self) -> list[str]:
        """Read what it still gives, up to its end."""
        while (said := self.next()) != "ended":
            self.lines += said
        assert 0 == self.process.wait(DEADLINE)
        return self.lines

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._printed.close()

    @property
    def _printed(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout


class Pipe(Listening):
    """A console whose stdin is a pipe."""

    def __init__(self, **how: Any) -> None:
        super().__init__(subprocess.PIPE, **how)

    @property
    def _stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def type(self, data: bytes) -> None:
        self._stdin.write(data)
        self._stdin.flush()

    def all_is_read(self) -> None:
        """Wait until the console has read all that was typed."""
        waiting = array.array("i", [1])

        def nothing_waits() -> bool:
            fcntl.ioctl(self._stdin, termios.FIONREAD, waiting)
            return not waiting[0]

        eventually(nothing_waits, "all is read")

    def end(self) -> list[str]:
        self._stdin.close()
        return self.ends()

    def close(self) -> None:
        super().close()
        self._stdin.close()


class Terminal(Listening):
    """A console whose stdin is a terminal."""

    def __init__(self, **how: Any) -> None:
        self.master, slave = pty.openpty()
        settings = termios.tcgetattr(slave)
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        super().__init__(slave, start_new_session=True, **how)
        os.close(slave)

    def type(self, data: bytes) -> None:
        os.write(self.master, data)

    def hang_up(self) -> list[str]:
        os.close(self.master)
        self.master = -1
        return self.ends()

    def close(self) -> None:
        super().close()
        if self.master >= 0:
            os.close(self.master)


OpenConsole = Callable[..., Any]


@pytest.fixture
def open_console() -> Iterator[OpenConsole]:
    opened = []

    def open_it(kind: type[Pipe | Terminal], **how: Any) -> Any:
        opened.append(kind(**how))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


def test_lines_from_a_pipe_come_as_they_are_typed_and_its_end_is_no_line(open_console: OpenConsole) -> None:
    console = open_console(Pipe)
    console.type(b"/quem\n")
    console.expect("/quem")
    console.type("/expulsar José\n\n/ajuda\n".encode())
    console.expect("/quem", "/expulsar José", "", "/ajuda")
    assert ["/quem", "/expulsar José", "", "/ajuda"] == console.end()


def test_a_line_in_pieces_is_one_line_and_an_unfinished_one_is_none(open_console: OpenConsole) -> None:
    console = open_console(Pipe)
    for piece in (b"/qu", b"e", b"m\n/s", b"air"):
        console.type(piece)
    assert ["/quem"] == console.end()


def test_what_is_not_utf8_is_a_line_too(open_console: OpenConsole) -> None:
    console = open_console(Pipe)
    console.type(b"\xff\xfe\n/quem\n")
    console.expect("\ufffd\ufffd", "/quem")


def test_many_lines_at_once_all_come(open_console: OpenConsole) -> None:
    console = open_console(Pipe)
    lines = [f"linha {number}" for number in range(3_000)]
    console.type("".join(f"{line}\n" for line in lines).encode())
    assert lines == console.end()


def test_a_line_without_end_takes_no_memory(open_console: OpenConsole) -> None:
    console = open_console(Pipe, prepare=LITTLE_MEMORY)
    for _ in range(16):
        console.type(b"x" * 1_000_000)
    console.type(b"\n/quem\n")
    long, last = console.end()
    assert "/quem" == last
    assert len(long) < 10_000


def test_the_end_of_a_line_that_is_too_long_is_no_command(open_console: OpenConsole) -> None:
    console = open_console(Pipe)
    console.type(b"x" * 100_000 + b"/sair" + b" " * 4_091)
    console.all_is_read()
    console.type(b"\n/quem\n")
    *long, last = console.end()
    assert "/quem" == last
    assert [] == [line for line in long if understand(line)[0]]


def test_lines_from_a_terminal_come_as_they_are_typed(open_console: OpenConsole) -> None:
    console = open_console(Terminal)
    console.type(b"/quem\n")
    console.expect("/quem")
    # Ctrl-D after something gives it as it is, without a line's end.
    console.type(b"/qu\x04em\n")
    console.expect("/quem", "/quem")


def test_ctrl_d_on_a_terminal_is_the_end(open_console: OpenConsole) -> None:
    console = open_console(Terminal)
    console.type(b"/quem\n\x04")
    assert ["/quem"] == console.ends()


def test_a_terminal_that_is_closed_is_the_end(open_console: OpenConsole) -> None:
    console = open_console(Terminal)
    console.type(b"/quem\n")
    console.expect("/quem")
    assert ["/quem"] == console.hang_up()


def test_in_the_background_of_a_terminal_it_waits_until_it_is_in_front(open_console: OpenConsole) -> None:
    console = open_console(Terminal, prepare=IN_THE_BACKGROUND)
    assert "waits 1 s" == console.next()
    console.type(b"/quem\n")
    console.expect("/quem")


def test_without_stdin_it_gives_nothing(open_console: OpenConsole) -> None:
    console = open_console(Pipe, prepare="import os; os.close(0)")
    assert [] == console.ends()


MEANINGS = {
    "/quem": ("who", ""),
    "/who": ("who", ""),
    "/expulsar ana": ("kick", "ana"),
    "/kick ana": ("kick", "ana"),
    "/kick": ("kick", ""),
    "/kick  ana   maria ": ("kick", "ana   maria"),
    "/Topico #geral a prova": ("topic", "#geral a prova"),
    "/unmute ana": ("unmute", "ana"),
    "/ajuda": ("help", ""),
    "/help me": ("help", "me"),
    "/sair": ("quit", ""),
    "/quit": ("quit", ""),
    "/SAIR": ("quit", ""),
    "  /Quit \r": ("quit", ""),
    "/sair agora": ("quit", "agora"),
    "sair": ("", "sair"),
    "//sair": ("", ""),
    "/ sair": ("", "sair"),
    "/": ("", ""),
    "": ("", ""),
    "olá a todos": ("", "olá a todos"),
    "/voar alto": ("", "alto"),
    "\x1b[A": ("", "\x1b[A"),
}


@pytest.mark.parametrize(("line", "meaning"), MEANINGS.items(), ids=map(repr, MEANINGS))
def test_what_a_line_means(line: str, meaning: tuple[str, str]) -> None:
    assert meaning == understand(line)


def test_all_that_help_shows_is_understood() -> None:
    for usage, meaning in HELP:
        assert meaning
        meant = {understand(word)[0] for word in usage.split(", ")}
        assert 1 == len(meant)
        assert "" not in meant


def test_an_order_is_an_item_of_the_queue_with_the_operators_commands() -> None:
    assert [commands.Kick(0, "bia", "")] == commands.unpack(order("kick", "bia", NameLimits()))
    assert [commands.Topic(0, "x", "oi")] == commands.unpack(order("topic", "#x oi", NameLimits()))
    with pytest.raises(Refusal):
        order("topic", "oi", NameLimits())
    with pytest.raises(Refusal):
        order("kick", "beatriz", NameLimits(max_name=3))


def test_the_key_of_a_room_is_ordered_as_its_proof() -> None:
    asked = SettingsAsked(key=proof("x", "abre-te"), secret=True)
    assert [commands.Set(0, "x", asked)] == commands.unpack(
        order("set", "#x key abre-te secret on", NameLimits())
    )
    assert [commands.Set(0, "x", SettingsAsked(key=""))] == commands.unpack(
        order("set", "#x key -", NameLimits())
    )
