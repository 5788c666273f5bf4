"""The sender process from within: what it sends, when, and what it says of it."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import c_uint64
from multiprocessing import get_context

from loadtest.desks import Desk
from support.waiting import DEADLINE, eventually

from chatsimples.dialects.websocket_frames import FrameReader, Message, ping_frame
from chatsimples.dialects.websocket_handshake import answer
from chatsimples.loadtest.generator import orders
from chatsimples.loadtest.generator.schedule import Due
from chatsimples.loadtest.generator.senders import serve
from chatsimples.loadtest.generator.tasks import SendersTask
from chatsimples.loadtest.wire.frames import PONG_FRAME

_TEXT = re.compile(rb"([0-9a-z]{2})([0-9]{5})([0-9]{9})(x*)\n")


class SendersDesk(Desk):
    """The desk of a sender process, and its server and readers."""

    def __init__(self, listener: socket.socket, rooms: Sequence[int], **differently: object) -> None:
        all_rooms = max(rooms) + 1
        self.done = get_context("spawn").RawArray(c_uint64, all_rooms)
        self.wake, self._wakes = socket.socketpair()
        task = {
            "host": "127.0.0.1", "port": listener.getsockname()[1], "protocol": "course", "tag": "",
            "marks_tag": 7, "all_rooms": all_rooms, "rooms": list(rooms), "size": 20, "done": [self.done],
            "busy_rooms": [list(range(all_rooms))], "wakes": [self._wakes], "join_patience": 0.4,
            "patience": 0.4,
        }  # fmt: skip
        super().__init__(lambda pipe: serve(SendersTask(**{**task, **differently, "pipe": pipe})))
        self.connections: list[socket.socket] = []
        self.order(orders.Connect())
        for _ in rooms if "host" not in differently else ():
            self.connections.append(listener.accept()[0])
            self.connections[-1].settimeout(DEADLINE)

    def have(self, room: int, texts: int) -> None:
        """Let all readers have so many texts of a room."""
        self.done[room] = texts
        self.wake.send(b"\0")

    def begin(self, rate: float, window: int, seconds: float) -> None:
        self.order(orders.Begin(time.monotonic_ns() // 1000, rate, window, seconds))

    def close(self) -> None:
        """Be gone, with the server and the readers."""
        self.pipe.close()
        for each in (self.wake, self._wakes, *self.connections):
            each.close()
        super().close()


@contextmanager
def senders(*rooms: int, **differently: object) -> Iterator[SendersDesk]:
    """Run senders' loop in a thread, one sender for each room given."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        desk = SendersDesk(listener, rooms, **differently)
        try:
            yield desk
        finally:
            desk.close()


def heard(connection: socket.socket, texts: int) -> list[tuple[bytes, int, int, int]]:
    """Receive so many texts: who, which, when due, and how long."""
    data = b""
    while data.count(b"\n") < texts:
        more = connection.recv(1 << 16)
        assert more, data[-100:]
        data += more
    return [(who, int(which), int(due), 16 + len(fill)) for who, which, due, fill in _TEXT.findall(data)]


def test_an_open_loop_sends_what_is_due_and_the_senders_of_a_room_take_turns() -> None:
    with senders(0, 0) as desk:
        desk.news(orders.Joined)
        desk.begin(rate=100, window=0, seconds=0.2)
        one, two = heard(desk.connections[0], 10), heard(desk.connections[1], 10)
        assert [{"00": 10, "01": 10}] == desk.news(orders.Sent).sent
    assert [(b"00", number, number * 20_000, 20) for number in range(10)] == one
    assert [(b"01", number, number * 20_000 + 10_000, 20) for number in range(10)] == two


def test_a_workload_comes_with_its_own_rhythm_rooms_and_sizes() -> None:
    workload = [Due(0, 1, 30), Due(50_000, 0, 16), Due(50_000, 1, 99)]
    with senders(0, 1, workload=workload) as desk:
        desk.begin(rate=1, window=0, seconds=0.05)
        assert [(b"00", 0, 50_000, 16)] == heard(desk.connections[0], 1)
        assert [(b"01", 0, 0, 30), (b"01", 1, 50_000, 99)] == heard(desk.connections[1], 2)
        assert [{"00": 1}, {"01": 2}] == desk.news(orders.Sent).sent


def test_a_closed_loop_keeps_its_window_and_fills_it_when_all_readers_have_it() -> None:
    with senders(0) as desk:
        desk.begin(rate=0, window=8, seconds=60)
        [connection] = desk.connections
        assert 8 == len(heard(connection, 8))
        connection.settimeout(0.1)
        assert 0 == _more(connection)
        desk.have(0, 4)
        connection.settimeout(DEADLINE)
        assert [8, 9, 10, 11] == [which for _, which, _, _ in heard(connection, 4)]
        connection.settimeout(0.1)
        assert 0 == _more(connection)


