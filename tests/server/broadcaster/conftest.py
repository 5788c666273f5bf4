"""Rigs for the tests of the broadcaster's parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from server.rig import Rig, open_rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Give a rig as the server has it."""
    with open_rig(tmp_path / "rig") as opened:
        yield opened


@pytest.fixture
def small_rig(tmp_path: Path) -> Iterator[Rig]:
    """Give a rig in which nobody may lag far before the transcript serves them."""
    with open_rig(tmp_path / "rig", max_backlog=1_000) as opened:
        yield opened


@pytest.fixture
def stepping_rig(tmp_path: Path) -> Iterator[Rig]:
    """Give a rig in which each turn reads one block of the transcript for one reader."""
    with open_rig(tmp_path / "rig", step_seconds=0.0) as opened:
        yield opened
