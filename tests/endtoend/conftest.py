"""What several end-to-end tests share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.clients import Clients
from support.server import running_server


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transcript of several segments that was stopped cleanly."""
    options = ("--segment-size", "4096", "--message-rate", "0")
    with running_server(tmp_path_factory.mktemp("recorded"), *options) as server:
        clients = Clients()
        ana = clients.json(server, "ana")
        for number in range(80):
            ana.say(f"frase {number}", id=f"{number}")
        clients.close()
    return server.logs


@pytest.fixture
def copy(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    return Path(shutil.copytree(recorded, tmp_path / "copy"))
