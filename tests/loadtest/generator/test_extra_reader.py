"""Each extra reader is checked by itself: slow ones from the mark on, others from when they come."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loadtest.served import FOREIGN, protocol, unit

from chatsimples.loadtest.generator.extra_reader import ExtraCheck, ExtraReader
from chatsimples.loadtest.results import Checks
from chatsimples.loadtest.wire.texts import mark, text

SPOKEN = protocol("text")
MARK = unit(SPOKEN, mark(2, 77))
WELCOME = b"! there is no /pronto\n"


def texts(*numbers: int) -> bytes:
    return b"".join(unit(SPOKEN, text(b"00", number, 0, 20)) for number in numbers)


class Reader:
    """A reader that receives what a test says."""

    def __init__(self, *, slow: bool) -> None:
        self.checks = Checks()
        self.check = ExtraCheck(SPOKEN, SPOKEN.mark(mark(2, 77)), self.checks)
        self.reader = ExtraReader("x0", 0, "127.0.0.1", slow=slow)
        self.reader.registered = True

    def receive(self, data: bytes) -> None:
        self.check.take(self.reader, data)


@pytest.fixture
def slow() -> Iterator[Reader]:
    made = Reader(slow=True)
    yield made
    made.reader.sock.close()


@pytest.fixture
def passing() -> Iterator[Reader]:
    """One that comes and goes."""
    made = Reader(slow=False)
    yield made
    made.reader.sock.close()


def test_a_slow_one_is_checked_from_the_mark_on(slow: Reader) -> None:
    slow.receive(WELCOME + texts(7))
    assert (True, 0, -1) == (slow.reader.in_room, slow.reader.taken, slow.reader.come({b"00": 9}))
    slow.receive(MARK + texts(0, 1))
    assert (2, 2) == (slow.reader.taken, slow.reader.come({b"00": 9}))


def test_one_that_comes_is_checked_from_its_welcome_on(passing: Reader) -> None:
    passing.receive(texts(5) + WELCOME[:10])
    assert not passing.reader.in_room
    passing.receive(WELCOME[10:] + texts(6, 8))
    passing.check.sum_up(passing.reader)
    assert (1, 0) == (passing.checks.lost, passing.checks.damaged)


def test_what_comes_in_pieces_is_put_together(slow: Reader) -> None:
    slow.receive(WELCOME + MARK)
    for byte in texts(0, 1, 2):
        slow.receive(bytes([byte]))
    slow.check.sum_up(slow.reader)
    assert Checks() == slow.checks


def test_what_nobody_said_is_damage(slow: Reader) -> None:
    slow.receive(WELCOME + MARK + texts(0) + FOREIGN)
    slow.check.sum_up(slow.reader)
    assert 1 == slow.checks.damaged
    assert "a reader got" in slow.checks.first


def test_all_faults_are_added_up_once(slow: Reader) -> None:
    slow.receive(WELCOME + MARK + texts(0, 2, 1, 1))
    slow.check.sum_up(slow.reader)
    slow.check.sum_up(slow.reader)
    assert (0, 1, 1) == (slow.checks.lost, slow.checks.duplicated, slow.checks.reordered)
