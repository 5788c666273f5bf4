"""What our own server has told of the turns of its loop, read from its operational log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from chatsimples.loadtest.results import Turns

EVENT = "turns of the loop"
"""The event in which the broadcaster sums them up."""

_FILE = "server.jsonl"


class _Told(msgspec.Struct):
    event: str = ""
    timestamp: str = ""
    turns: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    over_20_ms: int = 0


_decode = msgspec.json.Decoder(_Told).decode


def turns_told(folder: Path, since: datetime) -> Turns | None:
    """Read what a server has told since a time; None if that is nothing.

    Of several summaries, the percentiles are the highest ones.

    Args:
        folder: of its logs.
        since: before its start.
    """
    told = [
        each
        for path in sorted(folder.glob(f"{_FILE}*"), reverse=True)
        for line in _lines(path)
        if (each := _read(line)) is not None and datetime.fromisoformat(each.timestamp) >= since
    ]
    if not told:
        return None
    return Turns(
        count=sum(each.turns for each in told),
        p50=max(each.p50_ms for each in told),
        p99=max(each.p99_ms for each in told),
        max=max(each.max_ms for each in told),
        long=sum(each.over_20_ms for each in told),
    )


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError:
        return []


def _read(line: bytes) -> _Told | None:
    if EVENT.encode() not in line:
        return None
    try:
        told = _decode(line)
    except msgspec.MsgspecError:
        return None
    return told if told.event == EVENT and told.timestamp else None
