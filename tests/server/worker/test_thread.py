"""The worker: bytes from sockets to batches of commands, at the pace that is allowed."""

import socket
import threading
from types import SimpleNamespace

import pytest
from support.waiting import eventually

from chatsimples.chat import commands
from chatsimples.dialects.base import PAUSE_ENDS_MESSAGE, InputLimits
from chatsimples.dialects.every import every_dialect
from chatsimples.dialects.negotiation import SILENCE_DECIDES
from chatsimples.server.worker import thread as module
from chatsimples.server.worker.thread import Pace, Worker

LIMITS = InputLimits(max_line=1_000, max_text=500, max_name=32)
UNBOUND = Pace(0, 0, 0, 0, 0, 0)
ADDRESS = "198.51.100.7"

HELLO = b'{"type":"hello","nick":"ana","session":"a-secret-of-ana-1"}\n'
PING = b'{"type":"ping"}\n'


class Desk:
    """A worker whose turns and whose time are the test's."""

    def __init__(self, pace):
        self.now = 1_000.0
        self.batches = []
        self.gone = []
        dialects = every_dialect(LIMITS, str, lambda: "a-secret-made-here")
        self.worker = Worker("worker-1", dialects, pace, self._put, self.gone.append)
        self._ends = []

    def _put(self, item):
        self.batches.append(commands.unpack(item))

    def client(self, conn=1, address=ADDRESS):
        """Give the worker a client; return the client's end."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self._ends += [ours, theirs]
        self.worker.give(conn, ours, address)
        self.worker._turn(0)
        return theirs

    def says(self, client, data):
        """Send bytes, let the worker read once, and return the commands that come of it."""
        client.sendall(data)
        return self.wait(0)

    def wait(self, seconds):
        """Let time pass in small steps; return the commands that come meanwhile."""
        already = len(self.batches)
        until = self.now + seconds
        self.worker._turn(0)
        while self.now < until:
            self.now = min(until, self.now + 0.01)
            self.worker._turn(0)
        return [command for batch in self.batches[already:] for command in batch]

    def hang_up(self, client):
        """Close the client's end, and return the commands that come of it."""
        client.close()
        return self.wait(0)

    def close(self):
        for end in (*self._ends, self.worker._woken, self.worker._wake):
            end.close()
        self.worker._selector.close()


@pytest.fixture
def make_desk(monkeypatch):
    made = []

    def make(**pace):
        desk = Desk(Pace(**{**dict.fromkeys(Pace.__struct_fields__, 0), **pace}))
        # Time stands still but for what the test lets pass.
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: desk.now))
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def desk(make_desk):
    return make_desk()


def opened(dialect, conn=1, address=ADDRESS):
    return commands.Open(conn, dialect, address, visitor=dialect == "text")


def pings(*marks):
    return b"".join(b'{"type":"ping","id":"%d"}\n' % mark for mark in marks)


def marks(given):
    return [int(command.id) for command in given if isinstance(command, commands.Ping)]


# The dialect.


def test_a_brace_opens_a_json_connection(desk):
    client = desk.client()
    assert [
        opened("json"),
        commands.Hello(1, "ana", ("geral",), "a-secret-of-ana-1"),
        commands.Ping(1),
    ] == desk.says(client, HELLO + PING)


def test_anything_else_opens_a_plain_text_connection(desk):
    assert [opened("text"), commands.Say(1, "oi")] == desk.says(desk.client(), b"oi\n")


def test_a_browser_is_refused_and_nothing_of_its_request_is_a_command(desk):
    client = desk.client()
    first, fault = desk.says(client, b"POST / HTTP/1.1\r\nHost: x\r\n\r\noi\n/nick ana\n" + HELLO)
    assert opened("http") == first
    assert fault.fatal
    assert [] == desk.says(client, b"oi\n" + HELLO)


