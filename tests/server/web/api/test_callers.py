"""Who makes a request."""

from __future__ import annotations

import pytest
from server.web.api.chats import PEER

from chatsimples.errors import Refusal
from chatsimples.net.peers import Peer
from chatsimples.server.web.api.callers import Caller, caller_of, owner_of
from chatsimples.server.web.messages import Request
from chatsimples.web.head import Head

TOKEN = "cst_" + 43 * "A"


def caller(secret: bytes = b"s", peer: Peer = PEER, **headers: str) -> Caller:
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return caller_of(Request(Head("GET", "/api/rooms", "1.1", told), peer, {}, {}), secret, 32)


def test_the_owner_of_a_token_is_the_same_in_every_process_and_from_everywhere() -> None:
    first = caller(b"one", authorization=f"Bearer {TOKEN}")
    second = caller(b"two", Peer.at("192.0.2.9"), authorization=f"bearer  {TOKEN}")
    assert (first.key, first.session, TOKEN) == (second.key, second.session, second.token)
    assert first.session == owner_of(TOKEN, PEER).session
    assert {"type": "hello", "session": first.session, "token": TOKEN} == first.hello("")
    assert "ana.api" == first.hello("ana.api")["nick"]


def test_neither_key_nor_session_tells_the_token() -> None:
    owner = owner_of(TOKEN, PEER)
    assert TOKEN not in owner.key + owner.session
    assert owner.session != owner_of(TOKEN[:-1] + "B", PEER).session


def test_a_guest_is_the_same_by_nick_and_network_on_one_server() -> None:
    rui = caller(x_nick="Rui")
    assert rui.session == caller(x_nick="rui").session
    assert rui.key == caller(x_nick="rui").key
    elsewhere = caller(peer=Peer.at("192.0.2.9"), x_nick="rui")
    others = [caller(b"other", x_nick="rui"), caller(x_nick="ana"), elsewhere]
    assert rui.session not in {each.session for each in others}
    assert {"type": "hello", "session": rui.session, "nick": "Rui"} == rui.hello("")


@pytest.mark.parametrize("value", ["jos%C3%A9", "josé".encode().decode("latin-1")])
def test_a_nick_is_in_utf_8_or_percent_encoded(value: str) -> None:
    assert "josé" == caller(x_nick=value).nick


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "login_required"),
        ({"authorization": "Basic eDp5"}, "login_failed"),
        ({"authorization": "Bearer"}, "login_failed"),
        ({"authorization": "Bearer " + 300 * "x"}, "login_failed"),
        ({"authorization": "Bearer \xe9"}, "login_failed"),
        ({"x_nick": "a b"}, "bad_nick"),
        ({"x_nick": "%ff"}, "bad_utf8"),
        ({"x_nick": "\xe9"}, "bad_utf8"),
    ],
)
def test_who_is_not_named_rightly_is_refused(headers: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        caller(b"s", PEER, **headers)
    assert code == refused.value.code
