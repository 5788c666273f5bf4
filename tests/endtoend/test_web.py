"""Browsers and programs by HTTP, on the chat's own port: real requests to real servers."""

from __future__ import annotations

import http.client
import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.clients import Clients, Connection
from support.processes import Process
from support.server import Server
from support.tls import Authority, connect, options
from support.waiting import DEADLINE, eventually
from web.heads import SMUGGLED, UPGRADE

StartServer = Callable[..., Server]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Answer:
    """What was answered to a request."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def code(self) -> str:
        """What is wrong, for programs."""
        return str(json.loads(self.body)["error"]["code"])


def ask(server: Server, path: str = "/", method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    """Send a request on a connection of its own; an underscore in a header's name stands for its hyphen."""
    with talking(server) as connection:
        return asked(connection, path, method, body, **headers)


@contextmanager
def talking(server: Server) -> Iterator[http.client.HTTPConnection]:
    """Give a connection on which requests can be sent one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
    try:
        yield connection
    finally:
        connection.close()


def asked(
    connection: http.client.HTTPConnection,
    path: str = "/",
    method: str = "GET",
    body: bytes = b"",
    **headers: str,
) -> Answer:
    """Send a request on a connection that is there already."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, told)
    return Answer(connection.getresponse())


def statuses(answer: bytes) -> list[int]:
    """Return the statuses of the responses in what was received."""
    return [int(each[:3]) for each in answer.split(b"HTTP/1.1 ")[1:]]


def files_of(process: Process) -> int:
    """Count the open files of a process."""
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def has_web_process(server: Server) -> bool:
    return any("chatsimples: web" in each.arguments for each in server.processes())


# The page.


def test_a_browser_gets_the_page_and_learns_that_it_has_it(server: Server) -> None:
    first = ask(server, Accept="text/html", Accept_Encoding="gzip")
    assert (200, "text/html; charset=utf-8") == (first.status, first.headers["Content-Type"])
    assert "gzip" == first.headers["Content-Encoding"]
    again = ask(server, Accept_Encoding="gzip", If_None_Match=first.headers["ETag"])
    assert (304, b"") == (again.status, again.body)
    assert ask(server, method="HEAD").headers["ETag"]


def test_every_answer_says_what_a_page_may_do(server: Server) -> None:
    for answer in (ask(server), ask(server, "/nothing"), ask(server, method="PUT")):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "Strict-Transport-Security" not in answer.headers


def test_several_requests_go_over_one_connection(server: Server) -> None:
    with talking(server) as connection:
        assert [200, 404, 405, 200] == [
            asked(connection, path, method).status
            for path, method in (("/", "GET"), ("/x", "GET"), ("/", "DELETE"), ("/index.html", "HEAD"))
        ]


# The way of a connection.


