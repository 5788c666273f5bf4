"""What HTTP says to what the chat refuses."""

from __future__ import annotations

import pytest

from chatsimples.errors import REFUSALS, Refusal
from chatsimples.server.web.api.failures import OWN, STATUSES, RequestError


def test_every_refusal_of_the_chat_has_a_status() -> None:
    assert set(REFUSALS) == set(STATUSES)
    assert not set(OWN) & set(STATUSES)
    assert {400, 401, 403, 404, 409, 413, 429, 503} == set(STATUSES.values())


@pytest.mark.parametrize(
    ("failed", "status", "headers"),
    [
        (RequestError("login_failed"), 401, {"WWW-Authenticate": 'Bearer realm="chatsimples"'}),
        (RequestError("flood"), 429, {"Retry-After": "1"}),
        (RequestError("too_many_commands", after=6.7), 429, {"Retry-After": "7"}),
        (RequestError("storage_full"), 503, {"Retry-After": "1"}),
        (RequestError("unavailable", after=0.1), 503, {"Retry-After": "1"}),
        (RequestError("media_type"), 415, {}),
        (RequestError("of_a_later_version"), 403, {}),
    ],
)
def test_a_failure_has_a_status_and_says_what_to_do(
    failed: RequestError, status: int, headers: object
) -> None:
    assert (status, headers) == (failed.status, dict(failed.headers))


def test_its_text_is_the_chats_or_its_own() -> None:
    assert "fechada" == RequestError("room_closed", "fechada").told(str)
    assert "There is no text in it." == RequestError("no_text").told(str)
    assert "of_a_later_version" == RequestError("of_a_later_version").told(str)
    refused = RequestError.of(Refusal("room_full", room="geral", limit=3), str)
    assert "geral has room for 3, and they are there" == refused.text