def test_a_room_that_is_behind_does_not_hold_up_the_others() -> None:
    with senders(0, 1) as desk:
        desk.begin(rate=0, window=4, seconds=60)
        for connection in desk.connections:
            heard(connection, 4)
        desk.have(1, 4)
        assert 4 == len(heard(desk.connections[1], 4))


def test_a_window_of_one_is_sent_one_by_one() -> None:
    with senders(0) as desk:
        desk.begin(rate=0, window=1, seconds=60)
        for number in range(5):
            assert [number] == [which for _, which, _, _ in heard(desk.connections[0], 1)]
            desk.have(0, number + 1)


def test_numbers_go_on_over_phases_and_are_told_since_the_beginning() -> None:
    with senders(0) as desk:
        for phase in (1, 2):
            desk.begin(rate=50, window=0, seconds=0.1)
            assert [{"00": 5 * phase}] == desk.news(orders.Sent).sent
        assert list(range(10)) == [which for _, which, _, _ in heard(desk.connections[0], 10)]


def test_a_server_that_takes_nothing_is_given_up_and_all_counts_as_sent() -> None:
    with senders(0, size=60_000) as desk:
        desk.begin(rate=2_000, window=0, seconds=0.2)
        assert [{"00": 400}] == desk.news(orders.Sent).sent


def test_a_server_that_takes_it_slowly_is_waited_for() -> None:
    with senders(0, size=60_000) as desk:
        desk.begin(rate=2_000, window=0, seconds=0.1)
        [connection] = desk.connections
        assert 200 == len(heard(connection, 200))
        assert [{"00": 200}] == desk.news(orders.Sent).sent


def test_marks_are_said_once_in_every_room() -> None:
    with senders(0, 1, 1) as desk:
        desk.news(orders.Joined)
        desk.order(orders.Mark(orders.FIRST_MARK))
        desk.begin(rate=20, window=0, seconds=0.1)
        first = [heard(each, 2)[0][0] for each in desk.connections[:2]]
        assert [b"zz", b"zz"] == first


def test_a_server_that_ends_a_connection_is_quoted_whether_it_says_so_or_cuts() -> None:
    with senders(0) as desk:
        desk.news(orders.Joined)
        desk.connections[0].sendall(b"! too many\n")
        desk.connections[0].shutdown(socket.SHUT_WR)
        why = "a sender could not go on: the server ended its connection; it last said: '! too many'"
        assert why == desk.news(orders.Broken).why
    with senders(0, size=60_000) as desk:
        desk.begin(rate=1_000, window=0, seconds=60)
        heard(desk.connections[0], 5)
        desk.connections[0].close()
        why = "a sender could not go on: the server ended its connection"
        assert desk.news(orders.Broken).why.startswith(why)


def test_a_server_that_lets_nobody_in_is_given_up() -> None:
    with senders(0, 0, protocol="text", tag="-t") as desk:
        assert "2 senders were not in their rooms in time" in desk.news(orders.Broken).why


def test_where_nobody_listens_it_says_where() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        desk = SendersDesk(listener, [0], host="127.0.0.2")
        why = f"it could not connect to 127.0.0.2 port {listener.getsockname()[1]}"
        assert why in desk.news(orders.Broken).why
        desk.close()


def test_without_a_session_it_ends() -> None:
    with senders(0) as desk:
        desk.begin(rate=100, window=0, seconds=60)
        heard(desk.connections[0], 1)
        desk.pipe.close()
        eventually(lambda: not desk.thread.is_alive(), "it has ended")


def _more(connection: socket.socket) -> int:
    """Tell how many bytes more there are."""
    try:
        return len(connection.recv(1 << 16))
    except TimeoutError:
        return 0


def test_in_a_websocket_texts_are_frames_and_a_ping_is_answered() -> None:
    with senders(0, protocol="uvicorn") as desk:
        (connection,) = desk.connections
        head = connection.recv(1_000)
        connection.sendall(answer(head).data)
        desk.news(orders.Joined)
        connection.sendall(ping_frame(b"17"))
        reader = FrameReader(0)
        raw = b""
        while PONG_FRAME not in raw:
            raw += connection.recv(1_000)
        desk.begin(100, 0, 0.05)
        said: list[bytes] = []
        while len(said) < 5:
            reader.feed(connection.recv(1_000))
            while (event := reader.next_event()) is not None:
                assert isinstance(event, Message)
                assert event.is_text
                said.append(event.data)
        assert all(_TEXT.fullmatch(each + b"\n") for each in said)
