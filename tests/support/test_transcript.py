"""The judge objects to what it should."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from support.transcript import Transcript

AT = '"at":"2026-11-22T15:00:00.000000Z"'
HEADER = (
    b'{"type":"transcript","version":1,"log":"01KAQ3J5X5W9K3T0V2N8R7C4M6","first_seq":%d,"previous":"%s"}\n'
)
STORY = [
    f'{{"seq":1,{AT},"type":"start","server":"chatsimples 0.1.0"}}',
    f'{{"seq":2,{AT},"type":"join","conn":1,"nick":"ana","room":"geral","dialect":"json","identity":"9f"}}',
    f'{{"seq":3,{AT},"type":"join","conn":2,"nick":"bia","room":"geral","dialect":"text"}}',
    f'{{"seq":4,{AT},"type":"message","conn":1,"nick":"ana","room":"geral","text":"olá","id":"a1"}}',
    f'{{"seq":5,{AT},"type":"message","conn":1,"nick":"ana","to":"bia","to_conn":2,"text":"psiu"}}',
    f'{{"seq":6,{AT},"type":"leave","conn":2,"nick":"bia","room":"geral","reason":"quit"}}',
    f'{{"seq":7,{AT},"type":"leave","conn":1,"nick":"ana","room":"geral","reason":"shutdown"}}',
    f'{{"seq":8,{AT},"type":"stop"}}',
]


def segment(folder: Path, story: list[str], previous: str = "0" * 64, first: int = 1) -> str:
    """Write a segment with one seal at its end, and return the seal's hash."""
    body = HEADER % (first, previous.encode()) + "".join(line + "\n" for line in story).encode()
    sealed = hashlib.sha256(previous.encode() + body).hexdigest()
    seal = b'{"type":"seal","seq":%d,"sha256":"%s"}\n' % (first + len(story) - 1, sealed.encode())
    (folder / f"transcript-{first:012d}.jsonl").write_bytes(body + seal)
    return sealed


def test_a_sound_transcript_in_two_chained_segments_is_accepted(tmp_path: Path) -> None:
    segment(tmp_path, STORY[4:], previous=segment(tmp_path, STORY[:4]), first=5)
    transcript = Transcript.read(tmp_path)
    transcript.check(stopped=True)
    assert (8, 8, 2) == (transcript.last_seq, transcript.sealed_to, len(transcript.segments))


def test_who_must_have_received_what_is_told_by_the_records(tmp_path: Path) -> None:
    segment(tmp_path, STORY)
    transcript = Transcript.read(tmp_path)
    lines = [(line + "\n").encode() for line in STORY]
    assert lines[1:7] == transcript.received_by(1)
    assert lines[2:6] == transcript.received_by(2)
    assert ["ana: olá"] == transcript.shown_to(2)
    assert lines[3:7] == transcript.since(3, ["geral"], 1)
    assert [lines[4]] == transcript.since(3, [], 2, until=5)


def without_chain(folder: Path) -> None:
    segment(folder, STORY[:4])
    segment(folder, STORY[4:], first=5)


def with_broken_seal(folder: Path) -> None:
    segment(folder, STORY)
    path = folder / "transcript-000000000001.jsonl"
    path.write_bytes(path.read_bytes().replace("olá".encode(), b"ola"))


def torn(folder: Path) -> None:
    segment(folder, STORY)
    path = folder / "transcript-000000000001.jsonl"
    path.write_bytes(path.read_bytes()[:-1])


UNSOUND: dict[str, list[str]] = {
    "a seq is missing": [*STORY[:3], *STORY[4:]],
    "a seq is twice there": [*STORY[:4], STORY[3], *STORY[4:]],
    "written in another way": [*STORY[:7], STORY[7].replace(":", ": ")],
    "fields in another order": [*STORY[:7], f'{{"seq":8,"type":"stop",{AT}}}'],
    "an escape where none is needed": [line.replace("á", "\\u00e1") for line in STORY],
    "no start": [f'{{"seq":1,{AT},"type":"stop"}}', *STORY[1:]],
    "says something where it is not": [line.replace('"geral","text"', '"sala","text"') for line in STORY],
    "two of one nick": [line.replace('"bia"', '"ANA"') for line in STORY],
    "still in the room at the end": [*STORY[:6], f'{{"seq":7,{AT},"type":"stop"}}'],
    "a nick that changes by itself": [*STORY[:3], STORY[3].replace("ana", "eva"), *STORY[4:]],
    "a private message to another connection": [line.replace('"to_conn":2', '"to_conn":1') for line in STORY],
    "an unknown reason": [line.replace('"quit"', '"bored"') for line in STORY],
    "no dialect in the first record": [line.replace(',"dialect":"text"', "") for line in STORY],
    "left behind by a crash": [*STORY[:4], STORY[0].replace(":1,", ":5,"), f'{{"seq":6,{AT},"type":"stop"}}'],
}  # fmt: skip


@pytest.mark.parametrize("story", UNSOUND.values(), ids=UNSOUND.keys())
def test_a_story_that_cannot_be_is_objected_to(tmp_path: Path, story: list[str]) -> None:
    segment(tmp_path, story)
    with pytest.raises(AssertionError):
        Transcript.read(tmp_path).check(stopped=True)


@pytest.mark.parametrize("damage", [without_chain, with_broken_seal, torn])
def test_a_file_that_is_not_as_it_was_sealed_is_objected_to(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(tmp_path)
    with pytest.raises(AssertionError):
        Transcript.read(tmp_path)
