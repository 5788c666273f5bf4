"""What is asked on the channel, and how the answer comes: each on a socket of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from support.waiting import DEADLINE

from chatsimples.server.hashing.channel import channel
from chatsimples.server.hashing.exchange import (
    Question,
    Reply,
    answer,
    ask,
    is_awaited,
    lanes,
    receive,
    take,
)

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    asking, asked = channel()
    for end in (asking, asked):
        end.settimeout(DEADLINE)
    yield asking, asked
    asking.close()
    asked.close()


def taken(asked: socket.socket) -> tuple[Question, socket.socket]:
    found = take(asked)
    assert found is not None
    return found


def test_each_answer_comes_to_whoever_has_asked_for_it(ends: Ends) -> None:
    asking, asked = ends
    replied = [ask(asking, Question(f"password {number}", "hash")) for number in range(3)]
    questions = [taken(asked) for _ in range(3)]
    assert [f"password {number}" for number in range(3)] == [each.password for each, _ in questions]
    for number, (_, replying) in reversed(list(enumerate(questions))):
        with replying:
            answer(replying, Reply(hashed=f"hash {number}"))
    for number, sock in enumerate(replied):
        with sock:
            assert Reply(hashed=f"hash {number}") == receive(sock)


def test_a_question_waits_for_whoever_takes_it_and_a_death_is_an_end(ends: Ends) -> None:
    asking, asked = ends
    with ask(asking, Question("x")) as replied:
        replied.settimeout(0.05)
        with pytest.raises(TimeoutError):
            receive(replied)
        taken(asked)[1].close()
        assert receive(replied) is None


def test_half_an_answer_is_none(ends: Ends) -> None:
    asking, asked = ends
    with ask(asking, Question("x")) as replied:
        _, replying = taken(asked)
        with replying:
            replying.send(b"\x82")
        assert receive(replied) is None


def test_it_shows_whether_an_answer_is_still_awaited(ends: Ends) -> None:
    asking, asked = ends
    replied = ask(asking, Question("x"))
    _, replying = taken(asked)
    with replying:
        assert is_awaited(replying)
        replied.close()
        assert not is_awaited(replying)
        answer(replying, Reply(matches=True))


def test_a_channel_that_is_full_is_told_and_nothing_is_left_open(ends: Ends) -> None:
    asking, _ = ends
    asking.settimeout(0.02)
    replied: list[socket.socket] = []
    with pytest.raises(OSError, match=r"timed out|No buffer space|temporarily"):
        while len(replied) < 5_000:
            replied.append(ask(asking, Question("x" * 200)))
    for each in replied:
        each.close()


def test_what_is_printed_of_a_question_has_no_secret() -> None:
    assert "Question(makes=True)" == repr(Question("a good password", "a hash", makes=True))


def test_half_of_the_processors_hash_and_one_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    for processors, count in ((None, 1), (1, 1), (2, 1), (4, 2), (8, 4), (64, 4)):
        monkeypatch.setattr("os.cpu_count", lambda processors=processors: processors)
        assert count == lanes()
