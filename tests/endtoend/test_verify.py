"""``chatsimples verify`` tells a good transcript from a damaged one, and where the first damage is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from support.clients import Clients
from support.server import Server, run_command
from support.transcript import segments_in


def test_a_good_transcript_is_good_as_a_folder(recorded: Path) -> None:
    result = run_command("verify", recorded)
    assert (0, "") == (result.returncode, result.stderr)
    assert result.stdout.strip()


def damaged(folder: Path, *words: str) -> None:
    """Verify a transcript that must be found damaged, with these words in the one line that says so."""
    result = run_command("verify", folder)
    assert 1 == result.returncode, result.stdout
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert 1 == len(lines), result.stderr
    assert [] == [word for word in words if word not in lines[0]], lines[0]


def test_a_broken_line_is_found_with_its_segment_and_line(copy: Path) -> None:
    segment = segments_in(copy)[1]
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[3] = b"garbage\n"
    segment.write_bytes(b"".join(lines))
    damaged(copy, segment.name, "line 4")


def test_the_first_of_two_damages_is_told(copy: Path) -> None:
    first, second = segments_in(copy)[:2]
    for segment in (first, second):
        segment.write_bytes(segment.read_bytes().replace(b'"type":"message"', b'"type":"massage"', 1))
    damaged(copy, first.name)


def test_any_flipped_bit_is_found(copy: Path, chance: random.Random) -> None:
    for segment in [chance.choice(segments_in(copy)) for _ in range(4)]:
        whole = segment.read_bytes()
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        segment.write_bytes(flipped)
        damaged(copy, "transcript-")
        segment.write_bytes(whole)


@pytest.mark.parametrize("what", ["a segment is missing", "a seal is missing", "a record is twice there"])
def test_what_was_taken_away_or_put_in_is_found(copy: Path, what: str) -> None:
    segment = segments_in(copy)[1]
    lines = segment.read_bytes().splitlines(keepends=True)
    match what:
        case "a segment is missing":
            segment.unlink()
        case "a seal is missing":
            segment.write_bytes(b"".join(lines[:-1]))
        case _:
            segment.write_bytes(b"".join([*lines[:5], lines[4], *lines[5:]]))
    damaged(copy, "transcript-")


def test_a_torn_end_is_told_and_a_whole_unsealed_end_is_well(copy: Path) -> None:
    segment = segments_in(copy)[-1]
    whole = segment.read_bytes()
    lines = whole.splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:-1]))
    assert 0 == run_command("verify", copy).returncode
    segment.write_bytes(whole + b'{"seq":')
    result = run_command("verify", copy)
    assert "7 bytes" in result.stdout + result.stderr, "a torn end is not even mentioned"
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("path", ["missing", "empty"])
def test_what_is_no_transcript_is_told_in_one_line(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    result = run_command("verify", tmp_path / path)
    assert result.returncode in {1, 2}
    assert path in result.stderr
    assert "Traceback" not in result.stderr


def test_the_transcript_of_a_running_server_can_be_verified(server: Server, clients: Clients) -> None:
    clients.json(server, "ana").say("oi", id="1")
    assert 0 == run_command("verify", server.logs).returncode
