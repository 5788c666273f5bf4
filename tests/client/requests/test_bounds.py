"""A message within the server's limits passes; any other is refused before it is sent, and says why."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.client.protocol.commands import Command, to_line
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.requests.bounds import check_line, check_message
from chatsimples.errors import Refusal

LIMITS = ServerLimits(max_line=2_000, max_text=1_000, max_name=32)


@pytest.mark.parametrize("text", ["oi", "é" * 500, "x" * 1_000, '"' * 890])
def test_a_message_within_the_limits_passes(text: str) -> None:
    assert text == check_message(text, LIMITS)


@pytest.mark.parametrize(
    ("text", "code"),
    [("x" * 1_001, "text_too_long"), ("é" * 501, "text_too_long"), ("a\x07", "bad_text"), ("", "bad_text"),
     ('"' * 1_000, "bad_request")],
)  # fmt: skip
def test_any_other_message_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_message(text, LIMITS)
    assert code == refused.value.code


def test_the_reason_names_the_size_of_the_line() -> None:
    with pytest.raises(Refusal) as refused:
        check_line('"' * 1_000, LIMITS)
    detail = refused.value.detail
    assert "with escapes it has 2002 bytes, and the server accepts 1792 in a line" == detail[
        "why"
    ].format_map(detail)


@pytest.mark.parametrize("limits", [ServerLimits(), ServerLimits(max_line=0, max_text=0, max_name=0)])
def test_limits_that_are_off_or_unknown_bound_nothing(limits: ServerLimits) -> None:
    check_message("x" * 1_000_000, limits)
    check_message('"' * 1_000_000, limits)


@given(st.text(st.sampled_from('a"\\é日👍'), min_size=1, max_size=900), st.integers(500, 4_000))
def test_a_line_that_passes_fits(text: str, max_line: int) -> None:
    limits = ServerLimits(max_line=max_line, max_name=32)
    try:
        check_line(text, limits)
    except Refusal:
        return
    # The longest line of a message: its room has as many characters as it may, of four bytes each.
    longest = to_line(Command("message", "x" * 12, room="👍" * 32, text=text))
    assert len(longest.removesuffix(b"\n")) <= max_line
    assert text == msgspec.json.decode(longest)["text"]
