"""A connection of the web process, over real sockets."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import msgspec
import pytest
from server.web.sites import CLOSED, LARGE, SHORT, SITE, Browser, answers, browse, hasty
from web.heads import SMUGGLED, UPGRADE

from chatsimples.net.peers import Peer, TlsFacts
from chatsimples.server.web import connection as module
from chatsimples.server.web.bounds import RequestRates
from chatsimples.server.worker.pacing import Rate
from chatsimples.web.admittance import Admittance
from chatsimples.web.origins import read_origins

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SAY = b"POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
HEAD = b"POST /say HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = HEAD + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"


def code_of(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


# Requests and answers.


def test_what_was_read_before_the_hand_over_is_the_beginning_of_the_request() -> None:
    async def use(browser: Browser) -> tuple[int, bytes]:
        browser.send(SAY[30:])
        return await browser.answer()

    assert (200, b"POST /say {} abc") == browse(use, first=SAY[:30])


def test_requests_are_answered_one_after_the_other_however_they_are_cut() -> None:
    data = GET + SAY + b"\r\n" + CHUNKED + GET.replace(b"/ ", b"/?a=1&b=%20 ")
    expected = [b"GET / {} ", b"POST /say {} abc", b"POST /say {} abc", b"GET / {'a': '1', 'b': ' '} "]
    assert expected == [body for _, body in answers(data, 4)]

    async def use(browser: Browser) -> list[bytes]:
        for place in range(len(data)):
            browser.send(data[place : place + 1])
            await asyncio.sleep(0)
        return [(await browser.answer())[1] for _ in expected]

    assert expected == browse(use)


def test_head_is_get_without_a_body() -> None:
    async def use(browser: Browser) -> list[str]:
        browser.get("/", "HEAD")
        browser.get("/stream", "HEAD")
        browser.get()
        return [await browser.head() for _ in range(3)]

    plain, stream, last = browse(use)
    assert "Content-Length: 9\r\n" in plain
    assert "Transfer-Encoding: chunked\r\n" in stream
    assert last.startswith("HTTP/1.1 200")


def test_what_has_not_changed_has_no_body_and_no_length() -> None:
    async def use(browser: Browser) -> tuple[str, int]:
        browser.get("/unchanged")
        browser.get()
        return await browser.head(), (await browser.answer())[0]

    head, following = browse(use)
    assert head.startswith("HTTP/1.1 304")
    assert 'ETag: "x"\r\n' in head
    assert "Content-Length" not in head
    assert 200 == following


def test_what_comes_piece_by_piece_is_sent_so_and_the_connection_goes_on() -> None:
    async def use(browser: Browser) -> bytes:
        browser.get("/stream")
        browser.get("/", "GET", "Connection: close")
        return await browser.rest()

    told = browse(use)
    assert b"\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\nHTTP/1.1 200" in told
    assert told.endswith(b"GET / {} ")


def test_an_old_client_gets_one_answer_without_chunks() -> None:
    async def use(browser: Browser) -> bytes:
        browser.send(b"GET /stream HTTP/1.0\r\n\r\n" + GET)
        return await browser.rest()

    told = browse(use)
    assert told.endswith(b"\r\n\r\none two three")
    assert b"Connection: close\r\n" in told


def test_whoever_asks_first_whether_to_send_a_body_is_told_to() -> None:
    async def use(browser: Browser) -> tuple[str, tuple[int, bytes]]:
        head, body = SAY[:-3], SAY[-3:]
        browser.send(head.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        told = await browser.head()
        browser.send(body)
        return told, await browser.answer()

    told, answer = browse(use)
    assert told.startswith("HTTP/1.1 100")
    assert (200, b"POST /say {} abc") == answer


def test_a_client_that_sends_no_more_still_gets_its_answer() -> None:
    async def use(browser: Browser) -> bytes:
        browser.get("/large")
        browser.writer.write_eof()
        return await browser.rest()

    assert browse(use).endswith(LARGE)


# What is refused.


def test_a_path_that_is_none_and_a_method_that_it_has_not() -> None:
    ((status, body),) = answers(GET.replace(b"/ ", b"/x "))
    assert (404, "not_found") == (status, code_of(body))

    async def use(browser: Browser) -> str:
        browser.get("/say", "GET")
        return await browser.head()

    head = browse(use)
    assert head.startswith("HTTP/1.1 405")
    assert "Allow: POST\r\n" in head


def test_what_is_sent_behind_a_request_that_is_refused_is_answered_too() -> None:
    assert [404, 405, 200] == [
        status for status, _ in answers(GET.replace(b"/ ", b"/x ") + GET.replace(b"/ ", b"/say ") + GET, 3)
    ]


def test_a_person_is_refused_by_a_page() -> None:
    async def use(browser: Browser) -> str:
        browser.get("/x", "GET", "Accept: text/html")
        return await browser.head()

    assert "text/html" in browse(use)


@pytest.mark.parametrize("claim", SMUGGLED)
def test_smuggled_requests_end_the_connection_and_nothing_behind_them_is_read(claim: str) -> None:
    async def use(browser: Browser) -> bytes:
        browser.send(GET + SMUGGLED[claim] + GET + GET)
        return await browser.rest()

    told = browse(use)
    first, second = (int(each.split()[0]) for each in told.split(b"HTTP/1.1 ")[1:])
    assert 200 == first
    assert second in {400, 501, 505}
    assert b"Connection: close\r\n" in told


@pytest.mark.parametrize(
    ("body", "claim"),
    [
        (b"x\r\nabc\r\n0\r\n\r\n", "a size that is none"),
        (b"3\r\nabcX\r\n0\r\n\r\n", "a chunk that goes on"),
        (b"-3\r\nabc\r\n", "a size with a sign"),
        (b"ffffffffffffffffffffff\r\nabc", "a size beyond all bounds"),
    ],
)
def test_a_body_that_is_not_framed_rightly_is_refused(body: bytes, claim: str) -> None:
    assert claim
    ((status, _),) = answers(HEAD + body)
    assert status in {400, 413}


def test_a_large_body_is_refused_however_its_size_is_told() -> None:
    told = SAY.replace(b"Length: 3", b"Length: 5000000")
    ((status, body),) = answers(told)
    assert (413, "too_large") == (status, code_of(body))
    chunk = b"200\r\n" + b"x" * 512 + b"\r\n"
    ((status, _),) = answers(HEAD + chunk * 2)
    assert 413 == status


def test_a_body_for_nobody_is_not_read_as_a_request() -> None:
    async def use(browser: Browser) -> bytes:
        browser.send(b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(GET) + GET)
        return await browser.rest()

    told = browse(use)
    assert 1 == told.count(b"HTTP/1.1 ")
    assert b" 404 " in told.partition(b"\r\n")[0] + b" "


def test_a_page_from_elsewhere_and_a_name_that_is_not_the_servers() -> None:
    from_elsewhere = GET.replace(b"\r\n\r\n", b"\r\nOrigin: http://evil.example\r\n\r\n")
    rebound = GET.replace(b"localhost", b"evil.example")
    for data, expected in ((from_elsewhere, (403, "origin_refused")), (rebound, (421, "host_unknown"))):
        ((status, body),) = answers(data)
        assert expected == (status, code_of(body))


def test_a_page_from_elsewhere_that_may_come_can_ask_and_read_the_answer() -> None:
    admittance = Admittance(read_origins("https://chat.example"), frozenset)
    site = msgspec.structs.replace(SITE, admittance=admittance)
    origin = "Origin: https://chat.example"

    async def use(browser: Browser) -> list[str]:
        browser.get("/say", "OPTIONS", origin, "Access-Control-Request-Method: POST")
        browser.get("/", "GET", origin)
        return [await browser.head(), await browser.head()]

    asked, read = browse(use, site)
    assert asked.startswith("HTTP/1.1 204")
    assert "Access-Control-Allow-Methods: POST\r\n" in asked
    assert "Content-Length" not in asked
    assert read.startswith("HTTP/1.1 200")
    for head in (asked, read):
        assert "Access-Control-Allow-Origin: https://chat.example\r\n" in head


def test_nobody_else_is_told_so() -> None:
    async def use(browser: Browser) -> str:
        browser.get("/say", "OPTIONS", "Origin: http://localhost", "Access-Control-Request-Method: POST")
        return await browser.head()

    head = browse(use)
    assert head.startswith("HTTP/1.1 405")
    assert "Access-Control" not in head


def test_what_is_no_host_does_not_come_into_the_policy() -> None:
    async def use(browser: Browser) -> str:
        browser.send(b"GET / HTTP/1.1\r\nHost: x; script-src *\r\n\r\n")
        return await browser.head()

    head = browse(use)
    assert head.startswith("HTTP/1.1 400")
    assert "script-src *" not in head
    assert "script-src 'self'" in head


def test_a_websocket_that_was_not_taken_where_they_are_is_told_what_is_expected() -> None:
    async def use(browser: Browser) -> str:
        browser.send(UPGRADE.replace(b"Version: 13", b"Version: 8"))
        return await browser.head()

    head = browse(use)
    assert head.startswith("HTTP/1.1 426")
    assert "Sec-WebSocket-Version: 13\r\n" in head


def test_too_many_requests_are_told_to_come_later() -> None:
    site = msgspec.structs.replace(SITE, rates=RequestRates(Rate(0.001, 2)))
    given = answers(GET * 3, 3, site)
    assert [200, 200, 429] == [status for status, _ in given]
    assert "too_many_requests" == code_of(given[-1][1])


def test_a_handler_that_fails_is_answered_for_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    note = SimpleNamespace(exception=lambda event, **_: logged.append(event))
    monkeypatch.setattr(module, "log", note)
    ((status, body),) = answers(GET.replace(b"/ ", b"/fails "))
    assert (500, "failed") == (status, code_of(body))
    assert b"fault of the program" not in body
    assert ["a request could not be answered"] == logged


def test_hsts_is_for_tls_alone() -> None:
    async def use(browser: Browser) -> str:
        browser.get()
        return await browser.head()

    assert "Strict-Transport-Security" not in browse(use)
    assert "Strict-Transport-Security" in browse(use, peer=Peer.at("198.51.100.7", TlsFacts("TLSv1.3")))


def test_one_connection_too_many_is_told_so_whatever_it_asks() -> None:
    async def use(browser: Browser) -> tuple[int, bytes]:
        browser.serving.cancel()
        browser.send(GET)
        refusing = asyncio.create_task(browser.connection.refuse("too_many_connections"))
        told = await browser.answer()
        browser.writer.write_eof()
        await refusing
        return told

    status, body = browse(use)
    assert (429, "too_many_connections") == (status, code_of(body))


# Time.


def test_a_head_that_does_not_come_in_time_is_answered_and_ended() -> None:
    async def use(browser: Browser) -> bytes:
        browser.send(b"GET / HTTP/1.1\r\nX: ")
        return await browser.rest()

    assert browse(use, hasty(head=SHORT)).startswith(b"HTTP/1.1 408")


def test_who_dribbles_a_head_has_no_more_time_than_others() -> None:
    async def use(browser: Browser) -> bytes:
        async def dribble() -> None:
            while True:
                browser.send(b"x")
                await asyncio.sleep(SHORT / 20)

        browser.send(b"GET / HTTP/1.1\r\nX: ")
        dribbling = asyncio.create_task(dribble())
        try:
            return await browser.reader.readuntil(b"\r\n")
        finally:
            dribbling.cancel()

    assert browse(use, hasty(head=SHORT)).startswith(b"HTTP/1.1 408")


def test_a_body_that_does_not_come_in_time_is_answered_and_ended() -> None:
    async def use(browser: Browser) -> bytes:
        browser.send(SAY[:-1])
        return await browser.rest()

    assert browse(use, hasty(body=SHORT)).startswith(b"HTTP/1.1 408")


def test_a_connection_without_another_request_is_closed_after_a_while() -> None:
    async def use(browser: Browser) -> tuple[tuple[int, bytes], bytes]:
        browser.get()
        return await browser.answer(), await browser.rest()

    (status, _), rest = browse(use, hasty(idle=SHORT))
    assert 200 == status
    assert rest.startswith(b"HTTP/1.1 408")


def test_who_takes_nothing_is_let_go() -> None:
    async def use(browser: Browser) -> bool:
        for _ in range(20):
            browser.get("/large")
        await asyncio.wait([browser.serving])
        return browser.serving.exception() is None

    assert browse(use, hasty(write=SHORT))


# A stop.


def test_a_connection_that_is_to_stop_finishes_its_answer_and_says_so() -> None:
    async def use(browser: Browser) -> bytes:
        browser.connection.stop()
        browser.get()
        return await browser.rest()

    assert b"" == browse(use)


def test_what_has_no_end_is_not_busy_and_what_has_one_is() -> None:
    async def use(browser: Browser) -> list[bool]:
        seen = [browser.connection.is_busy]
        browser.get("/endless")
        await browser.reader.readuntil(b"first")
        seen.append(browser.connection.is_busy)
        return seen

    assert [False, False] == browse(use)


def test_what_has_no_end_is_closed_when_its_connection_is_ended() -> None:
    async def use(browser: Browser) -> list[str]:
        CLOSED.clear()
        browser.get("/endless")
        await browser.reader.readuntil(b"first")
        browser.serving.cancel()
        await asyncio.wait([browser.serving])
        return list(CLOSED)

    assert ["endless"] == browse(use)


def test_what_breaks_in_the_middle_is_logged_and_not_taken_for_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[str] = []
    note = SimpleNamespace(exception=lambda event, **_: logged.append(event))
    monkeypatch.setattr(module, "log", note)

    async def use(browser: Browser) -> bytes:
        browser.get("/breaks")
        return await browser.rest()

    assert browse(use).endswith(b"\r\n\r\n5\r\nfirst\r\n")
    assert ["a web connection has failed"] == logged


def test_a_peer_that_is_here_is_served_as_others_are() -> None:
    assert [(200, b"GET / {} ")] == answers(GET, peer=Peer.at("127.0.0.1"))
