"""An export has all selected records, once and in order, in each format."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replay.chats import random_records, write
from support.effort import LONG, few
from support.server import COMMAND, clean_environment, run_command
from support.waiting import DEADLINE

from chatsimples.chat.records import Record, timestamp
from chatsimples.config.replay import ExportSettings
from chatsimples.i18n import translator
from chatsimples.replay.export.asciicast import write_asciicast
from chatsimples.replay.export.html import write_html
from chatsimples.replay.export.job import ExportJob
from chatsimples.replay.export.output import OutputFile
from chatsimples.replay.export.program import export
from chatsimples.replay.narration.descriptions import is_conversation
from chatsimples.transcript.segments import segments

Exporter = Callable[..., tuple[bytes, int]]

FORMATS = ("html", "text", "csv", "asciicast")
THOROUGH = FORMATS if LONG else ("html", "asciicast")
"""Those with the most to remember, and in the long form each."""
START = 1_795_348_800_000_000


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a transcript of several segments in which everything happens."""
    folder = tmp_path_factory.mktemp("export") / "logs"
    write(folder, random_records(random.Random(20), 600), per_segment=150)
    return folder


def recorded(folder: Path, form: str) -> list[dict[str, Any]]:
    """Read the records that belong into a format, by other means than the program's."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    records = [record for record in map(json.loads, lines) if "at" in record]
    # An end that somebody has brought about belongs to the conversation.
    return [each for each in records if form == "csv" or each["type"] not in {"hello", "bye"} or "by" in each]


@pytest.fixture
def exported(tmp_path: Path, capsys: pytest.CaptureFixture[str], set_zone: Callable[[str], None]) -> Exporter:
    """Return an exporter; it returns the bytes written and the number of records that it reports."""
    set_zone("UTC0")

    def run(path: Path, form: Any, **selected: Any) -> tuple[bytes, int]:
        out = tmp_path / "exported"
        settings = ExportSettings(format=form, output=str(out), **selected)
        assert 0 == export(str(path), settings, translator("en"))
        found = re.fullmatch(r"records written: (\d+)\n", capsys.readouterr().err)
        assert found is not None
        return out.read_bytes(), int(found[1])

    return run


def items(data: bytes, form: str) -> list[Any]:
    """Return what tells a record from another, of each item of an export."""
    text = data.decode()
    if form == "csv":
        return [int(row["seq"]) for row in csv.DictReader(io.StringIO(text, newline=""))]
    if form == "html":
        return [int(seq) for seq in re.findall(r'<li id="s(\d+)"', text)]
    if form == "text":
        return re.findall(r"(?m)^\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d)  .*$", text)
    return [json.loads(line)[2] for line in text.splitlines()[1:]]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "selected", [{}, {"room": "turma,x"}, {"nick": "bia"}, {"begin": "100", "end": "222"}], ids=str
)
def test_it_is_complete_and_in_order(
    logs: Path, exported: Exporter, form: str, selected: dict[str, str]
) -> None:
    wanted = recorded(logs, form)
    if "room" in selected:
        wanted = [each for each in wanted if each.get("room", "").lower() in {"turma", "x"}]
    elif "nick" in selected:
        wanted = [each for each in wanted if "bia" in (each.get("nick"), each.get("new"), each.get("to"))]
    elif "begin" in selected:
        wanted = [each for each in wanted if 100 <= each["seq"] <= 222]
    data, count = exported(logs, form, **selected)
    found = items(data, form)
    assert len(wanted) > 20
    assert len(wanted) == len(found) == count
    if form in {"csv", "html"}:
        assert [each["seq"] for each in wanted] == found
    elif form == "text":
        assert [each["at"][11:19] for each in wanted] == found
        assert len(wanted) == data.count(b"\n")
    else:
        for each, text in zip(wanted, found, strict=True):
            assert each["at"][11:19] in text
            assert each.get("text", "").split(" ")[0] in text


@pytest.mark.parametrize("form", THOROUGH)
def test_a_file_has_the_same_bytes_as_standard_output(logs: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    done = run_command("replay", "export", logs, "--format", form, "--output", out, "--lang", "en")
    assert (0, "", f"records written: {len(recorded(logs, form))}\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
    environment = clean_environment()
    plain = subprocess.run(
        [*COMMAND, "replay", "export", logs, "--format", form, "--lang", "en"],
        capture_output=True,
        timeout=DEADLINE,
        check=True,
        env=environment,
    )
    assert plain.stdout == out.read_bytes()
    assert [out] == list(tmp_path.iterdir())


def test_the_language_is_that_of_the_setting(logs: Path) -> None:
    done = run_command("replay", "export", logs, "--lang", "pt")
    assert 0 == done.returncode
    assert '<html lang="pt">' in done.stdout


def test_an_empty_selection_writes_no_record(logs: Path, exported: Exporter) -> None:
    assert (b"", 0) == exported(logs, "text", room="nowhere")
    data, count = exported(logs, "html", room="nowhere")
    assert (0, 0) == (count, data.count(b"<li "))


@pytest.mark.parametrize("form", FORMATS)
def test_damage_is_an_error_and_leaves_no_half_export(logs: Path, tmp_path: Path, form: str) -> None:
    damaged = tmp_path / "logs"
    damaged.mkdir()
    for path in segments(logs):
        (damaged / path.name).write_bytes(path.read_bytes())
    last = segments(damaged)[-1]
    last.write_bytes(last.read_bytes().replace(b'{"seq"', b"{'seq'", 12))
    out = tmp_path / "out"
    out.write_text("old")
    done = run_command("replay", "export", damaged, "--format", form, "--output", out)
    assert (1, "") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("\n")
    assert last.name in done.stderr
    assert "old" == out.read_text()
    assert {"logs", "out"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--output", "."), 2, "is a folder"),
        (("--output", "no/where/out"), 1, "can't be written"),
        (("--format", "pdf"), 2, "pdf"),
        (("--from", "noon"), 2, "noon"),
    ],
)
def test_a_failure_is_one_clear_line(logs: Path, options: tuple[str, ...], code: int, word: str) -> None:
    done = run_command("replay", "export", logs, "--lang", "en", *options)
    assert (code, "") == (done.returncode, done.stdout)
    assert word in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a transcript of some megabytes; and one of a tenth of it, for comparison."""
    folder = tmp_path_factory.mktemp("large")
    records = [
        Record(
            seq,
            timestamp(START + seq * 1_000_000),
            "message",
            1,
            "ana",
            room="geral",
            text=f"{seq} " + 200 * "x",
        )
        for seq in range(1, 40_001)
    ]
    for name, count in (("small", 4_000), ("large", 40_000)):
        (folder / name).mkdir()
        write(folder / name, records[:count], seal_after=1_000)
    return folder


