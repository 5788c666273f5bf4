"""What people may tell of themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatsimples.chat.profiles import (
    AWAY_SIZE,
    REALNAME_SIZE,
    USER_SIZE,
    check_away,
    check_realname,
    check_user,
)
from chatsimples.errors import Refusal


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (check_away, ""),
        (check_away, "almoço"),
        (check_away, "x" * AWAY_SIZE),
        (check_realname, "Ana Lima"),
        (check_realname, "x" * REALNAME_SIZE),
        (check_user, "~ana"),
        (check_user, "x" * USER_SIZE),
    ],
)
def test_what_may_be_told_is_given_back(check: Callable[[str], str], text: str) -> None:
    assert text == check(text)


@pytest.mark.parametrize(
    ("check", "text", "code"),
    [
        (check_away, "a\nb", "bad_text"),
        (check_away, " ", "bad_text"),
        (check_away, "x" * (AWAY_SIZE + 1), "text_too_long"),
        (check_realname, "", "bad_text"),
        (check_realname, "é" * (REALNAME_SIZE // 2 + 1), "text_too_long"),
        (check_user, "", "bad_request"),
        (check_user, "a b", "bad_request"),
        (check_user, "a\x00", "bad_request"),
        (check_user, "x" * (USER_SIZE + 1), "bad_request"),
    ],
)
def test_what_may_not_be_told_is_refused(check: Callable[[str], str], text: str, code: str) -> None:
    with pytest.raises(Refusal) as raised:
        check(text)
    assert code == raised.value.code
