"""Peers that vanish, dribble or never read: the others notice nothing, and memory stays flat."""

from __future__ import annotations

import ctypes
import selectors
import socket
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import psutil
import pytest
from faults.people import Crowd
from support.clients import Clients, Connection, JsonClient, command, pump
from support.effort import LONG, few
from support.server import Server
from support.waiting import DEADLINE, eventually

from chatsimples.net.open_files import open_files_limit, raise_open_files_limit

StartServer = Callable[..., Server]
Note = Callable[[str, object], None]

_SO_ATTACH_FILTER = 26


def vanish(connection: Connection) -> None:
    """Make a peer deaf and dumb as if its cable were cut: it takes no segment any more and answers none."""
    drop_all = struct.pack("=HBBI", 0x06, 0, 0, 0)  # BPF: return 0 bytes of each packet
    code = ctypes.create_string_buffer(drop_all)
    program = struct.pack("HP", 1, ctypes.addressof(code))
    connection.socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


class Dropper(JsonClient):
    """Reads a byte at a time, until it is asked for more."""

    def take_a_byte(self) -> None:
        self._begun += self.socket.recv(1)


def resident(server: Server) -> dict[str, int]:
    """Tell the memory of a server's children, in bytes."""
    names = ("acceptor", "broadcaster")
    return {name: psutil.Process(server.child(name).pid).memory_info().rss for name in names}


def need_files(count: int) -> None:
    raise_open_files_limit()
    if open_files_limit() < count:
        pytest.skip(f"needs {count} open files")


@pytest.fixture
def start_server(make_server: Callable[..., Server]) -> StartServer:
    return lambda *options, **how: make_server("--message-rate", "0", *options, **how).start()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="needs Linux")
@pytest.mark.parametrize("dialect", ["json", "text"])
def test_a_peer_that_vanishes_without_a_word_is_gone_in_time_and_its_nick_is_free(
    start_server: StartServer, clients: Clients, dialect: str
) -> None:
    server = start_server("--ping-interval", "1", "--ping-timeout", "3")
    ana = clients.json(server, "ana")
    gone = clients.json(server, "bia") if dialect == "json" else clients.text(server, "bia")
    vanish(gone)
    while not (left := ana.heard(type="leave", nick="bia")):
        if ana.next("bia's leave")["type"] == "ping":
            ana.ask("pong")
    assert "timeout" == left[0]["reason"]
    assert "bia" == clients.json(server, "bia").welcome["nick"]


