"""The listening sockets: which can be had, and what is said of those that can't."""

import errno
import os
import socket
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from chatsimples.errors import StartError
from chatsimples.net import listener as module
from chatsimples.net.listener import listen, place

V4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
V6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))


@pytest.fixture
def things():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def listening(things):
    """Give `listen`; what it opens is closed in the end."""

    def listens(host, port):
        return [things.enter_context(each) for each in listen(host, port)]

    return listens


@pytest.fixture
def waits(monkeypatch):
    """Let waiting take no time; give what is done each time instead, and let the test add to it."""
    now = [0.0]
    done = []

    def sleep(seconds):
        now[0] += seconds
        if done:
            done.pop(0)()

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    return done


def resolves_to(monkeypatch, *found):
    """Let every host be known under these addresses, with the port that is asked for."""

    def getaddrinfo(_host, port, **_how):
        return [(*each[:4], (each[4][0], port, *each[4][2:])) for each in found]

    monkeypatch.setattr(module.socket, "getaddrinfo", getaddrinfo)


def has_v6():
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_v6 = pytest.mark.skipif(not has_v6(), reason="this machine has no IPv6")


def greets(listener):
    """Tell whether a connection to a listener comes in there."""
    with socket.create_connection(listener.getsockname()[:2], 10) as there:
        here, _ = listener.accept()
        with here:
            here.sendall(b"oi")
            return b"oi" == there.recv(10)


def test_port_0_takes_a_free_one(listening):
    (first,), (second,) = listening("127.0.0.1", 0), listening("127.0.0.1", 0)
    assert 0 not in (first.getsockname()[1], second.getsockname()[1])
    assert first.getsockname() != second.getsockname()
    assert greets(first)


def test_the_port_that_is_asked_for_is_had(listening):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    (listener,) = listening(*address)
    assert address == listener.getsockname()


def test_a_port_that_is_taken_is_told(waits):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(StartError) as told:
            listen("127.0.0.1", port)
    assert (
        f"port {port} on 127.0.0.1 is taken: another program listens there; choose another with --port"
        == str(told.value)
    )
    assert 1 == told.value.exit_code


def test_a_port_that_becomes_free_in_time_is_had(listening, waits):
    busy = socket.create_server(("127.0.0.1", 0))
    waits += [lambda: None, busy.close]
    (listener,) = listening(*busy.getsockname())
    assert greets(listener)
    assert [] == waits


def test_a_port_with_connections_that_are_just_ending_is_free(listening, waits):
    (first,) = listening("127.0.0.1", 0)
    address = first.getsockname()
    with socket.create_connection(first.getsockname(), 10) as there:
        here, _ = first.accept()
        # Who closes first keeps the address in TIME_WAIT.
        here.close()
        assert b"" == there.recv(10)
    first.close()
    (again,) = listening(*address)
    assert greets(again)


@needs_v6
def test_a_host_with_two_addresses_is_listened_on_at_both_on_one_port(listening, monkeypatch):
    resolves_to(monkeypatch, V4, V6)
    four, six = listening("localhost", 0)
    assert (socket.AF_INET, socket.AF_INET6) == (four.family, six.family)
    assert four.getsockname()[1] == six.getsockname()[1]
    monkeypatch.undo()
    assert greets(four)
    assert greets(six)


@needs_v6
def test_when_one_of_two_addresses_can_not_be_had_the_other_is_let_go(monkeypatch, waits):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as busy:
        port = busy.getsockname()[1]
        resolves_to(monkeypatch, V4, V6)
        with pytest.raises(StartError, match=f"port {port} on localhost is taken"):
            listen("localhost", port)
    with socket.create_server(("127.0.0.1", port)) as again:
        assert port == again.getsockname()[1]


def test_an_address_that_is_given_twice_is_listened_on_once(listening, monkeypatch):
    resolves_to(monkeypatch, V4, V4)
    assert 1 == len(listening("localhost", 0))


@pytest.mark.parametrize("host", ["..", "x" * 64, "a\0b", "256.256.256.256"])
def test_a_host_that_there_is_not_is_told(host, monkeypatch):
    if host[0].isdigit():
        # What a name server would answer to it.
        monkeypatch.setattr(module.socket, "getaddrinfo", not_known)
    with pytest.raises(StartError) as told:
        listen(host, 0)
    assert str(told.value).startswith(f"the host {host!r} can't be listened on: ")
    assert "\0" not in str(told.value)


def not_known(*_address, **_how):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_an_address_that_is_not_ours_is_told_at_once(waits):
    waits.append(lambda: pytest.fail("it was tried again"))
    with pytest.raises(StartError) as told:
        listen("203.0.113.7", 0)
    assert f"203.0.113.7:0 can't be listened on: {os.strerror(errno.EADDRNOTAVAIL)}" == str(told.value)


def test_a_port_that_is_not_allowed_is_told_at_once(monkeypatch, waits):
    waits.append(lambda: pytest.fail("it was tried again"))

    def bind(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(module, "_listen", bind)
    with pytest.raises(StartError) as told:
        listen("127.0.0.1", 80)
    assert "port 80 on 127.0.0.1 is not allowed to this user; choose one above 1023 with --port" == str(
        told.value
    )


def test_a_place_is_told_as_host_and_port(listening):
    (listener,) = listening("127.0.0.1", 0)
    assert f"127.0.0.1:{listener.getsockname()[1]}" == place(listener)


@needs_v6
def test_a_place_of_ipv6_has_its_host_in_brackets(listening):
    (listener,) = listening("::1", 0)
    assert f"[::1]:{listener.getsockname()[1]}" == place(listener)


def test_a_name_that_also_stands_for_an_address_of_no_network_here_is_listened_on_at_the_others(monkeypatch):
    real = socket.getaddrinfo

    def two_stacks(host, port, **how):
        nowhere = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))
        return [nowhere, *real("127.0.0.1", port, **how)]

    monkeypatch.setattr(module.socket, "getaddrinfo", two_stacks)
    (listener,) = listen("two-stacks", 0)
    with listener:
        assert "127.0.0.1" == listener.getsockname()[0]


def test_an_address_of_no_network_here_alone_is_told():
    with pytest.raises(StartError, match=r"192\.0\.2\.1:0 can't be listened on"):
        listen("192.0.2.1", 0)
