"""Between the processes: sockets under their own numbers, and news that nobody's death turns into a fault."""

from __future__ import annotations

import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

import pytest
from support.waiting import DEADLINE, eventually

from chatsimples.server.channels import (
    Channels,
    Failed,
    Go,
    Govern,
    HandOver,
    Heartbeat,
    ListMembers,
    News,
    Order,
    Ready,
    Stop,
    Told,
    receive_news,
    receive_order,
    send,
    spawn_context,
)

Ends: TypeAlias = "tuple[Connection[Any, Any], Connection[Any, Any]]"
Receive: TypeAlias = "Callable[[Connection[Any, Any]], object]"


@pytest.fixture
def things() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def hand_over(things: ExitStack) -> HandOver:
    both = HandOver()
    both.taking.setblocking(False)
    things.enter_context(both.giving)
    things.enter_context(both.taking)
    return both


@pytest.fixture
def pipe() -> Iterator[Ends]:
    ours, theirs = spawn_context().Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


class Handed:
    """Connections that are handed over, each known by its number at its client's end."""

    def __init__(self, things: ExitStack, numbers: Iterable[int]) -> None:
        self.clients: dict[int, socket.socket] = {}
        self.given: list[tuple[int, socket.socket]] = []
        for number in numbers:
            ours, theirs = socket.socketpair()
            things.enter_context(ours)
            self.clients[number] = things.enter_context(theirs)
            theirs.settimeout(DEADLINE)
            self.given.append((number, ours))

    def check(self, taken: list[tuple[int, int]]) -> None:
        """Say on every descriptor which number it came with: its client must hear its own."""
        for number, descriptor in taken:
            with socket.socket(fileno=descriptor) as sock:
                sock.sendall(b"%d" % number)
            assert b"%d" % number == self.clients[number].recv(100)


# Sockets.


def take_all(hand_over: HandOver) -> list[tuple[int, int]]:
    """Take until nothing is there."""
    return [each for some in iter(lambda: HandOver.take(hand_over.taking), []) for each in some]


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_however_many_sockets_are_given_each_arrives_under_its_number(
    hand_over: HandOver, things: ExitStack, count: int
) -> None:
    handed = Handed(things, range(2**40, 2**40 + count))
    HandOver.give(hand_over.giving, handed.given)
    taken = take_all(hand_over)
    assert [number for number, _ in handed.given] == [number for number, _ in taken]
    handed.check(taken)


def test_several_hand_overs_can_be_taken_at_once(hand_over: HandOver, things: ExitStack) -> None:
    handed = Handed(things, range(1, 8))
    for one in handed.given:
        HandOver.give(hand_over.giving, [one])
    taken = take_all(hand_over)
    assert [*range(1, 8)] == [number for number, _ in taken]
    handed.check(taken)


def test_with_nothing_there_taking_does_not_wait(hand_over: HandOver) -> None:
    assert [] == HandOver.take(hand_over.taking)
    HandOver.give(hand_over.giving, [])
    assert [] == HandOver.take(hand_over.taking)


def test_when_the_taker_is_slow_giving_waits_and_nothing_is_lost(
    hand_over: HandOver, things: ExitStack
) -> None:
    handed = Handed(things, range(1, 301))

    def give() -> None:
        for one in handed.given:
            HandOver.give(hand_over.giving, [one])

    giver = threading.Thread(target=give)
    giver.start()
    taken: list[tuple[int, int]] = []
    while len(taken) < 300:
        taken += eventually(lambda: HandOver.take(hand_over.taking), "more sockets arrive")
    giver.join(DEADLINE)
    assert [*range(1, 301)] == [number for number, _ in taken]
    handed.check(taken)


def test_the_giver_may_close_what_it_has_given(hand_over: HandOver, things: ExitStack) -> None:
    handed = Handed(things, [7])
    HandOver.give(hand_over.giving, handed.given)
    handed.given[0][1].close()
    handed.check(HandOver.take(hand_over.taking))


