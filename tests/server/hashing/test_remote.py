"""A hasher whose work is done elsewhere: right answers, another try after a death, and an end to waiting."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from server.logins.hashers import CountingHasher
from support.waiting import DEADLINE

from chatsimples.accounts.passwords import MOST_CHARACTERS, Argon2Hasher
from chatsimples.accounts.room_keys import proof
from chatsimples.accounts.scram import make_keys
from chatsimples.errors import Refusal
from chatsimples.server.hashing.channel import channel
from chatsimples.server.hashing.exchange import Question, answer, take
from chatsimples.server.hashing.loop import reply_to
from chatsimples.server.hashing.remote import RemoteHasher
from chatsimples.server.hashing.roads import CROWD, Roads

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    asking, asked = channel()
    yield asking, asked
    asking.close()
    asked.close()


@contextmanager
def elsewhere(asked: socket.socket, count: int, deaths: int = 0) -> Iterator[list[Question]]:
    """Have so many questions taken; the first of them are left without an answer."""
    hasher = CountingHasher()
    questions: list[Question] = []

    def serve() -> None:
        while len(questions) < count:
            taken = take(asked)
            assert taken is not None
            question, replying = taken
            questions.append(question)
            with replying:
                if len(questions) > deaths:
                    answer(replying, reply_to(question, hasher))

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    yield questions
    serving.join(DEADLINE)
    assert not serving.is_alive()


def test_it_hashes_and_compares_as_whoever_does_it_there(ends: Ends) -> None:
    asking, asked = ends
    with elsewhere(asked, 4):
        hasher = RemoteHasher(Roads(asking, asking), DEADLINE)
        hashed = hasher.hash("a good password")
        assert "hash:drowssap doog a" == hashed
        assert hasher.matches(hashed, "a good password")
        assert not hasher.matches(hashed, "another password")
        keys = hasher.scram_keys("a good password")
        assert make_keys("a good password", keys.salt, keys.iterations) == keys


@pytest.mark.parametrize("key", ["abre-te", "x" * 100_000, "ch\u00e1 \ud800"])
def test_the_key_of_a_room_is_proved_there_whatever_it_is(ends: Ends, key: str) -> None:
    asking, asked = ends
    with elsewhere(asked, 1) as questions:
        assert proof("turma", key) == RemoteHasher(Roads(asking, asking), DEADLINE).proof("turma", key)
    assert ["turma"] == [each.room for each in questions]


def test_what_was_asked_of_one_that_died_is_asked_again(ends: Ends) -> None:
    asking, asked = ends
    with elsewhere(asked, 3, deaths=2) as questions:
        assert RemoteHasher(Roads(asking, asking), DEADLINE).matches("hash:x", "x")
    assert [Question("x", "hash:x")] * 3 == questions


def test_a_question_over_which_each_dies_is_given_up(ends: Ends) -> None:
    asking, asked = ends
    with elsewhere(asked, 3, deaths=3), pytest.raises(Refusal) as refused:
        RemoteHasher(Roads(asking, asking), DEADLINE).hash("x")
    assert "login_busy" == refused.value.code


def test_whoever_waits_too_long_is_told_to_come_again(ends: Ends) -> None:
    asking, _ = ends
    with pytest.raises(Refusal) as refused:
        RemoteHasher(Roads(asking, asking), 0.05).matches("hash:x", "x")
    assert "login_busy" == refused.value.code


def test_a_password_that_no_account_can_have_costs_the_same_and_is_cut(ends: Ends) -> None:
    asking, asked = ends
    with elsewhere(asked, 1) as questions:
        assert not RemoteHasher(Roads(asking, asking), DEADLINE).matches("hash:x", "x" * 100_000)
    assert [Question("x" * MOST_CHARACTERS)] == questions


def test_whatever_is_typed_can_be_asked(ends: Ends) -> None:
    asking, asked = ends
    with elsewhere(asked, 1) as questions:
        assert not RemoteHasher(Roads(asking, asking), DEADLINE).matches("hash:x", "sen\u0303a\u00a0\ud800")
    assert [Question("se\u00f1a ?", "hash:x")] == questions


def test_whether_a_hash_is_outdated_needs_nobody_else(ends: Ends) -> None:
    hasher = RemoteHasher(Roads(ends[0], ends[0]), DEADLINE)
    assert not hasher.is_outdated(Argon2Hasher().hash("x"))
    assert hasher.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$4R5hqqjHGmCy1J8pJPxDMg")


def test_in_a_crowd_the_process_that_gives_way_is_asked(ends: Ends) -> None:
    crowded, asked_in_crowds = channel()
    asking, asked = ends
    hasher = RemoteHasher(Roads(asking, crowded, clock=lambda: 0.0), DEADLINE)
    with elsewhere(asked, CROWD) as calm, elsewhere(asked_in_crowds, 2) as in_crowds:
        for number in range(CROWD + 2):
            assert hasher.matches("hash:x", "x"), number
    assert (CROWD, 2) == (len(calm), len(in_crowds))
    crowded.close()
    asked_in_crowds.close()
