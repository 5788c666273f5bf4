"""The headers that keep a page to itself."""

from __future__ import annotations

from chatsimples.server.web.protection import protection


def test_the_policy_allows_nothing_but_the_pages_own() -> None:
    policy = dict(protection("chat.example:5000", is_tls=False, is_local=False))["Content-Security-Policy"]
    directives = dict(each.split(" ", 1) for each in policy.split("; "))
    assert {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "manifest-src": "'self'",
        "connect-src": "'self' ws://chat.example:5000",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    } == directives
    assert "unsafe" not in policy


def test_only_by_tls_is_tls_demanded() -> None:
    plain, by_tls = (dict(protection("x", is_tls=is_tls, is_local=False)) for is_tls in (False, True))
    assert "Strict-Transport-Security" not in plain
    assert by_tls["Strict-Transport-Security"].startswith("max-age=")
    assert "wss://x" in by_tls["Content-Security-Policy"]
    assert {"nosniff"} == {each["X-Content-Type-Options"] for each in (plain, by_tls)}
    assert {"no-referrer"} == {each["Referrer-Policy"] for each in (plain, by_tls)}


def test_a_request_without_a_host_names_none() -> None:
    headers = dict(protection("", is_tls=False, is_local=False))
    assert "connect-src 'self';" in headers["Content-Security-Policy"]


def test_a_page_is_alone_in_its_window_where_browsers_heed_that() -> None:
    name = "Cross-Origin-Opener-Policy"
    for is_tls, is_local in ((False, True), (True, False), (True, True)):
        assert "same-origin" == dict(protection("x", is_tls=is_tls, is_local=is_local))[name]
    assert name not in dict(protection("x", is_tls=False, is_local=False))