def test_thousands_that_dribble_or_say_nothing_hold_nobody_up_and_end_in_time(
    start_server: StartServer, clients: Clients, record_property: Note
) -> None:
    count = 5_000 if LONG else 1_500
    need_files(count + 1_000)
    server = start_server("--registration-timeout", "8", "--quiet-room", "1")
    ana = clients.json(server, "ana")
    before = resident(server)
    with ExitStack() as stack:
        slow = []
        for number in range(count):
            sock = stack.enter_context(closing(socket.create_connection(("127.0.0.1", server.port))))
            if number % 5:
                sock.send(b'{"type"')
            slow.append(sock)
            # Soon after it came, while its time is not over.
            if number >= 100 and (number - 100) % 5:
                slow[number - 100].send(b":")
            if number % 250 == 0:
                ana.say(f"no meio de {number}", id=f"{number}")
        ana.say("estão todos", id="todos")
        grown = {name: size - before[name] for name, size in resident(server).items()}
        record_property("bytes a connection", {name: size // count for name, size in grown.items()})
        assert sum(grown.values()) < count * 16_384
        ended_in_time([sock for number, sock in enumerate(slow) if number % 5])
        ana.say("continuo", id="continuo")

    def alone() -> bool:
        ana.ask("who", room="geral")
        return bool(ana.expect(type="members")["count"] == 1)

    eventually(alone, "the silent ones are gone too")


def ended_in_time(socks: list[socket.socket]) -> None:
    """Wait until each was told that its time is over, and was closed."""
    got = dict.fromkeys(socks, b"")
    until = time.monotonic() + DEADLINE
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ, sock)
        while selector.get_map():
            assert time.monotonic() < until, f"{len(selector.get_map())} are still open"
            for key, _ in selector.select(1):
                data = key.data.recv(4096)
                got[key.data] += data
                if not data:
                    selector.unregister(key.data)
    assert [] == [data for data in got.values() if b"registration_timeout" not in data]


def own_address() -> str:
    """Give an address of this machine that is not loopback; skip where there is none."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # Sends nothing.
        except OSError:
            pytest.skip("this machine has no address but loopback")
        address: str = asking.getsockname()[0]
    return address


def test_one_address_cannot_take_more_than_its_share(make_server: Callable[..., Server]) -> None:
    address = own_address()
    server = make_server("--host", "0.0.0.0").start()
    with ExitStack() as stack:
        for _ in range(16):
            sock = stack.enter_context(closing(socket.create_connection((address, server.port))))
            sock.sendall(command("hello", nick=f"n{sock.getsockname()[1]}"))
            assert sock.recv(4096).startswith(b'{"type":"welcome"')
        refused = stack.enter_context(closing(socket.create_connection((address, server.port))))
        refused.settimeout(DEADLINE)
        assert b"too_many_connections" in refused.recv(4096)
        local = stack.enter_context(closing(JsonClient(server.port)))
        local.hello("ana")


def test_one_byte_a_second_and_none_at_all_beside_a_thousand_quick_ones(
    start_server: StartServer, clients: Clients, record_property: Note
) -> None:
    need_files(2_500)
    server = start_server("--max-backlog", "65536", "--ping-interval", "0")
    drop = Dropper(server.port, receive_buffer=4096)
    slow = [drop, clients.json(server, "nada", receive_buffer=4096)]
    drop.hello("gota")
    quick = []
    for number in range(1_000):
        quick.append(clients.json(server))
        quick[-1].ask("hello", nick=f"n{number}")
    talker = clients.json(server, "fala")

    def everybody_in() -> bool:
        talker.ask("who", room="geral")
        return bool(talker.expect(type="members")["count"] == 1_003)

    eventually(everybody_in, "all are in")
    talk(talker, quick, drop, "a", 100)
    before = resident(server)
    talk(talker, quick, drop, "b", 300)
    grown = {name: size - before[name] for name, size in resident(server).items()}
    record_property("grown by bytes", grown)
    assert sum(grown.values()) < 32 << 20
    for client in slow:
        client.expect(id="b299")
        client.must_have(server.transcript.received_by(client.conn))
    drop.close()


def talk(talker: JsonClient, quick: list[JsonClient], drop: Dropper, mark: str, count: int) -> None:
    """Say so much, until all the quick ones have it; ``drop`` takes a byte now and then."""
    for first in range(0, count, 50):
        numbers = range(first, min(first + 50, count))
        said = (command("message", room="geral", text="x" * 1_000, id=f"{mark}{n}") for n in numbers)
        talker.send(b"".join(said))
        last = b'"id":"%b"' % f"{mark}{numbers[-1]}".encode()
        waiting = set(quick)

        def heard(last: bytes = last, waiting: set[JsonClient] = waiting) -> bool:
            waiting -= {client for client in waiting if client.lines and last in client.lines[-1]}
            return not waiting

        pump([talker, *quick], heard, "the quick ones hear it")
        drop.take_a_byte()


@pytest.mark.parametrize("victim", few(["broadcaster", "acceptor"]))
def test_a_hundred_of_our_clients_come_back_each_once_and_miss_nothing(
    start_server: StartServer, make_crowd: Callable[..., Crowd], victim: str
) -> None:
    server = start_server()
    nobody_else = dict.fromkeys(("raw", "alone", "slow", "stalled", "passing"), 0)
    crowd = make_crowd(server.port, 1, ours=100, pause=2.0, **nobody_else)
    server.child(victim).kill()
    eventually(lambda: crowd.trouble or crowd.connections >= 200, "all are back")
    assert [] == crowd.trouble
    last = crowd.finish()
    assert 0 == server.stop()
    assert [] == crowd.judge(server.transcript, last)
    # The port stays open: nobody knocks in vain, so a crowd that comes back comes once.
    assert 200 == crowd.connections
