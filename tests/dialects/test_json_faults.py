"""Of a line that is no command it is told why, in words of the line that are clean."""

from __future__ import annotations

import msgspec
import pytest

from chatsimples.dialects.json_faults import LONGEST_ID, id_in, why_invalid


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'{"type":"x","id":"a1"}', "a1"),
        (b'{"id":7}', ""),
        (b'{"id":"a\\u0007"}', ""),
        (b'{"id":"' + b"x" * (LONGEST_ID + 1) + b'"}', ""),
        (b'{"id":"a1"', ""),
        (b"[" * 100_000, ""),
    ],
)
def test_an_id_is_that_of_the_line_if_it_can_be_one(line: bytes, found: str) -> None:
    assert found == id_in(line)


@pytest.mark.parametrize(
    ("line", "error", "code"),
    [
        (b"{}", "no matter", "bad_request"),
        (b'{"type":"dance"}', "Invalid value 'dance' - at `$.type`", "unknown_type"),
        (b'{"type":"who","limit":"x"}', "Expected `int`, got `str` - at `$.limit`", "bad_request"),
        (b'{"type', "cut off", "bad_json"),
    ],
)
def test_a_reason_is_told_by_its_code(line: bytes, error: str, code: str) -> None:
    assert code == why_invalid(line, error)[0]


def test_what_is_told_has_no_control_characters() -> None:
    line = msgspec.json.encode({"type": "a\x1b[2J"})
    assert "\x1b" not in why_invalid(line, "Invalid value - at `$.type`")[1]["name"]