def test_a_closed_pipe_ends_it_quietly(large: Path) -> None:
    done = subprocess.run(
        f"'{sys.executable}' -m chatsimples replay export '{large}/large' --format text | head -n 2",
        shell=True,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
        env=clean_environment(),
    )
    assert ("", 2) == (done.stderr, done.stdout.count("\n"))


def test_ctrl_c_ends_it_without_a_message(large: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [*COMMAND, "replay", "export", large / "large", "--format", "text", "--output", pipe],
        stderr=subprocess.PIPE,
        env=clean_environment(),
    ) as process:
        with pipe.open("rb", buffering=0) as reader:
            # More than a pipe holds is not read: so it is in the middle of it, and waits.
            assert reader.read(1_000)
            process.send_signal(signal.SIGINT)
            # What it has still to write when it closes the pipe.
            while reader.read(1 << 20):
                pass
        assert process.stderr is not None
        assert b"" == process.stderr.read().strip()
        assert 130 == process.wait(DEADLINE)


@pytest.mark.parametrize("form", few(THOROUGH))
def test_memory_does_not_grow_with_the_chat(large: Path, form: str) -> None:
    assert abs(_peak(large / "large", form) - _peak(large / "small", form)) < 8_000_000


def _peak(path: Path, form: str) -> int:
    """Return the most memory that an export had, in bytes."""
    program = (
        "import resource, sys\n"
        "sys.argv = sys.argv[1:]\n"
        "from chatsimples.cli import program as cli\n"
        "try:\n"
        "    cli.run()\n"
        "finally:\n"
        "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    print(peak * (1 if sys.platform == 'darwin' else 1024), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "chatsimples", "replay", "export", path, "--format", form],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=DEADLINE,
        check=True,
        env=clean_environment(),
    )
    return int(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("write_form", [write_html, write_asciicast])
def test_a_log_that_grows_meanwhile_ends_where_it_was_counted(
    write_form: Callable[[ExportJob, OutputFile], int],
) -> None:
    records = random_records(random.Random(4), 120)
    lengths = iter((40, len(records)))
    shown = sum(is_conversation(record) for record in records[:40])
    job = ExportJob(lambda: iter([(each, b"") for each in records[: next(lengths)]]), ExportSettings(), str)
    file = io.BytesIO()
    assert shown == write_form(job, OutputFile(file))
    assert shown == len(items(file.getvalue(), "html" if write_form is write_html else "asciicast"))
