#!/usr/bin/env python3
"""Makes docs/conversation.svg and logs/sample from one real conversation.

Runs the server and two terminal clients in terminals of their own, a course-style client that knows nothing
of lines, and one that speaks plain text; types what stands below; and draws what the clients' screens show.
Needs the ``pictures`` extra: ``pip install -e .[pictures]``.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
COMMAND = f"{sys.executable} -m chatsimples"
WIDTH, HEIGHT = 72, 20
PATIENCE = 15.0
THEME = TerminalTheme(
    (24, 26, 31),
    (222, 224, 228),
    [(24, 26, 31), (224, 108, 117), (152, 195, 121), (229, 192, 123),
     (97, 175, 239), (198, 120, 221), (86, 182, 194), (222, 224, 228)],
)  # fmt: skip


class Terminal:
    """A program in a terminal, and what its screen shows."""

    def __init__(self, command: str, width: int = WIDTH, height: int = HEIGHT) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self.screen)
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLORFGBG": "15;0"}
        self._program = pexpect.spawn(
            command, dimensions=(height, width), encoding="utf-8", timeout=0.05, env=environ
        )

    def read(self) -> None:
        """Take in what the program has drawn."""
        try:
            while True:
                self._stream.feed(self._program.read_nonblocking(65_536, timeout=0.02))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return

    def shows(self, text: str) -> bool:
        """Tell whether the screen shows a text."""
        self.read()
        return any(text in line for line in self.screen.display)

    def type(self, text: str) -> None:
        """Type as a person does, and press Enter."""
        for character in text:
            self._program.send(character)
            time.sleep(0.01)
        self._program.send("\r")

    def press(self, keys: str) -> None:
        """Press keys that are no text."""
        self._program.send(keys)

    def end(self) -> None:
        """Wait for the program to end."""
        self._program.expect(pexpect.EOF, timeout=PATIENCE)
        self._program.close()

    def rows(self) -> Iterator[Text]:
        """Give the screen's rows with their colours."""
        self.read()
        for number in range(self.screen.lines):
            row = Text()
            for column in range(self.screen.columns):
                cell = self.screen.buffer[number][column]
                row.append(cell.data, Style(color=_colour(cell.fg), bgcolor=_colour(cell.bg), bold=cell.bold,
                                            italic=cell.italics, underline=cell.underscore,
                                            reverse=cell.reverse))  # fmt: skip
            yield row


def main() -> None:
    """Run the conversation; write the picture and the sample."""
    with tempfile.TemporaryDirectory() as folder:
        # What people keep between runs is not part of the picture.
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = folder
        logs = Path(folder, "logs")
        server = Terminal(f"{COMMAND} server --port 0 --logs {logs} --lang pt", 100, 30)
        wait(lambda: server.shows("listening on"), "the server listens")
        (port,) = re.findall(r"listening on \S+:(\d+)", "\n".join(server.screen.display))
        panes = converse(int(port))
        draw(panes, ROOT / "docs" / "conversation.svg")
        for pane in panes:
            pane.type("/sair")
            pane.end()
        server.type("/sair")
        server.end()
        sample = ROOT / "logs" / "sample"
        shutil.rmtree(sample, ignore_errors=True)
        sample.mkdir(parents=True)
        for segment in logs.glob("transcript-*.jsonl"):
            shutil.copy(segment, sample)


def converse(port: int) -> list[Terminal]:
    """Let four people talk; return the screens of two of them, who stay."""
    client = f"{COMMAND} client --port {port} --lang pt --nick"
    ana = Terminal(f"{client} ana --room geral,sockets")
    wait(lambda: ana.shows("ana entrou"), "ana is there")
    bia = Terminal(f"{client} bia")
    wait(lambda: ana.shows("bia entrou") and bia.shows("bia entrou"), "bia is there too")
    say(ana, "olá, turma! quem já fez o exercício dos sockets?", bia)
    say(bia, "eu! um cliente parado já não trava os outros", ana)
    with connected(port) as course:
        course.sendall(b"rui: eu ainda uso o cliente da aula, sem \\n nenhum")
        wait(lambda: ana.shows("o cliente da aula"), "the course's client is heard")
        say(ana, "e funciona na mesma, rui. está tudo em logs/", bia)
        course.sendall(b"rui saiu do chat.")
        wait(lambda: bia.shows("rui saiu"), "the course's client has left")
    with connected(port) as plain:
        plain.sendall("/apelido zé\naqui é o nc, sem cliente nenhum\n".encode())
        wait(lambda: bia.shows("sem cliente nenhum"), "nc is heard")
        say(bia, "/msg ana viste? até com nc dá", ana, "viste?")
        plain.sendall(b"/sair\n")
        wait(lambda: bia.shows("zé saiu"), "nc has left")
    say(ana, "/quem", ana, "ana, bia")
    bia.type("/entrar sockets")
    wait(lambda: bia.shows("#sockets>"), "bia is in the other room")
    bia.type("alguém percebe o epoll?")
    wait(lambda: ana.shows("2:#sockets 1"), "ana sees that there is something new")
    say(bia, "ana, viste? :heart:", ana, "viste? ❤")
    bia.press("\x1b1")
    wait(lambda: bia.shows("#geral>"), "bia is back")
    say(bia, "e se o servidor cair, isto retoma onde parou", ana)
    return [ana, bia]


def say(who: Terminal, text: str, other: Terminal, shown: str = "") -> None:
    """Type a line and wait until both have it."""
    who.type(text)
    wait(lambda: who.shows(shown or text[:24]) and other.shows(shown or text[:24]), f"{text!r} is shown")


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """Give a bare connection."""
    with socket.create_connection(("127.0.0.1", port)) as plain:
        yield plain


def wait(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise SystemExit(f"not within {PATIENCE:g} s: {what}")


def draw(panes: list[Terminal], path: Path) -> None:
    """Draw screens side by side."""
    width = WIDTH * len(panes) + 3 * (len(panes) - 1)
    console = Console(record=True, width=width, file=io.StringIO())
    for rows in zip(*(pane.rows() for pane in panes), strict=True):
        between = Text.assemble((" │ ", Style(color="#5c6370")))
        console.print(between.join(rows), no_wrap=True, crop=True)
    svg = console.export_svg(title="ChatSimples: ana e bia", theme=THEME)
    # The picture must not load anything from elsewhere.
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), "utf-8")


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return {"brown": "yellow"}.get(
        name, name.replace("bright", "bright_") if name.startswith("bright") else name
    )


if __name__ == "__main__":
    main()
