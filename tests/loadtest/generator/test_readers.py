"""A reader process from within: orders go in, news come out; the server is a faulty one or a plain one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_uint64
from multiprocessing import get_context

import pytest
from loadtest.desks import Desk
from loadtest.faulty import FaultyServer, faulty
from support.waiting import DEADLINE, eventually

from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.readers import serve
from chatsimples.loadtest.generator.tasks import Extras, ReadersTask
from chatsimples.loadtest.wire.texts import mark, text

_TAG = 77


class ReadersDesk(Desk):
    """The desk of a reader process."""

    def __init__(self, port: int, **differently: object) -> None:
        self.done = get_context("spawn").RawArray(c_uint64, 1)
        self.woken, wake = socket.socketpair()
        task = {
            "host": "127.0.0.1", "port": port, "protocol": "text", "tag": "-t", "marks_tag": _TAG,
            "all_rooms": 1, "rooms": [0, 0], "first": 0, "done": self.done, "wake": wake, "digest": True,
            "join_patience": 0.4,
        }  # fmt: skip
        super().__init__(lambda pipe: serve(ReadersTask(**{**task, **differently, "pipe": pipe})))  # type: ignore[arg-type] # the test says what is what

    def comes_in(self, speaker: socket.socket) -> None:
        """Bring the readers to the common place in the stream."""
        self.order(orders.Connect())
        assert 2 == len(self.news(orders.Joined).took)
        for number in (orders.FIRST_MARK, orders.LAST_MARK):
            self.order(orders.Mark(number))
            speaker.sendall(mark(number, _TAG) + b"\n")
            assert orders.Seen(number) == self.news(orders.Seen)

    def begin(self, at: int = 1_000_000) -> None:
        self.order(orders.Begin(at, 0, 16, 1.0))
        # As it began long ago, it tells at once how far it is: then it has begun.
        assert 0 == self.news(orders.Progress).deliveries

    def found(self) -> orders.Found:
        self.order(orders.Finish())
        return self.news(orders.Found)


@contextmanager
def desk_at(server: FaultyServer, **differently: object) -> Iterator[tuple[ReadersDesk, socket.socket]]:
    """Run a reader process's loop in a thread, with a speaker connected; both end with the body."""
    desk = ReadersDesk(server.port, **differently)
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE) as speaker:
        speaker.sendall(b"/apelido s0-t\n/entrar carga-t-0\n")
        try:
            yield desk, speaker
        finally:
            desk.woken.close()
            desk.close()


def texts(first: int, count: int) -> bytes:
    return b"".join(text(b"00", number, 0, 20) + b"\n" for number in range(first, first + count))


def test_what_all_readers_have_is_told_through_the_counter_and_a_byte() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.begin()
        speaker.sendall(texts(0, 5))
        eventually(lambda: 5 == desk.done[0], "all five are counted")
        desk.woken.settimeout(DEADLINE)
        assert desk.woken.recv(1)
        speaker.sendall(texts(5, 1))
        eventually(lambda: 6 == desk.done[0], "the sixth, too")


def test_when_everything_has_come_it_is_said_at_once() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.begin()
        speaker.sendall(texts(0, 7))
        desk.order(orders.Expect([{"00": 7}], 60.0))
        assert desk.news(orders.Delivered).everything
        found = desk.found().checks
        assert (14, 14, 0, 0) == (found.expected, found.exact, found.lost, found.damaged)


def test_of_each_room_there_is_a_digest() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        assert {0: 32} == {room: len(digest) for room, digest in desk.found().digests.items()}


def test_what_does_not_come_is_waited_for_as_long_as_anything_new_comes() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.begin()
        desk.order(orders.Expect([{"00": 3}], 0.3))
        for number in range(2):
            eventually(lambda number=number: number == desk.done[0], "the one before has come")  # type: ignore[misc]
            speaker.sendall(texts(number, 1))
        delivered = desk.news(orders.Delivered)
        assert not delivered.everything
        found = desk.found().checks
        assert (6, 4, 2) == (found.expected, found.exact, found.lost)
        assert "the last 1 texts of sender 00 never came" == found.first


def test_what_others_do_in_the_room_is_not_waited_for() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.begin()
        desk.order(orders.Expect([{"00": 3}], 0.3))
        ended = threading.Event()

        def repeat() -> None:
            while not ended.wait(0.02):
                speaker.sendall(texts(0, 1))

        speaker.sendall(texts(0, 1))
        noise = threading.Thread(target=repeat)
        noise.start()
        try:
            assert not desk.news(orders.Delivered).everything
        finally:
            ended.set()
            noise.join()
        assert 4 == desk.found().checks.lost


def test_a_doubled_text_does_not_stand_for_one_that_is_still_to_come() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.begin()
        speaker.sendall(texts(0, 1) + texts(0, 1))
        eventually(lambda: 2 == desk.done[0], "both have come")
        desk.order(orders.Expect([{"00": 2}], 60.0))
        speaker.sendall(texts(1, 1))
        assert desk.news(orders.Delivered).everything
        found = desk.found().checks
        assert (0, 2) == (found.lost, found.duplicated)


def test_a_reader_whose_connection_ended_is_blamed_once_also_after_all_was_expected() -> None:
    with faulty("cut between lines") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.begin()
        speaker.sendall(texts(0, 39))
        eventually(lambda: 39 == desk.done[0], "39 have come")
        desk.order(orders.Expect([{"00": 50}], 60.0))
        speaker.sendall(texts(39, 11))
        assert desk.news(orders.Delivered).everything
        found = desk.found().checks
        assert (100, 90, 10, 1) == (found.expected, found.exact, found.lost, found.ended)


def test_it_tells_how_far_it_is_and_what_has_come_is_told_once() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.begin()
        speaker.sendall(texts(0, 4))
        desk.order(orders.Expect([{"00": 4}], 60.0))
        told: list[orders.Progress] = []
        while not told or sum(each.deliveries for each in told) < 8:
            told.append(desk.news(orders.Progress))
        assert 8 == sum(each.deliveries for each in told)
        assert 8 * (20 + len("s0-t: \n")) == sum(each.octets for each in told)


@pytest.mark.parametrize("slow", [0, 2])
def test_readers_that_are_not_let_in_are_given_up(slow: int) -> None:
    with faulty("mute") as server, desk_at(server, extras=Extras(slow)) as (desk, _):
        desk.order(orders.Connect())
        why = "a reader could not go on: 2 readers were not in their rooms in time"
        assert why == desk.news(orders.Broken).why


def test_a_server_that_ends_connections_that_come_in_is_quoted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        desk = ReadersDesk(server.getsockname()[1], rooms=[0])
        desk.order(orders.Connect())
        connection, _ = server.accept()
        connection.recv(100)
        connection.sendall(b"! the house is full\n")
        connection.shutdown(socket.SHUT_WR)
        why = desk.news(orders.Broken).why
        assert "ended a connection that was coming in; it last said: '! the house is full'" in why
        connection.close()
        desk.close()


def test_nobody_leaves_before_the_session_does_as_others_would_hear_of_it() -> None:
    with faulty("") as server, desk_at(server) as (desk, speaker):
        desk.comes_in(speaker)
        desk.found()
        assert not any(each.reader.at_eof() for each in server.clients)
        assert desk.thread.is_alive()
        desk.pipe.close()
        eventually(lambda: 2 == sum(each.reader.at_eof() for each in server.clients), "they have left")


def test_without_a_session_it_ends() -> None:
    with faulty("") as server, desk_at(server) as (desk, _):
        desk.order(orders.Connect())
        desk.news(orders.Joined)
        desk.close()
