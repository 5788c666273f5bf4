"""The people of a room are known, and who spoke last, as far as the records tell."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.names import name_key
from chatsimples.client.dialogue.people import People


def test_a_list_replaces_the_known_nicks() -> None:
    room = People()
    room.joined("velho")
    room.replace(["bia", "ana"], 2)
    assert (["ana", "bia"], 2) == (room.nicks(), room.count)


def test_roles_are_known_by_the_list_and_what_is_told_after_it() -> None:
    room = People(most=3)
    room.replace(["ana", "bia"], 2, {"ana": "owner"})
    assert ("owner", "") == (room.role("ANA"), room.role("bia"))
    room.set_role("bia", "voice")
    room.renamed("bia", "Bibi")
    room.left("Bibi")
    assert ("", "voice") == (room.role("bia"), room.role("bibi"))
    room.set_role("Bibi", "none")
    assert "" == room.role("Bibi")
    room.replace(["ana"], 1)
    assert "" == room.role("ana"), "the list is right"
    for number in range(5):
        room.set_role(f"n{number}", "voice")
    assert ["", "", "voice", "voice", "voice"] == [room.role(f"n{number}") for number in range(5)]


def test_a_role_goes_with_a_connection_that_leaves_and_comes_back_as_another() -> None:
    room = People(most=2)
    room.replace(["ana", "bia", "caio"], 3, {"ana": "owner"})
    room.left("ana", 1)
    room.joined("Ana Maria", 1)
    assert ("", "owner", False) == (room.role("ana"), room.role("ana maria"), room.in_doubt)
    room.left("bia", 2)
    room.joined("Bibi", 2)
    assert ("", True) == (room.role("Bibi"), room.in_doubt)
    room.replace(["Ana Maria", "Bibi"], 2, {"Ana Maria": "owner", "Bibi": "voice"})
    assert ("voice", False) == (room.role("Bibi"), room.in_doubt)
    room.left("Ana Maria", 1)
    room.joined("Ana Maria", 4)
    assert ("owner", True) == (room.role("Ana Maria"), room.in_doubt)


def test_of_those_who_have_left_only_the_last_are_remembered() -> None:
    room = People(most=2)
    for conn in range(3):
        room.set_role(f"n{conn}", "voice")
        room.left(f"n{conn}", conn)
    for conn in range(3):
        room.joined(f"m{conn}", conn)
    assert ["", "voice", "voice"] == [room.role(f"m{conn}") for conn in range(3)]


def test_the_role_of_a_guest_goes_when_they_leave() -> None:
    room = People()
    room.replace(["ana", "bia"], 2)
    room.set_role("ana", "operator")
    room.set_role("bia", "voice", guest=True)
    room.renamed("bia", "Bibi")
    room.replace(["ana", "Bibi"], 2, {"ana": "operator", "Bibi": "voice"})
    assert "voice" == room.role("bibi")
    for nick in ("ana", "Bibi"):
        room.left(nick)
        room.joined(nick)
    assert ("operator", "") == (room.role("ana"), room.role("bibi"))


def test_more_may_be_there_than_are_named() -> None:
    room = People()
    room.replace(["ana"], 300)
    room.joined("bia")
    assert 301 == room.count
    room.left("bia")
    room.left("somebody unnamed")
    assert (["ana"], 299) == (room.nicks(), room.count)


def test_the_last_speakers_come_first_and_the_others_by_name() -> None:
    room = People()
    room.replace(["Zeca", "ana", "Bia", "caio"], 4)
    room.spoke("caio", 1.0)
    room.spoke("Zeca", 2.0)
    assert ["Zeca", "caio", "ana", "Bia"] == room.nicks()
    room.spoke("caio", 3.0)
    assert ["caio", "Zeca", "ana", "Bia"] == room.nicks()


def test_speakers_of_the_same_time_stand_in_the_order_of_the_calls() -> None:
    room = People()
    for nick in ("ana", "bia", "caio"):
        room.spoke(nick)
    assert ["caio", "bia", "ana"] == room.nicks()


def test_earlier_messages_may_be_noted_later() -> None:
    room = People()
    room.spoke("ana", 100.0)
    room.spoke("bia", 50.0)
    room.spoke("ana", 10.0)
    assert ["ana", "bia"] == room.nicks()
    assert room.spoke_within("ana", 60.0, 110.0)


def test_an_unknown_speaker_is_there() -> None:
    room = People()
    room.spoke("ana", 1.0)
    assert (["ana"], 1) == (room.nicks(), room.count)


def test_a_speaker_may_be_one_of_the_unnamed() -> None:
    room = People()
    room.replace(["ana"], 300)
    room.spoke("bia", 1.0)
    assert (["bia", "ana"], 300) == (room.nicks(), room.count)


def test_an_earlier_speaker_need_not_be_there() -> None:
    room = People()
    room.replace(["ana"], 1)
    room.spoke("foi", 1.0, here=False)
    room.spoke("ana", 2.0, here=False)
    assert (["ana"], 1) == (room.nicks(), room.count)
    room.joined("foi")
    assert ["ana", "foi"] == room.nicks()


def test_how_people_wrote_themselves_in_the_past_does_not_count() -> None:
    room = People()
    room.replace(["Ana"], 1)
    room.spoke("ANA", here=False)
    assert ["Ana"] == room.nicks()


@pytest.mark.parametrize("now", [0.0, 5.0, 1e9])
def test_a_speaker_of_unknown_time_did_not_speak_lately(now: float) -> None:
    # A monotonic clock may begin with the machine: a time of 0 would be lately soon after that.
    room = People()
    room.spoke("ana", here=False)
    assert not room.spoke_within("ana", 600.0, now)
    room.spoke("ana", now)
    assert room.spoke_within("ana", 600.0, now)


def test_a_partial_list_keeps_those_who_spoke() -> None:
    room = People()
    room.spoke("ana", 1.0)
    room.joined("bia")
    room.replace(["caio"], 300)
    assert (["ana", "caio"], 300) == (room.nicks(), room.count)
    room.replace(["caio"], 1)
    assert (["caio"], 1) == (room.nicks(), room.count)


def test_no_more_speakers_are_kept_than_are_counted() -> None:
    room = People()
    room.spoke("ana", 1.0)
    room.spoke("bia", 2.0)
    room.replace(["caio"], 2)
    assert (["bia", "caio"], 2) == (room.nicks(), room.count)


def test_names_that_differ_only_in_case_are_the_same() -> None:
    room = People()
    room.replace(["Ana", "ÉRICA"], 2)
    room.joined("ana")
    room.spoke("érica", 1.0)
    assert (["érica", "ana"], 2) == (room.nicks(), room.count)
    room.left("ANA")
    assert 1 == room.count


@pytest.mark.parametrize("nick", ["a b", "\u202eana", "ana\x1b[2J", "", "☃"])
def test_a_nick_that_no_name_can_be_is_like_itself(nick: str) -> None:
    room = People()
    room.joined(nick)
    room.spoke(nick, 1.0)
    assert ([nick], 1) == (room.nicks(), room.count)
    room.left(nick)
    assert 0 == room.count


def test_a_change_of_nick_keeps_when_somebody_spoke() -> None:
    room = People()
    room.replace(["ana", "bia"], 2)
    room.spoke("ana", 5.0)
    room.renamed("ana", "zilda")
    assert (["zilda", "bia"], 2) == (room.nicks(), room.count)
    assert room.spoke_within("zilda", 10.0, 6.0)
    assert not room.spoke_within("ana", 10.0, 6.0)
    room.renamed("zilda", "Zilda")
    assert (["Zilda", "bia"], 2) == (room.nicks(), room.count)


def test_a_change_of_nick_is_no_message() -> None:
    room = People()
    for nick in ("ana", "bia", "caio"):
        room.spoke(nick)
    room.renamed("ana", "zilda")
    assert ["caio", "bia", "zilda"] == room.nicks()


def test_a_change_of_an_unnamed_ones_nick_adds_nobody() -> None:
    room = People()
    room.replace(["ana"], 300)
    room.renamed("antes", "depois")
    assert (["ana", "depois"], 300) == (room.nicks(), room.count)


def test_a_speaker_is_remembered_after_they_left() -> None:
    room = People()
    room.spoke("ana", 100.0)
    room.left("ana")
    assert room.spoke_within("ANA", 60.0, 159.0)
    assert not room.spoke_within("ana", 60.0, 160.0)
    assert not room.spoke_within("bia", 60.0, 100.0)


def test_the_nicks_that_are_kept_are_bounded() -> None:
    room = People(most=10)
    room.replace([f"nick{number}" for number in range(50)], 60)
    assert (10, 60) == (len(room.nicks()), room.count)
    room.joined("extra")
    assert (10, 61) == (len(room.nicks()), room.count)
    for number in range(50):
        room.spoke(f"speaker{number}", float(number))
    assert [f"speaker{number}" for number in range(49, 39, -1)] == room.nicks()
    assert not room.spoke_within("speaker0", 1_000.0, 50.0)


def test_a_frequent_speaker_is_not_forgotten() -> None:
    room = People(most=3)
    for at, nick in enumerate(["ana", "bia", "caio", "ana", "davi"]):
        room.spoke(nick, float(at))
    assert ["davi", "ana", "caio"] == room.nicks()
    assert [True, False, True, True] == [
        room.spoke_within(nick, 100.0, 5.0) for nick in ("ana", "bia", "caio", "davi")
    ]


class Model:
    """The same, written to be believed: lists that are searched from end to end."""

    def __init__(self) -> None:
        self.here: list[str] = []
        self.further = 0
        self.said: list[tuple[float, str]] = []

    def known(self, nick: str) -> str | None:
        return next((each for each in self.here if name_key(each) == name_key(nick)), None)

    def last(self, nick: str) -> tuple[float, int] | None:
        told = [(at, n) for n, (at, who) in enumerate(self.said) if name_key(who) == name_key(nick)]
        return max(told, default=None)

    def _replace(self, old: str | None, new: str) -> None:
        if old is not None:
            self.here.remove(old)
        self.here.append(new)

    def replace(self, nicks: list[str], count: int) -> None:
        before, self.here = self.nicks(), []
        for nick in nicks:
            self._replace(self.known(nick), nick)
        for nick in before:
            if len(self.here) < count and self.last(nick) and not self.known(nick):
                self.here.append(nick)
        self.further = max(0, count - len(self.here))

    def joined(self, nick: str) -> None:
        self._replace(self.known(nick), nick)

    def left(self, nick: str) -> None:
        known = self.known(nick)
        if known is None:
            self.further = max(0, self.further - 1)
        else:
            self.here.remove(known)

    def renamed(self, old: str, new: str) -> None:
        if not self.known(old) and not self.known(new):
            self.further = max(0, self.further - 1)
        if self.last(old):
            # What was said by one who had the new nick before counts no longer.
            others = (name_key(old), name_key(new))
            self.said = [
                (at, new if name_key(who) == name_key(old) else "") if name_key(who) in others else (at, who)
                for at, who in self.said
            ]
        if self.known(old):
            self.here.remove(str(self.known(old)))
        self._replace(self.known(new), new)

    def spoke(self, nick: str, at: float, here: bool) -> None:
        self.said.append((at, nick))
        if here:
            if not self.known(nick):
                self.further = max(0, self.further - 1)
            self._replace(self.known(nick), nick)

    def spoke_within(self, nick: str, seconds: float, now: float) -> bool:
        last = self.last(nick)
        return last is not None and now - last[0] < seconds

    def nicks(self) -> list[str]:
        timed = sorted(((self.last(nick), nick) for nick in self.here if self.last(nick)), reverse=True)
        silent = [nick for nick in self.here if not self.last(nick)]
        return [nick for _, nick in timed] + sorted(silent, key=str.casefold)


EVERY_NICK = ["ana", "ANA", "bia", "Bia", "caio", "João", "JOÃO", "zé", "Zé", "\u00e9rica"]
NICKS = st.sampled_from(EVERY_NICK)
Call = tuple[Any, ...]
TIMES = st.sampled_from([-inf, 0.0, 1.0, 2.0, 3.0])
CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("joined"), NICKS),
        st.tuples(st.just("left"), NICKS),
        st.tuples(st.just("spoke"), NICKS, TIMES, st.booleans()),
        st.tuples(st.just("renamed"), NICKS, NICKS),
        st.tuples(st.just("replace"), st.lists(NICKS, max_size=5), st.integers(0, 8)),
    ),
    max_size=20,
)


def do(room: People, name: str, *arguments: Any) -> None:
    if name == "spoke":
        nick, at, here = arguments
        room.spoke(nick, at, here=here)
    else:
        getattr(room, name)(*arguments)


@given(CALLS)
def test_the_people_are_those_of_the_model(calls: list[Call]) -> None:
    room, model = People(), Model()
    for name, *arguments in calls:
        do(room, name, *arguments)
        getattr(model, name)(*arguments)
        assert model.nicks() == room.nicks()
        assert len(model.here) + model.further == room.count
        for nick in ("ana", "BIA", "joão", "zÉ", "ninguém"):
            assert model.spoke_within(nick, 1.5, 3.0) == room.spoke_within(nick, 1.5, 3.0)


@given(CALLS)
def test_no_more_nicks_are_kept_than_may_be(calls: list[Call]) -> None:
    room = People(most=2)
    for name, *arguments in calls:
        do(room, name, *arguments)
        nicks = room.nicks()
        assert len({name_key(nick) for nick in nicks}) == len(nicks) <= min(2, room.count)
        assert 2 >= sum(room.spoke_within(nick, inf, 0.0) for nick in {name_key(each) for each in EVERY_NICK})
        if name == "replace":
            named, count = arguments
            assert max(count, len({name_key(nick) for nick in named})) == room.count


@given(st.lists(NICKS, min_size=1))
def test_of_too_many_the_last_speakers_are_kept(nicks: list[str]) -> None:
    room = People(most=3)
    for nick in nicks:
        room.spoke(nick, 1.0)
    last = dict.fromkeys(name_key(nick) for nick in reversed(nicks))
    assert list(last)[:3] == [name_key(nick) for nick in room.nicks()]
    # Who is forgotten and speaks again can't be told from somebody new.
    assert min(3, len(last)) <= room.count <= len(last)


@given(st.text())
def test_any_nick_can_join_speak_and_leave(nick: str) -> None:
    room = People()
    room.joined(nick)
    room.spoke(nick, 1.0)
    assert ([nick], 1) == (room.nicks(), room.count)
    room.left(nick)
    assert ([], 0) == (room.nicks(), room.count)