def test_one_who_is_silent_for_half_a_second_is_a_visitor(desk):
    desk.client()
    assert [] == desk.wait(SILENCE_DECIDES - 0.02)
    assert [opened("text")] == desk.wait(0.05)
    assert [] == desk.wait(10)


def test_a_visitor_that_then_sends_a_brace_speaks_json(desk):
    client = desk.client()
    assert [opened("text")] == desk.wait(1)
    first, second = desk.says(client, HELLO)
    assert (opened("json"), "ana") == (first, second.nick)
    assert [commands.Ping(1)] == desk.says(client, PING)


def test_a_visitor_that_then_says_something_is_the_same_visitor(desk):
    client = desk.client()
    desk.wait(1)
    assert [commands.Say(1, "oi")] == desk.says(client, b"oi\n")
    assert [commands.Say(1, "{}")] == desk.says(client, b"{}\n")


def test_a_visitor_may_yet_be_a_browser(desk):
    client = desk.client()
    desk.wait(1)
    first, fault = desk.says(client, b"GET / HTTP/1.1\r\n\r\n")
    assert opened("http") == first
    assert fault.fatal


@pytest.mark.parametrize("silent_before", [0, 1])
def test_a_beginning_that_could_be_more_than_one_is_waited_for(desk, silent_before):
    client = desk.client()
    desk.wait(silent_before)
    assert [] == desk.says(client, b"N")
    assert [] == desk.says(client, b"I")
    assert [commands.Say(1, "NIno")] == desk.says(client, b"no\n")[-1:]


@pytest.mark.parametrize("silent_before", [0, 1])
def test_a_beginning_after_which_nothing_comes_is_plain_text(desk, silent_before):
    client = desk.client()
    desk.wait(silent_before)
    desk.says(client, b"N")
    assert [commands.Say(1, "N")] == desk.wait(1)[-1:]


@pytest.mark.parametrize("silent_before", [0, 1])
def test_a_beginning_after_which_the_client_hangs_up_is_said(desk, silent_before):
    client = desk.client()
    desk.wait(silent_before)
    desk.says(client, b"N")
    assert [commands.Say(1, "N"), commands.Close(1, "closed")] == desk.hang_up(client)[-2:]


def test_the_wait_for_a_beginning_counts_from_the_last_byte(desk):
    client = desk.client()
    for byte in b"POST":
        assert [] == desk.says(client, bytes((byte,)))
        assert [] == desk.wait(SILENCE_DECIDES * 0.8)
    assert [opened("text")] == desk.wait(SILENCE_DECIDES)[:1]


# Messages in pieces.


def test_one_byte_at_a_time_says_the_same(desk):
    client = desk.client()
    given = []
    for byte in HELLO + PING:
        given += desk.says(client, bytes((byte,)))
    assert [opened("json"), commands.Ping(1)] == [given[0], given[2]]
    assert 3 == len(given)


def test_a_client_without_newlines_ends_its_message_by_a_pause(desk):
    client = desk.client()
    assert [opened("text")] == desk.says(client, b"ana: o")
    assert [] == desk.wait(PAUSE_ENDS_MESSAGE - 0.02)
    assert [] == desk.says(client, b"i")
    assert [] == desk.wait(PAUSE_ENDS_MESSAGE - 0.02)
    assert [commands.SayAs(1, "ana", "oi", "ana: oi")] == desk.wait(0.04)
    assert [] == desk.wait(10)


def test_half_a_character_is_given_one_more_pause(desk):
    client = desk.client()
    desk.says(client, "ana: olá".encode()[:-1])
    assert [] == desk.wait(PAUSE_ENDS_MESSAGE * 1.5)
    assert [] == desk.says(client, "á".encode()[-1:])
    assert [commands.SayAs(1, "ana", "olá", "ana: olá")] == desk.wait(1)


def test_a_client_that_has_sent_a_newline_does_not_end_anything_by_a_pause(desk):
    client = desk.client()
    desk.says(client, b"oi\nana: o")
    assert [] == desk.wait(10)
    assert [commands.Say(1, "ana: oi")] == desk.says(client, b"i\n")


