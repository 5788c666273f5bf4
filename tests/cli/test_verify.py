"""``verify`` says what a transcript holds, or where the first damage is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from cli.command_lines import ENGLISH, PORTUGUESE, one_line, run
from support.server import COMMAND, clean_environment
from support.waiting import DEADLINE


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transcript of a server on which nobody was."""
    logs = tmp_path_factory.mktemp("recorded") / "logs"
    with subprocess.Popen(
        [*COMMAND, "server", "--port", "0", "--logs", str(logs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=clean_environment(**ENGLISH),
    ) as server:
        assert server.stdout is not None
        assert "listening on" in server.stdout.readline()
        server.communicate("/sair\n", timeout=DEADLINE)
    assert 0 == server.returncode
    return logs


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (ENGLISH, r"ok: 2 records \(1 to 2\), \d seals, 1 segments, log \w{26}, head [0-9a-f]{64}"),
        (PORTUGUESE, r"ok: 2 registros \(1 a 2\), \d selos, 1 segmentos, log \w{26}, head [0-9a-f]{64}"),
    ],
)
def test_a_good_transcript_is_told_what_it_holds(
    transcript: Path, environ: dict[str, str], expected: str
) -> None:
    result = run("verify", transcript, **environ)
    assert (0, "") == (result.returncode, result.stderr)
    assert re.fullmatch(expected, one_line(result.stdout)), result.stdout


def test_records_that_no_seal_proves_are_told(transcript: Path, tmp_path: Path) -> None:
    (segment,) = transcript.glob("transcript-*.jsonl")
    unsealed = tmp_path / segment.name
    lines = segment.read_bytes().splitlines(keepends=True)
    while b'"type":"seal"' in lines[-1]:
        lines.pop()
    unsealed.write_bytes(b"".join(lines))
    result = run("verify", unsealed)
    assert 0 == result.returncode
    assert re.search(r"^records at the end that no seal proves yet: [12]$", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(("environ", "bytes_"), [(ENGLISH, "last 5 bytes"), (PORTUGUESE, "últimos 5 bytes")])
def test_a_torn_end_is_told_with_its_size(
    transcript: Path, tmp_path: Path, environ: dict[str, str], bytes_: str
) -> None:
    (segment,) = transcript.glob("transcript-*.jsonl")
    torn = tmp_path / segment.name
    torn.write_bytes(segment.read_bytes() + b'{"seq')
    result = run("verify", torn, **environ)
    assert (1, "") == (result.returncode, result.stdout)
    assert bytes_ in one_line(result.stderr)


def test_a_damage_is_told_with_its_place(transcript: Path, tmp_path: Path) -> None:
    (segment,) = transcript.glob("transcript-*.jsonl")
    damaged = tmp_path / segment.name
    damaged.write_bytes(segment.read_bytes().replace(b'"type":"start"', b'"type":"stort"'))
    result = run("verify", damaged)
    assert (1, "") == (result.returncode, result.stdout)
    assert f"chatsimples: {damaged}: line 2 (byte " in one_line(result.stderr)
