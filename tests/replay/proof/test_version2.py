"""Version 2: what the rules made comes out again without a guess; what they can't have made is found."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.chats import random_records
from replay.proof import inferences
from replay.proof.fields import STOP, Fields, as_records, bye, hello, join, leave, rename, say
from replay.proof.inferences import infer, records_of, state_of
from support.effort import examples

from chatsimples.chat.identities import identity_as
from chatsimples.chat.limits import GuestRooms, Limits
from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.verdict import UnruledError
from chatsimples.replay.proof.version2 import Version2Inference
from chatsimples.transcript.redaction import MARKER

START: Fields = {"type": "start", "server": "s", "limits": Limits(3, 2, 600.0)}


def fault(records: Sequence[Record]) -> UnruledError:
    return inferences.fault(Version2Inference(State()), records)


def assert_made_again(records: Sequence[Record]) -> None:
    assert records == records_of(infer(Version2Inference(State()), records))


@settings(max_examples=examples(50))
@given(
    st.integers(0, 1 << 32),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.sampled_from(["plain", "owned"]),
)
def test_what_the_rules_made_comes_out_again_and_the_state_too(
    seed: int, sizes: list[int], guest_rooms: GuestRooms
) -> None:
    records = random_records(random.Random(seed), 150, guest_rooms=guest_rooms)
    inference = Version2Inference(State())
    assert records == records_of(infer(inference, records, sizes))
    assert state_of(records).snapshot() == inference.state.snapshot()


def made(*fields: Fields, start: Fields = START) -> list[Record]:
    """Make records with dense seqs, after a start."""
    return as_records([start, *fields] if start else fields)


ANA = [hello(1, "ana"), join(1, "ana")]
BIA = [hello(2, "bia"), join(2, "bia")]
GONE = [leave(1, "ana"), bye(1, "ana")]


def visitor(conn: int, nick: str, room: str = "geral") -> list[Fields]:
    return [hello(conn, nick, dialect="text", identity=""), join(conn, nick, room)]


@pytest.mark.parametrize(
    ("seq", "why", "fields"),
    [
        (4, "say hello first", [*ANA, say(2, "bia")]),
        (4, "is not what the rules make", [*ANA, say(1, "bia")]),
        (4, "you are not in turma", [*ANA, say(1, "ana", "turma")]),
        (4, "you are in GERAL already", [*ANA, join(1, "ana", "GERAL")]),
        (5, "is not what the rules make", [*ANA, hello(2, "bia"), join(2, "bia", "Geral")]),
        (4, "the nick Ana is taken", [*ANA, hello(2, "Ana")]),
        (4, "is there already", [*ANA, hello(1, "eva")]),
        (6, "connection 1 has ended before", [*ANA, *GONE, hello(1, "ana")]),
        (6, "say hello first", [*ANA, *GONE, say(1, "ana")]),
        (4, "you are not in turma", [*ANA, leave(1, "ana", "turma", "left")]),
        (6, "a record is missing here", [*ANA, join(1, "ana", "turma"), leave(1, "ana"), *BIA]),
        (5, "a record is missing here", [*ANA, leave(1, "ana"), *BIA]),
        (4, "is not what the rules make", [*ANA, bye(1, "ana")]),
        (4, "nobody leaves for the reason boredom", [*ANA, leave(1, "ana", reason="boredom")]),
        (4, "nobody leaves for the reason crash", [*ANA, leave(1, "ana", reason="crash"), *BIA]),
        (4, "the rules make no such record here", [*ANA, leave(2, "bia", reason="closed")]),
        (6, "the nick bia is taken", [*ANA, *BIA, rename(1, "ana", "bia")]),
        (4, "is not what the rules make", [*ANA, STOP]),
        (4, "is not what the rules make", [*visitor(1, "visitante-1"), *visitor(2, "rui")]),
        (3, "is not what the rules make", visitor(1, "visitante-1", "turma")),
        (5, "is missing here", [*ANA, START, *BIA]),
        (3, "a start is due", [STOP, *ANA]),
        (3, "a start is due", [STOP, STOP]),
        (4, "no nick is taken for the reason whim", [*ANA, rename(1, "ana", "eva", reason="whim")]),
        (
            4,
            "the nick ana is taken",
            [*ANA, rename(1, "ana", "visitante-1", reason="reclaimed"), hello(2, "ana")],
        ),
        (4, "make no record of the type party", [*ANA, {"type": "party"}]),
        (2, "can be called a b", [hello(1, "a b")]),
        (2, "can be called é x", [hello(1, "é x")]),
        (3, "can be called #x", [hello(1, "ana"), join(1, "ana", "#x")]),
        (4, "you are not in é x", [*ANA, say(1, "ana", "é x")]),
        (4, "can be called e:", [*ANA, rename(1, "ana", "e:")]),
        (5, "record 4, which it names", [*ANA, say(1, "ana"), {"type": "redaction", "seqs": "4"}]),
        (4, "its seqs can't be read", [*ANA, {"type": "redaction", "seqs": "x"}]),
        (6, "you can be in at most 3 rooms", [*ANA, *(join(1, "ana", room) for room in "abc")]),
        (7, "is not what the rules make", [*ANA, *BIA, hello(3, "eva"), join(3, "eva")]),
        (4, "is not what the rules make", [*ANA, {**say(1, "ana"), "room": "", "to": "ana", "to_conn": 1}]),
    ],
)
def test_what_can_not_have_happened_is_found_where_it_stands(
    seq: int, why: str, fields: list[Fields]
) -> None:
    found = fault(made(*fields))
    assert (seq, True) == (found.seq, why in found.reason), found


def test_the_first_record_is_a_start() -> None:
    assert (1, "the server was not running: a start is due") == fault(made(*ANA, start={})).args


def test_the_limits_of_a_run_are_those_of_its_start() -> None:
    crowd = [
        each
        for conn in (1, 2, 3)
        for each in (hello(conn, f"n{conn}"), join(conn, f"n{conn}", quiet=conn > 2))
    ]
    assert_made_again(made(*crowd))
    loud = {**START, "limits": Limits(3, 3, 600.0)}
    assert 7 == fault(made(*crowd, start=loud)).seq


def test_a_command_may_be_cut_short_by_a_crash_and_by_nothing_else() -> None:
    begun = [*ANA, join(1, "ana", "turma"), leave(1, "ana")]
    crash = [START, leave(1, "ana", "turma", "crash"), bye(1, "ana", "crash")]
    assert_made_again(made(*begun, *crash))
    assert_made_again(made(*begun))
    assert 6 == fault(made(*begun, *BIA)).seq
    # What was gone before the crash does not go again.
    assert 7 == fault(made(*begun, START, leave(1, "ana", reason="crash"), *crash[1:])).seq


def test_who_came_back_may_be_cut_off_before_its_hello_is_on_record() -> None:
    taken = [*ANA, leave(1, "ana", reason="closed"), bye(1, "ana", "closed"), hello(2, "ana"), join(2, "ana")]
    back = rename(2, "ana", "visitante-1", reason="reclaimed")
    crash = [START, leave(2, "visitante-1", reason="crash"), bye(2, "visitante-1", "crash")]
    assert_made_again(made(*taken, back, *crash))
    replaced = [*ANA, leave(1, "ana", reason="replaced"), bye(1, "ana", "replaced"), START]
    assert_made_again(made(*replaced))


def test_an_account_gets_its_name_from_a_guest_by_a_rename_too() -> None:
    lost = rename(1, "ana", "visitante-1", reason="reclaimed")
    login: Fields = {"type": "login", "conn": 2, "nick": "bia", "account": "ana", "role": "member"}
    assert_made_again(made(*ANA, *BIA, login, lost, rename(2, "bia", "ana")))
    assert "the nick ana is taken" in fault(made(*ANA, *BIA, lost, rename(2, "bia", "ana"))).reason


def test_a_login_makes_a_session_the_accounts_and_did_not_in_older_logs() -> None:
    login: Fields = {"type": "login", "conn": 2, "nick": "bia", "account": "ana", "role": "member"}
    renewed = identity_as(str(BIA[0]["identity"]), "ana")
    assert_made_again(made(*ANA, *BIA, {**login, "identity": renewed}))
    assert_made_again(made(*ANA, *BIA, login))
    assert "identity" in fault(made(*ANA, *BIA, {**login, "identity": "f" * 32})).reason


def test_records_of_one_command_have_one_time() -> None:
    records = made(*ANA, join(1, "ana", "x"), leave(1, "ana"), leave(1, "ana", "x"), bye(1, "ana"), *BIA)
    records[5] = msgspec.structs.replace(records[5], at="2026-11-22T15:00:01.000000Z")
    assert (5, True) == (fault(records).seq, "has a wrong time" in fault(records).reason)


def test_a_redaction_may_stand_wherever_nobody_was_writing() -> None:
    gone = say(1, "ana", text=MARKER)
    redaction: Fields = {"type": "redaction", "seqs": "4"}
    shutdown = [leave(1, "ana", reason="shutdown"), bye(1, "ana", "shutdown"), STOP]
    stopped = made(*ANA, gone, *shutdown, redaction, START)
    assert_made_again(stopped)
    crashed = made(*ANA, gone, leave(1, "ana"), redaction, START, bye(1, "ana", "crash"))
    assert_made_again(crashed)


def test_records_are_compared_with_all_their_fields() -> None:
    records = random_records(random.Random(5), 400)
    chance = random.Random(6)
    later = [n for n, each in enumerate(records) if each.room and each.type not in {"nick", "join"}]
    for at in chance.sample(later, 60):
        record = records[at]
        field = chance.choice(["conn", "nick", "room"])
        value = record.conn + 1_000 if field == "conn" else f"{getattr(record, field)}x"
        changed = [*records[:at], msgspec.structs.replace(record, **{field: value}), *records[at + 1 :]]
        assert record.seq == fault(changed).seq
