"""Version 1: what the rules made is accepted, whatever happened; what they can't have made is found."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.chats import as_version_1, random_records
from replay.proof import inferences
from replay.proof.fields import STOP, Fields, as_records, first, join, leave, rename, say
from replay.proof.inferences import infer, records_of, state_of
from support.effort import examples

from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.verdict import UnruledError
from chatsimples.replay.proof.version1.inference import Version1Inference
from chatsimples.transcript.redaction import MARKER

START: Fields = {"type": "start", "server": "s"}
SEEDS = st.integers(0, 1 << 32)


def fault(records: Sequence[Record]) -> UnruledError:
    return inferences.fault(Version1Inference(State()), records)


def assert_made_again(records: Sequence[Record]) -> None:
    assert records == as_version_1(records_of(infer(Version1Inference(State()), records)))


@settings(max_examples=examples(40))
@given(SEEDS, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_what_the_rules_made_comes_out_again_however_it_is_cut(seed: int, sizes: list[int]) -> None:
    records = as_version_1(random_records(random.Random(seed), 150))
    inference = Version1Inference(State())
    assert records == as_version_1(records_of(infer(inference, records, sizes)))
    assert rooms_in(state_of(records)) == rooms_in(inference.state)


def rooms_in(state: State) -> dict[int, list[str]]:
    return {each.conn: list(each.rooms) for each in state.connections.values() if each.rooms}


def made(*fields: Fields, running: bool = True) -> list[Record]:
    """Make records with dense seqs, after a start."""
    return as_records([START, *fields] if running else fields)


ANA = first(1, "ana")
BIA = first(2, "bia")


@pytest.mark.parametrize(
    ("seq", "why", "fields"),
    [
        (3, "connection 2 is not there", [ANA, say(2, "bia")]),
        (3, "is not what the rules make", [ANA, say(1, "bia")]),
        (3, "you are not in turma", [ANA, say(1, "ana", "turma")]),
        (3, "you are in GERAL already", [ANA, join(1, "ana", "GERAL")]),
        (3, "is not what the rules make", [ANA, first(2, "bia", "Geral")]),
        (3, "the nick Ana is taken", [ANA, first(2, "Ana")]),
        (3, "is there already", [ANA, first(1, "ana", "turma")]),
        (4, "connection 1 has ended before", [ANA, leave(1, "ana"), first(1, "ana")]),
        (4, "has ended before", [ANA, leave(1, "ana"), say(1, "ana")]),
        (3, "you are not in turma", [ANA, leave(1, "ana", "turma", "left")]),
        (5, "a record is missing here", [ANA, join(1, "ana", "turma"), leave(1, "ana"), BIA]),
        (4, "is not what the rules make", [ANA, join(1, "ana", "x"), leave(1, "ana", "x"), leave(1, "ana")]),
        (3, "nobody leaves for the reason boredom", [ANA, leave(1, "ana", reason="boredom")]),
        (3, "the rules make no such record here", [ANA, leave(2, "bia", reason="closed")]),
        (4, "the nick bia is taken", [ANA, BIA, rename(1, "ana", "bia")]),
        (3, "is not what the rules make", [ANA, STOP]),
        (
            3,
            "is not what the rules make",
            [join(1, "visitante-1", dialect="text"), join(2, "rui", dialect="text")],
        ),
        (2, "is not what the rules make", [join(1, "visitante-1", "turma", dialect="text")]),
        (2, "can't begin like this", [say(1, "rui", dialect="text")]),
        (4, "is missing here", [ANA, START, BIA]),
        (3, "a start is due", [STOP, ANA]),
        (3, "a start is due", [STOP, STOP]),
        (3, "no nick is taken for the reason whim", [ANA, rename(1, "ana", "eva", reason="whim")]),
        (3, "make no record of the type party", [ANA, {"type": "party"}]),
        (2, "can be called a b", [first(1, "a b")]),
        (2, "can be called é x", [first(1, "é x")]),
        (2, "can be called #x", [first(1, "ana", "#x")]),
        (3, "you are not in é x", [ANA, say(1, "ana", "é x")]),
        (3, "can be called e:", [ANA, rename(1, "ana", "e:")]),
        (4, "record 3, which it names", [ANA, say(1, "ana"), {"type": "redaction", "seqs": "3"}]),
        (3, "its seqs can't be read", [ANA, {"type": "redaction", "seqs": "x"}]),
    ],
)
def test_what_can_not_have_happened_is_found_where_it_stands(
    seq: int, why: str, fields: list[Fields]
) -> None:
    found = fault(made(*fields))
    assert seq == found.seq
    assert why in found.reason


def test_the_first_record_is_a_start() -> None:
    assert (1, "the server was not running: a start is due") == fault(made(ANA, running=False)).args


def test_a_quiet_room_is_quiet_from_one_size_on() -> None:
    quiet = [first(n, f"n{n}", quiet=n > 3) for n in range(1, 6)]
    records = made(*quiet, leave(5, "n5", quiet=True), leave(4, "n4", quiet=True), leave(3, "n3"))
    assert_made_again(records)
    loud_again = made(*quiet, leave(5, "n5"))
    assert 7 == fault(loud_again).seq
    quiet_when_small = made(
        *quiet[:3], {**quiet[3], "quiet": False}, {**quiet[4]}, leave(5, "n5"), leave(1, "n1", quiet=True)
    )
    assert {7, 8} & {fault(quiet_when_small).seq}


def test_another_run_may_be_quiet_from_another_size_on() -> None:
    before = [first(1, "a"), first(2, "b", quiet=True)]
    crash = [leave(1, "a", reason="crash"), leave(2, "b", reason="crash")]
    after = [first(3, "c"), first(4, "d"), first(5, "e", quiet=True)]
    records = made(*before, START, *crash, *after)
    assert_made_again(records)


def test_a_command_may_be_cut_short_by_a_crash_and_by_nothing_else() -> None:
    two = [ANA, join(1, "ana", "turma")]
    begun = [*two, leave(1, "ana")]
    crash = [START, leave(1, "ana", "turma", "crash")]
    assert_made_again(made(*begun, *crash))
    assert_made_again(made(*begun))
    assert 5 == fault(made(*begun, BIA)).seq
    # What was gone before the crash does not go again.
    assert 6 == fault(made(*begun, crash[0], leave(1, "ana", reason="crash"), crash[1])).seq


def test_a_redaction_may_stand_wherever_nobody_was_writing() -> None:
    gone = say(1, "ana", text=MARKER)
    redaction = {"type": "redaction", "seqs": "3"}
    stopped = made(ANA, gone, leave(1, "ana", reason="shutdown"), STOP, redaction, START)
    assert_made_again(stopped)
    begun = [ANA, gone, join(1, "ana", "turma"), leave(1, "ana")]
    crashed = made(*begun, redaction, START, leave(1, "ana", "turma", "crash"))
    assert_made_again(crashed)


def test_the_one_who_is_only_written_to_is_there_all_the_same() -> None:
    told = {"type": "message", "conn": 1, "nick": "ana", "to": "bia", "to_conn": 2, "text": "oi"}
    records = made(ANA, told, first(3, "BIA"), leave(1, "ana"), first(2, "eva", "turma"))
    commands = [type(taken.command).__name__ for taken in Version1Inference(State()).feed(records[:-1])]
    assert ["Start", "Hello", "Join", "Hello", "Say", "Close", "Hello", "Join"] == commands[:8]
    assert_made_again(records)


def test_identities_known_beforehand_spare_a_second_coming() -> None:
    told = {"type": "message", "conn": 1, "nick": "ana", "to": "bia", "to_conn": 2, "text": "oi"}
    records = made(ANA, told, BIA)
    count = {}
    for known in ({}, {2: "I2"}):
        taken = infer(Version1Inference(State(), known), records)
        count[len(known)] = sum(type(each.command).__name__ == "Hello" for each in taken)
    assert {0: 3, 1: 2} == count


def test_records_are_compared_with_all_their_fields() -> None:
    records = as_version_1(random_records(random.Random(5), 400))
    chance = random.Random(6)
    later = [n for n, each in enumerate(records) if each.room and not each.dialect and each.type != "nick"]
    for at in chance.sample(later, 100):
        record = records[at]
        # Somebody may well have entered another room.
        field = chance.choice(["conn", "nick"] if record.type == "join" else ["conn", "nick", "room"])
        value = record.conn + 1_000 if field == "conn" else f"{getattr(record, field)}x"
        changed = [*records[:at], msgspec.structs.replace(record, **{field: value}), *records[at + 1 :]]
        assert record.seq == fault(changed).seq
