"""The checker passes what is sound, and finds each single thing that is not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import pytest
from faults.checker import Account, Stream, Visit, judge
from support.transcript import Entry, Transcript

AT = "2026-11-22T15:00:00.000000Z"
LIMITS = {"max_rooms": 32, "quiet_room": 256, "nick_hold": 600.0}
ANA, BIA = "a" * 32, "b" * 32
TO_ANA = {"to": "ana", "to_conn": 1, "identity": BIA, "to_identity": ANA}

STORY: list[dict[str, object]] = [
    {"type": "start", "server": "x", "limits": LIMITS},
    {"type": "hello", "conn": 1, "nick": "ana", "dialect": "json", "identity": ANA},
    {"type": "join", "conn": 1, "nick": "ana", "room": "geral"},
    {"type": "hello", "conn": 2, "nick": "bia", "dialect": "json", "identity": BIA},
    {"type": "join", "conn": 2, "nick": "bia", "room": "geral"},
    {"type": "hello", "conn": 3, "nick": "visitante-1", "dialect": "text"},
    {"type": "join", "conn": 3, "nick": "visitante-1", "room": "geral"},
    {"type": "nick", "conn": 3, "nick": "visitante-1", "new": "t0", "room": "geral"},
    {"type": "message", "conn": 1, "nick": "ana", "room": "geral", "text": "um", "id": "a1"},
    {"type": "message", "conn": 3, "nick": "t0", "room": "geral", "text": "olá"},
    {"type": "message", "conn": 2, "nick": "bia", "text": "só tu", "id": "b1", **TO_ANA},
    {"type": "message", "conn": 1, "nick": "ana", "room": "geral", "text": "dois", "id": "a2"},
    {"type": "message", "conn": 2, "nick": "bia", "text": "e isto", "id": "b2", **TO_ANA},
    {"type": "start", "server": "x", "limits": LIMITS},
    {"type": "leave", "conn": 1, "nick": "ana", "room": "geral", "reason": "crash"},
    {"type": "bye", "conn": 1, "nick": "ana", "reason": "crash"},
    {"type": "leave", "conn": 2, "nick": "bia", "room": "geral", "reason": "crash"},
    {"type": "bye", "conn": 2, "nick": "bia", "reason": "crash"},
    {"type": "leave", "conn": 3, "nick": "t0", "room": "geral", "reason": "crash"},
    {"type": "bye", "conn": 3, "nick": "t0", "reason": "crash"},
    {"type": "hello", "conn": 4, "nick": "bia", "dialect": "json", "identity": BIA},
    {"type": "join", "conn": 4, "nick": "bia", "room": "geral"},
    {"type": "message", "conn": 4, "nick": "bia", "room": "geral", "text": "voltei", "id": "b3"},
    {"type": "hello", "conn": 5, "nick": "ana", "dialect": "json", "identity": ANA},
    {"type": "join", "conn": 5, "nick": "ana", "room": "geral"},
    {"type": "join", "conn": 5, "nick": "ana", "room": "turma"},
    {"type": "message", "conn": 5, "nick": "ana", "room": "turma", "text": "três", "id": "a3"},
    {"type": "leave", "conn": 5, "nick": "ana", "room": "turma", "reason": "left"},
    {"type": "message", "conn": 5, "nick": "ana", "room": "geral", "text": "fim", "id": "a4"},
    {"type": "leave", "conn": 4, "nick": "bia", "room": "geral", "reason": "shutdown"},
    {"type": "bye", "conn": 4, "nick": "bia", "reason": "shutdown"},
    {"type": "leave", "conn": 5, "nick": "ana", "room": "geral", "reason": "shutdown"},
    {"type": "bye", "conn": 5, "nick": "ana", "reason": "shutdown"},
    {"type": "stop"},
]
LAST = 29


def transcript_of(story: list[dict[str, object]]) -> Transcript:
    entries = []
    for seq, fields in enumerate(story, 1):
        said = {"seq": seq, "at": AT, **fields}
        entries.append(Entry(json.dumps(said, separators=(",", ":")).encode() + b"\n", said))
    return Transcript(entries=entries, sealed_to=len(entries))


def pick(lines: list[bytes], *seqs: int) -> list[bytes]:
    return [lines[seq - 1] for seq in seqs]


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
                Stream(["geral"], False, 1, 1, pick(lines, 2, 3, 5, 7, 8, 9, 10, 11), lines[11][:30]),
                Stream(["geral"], True, 11, 23, pick(lines, 12, 13, 15, 17, 19, *range(22, 30))),
            ],
        )
        self.bia = Account(
            "bia",
            {"b1": "só tu", "b2": "e isto", "b3": "voltei"},
            {"b1", "b2", "b3"},
            set(),
            [
                Stream(["geral"], False, 3, 3, pick(lines, 4, 5, 7, 8, 9, 10, 11, 12, 13)),
                Stream(["geral"], True, 13, 20, pick(lines, 15, 17, 19, 21, 22, 23, 25, 29)),
            ],
        )
        self.visit = Visit("t0", ["olá", "e mais"], ["ana: um", "ana: dois"])

    def faults(self) -> list[str]:
        return judge(transcript_of(self.story), [self.ana, self.bia], [self.visit], LAST)

    def streams(self) -> list[Stream]:
        return [*self.ana.streams, *self.bia.streams]


def test_what_is_sound_passes() -> None:
    assert [] == Case().faults()


def test_what_came_after_the_last_word_is_no_fault() -> None:
    case = Case()
    case.ana.streams[-1].lines.append(transcript_of(STORY).entries[29].line)
    assert [] == case.faults()


def test_who_goes_before_the_last_word_need_not_have_heard_of_its_own_end() -> None:
    case = Case()
    case.story[27:29] = [
        {"type": "leave", "conn": 5, "nick": "ana", "room": "turma", "reason": "closed"},
        {"type": "leave", "conn": 5, "nick": "ana", "room": "geral", "reason": "closed"},
        {"type": "bye", "conn": 5, "nick": "ana", "reason": "closed"},
    ]
    told = transcript_of(case.story).entries
    case.bia.streams[1].lines[-1] = told[28].line
    case.ana.streams[1].lines[-2:] = [told[27].line, told[28].line]
    case.ana.acked.remove("a4")
    del case.story[32:34]
    assert [] == judge(transcript_of(case.story), [case.ana, case.bia], [case.visit], 30)


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


def nobodys(lines: list[bytes], place: int) -> None:
    lines.insert(place, transcript_of(STORY).entries[13].line)


def of_an_earlier_connection(lines: list[bytes], place: int) -> None:
    lines.insert(place, transcript_of(STORY).entries[15].line)


def of_another_connection(lines: list[bytes], place: int) -> None:
    lines.insert(place, transcript_of(STORY).entries[5].line)


@pytest.mark.parametrize(
    "damage",
    [drop, double, swap, alter, tear, nobodys, of_an_earlier_connection, of_another_connection],
)
@pytest.mark.parametrize("stream", range(4))
def test_one_wrong_line_anywhere_is_found(damage: Callable[[list[bytes], int], None], stream: int) -> None:
    for place in range(len(Case().streams()[stream].lines)):
        case = Case()
        damage(case.streams()[stream].lines, place)
        assert case.faults(), f"{damage.__name__} at {place}"


def _torn_elsewhere(case: Case) -> None:
    case.ana.streams[0].torn = b'{"seq":13,'


def _not_resumed(case: Case) -> None:
    case.bia.streams[1].resumed = False


def _resumed_too_late(case: Case) -> None:
    case.bia.streams[1].start = 15
    del case.bia.streams[1].lines[0]


def _resumed_too_early(case: Case) -> None:
    case.bia.streams[1].start = 12
    case.bia.streams[1].lines.insert(0, transcript_of(STORY).entries[12].line)


def _acked_but_missing(case: Case) -> None:
    case.ana.acked.add("a6")
    case.ana.sent["a6"] = "perdida"


def _refused_but_there(case: Case) -> None:
    case.ana.refused.add("a2")


def _twice(case: Case) -> None:
    case.story[28] = {**case.story[28], "id": "a3", "text": "três"}


def _never_said(case: Case) -> None:
    del case.ana.sent["a2"]


def _other_text(case: Case) -> None:
    case.ana.sent["a2"] = "outra"


def _other_order(case: Case) -> None:
    case.ana.sent = dict(reversed(case.ana.sent.items()))


def _seq_not_told(case: Case) -> None:
    del case.story[8]


def _never_left(case: Case) -> None:
    del case.story[29]


def _never_gone(case: Case) -> None:
    del case.story[30]


def _never_came(case: Case) -> None:
    del case.story[20]


def _private_to_nobody(case: Case) -> None:
    del case.story[12]["to_identity"]


def _not_welcomed_yet(case: Case) -> None:
    case.ana.streams[1].head = 24


def _shown_something_else(case: Case) -> None:
    case.visit.shown[1] = "ana: doi"


def _shown_too_much(case: Case) -> None:
    case.visit.shown.append("ana: três")


def _shown_its_own(case: Case) -> None:
    case.visit.shown.insert(1, "t0: olá")


def _said_by_nobody(case: Case) -> None:
    case.visit.said = ["e mais", "olá"]


def _text_twice(case: Case) -> None:
    case.story[11] = {**case.story[9]}


@pytest.mark.parametrize(
    "spoil",
    [
        _torn_elsewhere, _not_resumed, _resumed_too_late, _resumed_too_early, _acked_but_missing,
        _refused_but_there, _twice, _never_said, _other_text, _other_order, _seq_not_told, _never_left,
        _never_gone, _never_came, _private_to_nobody, _not_welcomed_yet,
        _shown_something_else, _shown_too_much, _shown_its_own, _said_by_nobody, _text_twice,
    ],
)  # fmt: skip
def test_each_broken_promise_is_found(spoil: Callable[[Case], None]) -> None:
    case = Case()
    spoil(case)
    assert case.faults()