@pytest.mark.parametrize(
    ("data", "last"),
    [
        (b"oi\nana: tchau", commands.Say(1, "ana: tchau")),
        (b"ana: tchau", commands.SayAs(1, "ana", "tchau", "ana: tchau")),
        (HELLO + b'{"type":"ping"}', commands.Ping(1)),
    ],
)
def test_what_is_unfinished_when_the_client_hangs_up_is_taken_as_finished(desk, data, last):
    client = desk.client()
    client.sendall(data)
    client.close()
    given = desk.wait(0) + desk.wait(0)
    assert [last, commands.Close(1, "closed")] == given[-2:]


def test_one_who_hangs_up_without_a_word_is_only_closed(desk):
    assert [commands.Close(1, "closed")] == desk.hang_up(desk.client())


def test_a_reset_is_an_end_too(desk):
    client = desk.client()
    (served,) = desk.worker._clients.values()
    served.sock.send(b"never read by the client, so its closing resets the connection")
    assert [commands.Close(1, "closed")] == desk.hang_up(client)


def test_the_end_of_each_client_is_told_once_with_its_address(desk):
    addresses = ["198.51.100.7", "198.51.100.7", "::1"]
    clients = [desk.client(conn, address) for conn, address in enumerate(addresses)]
    for client in clients:
        desk.hang_up(client)
    desk.wait(10)
    assert addresses == desk.gone


# What ends a connection.


def test_after_a_line_that_is_too_long_nothing_is_understood_and_the_end_is_still_seen(desk):
    client = desk.client()
    *_, fault = desk.says(client, b"oi\n" + b"x" * 2_000)
    assert ("line_too_long", True) == (fault.code, fault.fatal)
    assert [] == desk.says(client, b"\noi\n/sair\n")
    assert [commands.Close(1, "closed")] == desk.hang_up(client)


def test_one_that_is_not_heard_any_more_and_sends_on_and_on_is_ended(desk):
    client = desk.client()
    desk.says(client, b"x" * 2_000)
    given = []
    for _ in range(200):
        given += desk.says(client, b"x" * 60_000)
        if given:
            break
    assert [commands.Close(1, "closed")] == given
    assert [ADDRESS] == desk.gone


def test_one_that_does_not_say_hello_in_time_is_told_and_not_heard_any_more(make_desk):
    desk = make_desk(registration_timeout=3)
    client = desk.client()
    desk.says(client, PING)
    assert [] == desk.wait(2.9)
    assert [commands.Fault(1, "registration_timeout", {"seconds": "3"}, fatal=True)] == desk.wait(0.2)
    assert [] == desk.says(client, HELLO)


def test_one_that_says_hello_in_time_is_not(make_desk):
    desk = make_desk(registration_timeout=3)
    client = desk.client()
    desk.says(client, b"{")
    desk.wait(2.9)
    desk.says(client, HELLO[1:])
    assert [] == desk.wait(10)


def test_a_visitor_need_not_register(make_desk):
    desk = make_desk(registration_timeout=3)
    desk.client()
    assert [opened("text")] == desk.wait(10)


# Silence.


def test_a_silent_json_client_is_pinged_and_then_counts_as_gone(make_desk):
    desk = make_desk(ping_interval=60, ping_timeout=20)
    client = desk.client()
    desk.says(client, HELLO)
    assert [] == desk.wait(59)
    assert [commands.Silent(1, 60, gone=False)] == desk.wait(2)
    assert [] == desk.wait(18)
    assert [commands.Silent(1, 80, gone=True)] == desk.wait(2)


def test_any_byte_is_a_sign_of_life(make_desk):
    desk = make_desk(ping_interval=60, ping_timeout=20)
    client = desk.client()
    desk.says(client, HELLO)
    desk.wait(70)
    assert [] == desk.says(client, b"\n")
    assert [] == desk.wait(59)
    assert [commands.Silent(1, 60, gone=False)] == desk.wait(2)


