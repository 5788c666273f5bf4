"""What is answered where nothing else can be."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from chatsimples.server.web.refusals import Refusals, code_of

REFUSALS = Refusals(str)


def test_a_program_is_told_a_code_and_a_text() -> None:
    response = REFUSALS.response("not_found", as_page=False, headers=(("X", "y"),))
    assert (404, "application/json") == (response.status, response.content_type)
    assert isinstance(response.body, bytes)
    assert {"error": {"code": "not_found", "text": "There is nothing here."}} == json.loads(response.body)
    assert ("X", "y") in response.headers
    assert ("Cache-Control", "no-store") in response.headers


def test_a_person_is_shown_a_page_without_anything_that_the_policy_forbids() -> None:
    response = REFUSALS.told(400, "x", "<script>alert(1)</script>", as_page=True)
    assert "text/html; charset=utf-8" == response.content_type
    assert isinstance(response.body, bytes)
    assert b"<h1>400 Bad Request</h1>" in response.body
    assert b"<script" not in response.body
    assert b"style" not in response.body


def test_whose_host_is_not_known_is_told_what_to_do() -> None:
    body = REFUSALS.response("host_unknown", as_page=True).body
    assert isinstance(body, bytes)
    assert b"--origin" in body


@pytest.mark.parametrize("status", [400, 414, 431, 501, 505])
def test_each_refusal_of_a_head_has_a_code_that_can_be_told(status: int) -> None:
    assert REFUSALS.response(code_of(status), as_page=False).status in {status, HTTPStatus.BAD_REQUEST}
