"""The judge objects to what it should."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.transcript import Transcript

AT = '"at":"2026-11-22T15:00:00.000000Z"'
HEADER = (
    b'{"type":"transcript","version":%d,"log":"01KAQ3J5X5W9K3T0V2N8R7C4M6","first_seq":%d,"previous":"%s"}\n'
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


LIMITS = '"limits":{"max_rooms":3,"quiet_room":0,"nick_hold":600.0}'
STORY_2 = [
    f'{{"seq":1,{AT},"type":"start","server":"chatsimples 0.2.0",{LIMITS}}}',
    f'{{"seq":2,{AT},"type":"hello","conn":1,"nick":"ana","dialect":"json","identity":"9f"}}',
    f'{{"seq":3,{AT},"type":"join","conn":1,"nick":"ana","room":"geral"}}',
    f'{{"seq":4,{AT},"type":"join","conn":1,"nick":"ana","room":"sala"}}',
    f'{{"seq":5,{AT},"type":"hello","conn":2,"nick":"bia","dialect":"json","identity":"8e"}}',
    f'{{"seq":6,{AT},"type":"message","conn":1,"nick":"ana","to":"bia","to_conn":2,"text":"psiu",'
    '"identity":"9f","to_identity":"8e"}',
    f'{{"seq":7,{AT},"type":"nick","conn":1,"nick":"ana","new":"eva","room":"geral"}}',
    f'{{"seq":8,{AT},"type":"nick","conn":1,"nick":"ana","new":"eva","room":"sala"}}',
    f'{{"seq":9,{AT},"type":"leave","conn":1,"nick":"eva","room":"geral","reason":"quit"}}',
    f'{{"seq":10,{AT},"type":"leave","conn":1,"nick":"eva","room":"sala","reason":"quit"}}',
    f'{{"seq":11,{AT},"type":"bye","conn":1,"nick":"eva","reason":"quit"}}',
    f'{{"seq":12,{AT},"type":"bye","conn":2,"nick":"bia","reason":"shutdown"}}',
    f'{{"seq":13,{AT},"type":"stop"}}',
]


def segment(
    folder: Path, story: list[str], previous: str = "0" * 64, first: int = 1, version: int = 1
) -> str:
    """Write a segment with one seal at its end, and return the seal's hash."""
    body = HEADER % (version, first, previous.encode()) + "".join(line + "\n" for line in story).encode()
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


def renumbered(story: list[str]) -> list[str]:
    return [re.sub(r'"seq":\d+', f'"seq":{seq}', line) for seq, line in enumerate(story, 1)]


def checked(folder: Path, story: list[str]) -> Transcript:
    """Return a story of version 2 that has been checked."""
    segment(folder, renumbered(story), version=2)
    transcript = Transcript.read(folder)
    transcript.check(stopped=True)
    return transcript


def test_in_version_2_a_private_message_is_for_two_sessions_and_ends_for_one_each(tmp_path: Path) -> None:
    transcript = checked(tmp_path, STORY_2)
    lines = [(line + "\n").encode() for line in STORY_2]
    assert [*lines[1:4], *lines[5:11]] == transcript.received_by(1)
    assert [lines[4], lines[5], lines[11]] == transcript.received_by(2)
    assert [lines[5]] == transcript.since(5, [], 2, until=11)


RESTART = [
    STORY_2[0],
    f'{{"seq":0,{AT},"type":"bye","conn":2,"nick":"bia","reason":"crash"}}',
    STORY_2[-1],
]


def ended_by_a_crash(nick: str, *rooms: str) -> list[str]:
    left = [
        f'{{"seq":0,{AT},"type":"leave","conn":1,"nick":"{nick}","room":"{room}","reason":"crash"}}'
        for room in rooms
    ]
    return [
        RESTART[0],
        *left,
        f'{{"seq":0,{AT},"type":"bye","conn":1,"nick":"{nick}","reason":"crash"}}',
        *RESTART[1:],
    ]


@pytest.mark.parametrize(
    "story",
    [
        [*STORY_2[:2], *ended_by_a_crash("ana")[:-2], RESTART[-1]],
        [*STORY_2[:7], *ended_by_a_crash("eva", "geral", "sala")],
        [*STORY_2[:9], *ended_by_a_crash("eva", "sala")],
        [*STORY_2[:10], *ended_by_a_crash("eva")],
        [*STORY_2[:8], *ended_by_a_crash("eva", "geral")[:2], *ended_by_a_crash("eva", "sala")],
    ],
    ids=["after a hello", "in a change of nick", "in the leaves", "before the bye", "twice"],
)
def test_what_a_command_does_may_be_cut_by_a_crash(tmp_path: Path, story: list[str]) -> None:
    checked(tmp_path, story)


def replaced(story: list[str], old: str, new: str) -> list[str]:
    assert any(old in line for line in story)
    return [line.replace(old, new) for line in story]


UNSOUND_2: dict[str, list[str]] = {
    "a start without limits": [STORY_2[0].replace(f",{LIMITS}", ""), *STORY_2[1:]],
    "no hello": [STORY_2[0], *STORY_2[2:]],
    "a hello twice": [*STORY_2[:2], STORY_2[1], *STORY_2[2:]],
    "a hello after the join": [STORY_2[0], STORY_2[2], STORY_2[1], *STORY_2[3:]],
    "two of one nick": [line.replace('"bia"', '"ANA"') for line in STORY_2],
    "no bye": [*STORY_2[:10], *STORY_2[11:]],
    "a bye before a leave": [*STORY_2[:9], STORY_2[10], STORY_2[9], *STORY_2[11:]],
    "an end for two reasons": [*STORY_2[:10], STORY_2[10].replace("quit", "closed"), *STORY_2[11:]],
    "something within an end": [*STORY_2[:9], STORY_2[11], *STORY_2[9:11], STORY_2[12]],
    "something within a change of nick": [*STORY_2[:7], STORY_2[5], *STORY_2[7:]],
    "half a change of nick": [*STORY_2[:7], *STORY_2[8:]],
    "still there at the end": [*STORY_2[:11], STORY_2[12]],
    "back after its bye": [*STORY_2[:11], STORY_2[1], *STORY_2[10:]],
    "a message after its bye": [*STORY_2[:11], STORY_2[5].replace("ana", "eva"), *STORY_2[11:]],
    "a private message of nobody's": replaced(STORY_2, '"identity":"9f","to_', '"to_'),
    "a private message of another": replaced(STORY_2, '"to_identity":"8e"', '"to_identity":"9f"'),
    "a dialect in a join": replaced(STORY_2, '"room":"geral"}', '"room":"geral","dialect":"json"}'),
    "an identity in a join": replaced(STORY_2, '"room":"geral"}', '"room":"geral","identity":"9f"}'),
    "a private message to who has gone": [*STORY_2[:5], STORY_2[11], STORY_2[5], *STORY_2[6:11], STORY_2[12]],
}  # fmt: skip


@pytest.mark.parametrize("story", UNSOUND_2.values(), ids=UNSOUND_2.keys())
def test_in_version_2_what_cannot_be_is_objected_to(tmp_path: Path, story: list[str]) -> None:
    with pytest.raises(AssertionError):
        checked(tmp_path, story)


def test_no_log_goes_back_to_version_1(tmp_path: Path) -> None:
    first = segment(tmp_path, STORY_2, version=2)
    segment(tmp_path, [STORY[0].replace(":1,", ":14,", 1)], previous=first, first=14)
    with pytest.raises(AssertionError):
        Transcript.read(tmp_path)


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
