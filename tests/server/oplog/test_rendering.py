"""An entry as a line: all of it in JSON, one line for people, whatever stands in its fields."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from chatsimples.server.oplog.entry import Entry
from chatsimples.server.oplog.rendering import Renderer

AT = "2026-11-29T05:10:00.123456Z"


def test_the_json_has_all_fields_and_the_entrys_own_names_are_its_own() -> None:
    told = Entry("warning", "careful", {"conn": 7, "process": "forged", "path": Path("a")}, AT, "worker-3")
    line, _ = Renderer("acceptor", colours=False).render(told)
    read = json.loads(line)
    assert "a" in read.pop("path")
    assert {
        "timestamp": AT,
        "level": "warning",
        "event": "careful",
        "process": "acceptor",
        "thread": "worker-3",
        "conn": 7,
    } == read


def test_a_person_sees_the_time_of_day_the_event_and_its_fields_on_one_line() -> None:
    told = Entry("error", "it failed", {"why": "a\nb\x1b[2J"}, AT)
    _, shown = Renderer("acceptor", colours=False).render(told)
    assert shown.startswith("05:10:00 ")
    assert all(part in shown for part in ("error", "it failed", "acceptor", "why="))
    assert "\n" not in shown
    assert "\x1b" not in shown


def test_there_are_colours_if_they_are_asked_for() -> None:
    line, shown = Renderer("acceptor", colours=True).render(Entry("info", "a", {}, AT))
    assert "\x1b[" in shown
    assert "\\u001b" not in line


def test_structlog_comes_with_the_first_entry_and_rich_not_at_all() -> None:
    program = f"""
import sys
from chatsimples.server.oplog.entry import Entry
from chatsimples.server.oplog.rendering import Renderer
renderer = Renderer("acceptor", colours=False)
print("structlog" in sys.modules)
renderer.render(Entry("info", "a", {{}}, "{AT}"))
print("structlog" in sys.modules, "rich" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ["False", "True", "False"] == told.stdout.split()
