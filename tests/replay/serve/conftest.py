"""A served chat, and those who listen to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from replay.serving import Listeners, Serve, Serving


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Give a starter of ``replay serve``; at the end none may have failed."""
    started: list[Serving] = []

    def start(path: Path | str, *options: str, **how: Sequence[str]) -> Serving:
        started.append(Serving(tmp_path / f"serving-{len(started)}", path, *options, **how))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.close()
        assert not each.traceback, each.traceback


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    """Give an opener of listeners; at the end they are closed."""
    opener = Listeners()
    yield opener
    opener.close()
