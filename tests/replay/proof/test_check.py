"""Check: all that the rules made is right; one byte changed, lost, added or swapped is found where it is."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from replay.chats import RandomChat, as_version_1, random_records, write, write_on
from support.clients import Clients
from support.server import COMMAND, Server, clean_environment, run_command
from support.waiting import DEADLINE

from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, to_line
from chatsimples.config.replay import CheckSettings
from chatsimples.errors import ChatSimplesError, SettingError, TranscriptDamagedError
from chatsimples.replay.proof.check import check

SEAL_AFTER = 20
AT = "2026-11-22T15:00:00.000000Z"
Recorded = tuple[Path, str]


def run(path: Path, expect: str = "") -> int:
    return check(str(path), CheckSettings(expect=expect), str)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Give a transcript of several segments in which everything happens, sealed to its end; and its head."""
    folder = tmp_path_factory.mktemp("recorded") / "logs"
    chat = RandomChat(random.Random(11))
    while len(chat.records) < 500:
        chat.go_on()
    chat.stop()
    return folder, write(folder, chat.records, per_segment=200, seal_after=SEAL_AFTER)


@pytest.fixture
def logs(recorded: Recorded, tmp_path: Path) -> Path:
    """Give a copy of it that may be changed."""
    return Path(shutil.copytree(recorded[0], tmp_path / "logs"))


