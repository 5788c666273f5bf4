"""A bot written with a library of others: it is asked in JSON and answers in IRC."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clients import Clients
from support.server import Server, running_server

BOT = Path(__file__).with_name("echo_bot.py")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def bot(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, BOT, str(server.port)])
    yield process
    process.kill()
    process.wait()


def test_it_enters_its_channel_and_answers(
    server: Server, clients: Clients, bot: subprocess.Popen[bytes]
) -> None:
    ana = clients.json(server, "ana", rooms=["robôs"])
    ana.expect(type="join", nick="robô", room="robôs")
    ana.say("!grita olá, mundo", "a1", "robôs")
    assert "ana: OLÁ, MUNDO" == ana.expect(type="message", nick="robô")["text"]