def test_who_asks_by_http_is_not_on_record_and_hears_nothing_of_the_chat(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server()
    ana = clients.json(server, "ana")
    with talking(server) as connection:
        for number in range(5):
            ana.say(f"oi {number}", id=str(number))
            assert asked(connection).status in {200, 304}
    ana.close()
    assert 0 == server.stop()
    assert {ana.conn} == {each.said["conn"] for each in server.transcript.entries if "conn" in each.said}


def test_a_connection_that_was_passed_on_outlives_the_chats_processes(start_server: StartServer) -> None:
    server = start_server()
    with talking(server) as connection:
        assert 200 == asked(connection).status
        server.child("broadcaster").kill()
        server.told("serving again")
        assert 200 == asked(connection).status


@pytest.mark.skipif(sys.platform != "linux", reason="open files are told by Linux")
def test_whoever_is_passed_on_is_let_go_of_by_all_others(start_server: StartServer) -> None:
    server = start_server()
    assert 200 == ask(server).status
    others = [server.child(name) for name in ("acceptor", "broadcaster")]
    before = eventually(lambda: [files_of(each) for each in others], "files are counted")
    opened = [Connection(server.port) for _ in range(20)]
    for each in opened:
        each.send(GET)
        each.next_line()
    eventually(lambda: before == [files_of(each) for each in others], "only the web process has them")
    for each in opened:
        each.close()


def test_if_the_web_process_dies_the_chat_goes_on_and_the_next_one_is_answered(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server()
    assert not has_web_process(server)
    ana = clients.json(server, "ana")
    with talking(server) as connection:
        assert 200 == asked(connection).status
        server.child("web").kill()
        server.told("the web process has died")
        with pytest.raises((http.client.HTTPException, OSError)):
            asked(connection)
    assert 200 == ask(server).status
    ana.say("ainda aqui", id="1")


def test_a_stop_waits_for_no_browser(start_server: StartServer) -> None:
    server = start_server()
    waiting = [Connection(server.port) for _ in range(3)]
    waiting[0].send(GET)
    waiting[0].next_line()
    waiting[1].send(GET[:-2])
    waiting[2].send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
    assert 0 == server.stop()
    assert not [each for each in server.events if "killed" in each["event"]]
    for each in waiting:
        each.read_to_end()
        each.close()


def test_without_the_web_a_browser_is_refused_and_nothing_is_started(start_server: StartServer) -> None:
    server = start_server("--no-web")
    answer = ask(server)
    assert (400, b"This is a chat server, not a web server") == (answer.status, answer.body[:39])
    assert not has_web_process(server)


def test_an_origin_that_is_none_is_told_at_the_start(make_server: Callable[..., Server]) -> None:
    server = make_server("--origin", "chat.example").launch()
    assert 0 != server.wait()
    assert "'chat.example'" in server.stderr


# People, and what only looks like HTTP.


@pytest.mark.parametrize("text", ["GET pizza", "POST /it to me", "GET /etc/hosts"])
def test_people_may_say_what_begins_as_a_request(server: Server, clients: Clients, text: str) -> None:
    ana = clients.json(server, "ana")
    person = clients.raw(server)
    person.send(f"{text}\n".encode())
    assert text == ana.expect(type="message")["text"]


def test_a_part_of_a_request_and_then_silence_is_no_message(
    start_server: StartServer, clients: Clients
) -> None:
    server = start_server("--registration-timeout", "0.7")
    ana, silent = clients.json(server, "ana"), clients.raw(server)
    silent.send(b"GET /secret?token=x HT")
    assert b" 408 " in silent.read_to_end().partition(b"\r\n")[0] + b" "
    ana.say("depois", id="1")
    assert [] == [said for said in ana.heard(type="message") if "secret" in str(said["text"])]


def test_a_connection_that_a_browser_opens_early_is_no_visitor(server: Server, clients: Clients) -> None:
    ana = clients.json(server, "ana")
    with talking(server) as connection:
        asked(connection)
        early = clients.raw(server)
        # A visitor would be welcomed by then.
        assert not early.receive(within=0.8)
        early.send(LAST)
        assert [200] == statuses(early.read_to_end())
    assert [] == ana.heard(type="join", nick="visitante")


# Attacks.


def test_a_page_from_elsewhere_gets_no_websocket(server: Server, clients: Clients) -> None:
    ana, page = clients.json(server, "ana"), clients.raw(server)
    host = f"127.0.0.1:{server.port}".encode()
    head = UPGRADE.replace(b"127.0.0.1:5000", host)
    page.send(head.replace(b"\r\n\r\n", b"\r\nOrigin: http://evil.example\r\n\r\n") + b"\x81\x02{}")
    assert [403] == statuses(page.read_to_end())
    own = clients.raw(server)
    own.send(head.replace(b"\r\n\r\n", b"\r\nOrigin: http://%s\r\n\r\n" % host))
    assert b" 101 " in own.next_line()
    assert [] == ana.heard(type="join", nick="evil")


def test_a_page_that_is_named_may_come_from_elsewhere(start_server: StartServer, clients: Clients) -> None:
    server = start_server("--origin", "https://chat.example,http://other.example")
    page = clients.raw(server)
    page.send(UPGRADE.replace(b"\r\n\r\n", b"\r\nOrigin: https://chat.example\r\n\r\n"))
    assert b" 101 " in page.next_line()
    assert 200 == ask(server, Host="chat.example").status


def test_a_name_that_was_made_to_stand_for_this_machine_is_refused(server: Server, clients: Clients) -> None:
    # DNS rebinding: for the browser, the page and the chat are of one origin.
    name = f"evil.example:{server.port}"
    answer = ask(server, Host=name, Origin=f"http://{name}", Accept="text/html")
    assert 421 == answer.status
    assert b"--origin" in answer.body
    page = clients.raw(server)
    there = UPGRADE.replace(b"127.0.0.1:5000", name.encode())
    page.send(there.replace(b"\r\n\r\n", f"\r\nOrigin: http://{name}\r\n\r\n".encode()))
    assert [421] == statuses(page.read_to_end())


@pytest.mark.parametrize("claim", SMUGGLED)
def test_a_smuggled_request_ends_the_connection(server: Server, clients: Clients, claim: str) -> None:
    attacker = clients.raw(server)
    attacker.send(SMUGGLED[claim] + GET)
    (status,) = statuses(attacker.read_to_end())
    assert status in {400, 501, 505}


def test_a_smuggled_request_behind_another_one_is_found_too(server: Server, clients: Clients) -> None:
    attacker = clients.raw(server)
    attacker.send(GET + SMUGGLED["a length and a coding"] + b"0\r\n\r\n" + GET)
    assert [200, 400] == statuses(attacker.read_to_end())


def test_a_flood_of_headers_is_refused(server: Server, clients: Clients) -> None:
    for lines in (b"X: y\r\n" * 101, b"X: " + b"y" * 20_000 + b"\r\n"):
        attacker = clients.raw(server)
        attacker.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n")
        assert [431] == statuses(attacker.read_to_end())


def test_a_body_that_is_too_large_is_refused_before_it_has_come(server: Server, clients: Clients) -> None:
    attacker = clients.raw(server)
    attacker.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
    (status,) = statuses(attacker.read_to_end())
    assert status in {405, 413}


def test_a_hundred_that_dribble_their_heads_delay_nobody(server: Server, clients: Clients) -> None:
    dribbling = [clients.raw(server) for _ in range(100)]
    for each in dribbling:
        each.send(b"GET / HTTP/1.1\r\nX: ")
    assert 200 == ask(server).status
    for each in dribbling:
        each.send(b"y")
    ana = clients.json(server, "ana")
    ana.say("oi", id="1")


def test_a_client_that_sends_no_more_gets_its_answer(server: Server, clients: Clients) -> None:
    half_closed = clients.raw(server)
    half_closed.send(GET)
    half_closed.finish_sending()
    assert [200] == statuses(half_closed.read_to_end())


# Other doors.


def test_by_tls_it_is_the_same_page_and_stays_so(start_server: StartServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = start_server(*options(authority.issue()))
    context = authority.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(server.tls_port, context) as client:
        assert "http/1.1" == client.selected_alpn_protocol()
        client.sendall(LAST.replace(b"localhost", b"any.example"))
        answer = bytearray()
        while data := client.recv(65_536):
            answer += data
    assert [200] == statuses(bytes(answer))
    assert b"Strict-Transport-Security: max-age=" in answer
    assert b"wss://any.example" in answer
    with connect(server.tls_port, context) as client:
        client.sendall(UPGRADE.replace(b"\r\n\r\n", b"\r\nOrigin: https://127.0.0.1:5000\r\n\r\n"))
        assert b" 101 " in client.recv(100)


def test_by_the_unix_socket_and_behind_a_proxy_too(start_server: StartServer, tmp_path: Path) -> None:
    path = tmp_path / "chat.sock"
    server = start_server(
        "--unix", str(path), "--trusted-proxy", "127.0.0.1", "--connections-per-address", "2"
    )
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(DEADLINE)
        sock.connect(str(path))
        sock.sendall(LAST)
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
    header = b"PROXY TCP4 198.51.100.7 127.0.0.1 4000 5000\r\n"
    behind: list[Connection] = []
    for status in (b"200", b"200", b"429"):
        behind.append(Connection(server.port))
        behind[-1].send(header + GET)
        assert status == behind[-1].next_line().split()[1]
    for each in behind:
        each.close()
