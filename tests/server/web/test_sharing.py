"""What lets a page from elsewhere ask and read answers."""

from __future__ import annotations

from web.heads import a_head

from chatsimples.server.web.sharing import is_preflight, preflight, sharing


def test_an_answer_is_for_the_page_that_may_come_and_for_no_other() -> None:
    headers = dict(sharing("https://chat.example"))
    assert "https://chat.example" == headers["Access-Control-Allow-Origin"]
    assert "Origin" == headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in headers
    assert () == sharing("")


def test_what_may_be_sent_is_told_to_whoever_only_asks_that() -> None:
    assert is_preflight(a_head(method="OPTIONS", access_control_request_method="POST"))
    assert not is_preflight(a_head(method="OPTIONS"))
    assert not is_preflight(a_head(access_control_request_method="POST"))
    response = preflight(["GET", "POST"])
    assert (204, b"") == (response.status, response.body)
    assert "GET, POST" == dict(response.headers)["Access-Control-Allow-Methods"]
    assert "Authorization" in dict(response.headers)["Access-Control-Allow-Headers"]