def test_without_descriptors_for_all_those_that_are_taken_keep_their_numbers(
    hand_over: HandOver, things: ExitStack
) -> None:
    handed = Handed(things, range(1, 11))
    HandOver.give(hand_over.giving, handed.given)
    free = os.dup(0)
    os.close(free)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 4, hard))
    try:
        taken = HandOver.take(hand_over.taking)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert 1 <= len(taken) <= 4
    assert [*range(1, len(taken) + 1)] == [number for number, _ in taken]
    handed.check(taken)


def test_a_giver_that_is_gone_is_nothing_to_take(hand_over: HandOver) -> None:
    hand_over.giving.close()
    assert [] == HandOver.take(hand_over.taking)


# News and orders.

NEWS: list[News] = [
    Ready(),
    Ready("01KAQ3J5X5W9K3T0V2N8R7C4M6", 2**53, 2**40, "17 bytes were cut off"),
    Failed("a pasta não pode ser escrita: ñ €"),
    Told([]),
    Told(["ana", "", "x" * 100_000]),
]
ORDERS: list[Order] = [Go(1), Go(2**40), Stop(), ListMembers(), Govern(b"\x90")]


def test_news_arrive_as_they_were_sent(pipe: Ends) -> None:
    ours, theirs = pipe
    for news in NEWS:
        send(theirs, news)
        assert news == receive_news(ours)


def test_orders_arrive_as_they_were_sent_and_in_that_order(pipe: Ends) -> None:
    ours, theirs = pipe
    for order in ORDERS:
        send(ours, order)
    assert ORDERS == [receive_order(theirs) for _ in ORDERS]


def test_sending_to_one_who_is_gone_does_nothing(pipe: Ends) -> None:
    ours, theirs = pipe
    theirs.close()
    send(ours, Stop())
    send(ours, Stop())


def test_sending_to_one_who_went_without_reading_does_nothing(pipe: Ends) -> None:
    ours, theirs = pipe
    send(ours, ListMembers())
    send(theirs, Ready())
    theirs.close()
    send(ours, Stop())


@pytest.mark.parametrize("receive", [receive_news, receive_order])
def test_one_who_is_gone_is_told_as_the_end_of_file(pipe: Ends, receive: Receive) -> None:
    ours, theirs = pipe
    theirs.close()
    with pytest.raises(EOFError):
        receive(ours)


@pytest.mark.parametrize("receive", [receive_news, receive_order])
def test_one_who_is_gone_without_having_read_everything_is_told_the_same_way(
    pipe: Ends, receive: Receive
) -> None:
    ours, theirs = pipe
    send(ours, Stop())
    theirs.close()
    with pytest.raises(EOFError):
        receive(ours)


def test_last_words_are_heard_before_the_end(pipe: Ends) -> None:
    ours, theirs = pipe
    send(theirs, Failed("the disk"))
    theirs.close()
    assert Failed("the disk") == receive_news(ours)
    with pytest.raises(EOFError):
        receive_news(ours)


# Hearts.


def test_a_heart_that_does_not_beat_grows_older() -> None:
    heart = Heartbeat(spawn_context())
    earlier = heart.age()
    eventually(lambda: heart.age() > earlier + 0.02, "it grows older")


def test_the_beat_of_another_process_is_seen_here() -> None:
    context = spawn_context()
    heart = Heartbeat(context)
    eventually(lambda: heart.age() > 0.05, "it grows older")
    child = context.Process(target=heart.beat)
    began = time.monotonic()
    child.start()
    child.join(DEADLINE)
    assert 0 == child.exitcode
    assert heart.age() < time.monotonic() - began
    # The clock is one for both: what beat just now is not of the future.
    assert heart.age() >= 0


# All of it.


def test_when_the_children_have_theirs_their_death_is_the_end_of_file() -> None:
    channels = Channels(spawn_context())
    channels.children_have_theirs()
    for pipe in (channels.acceptor, channels.broadcaster):
        with pytest.raises(EOFError):
            receive_news(pipe)
    channels.close()


def test_nothing_that_was_opened_stays_open() -> None:
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - Path.iterdir() would stat what is gone by then
    for _ in range(3):
        channels = Channels(spawn_context())
        channels.children_have_theirs()
        channels.close()
        del channels
    assert before == len(os.listdir("/dev/fd"))  # noqa: PTH208 - as above
