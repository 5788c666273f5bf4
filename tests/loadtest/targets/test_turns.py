"""What our own server tells of the turns of its loop, as the load test reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatsimples.loadtest.results import Turns
from chatsimples.loadtest.targets.turns import EVENT, turns_told
from chatsimples.server.broadcaster import turns as told_by_the_server

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def line(after: float, fields: Mapping[str, float] | None = None, event: str = EVENT) -> str:
    at = NOW + timedelta(seconds=after)
    return json.dumps({**(fields or {}), "event": event, "level": "info", "timestamp": at.isoformat()}) + "\n"


def test_the_event_is_that_of_the_server() -> None:
    assert told_by_the_server.SUMMARY == EVENT


def test_what_several_summaries_tell_is_put_together_those_from_before_left_out(tmp_path: Path) -> None:
    some = {"turns": 10, "p50_ms": 1.0, "p99_ms": 4.0, "max_ms": 9.0, "over_20_ms": 0}
    others = {"turns": 90, "p50_ms": 2.0, "p99_ms": 3.0, "max_ms": 30.0, "over_20_ms": 2}
    old = {"turns": 7_000, "p50_ms": 70.0, "p99_ms": 70.0, "max_ms": 70.0, "over_20_ms": 7_000}
    (tmp_path / "server.jsonl.1").write_text(line(-1, old) + line(1, some), "utf-8")
    (tmp_path / "server.jsonl").write_text(line(2, event="another event") + line(3, others), "utf-8")
    assert Turns(100, 2.0, 4.0, 30.0, 2) == turns_told(tmp_path, NOW)


def test_a_server_that_told_nothing_or_something_else_has_no_turns(tmp_path: Path) -> None:
    assert turns_told(tmp_path / "nowhere", NOW) is None
    (tmp_path / "server.jsonl").write_text(f"{EVENT}, half a li\n" + line(1, event="another"), "utf-8")
    assert turns_told(tmp_path, NOW) is None
