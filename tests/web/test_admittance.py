"""Which requests are taken, by their Host and their Origin."""

from __future__ import annotations

import pytest
from web.heads import a_head

from chatsimples.web.admittance import Admittance, Refusal
from chatsimples.web.head import Head
from chatsimples.web.origins import read_origins

ADMITTANCE = Admittance(read_origins("https://chat.example"), lambda: {"sala-3", "sala-3.local"})


def code(head: Head, *, is_tls: bool = False) -> str:
    refusal = ADMITTANCE.refusal(head, is_tls=is_tls)
    return refusal.code if refusal else ""


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:5000", "192.0.2.7", "[::1]:5000", "[2001:db8::9]", "localhost", "LOCALHOST:80",
        "a.localhost:5000", "sala-3", "Sala-3.local:5000", "chat.example", "chat.example:5000",
    ],
)  # fmt: skip
def test_a_host_that_only_this_server_can_have_is_known(host: str) -> None:
    assert "" == code(a_head(host=host))


@pytest.mark.parametrize(
    "host", ["evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example", "sala-4", "0x7f.1"]
)
def test_a_name_that_somebody_else_can_have_stand_for_it_is_refused(host: str) -> None:
    # DNS rebinding: to the browser, the page and what it asks for are of one host.
    head = a_head(host=host, origin=f"http://{host}", sec_fetch_site="same-origin")
    assert Refusal(421, "host_unknown") == ADMITTANCE.refusal(head, is_tls=False)


def test_under_tls_there_was_a_certificate_for_the_name() -> None:
    assert "" == code(a_head(host="any.example"), is_tls=True)
    assert "" == code(a_head(host="any.example", origin="https://any.example"), is_tls=True)
    assert "origin_refused" == code(a_head(host="any.example", origin="http://any.example"), is_tls=True)


@pytest.mark.parametrize("host", ["a b", "x'; script-src *", "u@localhost", "localhost:99999", ","])
def test_what_is_no_host_is_refused(host: str) -> None:
    assert Refusal(400, "bad_request") == ADMITTANCE.refusal(a_head(host=host), is_tls=False)
    assert Refusal(400, "bad_request") == ADMITTANCE.refusal(a_head(host=host), is_tls=True)


def test_a_program_need_not_tell_where_it_comes_from_nor_an_old_one_the_host() -> None:
    assert "" == code(a_head())
    assert "" == code(a_head(host="", version="1.0"))


def test_the_servers_own_page_and_those_that_are_named_may_come() -> None:
    assert "" == code(a_head(origin="http://127.0.0.1:5000"))
    assert "" == code(a_head(host="localhost", origin="http://localhost:80"))
    assert "" == code(a_head(origin="https://chat.example"))


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "http://127.0.0.1", "http://127.0.0.1:5001", "https://127.0.0.1:5000",
        "http://localhost:5000", "http://chat.example", "null", "file://", "http://127.0.0.1:5000/x",
    ],
)  # fmt: skip
def test_a_page_from_elsewhere_may_not_come(origin: str) -> None:
    # Cross-site WebSocket hijacking, and the HTTP API from any page.
    assert Refusal(403, "origin_refused") == ADMITTANCE.refusal(a_head(origin=origin), is_tls=False)


def test_a_page_from_elsewhere_that_is_named_is_known_as_such() -> None:
    assert "https://chat.example" == ADMITTANCE.guest(a_head(origin="https://chat.example"))
    for other in ("", "http://127.0.0.1:5000", "http://evil.example", "null"):
        assert "" == ADMITTANCE.guest(a_head(origin=other))


def test_two_origins_are_none() -> None:
    headers = a_head(origin="http://127.0.0.1:5000").headers
    twice = Head("GET", "/", "1.1", (*headers, ("origin", "http://evil.example")))
    assert "origin_refused" == code(twice)


def test_a_page_from_elsewhere_may_link_to_the_page_and_not_embed_it() -> None:
    assert "" == code(a_head(sec_fetch_site="cross-site", sec_fetch_mode="navigate"))
    assert "origin_refused" == code(a_head(sec_fetch_site="cross-site", sec_fetch_mode="no-cors"))
    assert "origin_refused" == code(a_head(sec_fetch_site="same-site", sec_fetch_mode="no-cors"))
    assert "" == code(a_head(sec_fetch_site="same-origin", sec_fetch_mode="cors"))
    assert "" == code(a_head(sec_fetch_site="none", sec_fetch_mode="navigate"))
