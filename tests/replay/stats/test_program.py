"""``replay stats``: tables for people, plain columns for pipes, JSON for programs."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pexpect
import pytest
from replay.playing import ENVIRONMENT, at, record_chat, said
from support.paths import VERSION_1 as SAMPLE
from support.server import COMMAND, clean_environment
from support.waiting import DEADLINE
from wcwidth import wcswidth

from chatsimples.chat.records import Record
from chatsimples.config.base import make_settings
from chatsimples.config.replay import StatsSettings
from chatsimples.errors import SettingError
from chatsimples.replay.stats.counts import count
from chatsimples.replay.stats.program import show, stats


def sample_time(seq: int) -> datetime:
    """Return the time of a record of the sample."""
    (line,) = [
        line for path in SAMPLE.iterdir() for line in path.read_text("utf-8").splitlines()
        if line.startswith(f'{{"seq":{seq},')
    ]  # fmt: skip
    return datetime.fromisoformat(json.loads(line)["at"])


@pytest.fixture(autouse=True)
def zone(set_zone: Callable[[str], None]) -> None:
    set_zone("UTC0")


class FakeTerminal(io.StringIO):
    """Something that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(records: list[Record], top: int = 10, output: io.StringIO | None = None) -> str:
    output = output or io.StringIO()
    show(count(records), top, output, str)
    return output.getvalue()


def as_json(capsysbinary: pytest.CaptureFixture[bytes], path: Path, **chosen: str | int) -> Any:
    assert 0 == stats(str(path), make_settings(StatsSettings, {"json": True, **chosen}), str)
    out = capsysbinary.readouterr().out
    assert 1 == out.count(b"\n")
    return json.loads(out)


def test_the_sample_as_json(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    counts = as_json(capsysbinary, SAMPLE)
    assert (25, 9, 1, 6, 6, 2, 1) == tuple(
        counts[name] for name in ("records", "messages", "private", "joins", "leaves", "renames", "starts")
    )
    assert [("bia", 5), ("ana", 2), ("rui", 1), ("zé", 1)] == [
        (each["nick"], each["messages"]) for each in counts["nicks"]
    ]
    assert [("geral", 6, 4), ("sockets", 2, 1)] == [
        (each["room"], each["messages"], each["nicks"]) for each in counts["rooms"]
    ]
    first, last = sample_time(1), sample_time(25)
    assert {first.hour: 9} == {each["hour"]: each["messages"] for each in counts["hours"] if each["messages"]}
    assert [{"day": f"{first:%Y-%m-%d}", "messages": 9}] == counts["days"]
    assert (last - first).total_seconds() == counts["seconds"]


@pytest.mark.parametrize(
    ("chosen", "messages"),
    [
        ({"from": "6", "to": "10"}, 3),
        ({"room": "sockets"}, 2),
        ({"nick": "bia"}, 5),
        ({"nick": "ana", "to": f"{sample_time(5).isoformat()}"}, 1),
        ({"from": "26"}, 0),
        ({"top": 1}, 9),
    ],
)
def test_all_that_is_selected_is_counted_and_nothing_else(
    capsysbinary: pytest.CaptureFixture[bytes], chosen: dict[str, str | int], messages: int
) -> None:
    counts = as_json(capsysbinary, SAMPLE, **chosen)
    assert messages == counts["messages"] == sum(each["messages"] for each in counts["nicks"])


def test_tables_in_a_pipe_are_plain_columns() -> None:
    records = [
        said(1, 0, "olá a todos", "ana"),
        said(2, 3700, "x", "uma-pessoa-com-nome-comprido" * 4, "turma"),
    ]
    lines = shown(records).splitlines()
    assert "ana                                                 "[:10] in "\n".join(lines)
    row = next(line for line in lines if line.startswith("ana"))
    assert ["ana", "1", "0", "3", "12"] == row.split()
    assert any(line.startswith("uma-pessoa-com-nome-comprido" * 2) for line in lines)
    assert ["15", "1"] in [line.split() for line in lines]
    assert ["16", "1"] in [line.split() for line in lines]
    assert [] == [line for line in lines if line != line.rstrip()]
    assert "█" not in "".join(lines)
    assert "\x1b" not in "".join(lines)


def test_each_table_has_as_many_rows_as_the_setting_says() -> None:
    records = [said(seq, seq, "x", f"nick{seq % 30:02}") for seq in range(1, 100)]

    def rows(top: int) -> int:
        return len(re.findall(r"^nick\d", shown(records, top), re.MULTILINE))

    assert (4, 30) == (rows(4), rows(0))
    assert "and 26 more" in shown(records, 4)
    assert "more" not in shown(records, 0)


@pytest.mark.parametrize("columns", [20, 40, 71, 72, 80, 200])
def test_tables_fit_a_terminal_and_have_bars_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    records = [
        *(said(seq, seq, "x", "李小龍") for seq in range(1, 9)),
        *(said(seq, seq, "x", "🎉ana") for seq in range(9, 13)),
        said(13, 13, "x", "b"),
    ]
    text = shown(records, output=FakeTerminal()).replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert all(wcswidth(line) <= columns for line in text.splitlines())
    bars = [line.count("█") for line in text.splitlines() if line.startswith(("李", "🎉", "b "))]
    assert ([24, 12, 3] if columns >= 72 else [0, 0, 0]) == bars


def test_hostile_names_are_sanitized() -> None:
    bad = "[red]\x1b[2J\u202e:smile:\r\n"
    records = [
        Record(1, bad, "join", 1, bad, room=bad),
        Record(2, bad, "message", 1, bad, room=bad, text=bad),
        Record(3, at(0), "message", 1, bad, to=bad, text=bad),
    ]
    text = shown(records)
    assert text.replace("\n", "").isprintable()
    assert r"[red]\x1b[2J\u202e:smile:\r\n" in text


def test_nothing_at_all_has_totals_only() -> None:
    lines = shown([]).splitlines()
    assert ["records", "0"] == lines[0].split()
    assert 15 == len(lines)


def test_on_a_terminal_and_in_a_pipe(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", [said(seq, seq, "x" * seq) for seq in range(1, 1500)])
    command = [*COMMAND, "replay", "stats", str(folder), "--lang", "en"]
    env = clean_environment(**ENVIRONMENT)
    piped = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False, env=env)
    assert (0, "") == (piped.returncode, piped.stderr)
    assert ["messages", "1499"] in [line.split() for line in piped.stdout.splitlines()]
    seen = pexpect.spawn(
        command[0], command[1:], env=env, timeout=DEADLINE, encoding="utf-8", dimensions=(50, 90)
    )
    text = str(seen.read())
    seen.close()
    assert 0 == seen.exitstatus
    assert "█" * 24 in text
    assert "1\N{NO-BREAK SPACE}499" in text


def test_a_wrong_setting_is_wrong_usage() -> None:
    with pytest.raises(SettingError):
        stats(str(SAMPLE), make_settings(StatsSettings, {"from": "yesterday"}), str)
