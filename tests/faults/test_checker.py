"""The checker passes what is sound, and finds each single thing that is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import pytest
from faults.checker import Account, Stream, Visit, judge
from support.transcript import Entry, Transcript

AT = "2026-11-22T15:00:00.000000Z"
ANA, BIA = {"identity": "a" * 32, "dialect": "json"}, {"identity": "b" * 32, "dialect": "json"}

STORY: list[dict[str, object]] = [
    {"type": "start", "server": "x"},
    {"type": "join", "conn": 1, "nick": "ana", "room": "geral", **ANA},
    {"type": "join", "conn": 2, "nick": "bia", "room": "geral", **BIA},
    {"type": "join", "conn": 3, "nick": "visitante-1", "room": "geral", "dialect": "text"},
    {"type": "nick", "conn": 3, "nick": "visitante-1", "new": "t0", "room": "geral"},
    {"type": "message", "conn": 1, "nick": "ana", "room": "geral", "text": "um", "id": "a1"},
    {"type": "message", "conn": 3, "nick": "t0", "room": "geral", "text": "olá"},
    {"type": "message", "conn": 2, "nick": "bia", "to": "ana", "to_conn": 1, "text": "só tu", "id": "b1"},
    {"type": "message", "conn": 1, "nick": "ana", "room": "geral", "text": "dois", "id": "a2"},
    {"type": "start", "server": "x"},
    {"type": "leave", "conn": 1, "nick": "ana", "room": "geral", "reason": "crash"},
    {"type": "leave", "conn": 2, "nick": "bia", "room": "geral", "reason": "crash"},
    {"type": "leave", "conn": 3, "nick": "t0", "room": "geral", "reason": "crash"},
    {"type": "join", "conn": 4, "nick": "bia", "room": "geral", **BIA},
    {"type": "message", "conn": 4, "nick": "bia", "room": "geral", "text": "voltei", "id": "b2"},
    {"type": "join", "conn": 5, "nick": "ana", "room": "geral", **ANA},
    {"type": "join", "conn": 5, "nick": "ana", "room": "turma"},
    {"type": "message", "conn": 5, "nick": "ana", "room": "turma", "text": "três", "id": "a3"},
    {"type": "leave", "conn": 5, "nick": "ana", "room": "turma", "reason": "left"},
    {"type": "message", "conn": 5, "nick": "ana", "room": "geral", "text": "fim", "id": "a4"},
    {"type": "leave", "conn": 4, "nick": "bia", "room": "geral", "reason": "shutdown"},
    {"type": "leave", "conn": 5, "nick": "ana", "room": "geral", "reason": "shutdown"},
    {"type": "stop"},
]
LAST = 20


def transcript_of(story: list[dict[str, object]]) -> Transcript:
    entries = []
    for seq, fields in enumerate(story, 1):
        said = {"seq": seq, "at": AT, **fields}
        entries.append(Entry(json.dumps(said, separators=(",", ":")).encode() + b"\n", said))
    return Transcript(entries=entries, sealed_to=len(entries))


class Case:
    """What the transcript tells, and what two accounts and a visit hold of it: all of it sound."""

    def __init__(self) -> None:
        self.story = copy.deepcopy(STORY)
        lines = [entry.line for entry in transcript_of(STORY).entries]
        self.ana = Account(
            "ana",
            {"a1": "um", "a2": "dois", "a3": "três", "a4": "fim", "a5": "nunca"},
            {"a1", "a2", "a3", "a4"},
            {"a5"},
            [
                Stream(["geral"], False, 1, 1, self._pick(lines, 2, 3, 4, 5, 6, 7, 8), lines[8][:30]),
                Stream(["geral"], True, 8, 15, self._pick(lines, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)),
            ],
        )
        self.bia = Account(
            "bia",
            {"b1": "só tu", "b2": "voltei"},
            {"b1", "b2"},
            set(),
            [
                Stream(["geral"], False, 2, 2, self._pick(lines, 3, 4, 5, 6, 7, 8, 9)),
                Stream(["geral"], True, 9, 13, self._pick(lines, 11, 12, 13, 14, 15, 16, 20)),
            ],
        )
        self.visit = Visit("t0", ["olá", "e mais"], ["ana: um", "ana: dois"])

    @staticmethod
    def _pick(lines: list[bytes], *seqs: int) -> list[bytes]:
        return [lines[seq - 1] for seq in seqs]

    def faults(self) -> list[str]:
        return judge(transcript_of(self.story), [self.ana, self.bia], [self.visit], LAST)

    def streams(self) -> list[Stream]:
        return [*self.ana.streams, *self.bia.streams]


def test_what_is_sound_passes() -> None:
    assert [] == Case().faults()


def test_what_came_after_the_last_word_is_no_fault() -> None:
    case = Case()
    case.ana.streams[-1].lines.append(transcript_of(STORY).entries[20].line)
    assert [] == case.faults()


def drop(lines: list[bytes], place: int) -> None:
    del lines[place]


def double(lines: list[bytes], place: int) -> None:
    lines.insert(place, lines[place])


def swap(lines: list[bytes], place: int) -> None:
    other = place - 1 if place else 1
    lines[place], lines[other] = lines[other], lines[place]


def alter(lines: list[bytes], place: int) -> None:
    lines[place] = lines[place].replace(b":00.", b":01.")


def tear(lines: list[bytes], place: int) -> None:
    lines[place] = lines[place][: len(lines[place]) // 2] + b"\n"


def foreign(lines: list[bytes], place: int) -> None:
    lines.insert(place, transcript_of(STORY).entries[9].line)


@pytest.mark.parametrize("damage", [drop, double, swap, alter, tear, foreign])
@pytest.mark.parametrize("stream", range(4))
def test_one_wrong_line_anywhere_is_found(damage: Callable[[list[bytes], int], None], stream: int) -> None:
    for place in range(len(Case().streams()[stream].lines)):
        case = Case()
        damage(case.streams()[stream].lines, place)
        assert case.faults(), f"{damage.__name__} at {place}"


def _torn_elsewhere(case: Case) -> None:
    case.ana.streams[0].torn = b'{"seq":10,'


def _not_resumed(case: Case) -> None:
    case.bia.streams[1].resumed = False


def _resumed_too_late(case: Case) -> None:
    case.bia.streams[1].start = 11
    del case.bia.streams[1].lines[0]


def _resumed_too_early(case: Case) -> None:
    case.bia.streams[1].start = 8
    case.bia.streams[1].lines.insert(0, transcript_of(STORY).entries[8].line)


def _acked_but_missing(case: Case) -> None:
    case.ana.acked.add("a6")
    case.ana.sent["a6"] = "perdida"


def _refused_but_there(case: Case) -> None:
    case.ana.refused.add("a2")


def _twice(case: Case) -> None:
    case.story[19] = {**case.story[19], "id": "a3", "text": "três"}


def _never_said(case: Case) -> None:
    del case.ana.sent["a2"]


def _other_text(case: Case) -> None:
    case.ana.sent["a2"] = "outra"


def _other_order(case: Case) -> None:
    case.ana.sent = dict(reversed(case.ana.sent.items()))


def _seq_not_told(case: Case) -> None:
    del case.story[5]


def _never_left(case: Case) -> None:
    del case.story[20]


def _shown_something_else(case: Case) -> None:
    case.visit.shown[1] = "ana: doi"


def _shown_too_much(case: Case) -> None:
    case.visit.shown.append("ana: três")


def _shown_its_own(case: Case) -> None:
    case.visit.shown.insert(1, "t0: olá")


def _said_by_nobody(case: Case) -> None:
    case.visit.said = ["e mais", "olá"]


def _text_twice(case: Case) -> None:
    case.story[8] = {**case.story[6]}


@pytest.mark.parametrize(
    "spoil",
    [
        _torn_elsewhere, _not_resumed, _resumed_too_late, _resumed_too_early, _acked_but_missing,
        _refused_but_there, _twice, _never_said, _other_text, _other_order, _seq_not_told, _never_left,
        _shown_something_else, _shown_too_much, _shown_its_own, _said_by_nobody, _text_twice,
    ],
)  # fmt: skip
def test_each_broken_promise_is_found(spoil: Callable[[Case], None]) -> None:
    case = Case()
    spoil(case)
    assert case.faults()
