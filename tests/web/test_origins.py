"""Origins: as browsers write them, and as operators do."""

from __future__ import annotations

import pytest

from chatsimples.errors import SettingError
from chatsimples.web.origins import Origin, origin_of, read_origin, read_origins


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://chat.example", Origin("http", "chat.example", 80)),
        ("https://Chat.Example.", Origin("https", "chat.example", 443)),
        ("https://chat.example/", Origin("https", "chat.example", 443)),
        ("http://192.0.2.7:8080", Origin("http", "192.0.2.7", 8080)),
        ("http://[2001:DB8::9]:5000", Origin("http", "2001:db8::9", 5000)),
    ],
)
def test_an_origin_is_a_scheme_a_name_and_a_port(text: str, origin: Origin) -> None:
    assert origin == read_origin(text)
    assert frozenset({origin}) == read_origins(f" {text} ,")


@pytest.mark.parametrize(
    "text",
    [
        "null", "chat.example", "ftp://chat.example", "http://", "http://a/b", "http://a?b", "http://a#b",
        "http://u@a", "http://a:0x1", "http://a:65536", "http://a b", "http://[::1", "http://[x]", "https://é",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_none(text: str) -> None:
    assert read_origin(text) is None
    with pytest.raises(SettingError, match="origin"):
        read_origins(f"http://chat.example,{text}")


def test_none_need_be_named() -> None:
    assert frozenset() == read_origins("")


@pytest.mark.parametrize("authority", ["", "a'; script-src *", "a,b", "a b", ":80", "a:"])
def test_what_is_no_host_has_no_origin(authority: str) -> None:
    assert origin_of("http", authority) is None