def test_check_says_how_many_records_there_are_and_the_head(
    recorded: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, head = recorded
    assert 0 == run(folder)
    said = capsys.readouterr().out
    count = sum(path.read_bytes().count(b'{"seq"') for path in folder.iterdir())
    assert f"ok, {count} records, head {head}\n" == said


def test_standard_input_and_one_file_of_all_segments_are_checked_alike(
    recorded: Recorded, tmp_path: Path
) -> None:
    folder, head = recorded
    whole = b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
    done = subprocess.run(
        [*COMMAND, "replay", "check", "-", "--lang", "en"],
        input=whole, capture_output=True, timeout=DEADLINE, check=False, env=clean_environment(),
    )  # fmt: skip
    assert (0, b"") == (done.returncode, done.stderr)
    assert head.encode() in done.stdout
    (tmp_path / "all.jsonl").write_bytes(whole)
    assert (
        done.stdout.decode() == run_command("replay", "check", tmp_path / "all.jsonl", "--lang", "en").stdout
    )


def damage(logs: Path, chance: random.Random) -> tuple[Path, int]:
    """Change, lose, add or swap one byte of one line that is not a segment's last; return where it is."""
    path = chance.choice(sorted(logs.iterdir()))
    data = path.read_bytes()
    at = chance.randrange(len(data) - 200)
    match chance.choice(["change", "lose", "add", "swap"]):
        case "change":
            new = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        case "lose":
            new = data[:at] + data[at + 1 :]
        case "add":
            new = data[:at] + bytes([chance.randrange(256)]) + data[at:]
        case _:
            at = next(n for n in range(at, len(data)) if data[n] != data[n + 1])
            new = data[:at] + data[at + 1 : at + 2] + data[at : at + 1] + data[at + 2 :]
    path.write_bytes(new)
    return path, data.count(b"\n", 0, at) + 1


@pytest.mark.parametrize("seed", range(80))
def test_one_wrong_byte_is_found_at_its_place(logs: Path, seed: int) -> None:
    path, line = damage(logs, random.Random(seed))
    with pytest.raises(TranscriptDamagedError) as raised:
        run(logs)
    found = raised.value
    assert path == found.path
    # Where the line is still a record that could be, the seal names the lines of which one is not as written.
    covered = re.search(r"lines (\d+) to (\d+)", found.reason)
    first, last = map(int, covered.groups()) if covered else (found.line, found.line)
    group = re.search(r"one of the records (\d+) to (\d+)", found.reason)
    if group:
        last += int(group[2]) - int(group[1])
    assert first <= line <= max(last, found.line)
    assert last - first <= SEAL_AFTER


def test_under_good_seals_a_fault_of_the_rules_is_told_with_its_place(tmp_path: Path) -> None:
    records = [
        Record(1, AT, "start", server="s", limits=Limits(0, 0, 1.0)),
        Record(2, AT, "hello", 1, "ana", dialect="json", identity="A"),
        Record(3, AT, "join", 1, "ana", room="geral"),
        Record(4, AT, "message", 2, "bia", room="geral", text="oi"),
        Record(5, AT, "leave", 1, "ana", room="geral", reason="quit"),
    ]
    write(tmp_path / "logs", records, per_segment=3, seal_after=2)
    assert 0 == run_command("verify", tmp_path / "logs").returncode
    done = run_command("replay", "check", tmp_path / "logs")
    segment = tmp_path / "logs" / "transcript-000000000004.jsonl"
    offset = segment.read_bytes().index(b"\n") + 1
    assert 1 == done.returncode
    expected = f"chatsimples: {segment}: line 2 (byte {offset}): the rules refuse this: say hello first\n"
    assert expected == done.stderr


def test_a_tail_that_was_cut_off_is_found_by_the_head_that_was_kept(
    recorded: Recorded, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = recorded[1]
    assert 0 == run(logs, head)
    last = sorted(logs.iterdir())[-1]
    lines = last.read_bytes().splitlines(keepends=True)
    seals = [n for n, line in enumerate(lines) if line.startswith(b'{"type":"seal"')]
    last.write_bytes(b"".join(lines[: seals[-2] + 1]))
    assert 0 == run(logs)
    with pytest.raises(ChatSimplesError, match="cut off"):
        run(logs, head)
    # A whole segment that is gone.
    last.unlink()
    with pytest.raises(ChatSimplesError, match="cut off"):
        run(logs, head.upper())


def test_what_has_come_since_an_expected_head_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = random_records(random.Random(3), 200)
    early = write(tmp_path / "early", records[:60], seal_after=60)
    write(tmp_path / "late", records, seal_after=60)
    # The same first seal in both.
    assert 0 == run(tmp_path / "early", early)
    assert 0 == run(tmp_path / "late", early)
    assert f"since the head that was expected: {len(records) - 60}\n" in capsys.readouterr().out


@pytest.mark.parametrize("head", ["xyz", "0" * 63, "g" * 64])
def test_what_is_no_head_is_wrong_usage(recorded: Recorded, head: str) -> None:
    with pytest.raises(SettingError):
        run(recorded[0], head)


def test_records_without_a_seal_are_counted_and_a_torn_end_is_an_error(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = sorted(logs.iterdir())[-1]
    whole = last.read_bytes()
    first_seal = whole.index(b'\n{"type":"seal"') + 1
    last.write_bytes(whole[:first_seal])
    assert 0 == run(logs)
    assert f"no seal proves yet: {SEAL_AFTER}\n" in capsys.readouterr().out
    last.write_bytes(whole[: first_seal - 10])
    with pytest.raises(ChatSimplesError, match="torn"):
        run(logs)


def test_a_part_needs_what_was_known_before_it(logs: Path) -> None:
    later = sorted(logs.iterdir())[1]
    with pytest.raises(ChatSimplesError, match="begins with record 201"):
        run(later)


def test_a_part_of_a_real_log_is_checked_from_its_checkpoint_on(
    start_server: Callable[..., Server], clients: Clients, tmp_path: Path
) -> None:
    server = start_server("--segment-size", "4096", "--message-rate", "0")
    ana = clients.json(server, "ana")
    for number in range(100):
        ana.say("olá " * 20, f"id{number}")
    server.stop()
    done = run_command("replay", "check", server.logs, "--lang", "en")
    assert (0, "") == (done.returncode, done.stderr)
    segments = sorted(server.logs.glob("transcript-*.jsonl"))
    assert len(segments) > 2
    done = run_command("replay", "check", segments[-1], "--lang", "en")
    assert 0 == done.returncode
    assert "a checkpoint says" in done.stdout


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    process = subprocess.Popen(
        [*COMMAND, "replay", "check", "-"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(),
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(to_line(Record(1, AT, "stop")) * 20_000)
    process.stdin.flush()
    process.send_signal(2)
    _, stderr = process.communicate(timeout=DEADLINE)
    assert (130, b"") == (process.returncode, stderr.strip())


def test_a_log_of_version_1_and_one_that_went_on_in_version_2_are_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = as_version_1(random_records(random.Random(21), 200))
    write(tmp_path / "logs", older, per_segment=70)
    assert 0 == run(tmp_path / "logs")
    newer = random_records(random.Random(22), 100, older)
    first = len(older) + 1
    write_on(tmp_path / "logs", newer)
    assert 0 == run(tmp_path / "logs")
    assert f"ok, {len(older) + len(newer)} records" in capsys.readouterr().out.splitlines()[-1]
    assert (tmp_path / "logs" / f"transcript-{first:012d}.jsonl").is_file()
