"""The client as people start it: a real process, in a pipe or on a terminal of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO, Any, cast

from support.server import COMMAND, Server, clean_environment
from support.terminals import TerminalProgram
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


class TerminalClient(TerminalProgram):
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
        command = [*(through or []), *client_command(port, *options)]
        kept = {"XDG_STATE_HOME": str(state)} if state else {}
        super().__init__(command, columns, rows, {**ENVIRONMENT, **kept, **(environ or {})})

    @property
    def draft(self) -> str:
        """The input line with its prompt (the row above the status line)."""
        return self.rows[-2] if len(self.rows) > 1 else ""

    @property
    def status(self) -> str:
        return self.last_row

    def type(self, text: str) -> None:
        self.process.send(text)

    def enter(self, text: str) -> None:
        self.process.send(text + "\r")

    def hang_up(self) -> None:
        """Close the terminal."""
        cast(Any, self.process).ptyproc.fileobj.close()

    def paste(self, text: str) -> None:
        self.process.send(f"\x1b[200~{text}\x1b[201~")


def said_texts(server: Server) -> list[str]:
    """Give the texts that stand in a server's transcript."""
    return [entry.said["text"] for entry in server.transcript.having(type="message")]


def run_at_once(program: str, path: Path, count: int) -> None:
    """Run a program several times at once, with ``path`` and its number; each begins at a line of input.

    A client gives up waiting for what another one holds; these wait ten times as long, as the other may have
    to wait for the machine itself.
    """
    program = f"import time\ntime.sleep = lambda seconds, sleep=time.sleep: sleep(10 * seconds)\n{program}"
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
        ended = [(client.communicate(timeout=DEADLINE)[1], client.returncode) for client in clients]
        assert [("", 0)] * count == ended
    finally:
        for client in clients:
            client.kill()
            client.wait(DEADLINE)
