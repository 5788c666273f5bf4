"""Who is in a room, and who spoke last, as far as the records tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.client import people
from chatsimples.client.people import People


def test_a_list_replaces_what_was_known() -> None:
    room = People()
    room.came("velho")
    room.are(["bia", "ana"], 2)
    assert (["ana", "bia"], 2) == (room.nicks(), room.count)


def test_more_may_be_there_than_are_named() -> None:
    room = People()
    room.are(["ana"], 300)
    room.came("bia")
    assert 301 == room.count
    room.went("bia")
    room.went("somebody unnamed")
    assert (["ana"], 299) == (room.nicks(), room.count)


def test_who_spoke_last_comes_first_and_the_silent_follow_by_name() -> None:
    room = People()
    room.are(["Zeca", "ana", "Bia", "caio"], 4)
    room.spoke("caio", 1.0)
    room.spoke("Zeca", 2.0)
    assert ["Zeca", "caio", "ana", "Bia"] == room.nicks()
    room.spoke("caio", 3.0)
    assert ["caio", "Zeca", "ana", "Bia"] == room.nicks()


def test_who_speaks_at_the_same_time_stands_in_the_order_of_telling() -> None:
    room = People()
    for nick in ("ana", "bia", "caio"):
        room.spoke(nick)
    assert ["caio", "bia", "ana"] == room.nicks()


def test_what_was_said_earlier_may_be_told_later() -> None:
    room = People()
    room.spoke("ana", 100.0)
    room.spoke("bia", 50.0)
    room.spoke("ana", 10.0)
    assert ["ana", "bia"] == room.nicks()
    assert room.spoke_within("ana", 60.0, 110.0)


def test_a_speaker_that_nobody_told_of_is_there() -> None:
    room = People()
    room.spoke("ana", 1.0)
    assert (["ana"], 1) == (room.nicks(), room.count)


def test_a_speaker_may_be_one_of_those_who_were_not_named() -> None:
    room = People()
    room.are(["ana"], 300)
    room.spoke("bia", 1.0)
    assert (["bia", "ana"], 300) == (room.nicks(), room.count)


def test_who_spoke_in_the_past_need_not_be_there() -> None:
    room = People()
    room.are(["ana"], 1)
    room.spoke("foi", 1.0, here=False)
    room.spoke("ana", 2.0, here=False)
    assert (["ana"], 1) == (room.nicks(), room.count)
    room.came("foi")
    assert ["ana", "foi"] == room.nicks()


def test_a_partial_list_keeps_those_who_spoke() -> None:
    room = People()
    room.spoke("ana", 1.0)
    room.came("bia")
    room.are(["caio"], 300)
    assert (["ana", "caio"], 300) == (room.nicks(), room.count)
    room.are(["caio"], 1)
    assert (["caio"], 1) == (room.nicks(), room.count)


def test_names_that_differ_only_in_case_are_the_same() -> None:
    room = People()
    room.are(["Ana", "ÉRICA"], 2)
    room.came("ana")
    room.spoke("érica", 1.0)
    assert (["érica", "Ana"], 2) == (room.nicks(), room.count)
    room.went("ANA")
    assert 1 == room.count


@pytest.mark.parametrize("nick", ["a b", "\u202eana", "ana\x1b[2J", "", "☃"])
def test_a_nick_that_no_name_can_be_is_like_itself(nick: str) -> None:
    room = People()
    room.came(nick)
    room.spoke(nick, 1.0)
    assert ([nick], 1) == (room.nicks(), room.count)
    room.went(nick)
    assert 0 == room.count


def test_a_change_of_nick_keeps_what_is_known() -> None:
    room = People()
    room.are(["ana", "bia"], 2)
    room.spoke("ana", 5.0)
    room.renamed("ana", "zilda")
    assert (["zilda", "bia"], 2) == (room.nicks(), room.count)
    assert room.spoke_within("zilda", 10.0, 6.0)
    assert not room.spoke_within("ana", 10.0, 6.0)
    room.renamed("zilda", "Zilda")
    assert (["Zilda", "bia"], 2) == (room.nicks(), room.count)


def test_a_change_of_an_unnamed_ones_nick_adds_nobody() -> None:
    room = People()
    room.are(["ana"], 300)
    room.renamed("antes", "depois")
    assert (["ana", "depois"], 300) == (room.nicks(), room.count)


def test_who_spoke_lately_is_remembered_after_they_went() -> None:
    room = People()
    room.spoke("ana", 100.0)
    room.went("ana")
    assert room.spoke_within("ANA", 60.0, 159.0)
    assert not room.spoke_within("ana", 60.0, 160.0)
    assert not room.spoke_within("bia", 60.0, 100.0)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST", 10)
    room = People()
    room.are([f"nick{number}" for number in range(50)], 60)
    assert (10, 60) == (len(room.nicks()), room.count)
    room.came("extra")
    assert (10, 61) == (len(room.nicks()), room.count)
    for number in range(50):
        room.spoke(f"speaker{number}", float(number))
    assert [f"speaker{number}" for number in range(49, 39, -1)] == room.nicks()
    assert not room.spoke_within("speaker0", 1_000.0, 50.0)


NICKS = st.sampled_from(["ana", "ANA", "bia", "João", "JOÃO", "a b", "zé"])
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("came"), NICKS),
        st.tuples(st.just("went"), NICKS),
        st.tuples(st.just("spoke"), NICKS, st.floats(0, 100)),
        st.tuples(st.just("renamed"), NICKS, NICKS),
        st.tuples(st.just("are"), st.lists(NICKS), st.integers(0, 20)),
    )
)


@given(DEEDS)
def test_whatever_happens_the_nicks_are_distinct_and_counted(deeds: list[tuple[object, ...]]) -> None:
    room = People()
    for name, *arguments in deeds:
        getattr(room, str(name))(*arguments)
    nicks = room.nicks()
    assert len({nick.casefold() for nick in nicks}) == len(nicks) <= room.count


@given(st.lists(NICKS))
def test_when_everybody_is_known_the_count_is_theirs(nicks: list[str]) -> None:
    room = People()
    for nick in nicks:
        room.came(nick)
    assert len({nick.casefold() for nick in nicks}) == room.count == len(room.nicks())
