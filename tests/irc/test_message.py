"""Lines of IRC, as the parser tests of irc-parser-tests have them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parser_tests import data  # type: ignore[import-untyped]

from chatsimples.irc.message import Message, format_params, format_tags, parse, parse_tags

# Whoever cuts lines has taken the end off.
_WORD = st.text(st.characters(exclude_characters="\r\n\0 ", codec="utf-8"), min_size=1).filter(
    lambda word: not word.startswith(":")
)
_LAST = st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"))


@pytest.mark.parametrize("case", data.msg_split["tests"], ids=lambda case: case["input"])
def test_a_line_is_taken_apart(case: dict[str, Any]) -> None:
    atoms = case["atoms"]
    message = parse(case["input"])
    assert atoms["verb"].upper() == message.command
    assert atoms.get("params", []) == message.params
    assert atoms.get("source", "") == message.source
    assert {name: value or "" for name, value in atoms.get("tags", {}).items()} == message.tags


@pytest.mark.parametrize("case", data.msg_join["tests"], ids=lambda case: case["desc"])
def test_a_line_is_put_together(case: dict[str, Any]) -> None:
    atoms = case["atoms"]
    tags = format_tags({name: value or "" for name, value in atoms.get("tags", {}).items()})
    params = atoms.get("params")
    words = (
        f"@{tags}" if tags else "",
        f":{atoms['source']}" if "source" in atoms else "",
        atoms["verb"],
        format_params(params) if params else "",
    )
    line = " ".join(word for word in words if word)
    # A last parameter that is one word may have its colon or not.
    assert parse(line) in [parse(match) for match in case["matches"]]


@given(tags=st.dictionaries(st.from_regex(r"[a-z+/.-]{1,9}", fullmatch=True), _LAST, max_size=4))
def test_tags_arrive_as_they_were_written(tags: dict[str, str]) -> None:
    written = format_tags(tags)
    assert not set(written) & set(" \r\n")
    assert tags == (parse_tags(written) if tags else {})


@given(words=st.lists(_WORD, max_size=4), last=_LAST)
def test_parameters_arrive_as_they_were_written(words: list[str], last: str) -> None:
    assert Message("X", [*words, last]) == parse(f"X {format_params([*words, last])}")


@pytest.mark.parametrize("word", ["", "a b", ":a"])
def test_only_the_last_parameter_can_be_any_text(word: str) -> None:
    with pytest.raises(ValueError, match="only the last"):
        format_params([word, "x"])


@pytest.mark.parametrize("line", ["", "   ", "@a=b", ":source", "@a :source  ", " :x"])
def test_a_line_may_have_no_command(line: str) -> None:
    assert "" == parse(line).command
