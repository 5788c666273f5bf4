"""The recipes of docs/client.md do what they say, run as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.clients import Clients
from support.paths import ROOT
from support.processes import group_members
from support.server import COMMAND, Server, clean_environment
from support.waiting import DEADLINE, eventually

PAGE = ROOT / "docs" / "client.md"
SERVER_OPTIONS = ("--message-rate", "0")


def recipes() -> dict[str, str]:
    """Give the shell scripts of the page by their headings."""
    _, _, text = PAGE.read_text("utf-8").partition("\n## Recipes\n")
    found: dict[str, str] = {}
    for part in text.split("\n### ")[1:]:
        title, _, rest = part.partition("\n")
        (script,) = re.findall(r"^```sh\n(.*?)^```$", rest, re.DOTALL | re.MULTILINE)
        found[title] = script
    return found


RECIPES = recipes()


class Script:
    """A recipe that runs, with a folder of its own as the working directory."""

    def __init__(self, folder: Path, title: str, port: int) -> None:
        self.folder = folder
        self._stdout, self._stderr = folder / "stdout", folder / "stderr"
        environment = clean_environment(
            CHATSIMPLES_PORT=str(port),
            CHATSIMPLES_LANG="en",
            PATH=f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            TMPDIR=str(folder),
        )
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                ["sh", "-c", RECIPES[title]],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )

    @property
    def shown(self) -> str:
        return self._stdout.read_text("utf-8")

    @property
    def errors(self) -> str:
        return self._stderr.read_text("utf-8")

    def wait(self) -> int:
        return self.process.wait(DEADLINE)

    def end(self) -> None:
        """End it as Ctrl-C on its terminal would: the signal goes to all of its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(DEADLINE)
        eventually(lambda: not group_members(self.process.pid), "nothing of it is left")

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE)


Start = Callable[..., Script]


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], None]:
    """Give a maker of programs that a recipe finds before all others; `chatsimples` is there already."""
    (tmp_path / "bin").mkdir()

    def make(name: str, script: str) -> None:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)

    make("chatsimples", f'exec {shlex.join(COMMAND)} "$@"')
    return make


@pytest.fixture
def start(tmp_path: Path, program: Callable[[str, str], None]) -> Iterator[Start]:
    started: list[Script] = []

    def start_script(title: str, server: Server | int) -> Script:
        port = server if isinstance(server, int) else server.port
        started.append(Script(tmp_path, title, port))
        return started[-1]

    yield start_script
    for each in started:
        each.close()
        assert "Traceback" not in each.errors


def test_a_bot_answers_and_never_itself(server: Server, clients: Clients, start: Start) -> None:
    bia = clients.json(server, "bia")
    bot = start("A bot in ten lines", server)
    assert len(RECIPES["A bot in ten lines"].splitlines()) <= 10
    bia.expect(type="join", nick="relogio")
    bia.say("!hora", id="1")
    assert re.fullmatch(r"são \d\d:\d\d", bia.expect(type="message", nick="relogio")["text"])
    bia.say('"room":"geral","text":"!hora"', id="2")
    bia.say("que !hora é", id="3")
    bia.say("!hora", id="4")
    bia.expect(type="message", nick="relogio")
    bot.end()
    bia.expect(type="leave", nick="relogio", reason="quit")
    assert 2 == len(bia.heard(type="message", nick="relogio"))
    assert "" == bot.errors


def test_a_log_file_is_followed(server: Server, clients: Clients, start: Start, tmp_path: Path) -> None:
    bia = clients.json(server, "bia", rooms=["alertas"])
    log = tmp_path / "app.log"
    log.write_text("antigo\n", "utf-8")
    script = start("Follow a log file", server)
    bia.expect(type="join", nick="app-log")

    def is_followed() -> bool:
        with log.open("a", encoding="utf-8") as file:
            file.write("está aí?\n")
        bia.receive(0.1)
        return b"app: est" in bia.raw

    eventually(is_followed, "what is written to the file is said")
    with log.open("a", encoding="utf-8") as file:
        file.write("/sair\n  dentro \\n\nfim\n")
    bia.expect(text="app: fim")
    said = [each["text"] for each in bia.heard(type="message", nick="app-log")]
    assert ["app: /sair", "app:   dentro \\n", "app: fim"] == said[-3:]
    assert {"app: está aí?"} == set(said[:-3])
    script.end()
    assert "" == script.errors


def test_who_is_mentioned_is_notified(
    server: Server, clients: Clients, start: Start, program: Callable[[str, str], None], tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    program("notify-send", f'printf "%s|%s\\n" "$1" "$2" >>{shlex.quote(str(notes))}')
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    script = start("Notify on mention", server)
    bia.expect(type="join", nick="ana-avisos")
    ana.say("eu sou a ana", id="1")
    bia.say("gosto de bananas", id="2")
    bia.say("olá, Ana! tudo bem?", id="3")
    bia.say("-n ana", id="4")
    eventually(lambda: notes.exists() and " -n ana" in notes.read_text("utf-8"), "the last one is noted")
    first, second = notes.read_text("utf-8").splitlines()
    assert re.fullmatch(r"ChatSimples\|\d\d:\d\d bia: olá, Ana! tudo bem\?", first)
    assert second.endswith(" bia: -n ana")
    script.end()
    assert "" == script.errors


def test_a_word_is_waited_for(server: Server, clients: Clients, start: Start) -> None:
    bia = clients.json(server, "bia")
    script = start("Wait until somebody says a word", server)
    bia.expect(type="join", nick="espera")
    bia.say("ainda não está pronto", id="1")
    bia.say("quase", id="2")
    assert script.process.poll() is None
    bia.say("pronto", id="3")
    assert (0, "alguém disse pronto\n", "") == (script.wait(), script.shown, script.errors)


def test_without_a_server_a_word_is_not_waited_for(start: Start) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        script = start("Wait until somebody says a word", held.getsockname()[1])
        assert (1, "") == (script.wait(), script.shown)
    assert "can't connect" in script.errors


def test_a_file_that_was_sent_is_on_record(
    server: Server, clients: Clients, start: Start, tmp_path: Path
) -> None:
    bia = clients.json(server, "bia", rooms=["turma"])
    (tmp_path / "recado.txt").write_text("um\n\ndois\n", "utf-8")
    script = start("Send a file, and know that it is there", server)
    assert (0, "tudo dito e registado\n", "") == (script.wait(), script.shown, script.errors)
    bia.expect(type="leave", nick="carteiro", reason="quit")
    assert ["um", "dois"] == [each["text"] for each in bia.heard(type="message", nick="carteiro")]


def test_of_a_file_that_could_not_all_be_said_that_is_known(
    server: Server, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "recado.txt").write_text("um\ntr\x1bes\ndois\n", "utf-8")
    script = start("Send a file, and know that it is there", server)
    assert (1, "") == (script.wait(), script.shown)
    first, second = script.errors.splitlines()
    assert first.startswith("chatsimples: line 2: ")
    assert "nem tudo foi dito" == second


def test_every_recipe_is_run() -> None:
    text = Path(__file__).read_text("utf-8")
    assert [] == [title for title in RECIPES if f'"{title}"' not in text]