def test_without_a_ping_timeout_nobody_counts_as_gone(make_desk):
    desk = make_desk(ping_interval=60)
    desk.says(desk.client(), HELLO)
    assert [False] * 3 == [command.gone for command in desk.wait(200)]


def test_plain_text_is_not_pinged(make_desk):
    desk = make_desk(ping_interval=60, ping_timeout=20)
    desk.says(desk.client(), b"oi\n")
    assert [] == desk.wait(200)


# The pace.


def test_above_the_rate_commands_wait_and_none_is_lost(make_desk):
    desk = make_desk(message_rate=10, message_burst=15)
    client = desk.client()
    assert list(range(15)) == marks(desk.says(client, pings(*range(40))))
    assert [15] == marks(desk.wait(0.105))
    assert [16, 17] == marks(desk.wait(0.2))
    assert list(range(18, 40)) == marks(desk.wait(3))


def test_what_waits_is_not_read_from_the_socket(make_desk):
    desk = make_desk(message_rate=10, message_burst=15)
    client = desk.client()
    desk.says(client, pings(*range(40)))
    with pytest.raises(BlockingIOError):
        while True:
            client.send(b"\n" * 60_000)
            desk.wait(0)
    assert list(range(15, 40)) == marks(desk.wait(3))


def test_a_pause_earns_the_burst_again_and_not_more(make_desk):
    desk = make_desk(message_rate=10, message_burst=15)
    client = desk.client()
    desk.says(client, pings(*range(15)))
    desk.wait(60)
    assert list(range(15)) == marks(desk.says(client, pings(*range(40))))


def test_commands_in_the_order_and_number_in_which_they_came_at_any_pace(make_desk, chance):
    desk = make_desk(message_rate=50, message_burst=8)
    client = desk.client()
    data = pings(*range(300))
    given = []
    while data:
        cut = chance.choice((1, 5, 50, 500))
        given += desk.says(client, data[:cut])
        given += desk.wait(chance.choice((0, 0.01, 0.2)))
        data = data[cut:]
    client.close()
    given += desk.wait(10)
    assert list(range(300)) == marks(given)
    assert commands.Close(1, "closed") == given[-1]


@pytest.mark.parametrize("pace", [{"message_burst": 5}, {"message_rate": 10}])
def test_a_rate_or_a_burst_of_0_switches_the_bound_off(make_desk, pace):
    desk = make_desk(**pace)
    assert list(range(500)) == marks(desk.says(desk.client(), pings(*range(500))))


@pytest.mark.parametrize("burst", [b"ana: oi" * 100, b"/quem", b"ana: /quem"])
def test_the_pace_holds_for_a_client_without_newlines_too(make_desk, burst):
    desk = make_desk(message_rate=10, message_burst=15)
    client = desk.client()
    given = []
    for _ in range(100):
        try:
            given += desk.says(client, burst)
        except BlockingIOError:
            break
        given += desk.wait(0.1)
    asked = [command for command in given if not isinstance(command, commands.Open)]
    # Fifteen at once, then ten a second; the last burst may go over before the wait begins.
    assert len(asked) <= 15 + 100 + 100


def test_a_flood_without_any_pause_is_cut_after_its_time(make_desk):
    desk = make_desk(message_rate=10, message_burst=15, flood_timeout=2)
    client = desk.client()
    desk.says(client, pings(*range(200)))
    given = desk.wait(1.9)
    assert 18 <= len(marks(given)) <= 20
    given = desk.wait(0.5)
    assert commands.Fault(1, "flood", {"rate": "10"}, fatal=True) == given[-1]
    assert [] == desk.wait(10)
    assert [] == desk.says(client, PING)
    assert [commands.Close(1, "closed")] == desk.hang_up(client)


