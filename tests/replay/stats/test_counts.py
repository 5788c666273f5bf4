"""Counts agree with counting everything again in the plainest way."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay.playing import at, said

from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import SettingsChange
from chatsimples.replay.stats.counts import count


@pytest.fixture(autouse=True, scope="module")
def zone() -> Iterator[None]:
    """Let the machine be where the clock is not a whole number of hours from UTC."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", "XXX-05:30")
        time.tzset()
        yield
    time.tzset()


SAID = st.tuples(
    st.sampled_from(["ana", "Ana", "bia", "zé", "ZÉ"]),
    st.sampled_from(["geral", "GERAL", "turma", ""]),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.integers(0, 100_000),
)


@given(st.lists(SAID, max_size=40))
def test_it_counts_as_plain_counting_does(what: list[tuple[str, str, str, int]]) -> None:
    what.sort(key=lambda each: each[3])
    records = [
        Record(seq, at(seconds), "message", 1, nick, room=room, to="" if room else "rui", text=text)
        for seq, (nick, room, text, seconds) in enumerate(what, 1)
    ]
    counts = count(records)
    assert len(what) == counts.records == counts.messages == sum(each.messages for each in counts.hours)
    assert Counter(nick.casefold() for nick, *_ in what) == {
        each.nick.casefold(): each.messages for each in counts.nicks
    }
    assert Counter(room.casefold() for _, room, *_ in what if room) == {
        each.room.casefold(): each.messages for each in counts.rooms
    }
    assert sum(not room for _, room, *_ in what) == counts.private
    assert sum(len(text.split()) for _, _, text, _ in what) == counts.words
    assert sum(len(text.encode()) for _, _, text, _ in what) == counts.bytes
    for each in counts.rooms:
        here = [nick for nick, room, *_ in what if room.casefold() == each.room.casefold()]
        assert len({nick.casefold() for nick in here}) == each.nicks
    for one in counts.nicks:
        times = [record.at for record in records if record.nick.casefold() == one.nick.casefold()]
        assert (min(times), max(times)) == (one.first, one.last)


def test_what_was_done_to_govern_rooms_is_counted_once() -> None:
    records = [
        Record(1, at(0), "topic", room="x", text="a prova", by="ana"),
        Record(2, at(1), "set", room="x", quiet=True, settings=SettingsChange(key="k" * 32), by="ana"),
        Record(3, at(1), "set", room="x", settings=SettingsChange(keyed=True), by="ana"),
        Record(4, at(2), "leave", 7, "bia", room="x", reason="kicked", by="ana"),
        Record(5, at(3), "leave", 8, "caio", room="x", reason="quit"),
        Record(6, at(3), "bye", 9, "eva", reason="kicked", by="*"),
        Record(7, at(3), "login", 8, "caio", account="caio", role="member"),
    ]
    counts = count(records)
    assert (7, 3, 2) == (counts.records, counts.governed, counts.leaves)


def test_kinds_of_records_are_counted_apart() -> None:
    records = [
        Record(1, at(0), "start", server="x"),
        Record(2, at(1), "join", 1, "ana", room="geral"),
        Record(3, at(1), "join", 1, "ana", room="vazia"),
        Record(4, at(2), "nick", 1, "ana", "rita", room="geral"),
        said(5, 3, "olá a todos", "rita"),
        Record(6, at(4), "message", 1, "rita", to="bia", to_conn=2, text="só tu"),
        Record(7, at(5), "leave", 1, "rita", room="geral", reason="quit"),
        Record(8, at(7.5), "stop"),
    ]
    counts = count(records)
    assert (8, 1, 8, at(0), at(7.5), 7.5) == (
        counts.records, counts.first_seq, counts.last_seq, counts.first, counts.last, counts.seconds
    )  # fmt: skip
    assert (2, 1, 5, 18) == (counts.messages, counts.private, counts.words, counts.bytes)
    assert (2, 1, 1, 1) == (counts.joins, counts.leaves, counts.renames, counts.starts)
    # Under the name as it was then.
    assert [("rita", 2, 1)] == [(each.nick, each.messages, each.private) for each in counts.nicks]
    assert [("geral", 1, 1, 1), ("vazia", 0, 0, 1)] == [
        (each.room, each.messages, each.nicks, each.joins) for each in counts.rooms
    ]


def test_the_most_messages_come_first_and_a_name_is_written_as_it_was_last() -> None:
    records = [
        said(1, 0, "x", "bia"),
        said(2, 1, "x", "ANA"),
        said(3, 2, "x", "Ana"),
        said(4, 3, "x", "abel"),
    ]
    assert [("Ana", 2), ("abel", 1), ("bia", 1)] == [
        (each.nick, each.messages) for each in count(records).nicks
    ]


def test_hours_and_days_are_those_of_this_machines_zone() -> None:
    # 15:00 UTC is 20:30 here; in three hours and a half it is another day.
    counts = count([said(1, 0, "x"), said(2, 1799, "x"), said(3, 1801, "x"), said(4, 12_600, "x")])
    assert {20: 2, 21: 1, 0: 1} == {each.hour: each.messages for each in counts.hours if each.messages}
    assert [("2026-11-19", 3), ("2026-11-20", 1)] == [(each.day, each.messages) for each in counts.days]
    assert list(range(24)) == [each.hour for each in counts.hours]


def test_no_records_have_empty_counts() -> None:
    counts = count([])
    assert (0, "", [], []) == (counts.records, counts.first, counts.nicks, counts.days)


def test_a_clock_that_was_set_back_and_times_that_are_none_do_no_harm() -> None:
    assert 0.0 == count([said(1, 100, "x"), said(2, 0, "x")]).seconds
    counts = count([Record(1, "never", "message", 1, "ana", room="geral", text="x"), said(2, 0, "x")])
    assert (2, 0.0, 1) == (counts.messages, counts.seconds, sum(each.messages for each in counts.hours))


def test_hostile_names_and_texts_are_counted_like_others() -> None:
    bad = "é\u202e\x1b[2J"
    counts = count([said(1, 0, "\ud800 x", bad, bad), said(2, 0, bad, bad, bad)])
    assert [(bad, 2)] == [(each.nick, each.messages) for each in counts.nicks]
    assert [(bad, 1)] == [(each.room, each.nicks) for each in counts.rooms]
