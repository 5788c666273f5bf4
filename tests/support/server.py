"""A server under test: a real process, seen from outside only."""

from __future__ import annotations

import gettext
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from unittest.mock import patch

from support.processes import Process, group_members
from support.transcript import Transcript
from support.waiting import DEADLINE, eventually

from chatsimples.__main__ import main

COMMAND = (sys.executable, "-m", "chatsimples")
Ended = subprocess.CompletedProcess[str]
_BY_TLS = re.compile(r":(\d+) \(TLS\)")
_LISTENING = re.compile(r"listening on (\S+):(\d+)")


# Where no folder can be made, not even by root: a file is in the way.
_NOWHERE = f"{os.devnull}/nowhere"


def clean_environment(**extra: str) -> dict[str, str]:
    """Return this environment without the product's own variables, and with ``extra``.

    The user's own settings are not read, and nothing is kept for the next run; a test of these names folders.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATSIMPLES_")}
    return {**kept, "XDG_CONFIG_HOME": _NOWHERE, "XDG_STATE_HOME": _NOWHERE, **extra}


def run_process(*arguments: str | Path, environ: Mapping[str, str] | None = None) -> Ended:
    """Run one ``chatsimples`` command to its end in a process of its own; with more environment variables."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
        env=clean_environment(**(environ or {})),
    )


def run_command(
    *arguments: str | Path, environ: Mapping[str, str] | None = None, typed: str | None = None
) -> Ended:
    """Run one ``chatsimples`` command to its end in this process; with more environment variables.

    Its arguments, environment, standard streams and exit code are those that a process has, without the third
    of a second that it takes to start one. What is about signals, the terminal or memory needs `run_process`.
    With ``typed``, that is its standard input.
    """
    words = [*map(str, arguments)]
    domain = gettext.textdomain()
    with (
        TemporaryFile("w+", encoding="utf-8", newline="") as stdout,
        TemporaryFile("w+", encoding="utf-8", newline="") as stderr,
        patch("sys.argv", ["chatsimples", *words]),
        patch("sys.stdin", sys.stdin if typed is None else TextIOWrapper(BytesIO(typed.encode()))),
        patch("sys.stdout", stdout),
        patch("sys.stderr", stderr),
        patch.dict(os.environ, clean_environment(**(environ or {})), clear=True),
    ):
        time.tzset()
        try:
            main()
            code = 0
        except SystemExit as ended:
            assert ended.code is None or isinstance(ended.code, int), ended.code
            code = ended.code or 0
        finally:
            gettext.textdomain(domain)
        for stream in (stdout, stderr):
            stream.seek(0)
        done = subprocess.CompletedProcess(words, code, stdout.read(), stderr.read())
    time.tzset()
    return done


def run_unread(*arguments: str | Path) -> Ended:
    """Run a command whose standard output nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE,
            check=False,
            env=clean_environment(),
        )
    finally:
        os.close(writing)


class Server:
    """A server process with its children, in a process group of their own.

    Args:
        folder: a folder for what it prints; its transcript too, if ``logs`` is not given.
        options: more of the command line.
        logs: the transcript's folder.
        port: 0 takes a free one.
        environment: more environment variables.
        wrapper: a program, with arguments, that is given the server's command line and becomes it.
        plain: give it ``options`` alone, without host, port, logs and language.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        logs: Path | None = None,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
        plain: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.logs = logs or folder / "logs"
        self.port = port
        own = ("--host", "127.0.0.1", "--port", str(port), "--logs", str(self.logs), "--lang", "en")
        self._command = [*wrapper, *COMMAND, "server", *(() if plain else own), *options]
        self._environment = clean_environment(**(environment or {}))
        self._stdout = folder / "stdout"
        self._stderr = folder / "stderr"

    def launch(self) -> Server:
        """Start it, and do not wait for anything."""
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                cwd=self.folder,
                env=self._environment,
                start_new_session=True,
            )
        return self

    def start(self) -> Server:
        """Start it and wait until it listens."""
        return self.launch().listening()

    def listening(self) -> Server:
        """Wait until it listens."""
        self.port = eventually(self._told_port, f"{self} prints that it listens")
        return self

    def _told_port(self) -> int:
        found = _LISTENING.search(self.stdout)
        if not found and self.process.poll() is not None:
            raise AssertionError(
                f"it ended with {self.process.returncode} instead of listening: {self.stderr}"
            )
        return int(found[2]) if found else 0

    @property
    def tls_port(self) -> int:
        """The port for TLS, once it listens."""
        found = _BY_TLS.search(self.stdout)
        assert found, self.stdout
        return int(found[1])

    def __str__(self) -> str:
        return f"server of {self.folder}"

    @property
    def stdout(self) -> str:
        """What it has printed."""
        return self._stdout.read_text("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """What it has printed as errors."""
        return self._stderr.read_text("utf-8", "replace")

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it has logged."""
        lines = (self.logs / "server.jsonl").read_bytes().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith(b"\n")]

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return what it has logged under this text, when there is something."""
        return eventually(lambda: [each for each in self.events if event == each["event"]], event)

    @property
    def traceback(self) -> str:
        """What stands behind the first traceback among its errors; nothing, as there must be none."""
        return self.stderr.partition("Traceback")[2]

    @property
    def transcript(self) -> Transcript:
        """What stands in the transcript now; a line that is being written is left out."""
        return Transcript.read(self.logs, growing=True)

    def type(self, line: str) -> None:
        """Type a line on its terminal."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def end_input(self) -> None:
        """End its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def processes(self) -> list[Process]:
        """Return all of its processes that still run, its orphans among them."""
        return group_members(self.process.pid)

    def child(self, name: str) -> Process:
        """Return its child of that name (``acceptor``, ``broadcaster``), when it is there."""

        def find() -> Process | None:
            return next((p for p in self.processes() if f"chatsimples: {name}" in p.arguments), None)

        found = eventually(find, f"{self} has a process {name}")
        assert found is not None
        return found

    def wait(self, within: float = DEADLINE) -> int:
        """Return its exit code when it has ended."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self} has not ended within {within:g} s") from None

    def is_gone(self) -> None:
        """Wait until none of its processes is left: they see its end, and end."""
        eventually(lambda: not self.processes(), f"nothing of {self} is left")

    def stop(self) -> int:
        """Stop it the ordinary way and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End all of its processes at once, as a machine's failure would.

        They are stopped first, all by one signal: whoever saw another one's end before its own would still
        end in order. What Python keeps beside them goes on, ends when they have ended, and removes their
        semaphores, which stay otherwise.
        """
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGSTOP)
        while left := [each for each in self.processes() if "resource_tracker" not in each.arguments]:
            for process in left:
                process.kill()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGCONT)
        self.process.wait(DEADLINE)
        self.is_gone()

    def close(self) -> None:
        """Leave nothing of it behind."""
        self.kill()
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()


@contextmanager
def running_server(folder: Path, *options: str) -> Iterator[Server]:
    """Run a server; at the end it must stop cleanly and leave a sound transcript."""
    server = Server(folder, *options)
    try:
        server.start()
        yield server
        assert server.stop() == 0
        server.is_gone()
        assert not server.traceback, server.traceback
        Transcript.read(server.logs).check(stopped=True)
    finally:
        server.close()
