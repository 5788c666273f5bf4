"""Payloads in Slack's form."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from chatsimples.chat.names import check_text
from chatsimples.server.web.api.slack import MOST_TEXTS, Payload, read_payload, texts_of

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def texts(longest: int = 4_096, **payload: Any) -> list[str]:
    return texts_of(msgspec.convert(payload, Payload), longest)


def test_json_comes_as_it_is_or_in_a_form_or_as_what_curl_calls_a_form() -> None:
    told = json.dumps({"text": "é & oi", "channel": "#sala", "icon_emoji": ":x:"}).encode()
    form = urlencode({"payload": told}).encode()
    for body, kind in ((told, JSON), (form, FORM), (told, FORM)):
        payload = read_payload(body, kind)
        assert ("é & oi", "#sala") == (payload.text, payload.channel)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"text=oi", FORM),
        (b"\xff", FORM),
        (b"[]", JSON),
        (b'{"text":3}', JSON),
    ],
)
def test_what_is_no_payload_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises((msgspec.MsgspecError, ValueError)):
        read_payload(body, kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oi", ["oi"]),
        ("um\n\n dois\r\ntres", ["um", "dois", "tres"]),
        ("<https://x.example/a|a página> e <https://y.example>", ["a página (https://x.example/a) e https://y.example"]),
        ("<!here> <!channel|canal> &lt;b&gt; &amp;", ["@here @channel <b> &"]),
        ("a\tb\x1b[31m\u202ec", ["a b[31mc"]),
        (" \n\t", []),
        ("1 < 2 > 0", ["1 < 2 > 0"]),
    ],
)  # fmt: skip
def test_a_text_becomes_lines_that_may_be_said(text: str, expected: list[str]) -> None:
    assert expected == texts(text=text)
    assert expected == [check_text(each, 4_096) for each in expected]


def test_a_long_line_is_said_in_parts_cut_between_characters() -> None:
    told = texts(10, text=7 * "é" + 3 * "🙂")
    assert ["ééééé", "éé🙂", "🙂🙂"] == told
    assert [7 * "é"] == texts(0, text=7 * "é")


def test_a_text_with_very_many_lines_is_cut_off() -> None:
    told = texts(text="\n".join(f"{number}" for number in range(100)))
    assert (MOST_TEXTS, "…") == (len(told), told[-1])


def test_where_there_is_no_text_the_parts_of_the_message_are_said() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Falha"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}, {"type": "mrkdwn", "text": "b"}]},
        {"type": "rich_text", "elements": [{"elements": [{"type": "text", "text": "c"}]}]},
        {"type": "divider"},
    ]
    assert ["Falha", "a", "b", "c"] == texts(blocks=blocks)
    attachments = [{"fallback": "curta", "text": "longa"}, {"pretext": "p", "title": "t", "text": 3}, {}]
    assert ["curta", "p", "t"] == texts(attachments=attachments)
    assert ["x"] == texts(text="x", blocks=blocks, attachments=attachments)


def test_what_stands_very_deep_is_not_looked_for() -> None:
    block: dict[str, Any] = {"text": "x"}
    for _ in range(20):
        block = {"elements": [block]}
    assert [] == texts(blocks=[block])
