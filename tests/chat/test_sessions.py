"""Sessions: who they are, and what is remembered of them within which bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.sessions import Session, Sessions

AT = "2026-11-22T15:00:00.000000Z"


def remember(sessions: Sessions, identity: str, message_id: str, seq: int) -> None:
    session = sessions.get(identity)
    assert session is not None
    sessions.remember(session, message_id, seq)


def ids_of(sessions: Sessions) -> dict[str, dict[str, int]]:
    return {identity: dict(session.ids) for identity, session in sessions if session.ids}


def test_a_session_remembers_its_last_ids_and_no_more() -> None:
    sessions = Sessions(ids_per_session=3)
    sessions.connect("A", 1, "ana")
    for seq in range(1, 6):
        remember(sessions, "A", f"id{seq}", seq)
    assert [0, 0, 3, 4, 5] == [sessions.recorded("A", f"id{seq}") for seq in range(1, 6)]


def test_of_all_ids_the_oldest_go_first_also_of_who_is_connected() -> None:
    sessions = Sessions(ids_in_all=3)
    for seq, identity in enumerate("ABCAB", 1):
        sessions.connect(identity, seq, identity)
        remember(sessions, identity, f"id{seq}", seq)
    assert {"C": {"id3": 3}, "A": {"id4": 4}, "B": {"id5": 5}} == ids_of(sessions)


def test_of_those_that_are_cut_the_oldest_go_first() -> None:
    sessions = Sessions(kept=2)
    for conn, identity in enumerate("ABCD", 1):
        sessions.connect(identity, conn, identity)
    for conn, identity in ((3, "C"), (1, "A"), (2, "B")):
        sessions.cut(identity, conn, AT, claim=True)
    assert ["A", "B", "D"] == [identity for identity, _ in sessions]
    assert 3 == len(sessions)


def test_who_comes_back_is_remembered_anew() -> None:
    sessions = Sessions(kept=1)
    sessions.connect("A", 1, "ana")
    remember(sessions, "A", "x", 7)
    sessions.cut("A", 1, AT, claim=True)
    sessions.connect("A", 2, "ana2")
    assert 7 == sessions.recorded("A", "x")
    sessions.connect("B", 3, "bia")
    sessions.cut("B", 3, AT, claim=True)
    assert ["B", "A"] == [identity for identity, _ in sessions]


def test_the_end_of_an_older_connection_means_nothing() -> None:
    sessions = Sessions()
    sessions.connect("A", 1, "ana")
    session = sessions.connect("A", 2, "ana")
    sessions.cut("A", 1, AT, claim=False)
    sessions.rename("A", 1, "other")
    assert ("ana", 2, "") == (session.nick, session.conn, session.left_at)


def test_without_a_claim_the_nick_is_given_up() -> None:
    sessions = Sessions()
    session = sessions.connect("A", 1, "ana")
    sessions.cut("A", 1, AT, claim=False)
    assert ("", 0, AT) == (session.nick, session.conn, session.left_at)


def test_of_nobody_known_nothing_is_recorded() -> None:
    sessions = Sessions()
    assert (0, None, 0) == (sessions.recorded("A", "x"), sessions.get("A"), len(sessions))


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.booleans()), max_size=60), st.integers(0, 60))
def test_what_is_saved_and_restored_forgets_the_same(said: list[tuple[str, bool]], cut: int) -> None:
    def play(sessions: Sessions, part: list[tuple[str, bool]], first: int) -> Sessions:
        for seq, (identity, goes) in enumerate(part, first):
            sessions.connect(identity, seq, identity)
            remember(sessions, identity, f"{seq}", seq)
            if goes:
                sessions.cut(identity, seq, AT, claim=True)
        return sessions

    def empty() -> Sessions:
        return Sessions(kept=2, ids_per_session=5, ids_in_all=9)

    through = play(play(empty(), said[:cut], 1), said[cut:], 1 + len(said[:cut]))
    before = play(empty(), said[:cut], 1)
    again = empty()
    again.restore(
        (name, Session(each.nick, each.conn, each.left_at, [], dict(each.ids))) for name, each in before
    )
    play(again, said[cut:], 1 + len(said[:cut]))
    assert len(through) == len(again)
    assert {name: each.conn for name, each in through} == {name: each.conn for name, each in again}
    # What a bound of its own has taken from a session counts among all only until it is saved.
    for name, ids in ids_of(through).items():
        assert ids.items() <= ids_of(again)[name].items()
