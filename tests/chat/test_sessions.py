"""Sessions: who they are, and what is remembered of them within which bounds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatsimples.chat.changes import Change
from chatsimples.chat.ids import Ids
from chatsimples.chat.sessions import BOUNDS, Bounds, Sessions

AT = "2026-11-22T15:00:00.000000Z"
SMALL = Bounds(
    ids_per_session=8,
    ids_connected=12,
    ids_sure=2,
    silent=2,
    spoken=2,
    spoken_size=400,
    older=2,
    older_size=60,
)
STEPS = st.lists(
    st.tuples(st.sampled_from("ABCDEFGH"), st.sampled_from(["say", "speak", "cut"])), max_size=80
)


def come(sessions: Sessions, *identities: str) -> None:
    for identity in identities:
        sessions.connect(identity, ord(identity[0]), identity.lower())


def say(sessions: Sessions, identity: str, *seqs: int) -> None:
    """Let a session, which is connected, say messages whose ids are their seqs."""
    session = sessions.get(identity)
    assert session is not None
    for seq in seqs:
        sessions.said(session, f"{seq}", seq)


def go(sessions: Sessions, *identities: str, claim: bool = True) -> None:
    for identity in identities:
        sessions.cut(identity, ord(identity[0]), AT, claim=claim)


def seqs(sessions: Sessions, identity: str) -> list[int]:
    session = sessions.get(identity)
    return [] if session is None else [*session.ids.values()]


def play(sessions: Sessions, steps: list[tuple[str, str]], first: int = 1) -> None:
    for seq, (identity, what) in enumerate(steps, first):
        come(sessions, identity)
        session = sessions.get(identity)
        assert session is not None
        if what == "cut":
            go(sessions, identity)
        else:
            sessions.said(session, f"{seq}" if what == "say" else "", seq)


def everything(sessions: Sessions) -> list[tuple[str, Any]]:
    told = [
        (name, (each.nick, each.conn, each.left_at, each.spoke, [*each.ids.items()]))
        for name, each in sessions
    ]
    return [*told, ("kept", [[*generation.items()] for generation in sessions.kept()])]


def test_who_is_connected_has_a_nick_and_a_connection_and_who_is_cut_a_time() -> None:
    sessions = Sessions()
    come(sessions, "A")
    sessions.rename("A", 65, "ana")
    session = sessions.get("A")
    assert session is not None
    assert ("ana", 65, "") == (session.nick, session.conn, session.left_at)
    assert 65 == sessions.conn_of("A")
    go(sessions, "A")
    session = sessions.get("A")
    assert session is not None
    assert ("ana", 0, AT) == (session.nick, session.conn, session.left_at)
    assert 0 == sessions.conn_of("A")


def test_the_end_of_an_older_connection_means_nothing() -> None:
    sessions = Sessions()
    sessions.connect("A", 1, "ana")
    session = sessions.connect("A", 2, "ana")
    sessions.cut("A", 1, AT, claim=False)
    sessions.rename("A", 1, "other")
    assert ("ana", 2, "") == (session.nick, session.conn, session.left_at)


def test_without_a_claim_the_nick_is_given_up_but_not_what_was_said() -> None:
    sessions = Sessions()
    come(sessions, "A")
    say(sessions, "A", 1)
    go(sessions, "A", claim=False)
    session = sessions.get("A")
    assert session is not None
    assert ("", 0, AT, {"1": 1}) == (session.nick, session.conn, session.left_at, dict(session.ids))


def test_who_neither_spoke_nor_claims_a_nick_is_forgotten_at_once() -> None:
    sessions = Sessions()
    come(sessions, "A")
    go(sessions, "A", claim=False)
    assert sessions.get("A") is None


def test_who_spoke_without_an_id_has_spoken() -> None:
    sessions = Sessions()
    come(sessions, "A")
    session = sessions.get("A")
    assert session is not None
    sessions.said(session, "", 1)
    go(sessions, "A", claim=False)
    assert [("A", True)] == [(identity, each.spoke) for identity, each in sessions]


def test_one_that_becomes_another_has_what_was_said_as_both_and_leaves_nothing() -> None:
    sessions = Sessions(SMALL)
    come(sessions, "A", "B")
    say(sessions, "B", 1, 4)
    go(sessions, "B")
    say(sessions, "A", 2, 3)
    become = sessions.become("A", "B", ord("A"), "a")
    assert become is sessions.get("B")
    assert [1, 2, 3, 4] == seqs(sessions, "B")
    assert ("a", ord("A"), True) == (become.nick, become.conn, become.spoke)
    assert None is sessions.get("A")
    # They count once: nobody is held to a share that is less.
    go(sessions, "B")
    come(sessions, "C")
    say(sessions, "C", *range(10, 18))
    assert 8 == len(seqs(sessions, "C"))


def test_one_that_becomes_another_that_is_connected_takes_its_place() -> None:
    sessions = Sessions(SMALL)
    come(sessions, "A", "B")
    say(sessions, "A", 1)
    say(sessions, "B", 2)
    assert ord("A") == sessions.become("A", "B", ord("A"), "a").conn
    assert [1, 2] == seqs(sessions, "B")


def test_one_whose_connection_has_another_session_by_now_just_connects() -> None:
    sessions = Sessions(SMALL)
    assert (7, "x") == (sessions.become("A", "B", 7, "x").conn, sessions.get("B").nick)  # type: ignore[union-attr] # it was given just now


def test_of_nobody_known_nothing_is_there() -> None:
    sessions = Sessions()
    assert (None, 0, []) == (sessions.get("A"), sessions.conn_of("A"), [*sessions])


def test_of_who_is_cut_a_copy_is_given() -> None:
    sessions = Sessions()
    come(sessions, "A")
    say(sessions, "A", 1)
    go(sessions, "A")
    session = sessions.get("A")
    assert session is not None
    session.ids.add("2", 2)
    session.nick = "other"
    assert ([1], "a") == (seqs(sessions, "A"), getattr(sessions.get("A"), "nick", ""))
    sessions.keep("A", session)
    assert ([1, 2], "other") == (seqs(sessions, "A"), getattr(sessions.get("A"), "nick", ""))


def test_who_is_there_again_has_all_its_ids_in_their_order() -> None:
    sessions = Sessions(replace(SMALL, ids_connected=100))
    come(sessions, "A")
    say(sessions, "A", *range(1, 8))
    go(sessions, "A")
    assert [*range(1, 8)] == seqs(sessions, "A")
    come(sessions, "A")
    say(sessions, "A", 8)
    assert [*range(1, 9)] == seqs(sessions, "A")


def test_a_session_gives_up_its_own_older_half() -> None:
    sessions = Sessions(replace(SMALL, ids_connected=100))
    come(sessions, "AB")
    come(sessions, "A", "B")
    say(sessions, "B", 1, 2, 3)
    say(sessions, "A", *range(11, 19))
    assert [*range(11, 19)] == seqs(sessions, "A")
    say(sessions, "A", 19)
    assert [16, 17, 18, 19] == seqs(sessions, "A")
    assert [1, 2, 3] == seqs(sessions, "B")


def test_above_the_bound_of_all_whoever_speaks_pays_and_nobody_else() -> None:
    sessions = Sessions(replace(SMALL, ids_per_session=100))
    come(sessions, "A", "B")
    say(sessions, "A", *range(1, 10))
    say(sessions, "B", 11, 12, 13)
    # They are 12, as many as may be.
    say(sessions, "B", 14)
    assert ([*range(1, 10)], [11, 12, 13, 14]) == (seqs(sessions, "A"), seqs(sessions, "B"))
    say(sessions, "A", 20)
    assert ([9, 20], [11, 12, 13, 14]) == (seqs(sessions, "A"), seqs(sessions, "B"))


def test_the_newest_ids_are_sure_however_many_sessions_there_are() -> None:
    sessions = Sessions(SMALL)
    names = [chr(ord("A") + number) for number in range(26)]
    come(sessions, *names)
    for seq in range(10):
        for name in names:
            say(sessions, name, seq)
    assert [[8, 9]] * 26 == [seqs(sessions, name) for name in names]


def test_older_ids_that_come_back_are_held_to_a_fair_share() -> None:
    sessions = Sessions(replace(SMALL, older_size=1_000))
    come(sessions, "A")
    say(sessions, "A", *range(8))
    go(sessions, "A")
    come(sessions, "B")
    say(sessions, "B", *range(10, 18))
    come(sessions, "A")
    assert [6, 7] == seqs(sessions, "A")[-2:]
    assert len(seqs(sessions, "A")) < 8
    assert [*range(10, 18)] == seqs(sessions, "B")


def test_those_that_never_spoke_push_out_only_one_another() -> None:
    sessions = Sessions(SMALL)
    come(sessions, "A")
    say(sessions, "A", 1)
    go(sessions, "A")
    strangers = [f"S{number}" for number in range(20)]
    for stranger in strangers:
        come(sessions, stranger)
        go(sessions, stranger)
    assert [1] == seqs(sessions, "A")
    known = [stranger for stranger in strangers if sessions.get(stranger)]
    assert strangers[-len(known) :] == known
    assert 2 <= len(known) <= 4


def test_of_those_that_spoke_the_last_are_remembered() -> None:
    sessions = Sessions(SMALL)
    for number, name in enumerate("ABCDEFG"):
        come(sessions, name)
        say(sessions, name, number)
        go(sessions, name)
    assert ["E", "F", "G"] == [identity for identity, _ in sessions]


def test_one_with_very_many_ids_pushes_out_older_ones_and_no_newest() -> None:
    sessions = Sessions(replace(SMALL, ids_per_session=1_000, ids_connected=10_000, spoken=50))
    for number, name in enumerate("ABC"):
        come(sessions, name)
        say(sessions, name, *range(100 * number, 100 * number + 6))
        go(sessions, name)
    for number, name in enumerate("XYZ", 10):
        come(sessions, name)
        say(sessions, name, *range(100 * number, 100 * number + 90))
        go(sessions, name)
    assert [[4, 5], [104, 105], [204, 205]] == [seqs(sessions, name) for name in "ABC"]


def test_one_that_comes_and_goes_pushes_nobody_out() -> None:
    sessions = Sessions(SMALL)
    come(sessions, "A", "B")
    say(sessions, "A", 1)
    say(sessions, "B", 2)
    go(sessions, "A")
    for seq in range(3, 50):
        go(sessions, "B")
        come(sessions, "B")
        say(sessions, "B", seq)
    assert [1] == seqs(sessions, "A")


@given(STEPS)
def test_the_ids_of_those_who_are_connected_stay_below_twice_their_bound(
    steps: list[tuple[str, str]],
) -> None:
    sessions = Sessions(SMALL)
    play(sessions, steps)
    held = [len(each.ids) for _, each in sessions if each.conn]
    in_any_case = SMALL.ids_sure + SMALL.ids_sure // 2
    assert sum(max(count - in_any_case, 0) for count in held) <= 2 * SMALL.ids_connected
    assert all(count <= SMALL.ids_per_session for count in held)


@given(STEPS)
def test_what_is_known_is_what_was_said_and_the_newest_of_it(steps: list[tuple[str, str]]) -> None:
    sessions = Sessions(SMALL)
    play(sessions, steps)
    said: dict[str, list[int]] = {}
    for seq, (identity, what) in enumerate(steps, 1):
        if what == "say":
            said.setdefault(identity, []).append(seq)
    for identity, session in sessions:
        known = [*session.ids.values()]
        assert {*known} <= {*said.get(identity, [])}
        assert sorted(known) == known
        if session.conn and not any(each == (identity, "cut") for each in steps):
            assert said.get(identity, [])[-SMALL.ids_sure :] == known[-SMALL.ids_sure :]


@given(STEPS, STEPS)
def test_what_is_saved_and_restored_goes_on_alike(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    through, again = Sessions(SMALL), Sessions(SMALL)
    play(through, before)
    again.restore_kept([dict(shard) for shard in through.kept()])
    for identity, each in through:
        if each.conn:
            again.restore(identity, replace(each, ids=Ids(dict(each.ids))))
    assert everything(through) == everything(again)
    play(through, after, 1 + len(before))
    play(again, after, 1 + len(before))
    assert everything(through) == everything(again)


# The real bounds.


def test_a_hundred_thousand_silent_strangers_push_out_nobody_who_spoke() -> None:
    sessions = Sessions()
    come(sessions, "A")
    say(sessions, "A", 1)
    go(sessions, "A")
    for number in range(100_050):
        sessions.connect(f"{number}", number + 1, "x")
        sessions.cut(f"{number}", number + 1, AT, claim=True)
    assert [1] == seqs(sessions, "A")
    silent = sum(len(shard) for shard in sessions.kept()) - 1
    assert BOUNDS.silent + 100_050 % BOUNDS.silent == silent


def test_sessions_with_thousands_of_ids_push_out_nobody_who_spoke() -> None:
    sessions = Sessions()
    come(sessions, "A")
    say(sessions, "A", *range(100))
    go(sessions, "A")
    for number in range(62):
        session = sessions.connect(f"{number}", number + 1, "x")
        for seq in range(4_096):
            sessions.said(session, f"{number}-{seq}", seq)
        sessions.cut(f"{number}", number + 1, AT, claim=True)
    assert [*range(100 - BOUNDS.ids_sure, 100)] == seqs(sessions, "A")[-BOUNDS.ids_sure :]
    bytes_kept = sum(len(value) for shard in sessions.kept() for value in shard.values())
    assert BOUNDS.older_size < bytes_kept < 2 * BOUNDS.older_size + 63 * 20 * BOUNDS.ids_sure


def test_a_message_costs_the_same_however_many_ids_are_remembered() -> None:
    sessions = Sessions()
    there = [sessions.connect(f"{number}", number + 1, "x") for number in range(2_000)]
    seq = 0

    def each_says(messages: int) -> None:
        nonlocal seq
        for _ in range(messages):
            for session in there:
                seq += 1
                sessions.said(session, f"{seq}", seq)

    early = calls(lambda: each_says(32))
    each_says(2 * BOUNDS.ids_sure)
    held = [len(session.ids) for session in there]
    assert sum(held) > BOUNDS.ids_connected
    assert BOUNDS.ids_sure <= min(held)
    assert max(held) <= 2 * BOUNDS.ids_sure
    late = calls(lambda: each_says(32))
    assert 32 * 2_000 <= early
    assert late <= 1.5 * early


def calls(action: Callable[[], None]) -> int:
    """Count the calls that an action makes, those of C functions too."""
    made = 0

    def count(_: FrameType, event: str, __: Any) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(None)
    return made


def test_changes_of_another_form_are_a_value_error() -> None:
    with pytest.raises(ValueError, match="3"):
        Sessions().restore_changes([Change("A", 3, b"x")])