def test_a_pause_forgives_a_flood(make_desk):
    desk = make_desk(message_rate=10, message_burst=15, flood_timeout=2)
    client = desk.client()
    for _ in range(5):
        desk.says(client, pings(*range(30)))
        given = desk.wait(3)
        assert not any(isinstance(command, commands.Fault) for command in given)


def test_one_that_waits_for_its_pace_is_neither_pinged_nor_gone(make_desk):
    desk = make_desk(message_rate=1, message_burst=1, ping_interval=5, ping_timeout=5)
    client = desk.client()
    given = desk.says(client, pings(*range(60))) + desk.wait(40)
    assert not any(isinstance(command, commands.Silent) for command in given)


# Batches, and the thread itself.


def test_what_is_read_in_one_turn_is_one_batch(desk):
    clients = [desk.client(conn) for conn in range(20)]
    for client in clients:
        client.sendall(b"oi\n")
    desk.worker._turn(0)
    assert [40] == [len(batch) for batch in desk.batches]


def test_a_batch_is_bounded(desk):
    clients = [desk.client(conn) for conn in range(20)]
    for client in clients:
        client.sendall(b"/q\n" * 1_000)
    desk.worker._turn(0)
    assert 20 * 1_001 == sum(map(len, desk.batches))
    assert max(map(len, desk.batches)) < 2_048 + 1_001


@pytest.fixture
def start_worker():
    """Start a real worker thread; at the end it is stopped."""
    started = []

    def start(put, gone=lambda _: None):
        dialects = every_dialect(LIMITS, str, lambda: "a-secret-made-here")
        made = Worker("worker-7", dialects, UNBOUND, put, gone)
        made.start()
        started.append(made)
        return made

    yield start
    for made in started:
        made.stop()
        made.join(10)
        assert not made.is_alive()


def test_clients_given_from_another_thread_are_heard_at_once(start_worker):
    items = []
    worker = start_worker(items.append)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        worker.give(1, ours, ADDRESS)
        theirs.sendall(b"oi\n")
        eventually(lambda: items, "what was said is queued")
    assert "worker-7" == worker.name
    eventually(lambda: not worker._clients, "its end is seen")


def test_while_the_queue_is_full_clients_cannot_send_on_and_nothing_is_lost(start_worker):
    room = threading.Event()
    items = []

    def put(item):
        assert room.wait(30)
        items.append(item)

    worker = start_worker(put)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(0.2)
    with theirs:
        worker.give(1, ours, ADDRESS)
        sent = 0
        with pytest.raises(TimeoutError):
            while True:
                theirs.sendall(b"%d\n" % sent)
                sent += 1
        room.set()
        theirs.settimeout(10)
        theirs.sendall(b"\n")
    eventually(lambda: not worker._clients, "its end is seen")
    worker.stop()
    worker.join(10)
    said = [each.text for item in items for each in commands.unpack(item) if isinstance(each, commands.Say)]
    assert list(map(str, range(sent))) == said[:sent]


def test_what_has_come_when_it_is_told_to_stop_is_still_read(start_worker):
    items = []
    room = threading.Event()

    def put(item):
        items.append(item)
        assert room.wait(30)

    worker = start_worker(put)
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        worker.give(1, ours, ADDRESS)
        theirs.sendall(b"first\n")
        eventually(lambda: items, "it waits for room in the queue")
        theirs.sendall(b"second\n")
        worker.stop()
        room.set()
        worker.join(10)
    ours.close()
    given = [each for item in items for each in commands.unpack(item)]
    assert [opened("text"), commands.Say(1, "first"), commands.Say(1, "second")] == given


def test_a_worker_that_fails_ends_its_process(start_worker, monkeypatch):
    codes = []
    monkeypatch.setattr(module.os, "_exit", codes.append)

    def put(item):
        raise RuntimeError("a fault of the program")

    worker = start_worker(put)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        worker.give(1, ours, ADDRESS)
        theirs.sendall(b"oi\n")
        worker.join(10)
    assert [1] == codes
