"""What tests of transcripts share."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def without_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every wait for the disk as done: for tests of what is in files, a thousand times over."""
    # macOS has no such call; there the tests only take longer.
    monkeypatch.setattr(os, "fdatasync", lambda fd: None, raising=False)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Give a list that grows by the data of each `os.write`."""
    calls: list[bytes] = []
    write = os.write

    def noted(fd: int, data: bytes) -> int:
        calls.append(bytes(data))
        return write(fd, data)

    monkeypatch.setattr(os, "write", noted)
    return calls
