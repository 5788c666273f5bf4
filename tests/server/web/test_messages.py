"""Requests and responses."""

from __future__ import annotations

from web.heads import a_head

from chatsimples.net.peers import Peer
from chatsimples.server.web.messages import Request, Response

PEER = Peer.at("198.51.100.7")


def test_a_request_tells_what_its_head_says() -> None:
    request = Request(a_head("/x?y=1", "POST", accept="text/html"), PEER, {}, {"y": "1"})
    assert ("POST", "/x") == (request.method, request.path)
    assert "text/html" == request.header("accept")
    assert "" == request.header("origin")


def test_a_page_is_for_those_who_ask_for_html() -> None:
    assert Request(a_head(accept="text/html,application/xhtml+xml,*/*;q=0.8"), PEER, {}, {}).wants_page
    assert not Request(a_head(accept="*/*"), PEER, {}, {}).wants_page
    assert not Request(a_head(), PEER, {}, {}).wants_page


def test_a_response_is_empty_and_well_unless_it_says_otherwise() -> None:
    assert Response(200, b"", "", ()) == Response()
