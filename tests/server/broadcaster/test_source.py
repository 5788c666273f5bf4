"""The Queue as a source of commands: what it gives, and what its pipe tells of those who write to it."""

from __future__ import annotations

import os
import pickle
import selectors
import struct
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest

from chatsimples.chat import commands
from chatsimples.server.broadcaster.conditions import Event
from chatsimples.server.broadcaster.source import Origin, QueueSource
from chatsimples.server.channels import END_OF_COMMANDS, ends_of, spawn_context

NOW = 1_795_359_600_000_000
Commands = Iterable[commands.Command]


class Acceptor:
    """The other side of a Queue: it alone holds the writing end."""

    def __init__(self, settle: Callable[[Commands], Iterator[commands.Command]] = iter) -> None:
        queue = spawn_context().SimpleQueue()
        _, writing = ends_of(queue)
        self.pipe: Connection[Any, Any] = Connection(os.dup(writing.fileno()), readable=False)
        self.source = QueueSource(queue, settle, lambda: NOW)

    def put(self, *asked: commands.Command) -> None:
        """Put a batch on the Queue."""
        self.put_item(commands.pack(asked))

    def put_item(self, item: bytes) -> None:
        """Put an item on the Queue."""
        self.pipe.send_bytes(pickle.dumps(item))

    def close(self) -> None:
        """Let go of both ends."""
        self.pipe.close()
        self.source.readable.close()


@pytest.fixture
def acceptor() -> Iterator[Acceptor]:
    """Give an acceptor whose commands need no settling."""
    made = Acceptor()
    yield made
    made.close()


def says(number: int) -> commands.Command:
    return commands.Say(1, f"frase {number}", "geral")


def test_a_batch_has_its_commands_its_time_and_its_origin(acceptor: Acceptor) -> None:
    acceptor.put(says(1), says(2))
    batch = acceptor.source.take()
    assert ([says(1), says(2)], NOW, Origin.CLIENTS, None) == (
        [*batch.commands],
        batch.at,
        batch.origin,
        batch.event,
    )


def test_what_is_there_already_is_one_batch_in_the_order_in_which_it_was_put(acceptor: Acceptor) -> None:
    for number in range(5):
        acceptor.put(says(number))
    assert [says(number) for number in range(5)] == [*acceptor.source.take().commands]
    assert acceptor.source.is_empty()


def test_others_get_their_turn_before_everything_is_taken(
    acceptor: Acceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.source.BYTES_PER_BATCH", 50)
    monkeypatch.setattr("chatsimples.server.items.READ_BYTES", 40)
    for number in range(8):
        acceptor.put(says(number))
    sizes = []
    while not acceptor.source.is_empty():
        sizes.append(len([*acceptor.source.take().commands]))
    assert 8 == sum(sizes)
    assert max(sizes) < 8


def test_what_is_left_of_a_batch_comes_with_the_next_and_then_what_was_put_later(acceptor: Acceptor) -> None:
    acceptor.put(says(1), says(2), says(3))
    assert says(1) == next(iter(acceptor.source.take().commands))
    acceptor.put(says(4))
    assert (True, False) == (acceptor.source.holds, acceptor.source.is_empty())
    assert [says(2), says(3)] == [*acceptor.source.take().commands]
    assert (False, False) == (acceptor.source.holds, acceptor.source.is_empty())
    assert [says(4)] == [*acceptor.source.take().commands]
    assert acceptor.source.is_empty()


def test_it_is_readable_when_there_is_something_to_take(acceptor: Acceptor) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(acceptor.source.readable, selectors.EVENT_READ)
        assert ([], True) == (selector.select(0), acceptor.source.is_empty())
        acceptor.put(says(1))
        assert (1, False) == (len(selector.select(10)), acceptor.source.is_empty())


def test_each_command_is_settled_only_when_the_one_before_was_decided() -> None:
    happened: list[tuple[str, commands.Command]] = []

    def settle(batch: Commands) -> Iterator[commands.Command]:
        for command in batch:
            happened.append(("settled", command))
            if command != says(2):
                yield command

    acceptor = Acceptor(settle)
    acceptor.put(says(1), says(2), says(3))
    happened.extend(("decided", command) for command in acceptor.source.take().commands)
    expected = [("settled", 1), ("decided", 1), ("settled", 2), ("settled", 3), ("decided", 3)]
    assert [(what, says(number)) for what, number in expected] == happened
    acceptor.close()


def test_the_end_of_commands_is_told_when_all_before_it_has_been_gone_through(acceptor: Acceptor) -> None:
    acceptor.put(says(1), says(2))
    acceptor.put_item(END_OF_COMMANDS)
    batch = acceptor.source.take()
    assert (says(1), None) == (next(iter(batch.commands)), batch.event)
    batch = acceptor.source.take()
    assert ([says(2)], None) == ([*batch.commands], batch.event)
    assert acceptor.source.holds
    batch = acceptor.source.take()
    assert ([], Event.SOURCE_ENDED) == ([*batch.commands], batch.event)


@pytest.mark.parametrize("torn", [b"", struct.pack("!i", 1_000) + b"x" * 10], ids=["between", "within"])
def test_a_dead_writer_is_noticed_also_in_the_middle_of_a_batch(acceptor: Acceptor, torn: bytes) -> None:
    acceptor.put(says(1))
    os.write(acceptor.pipe.fileno(), torn)
    acceptor.pipe.close()
    batch = acceptor.source.take()
    assert ([says(1)], None) == ([*batch.commands], batch.event)
    for _ in range(2):
        batch = acceptor.source.take()
        assert ([], Event.SOURCE_LOST) == ([*batch.commands], batch.event)
