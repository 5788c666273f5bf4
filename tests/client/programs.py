"""The client as people start it: a real process, in a pipe or on a terminal of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pexpect
import pyte
from support.server import COMMAND, Server, clean_environment
from support.waiting import DEADLINE, eventually

ENVIRONMENT = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LOGNAME": "ana"}


def client_command(port: int, *options: str) -> list[str]:
    return [*COMMAND, "client", "--port", str(port), "--lang", "en", *options]


class PipedClient:
    """A client whose input and output are pipes or files.

    Args:
        folder: where what it prints is kept.
        port: the server's.
        options: more of its command line.
        source: its input; by default a pipe, for `type`.
        target: its output; by default a file, for `shown`.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *options: str,
        source: IO[bytes] | int = subprocess.PIPE,
        target: IO[bytes] | int | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._stdout, self._stderr = folder / "stdout", folder / "stderr"
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                client_command(port, *options),
                stdin=source,
                stdout=stdout if target is None else target,
                stderr=stderr,
                env=clean_environment(**ENVIRONMENT),
                cwd=folder,
            )

    @property
    def shown(self) -> str:
        return self._stdout.read_text("utf-8")

    @property
    def errors(self) -> str:
        return self._stderr.read_text("utf-8")

    def type(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        self.process.stdin.flush()

    def sees(self, text: str) -> None:
        eventually(lambda: text in self.shown, f"{text!r} is shown; it was:\n{self.shown}{self.errors}")

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self, within: float = DEADLINE) -> int:
        return self.process.wait(within)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()


class TerminalClient:
    """A client on a terminal, seen as a person sees it.

    Args:
        port: the server's.
        options: more of its command line.
        columns, rows: the terminal's size.
        through: a command that runs the client's (a shell, to see what it leaves behind).
        state: where it keeps what it keeps between runs; nowhere by default.
        environ: more of its environment.
    """

    def __init__(
        self,
        port: int,
        *options: str,
        columns: int = 80,
        rows: int = 24,
        through: list[str] | None = None,
        state: Path | None = None,
        environ: dict[str, str] | None = None,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=100_000)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        command = [*(through or []), *client_command(port, *options)]
        self.process = pexpect.spawn(
            command[0],
            command[1:],
            env=clean_environment(
                **ENVIRONMENT, **({"XDG_STATE_HOME": str(state)} if state else {}), **(environ or {})
            ),
            dimensions=(rows, columns),
            timeout=DEADLINE,
        )
        # Keys are sent at once, not after the 50 ms that pexpect waits for slow prompts.
        self.process.delaybeforesend = None

    def take_in(self, within: float = 0.02) -> None:
        try:
            data = self.process.read_nonblocking(1 << 16, within)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            return
        self.raw += data
        self._stream.feed(data)

    @property
    def rows(self) -> list[str]:
        """The screen's rows that are not empty."""
        return [row.rstrip() for row in self.screen.display if row.strip()]

    @property
    def everything(self) -> list[str]:
        """The rows that have left the screen, and those on it."""
        columns = self.screen.columns
        past = ["".join(row[x].data for x in range(columns)).rstrip() for row in self.screen.history.top]
        return [row for row in past if row] + self.rows

    @property
    def draft(self) -> str:
        """The input line with its prompt (the row above the status line)."""
        return self.rows[-2] if len(self.rows) > 1 else ""

    @property
    def status(self) -> str:
        return self.rows[-1] if self.rows else ""

    def sees(self, condition: Callable[[], object] | str, what: str = "", within: float = DEADLINE) -> None:
        """Take in what the client draws until a condition holds, or a text is on the screen."""

        def met() -> object:
            self.take_in()
            if isinstance(condition, str):
                return any(condition in row for row in self.rows)
            return condition()

        until = time.monotonic() + within
        while not met():
            shown = "\n".join(self.screen.display)
            assert time.monotonic() < until, f"not seen: {what or condition}\n{shown}"

    def type(self, text: str) -> None:
        self.process.send(text)

    def enter(self, text: str) -> None:
        self.process.send(text + "\r")

    def paste(self, text: str) -> None:
        self.process.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        self.take_in()
        self.screen.resize(rows, columns)
        self.process.setwinsize(rows, columns)

    def wait(self) -> int:
        """Take in everything to the end, and give the exit code."""
        until = time.monotonic() + DEADLINE
        while self.process.isalive():
            self.take_in()
            assert time.monotonic() < until, "it has not ended:\n" + "\n".join(self.screen.display)
        self.take_in()
        self.process.close()
        assert self.process.signalstatus is None
        return int(self.process.exitstatus)

    def close(self) -> None:
        self.process.close(force=True)


def said_texts(server: Server) -> list[str]:
    """Give the texts that stand in a server's transcript."""
    return [entry.said["text"] for entry in server.transcript.having(type="message")]


def run_at_once(program: str, path: Path, count: int) -> None:
    """Run a program several times at once, with ``path`` and its number; each begins at a line of input."""
    clients = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(number)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        for number in range(count)
    ]
    try:
        for client in clients:
            assert client.stdin is not None
            client.stdin.write("\n")
            client.stdin.flush()
        ended = [(client.communicate(timeout=60)[1], client.returncode) for client in clients]
        assert [("", 0)] * count == ended
    finally:
        for client in clients:
            client.kill()
            client.wait(DEADLINE)
