"""The programs of accounts as the command line calls them, with what is typed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from chatsimples.accounts.store import Store
from chatsimples.config.accounts import StoreSettings
from chatsimples.errors import ChatSimplesError

PASSWORD = "a good password"


class Desk:
    """Runs programs on a store, which a server may have open, and keeps what they print."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "logs"
        self.path = self.folder / "accounts.db"
        self._capsys = capsys
        self._patch = patch

    def types(self, line: str) -> None:
        """Let this be the first line of standard input."""
        self._patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line.encode()), "utf-8"))

    def settings(self) -> StoreSettings:
        return StoreSettings(logs=str(self.folder))

    def run(self, program: Callable[[], int]) -> str:
        """Run a program that succeeds; return what it printed."""
        self._capsys.readouterr()
        assert 0 == program()
        return self._capsys.readouterr().out

    def error(self, program: Callable[[], int]) -> str:
        """Run a program that fails; return its one line."""
        with pytest.raises(ChatSimplesError) as told:
            program()
        assert "\n" not in str(told.value)
        return str(told.value)

    def store(self) -> Store:
        return Store(self.path)
