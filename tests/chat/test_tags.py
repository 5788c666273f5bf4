"""What tags may be passed on."""

from __future__ import annotations

import pytest

from chatsimples.chat.tags import TAGS_MOST, TAGS_SIZE, check_tags, is_passing
from chatsimples.errors import Refusal

ONE = {"+draft/reply": "01J/7"}


@pytest.mark.parametrize(
    "tags",
    [
        ONE,
        {"+typing": "active", "+example.org/x-1": ""},
        {"+a": "olá; \\ 👍"},
        {f"+{number}": "" for number in range(TAGS_MOST)},
        {"+a": "x" * (TAGS_SIZE - 4)},
    ],
)
def test_tags_that_may_be_passed_on_are_given_back(tags: dict[str, str]) -> None:
    assert tags == check_tags(tags)


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "it has no tag"),
        ({f"+{number}": "" for number in range(TAGS_MOST + 1)}, "there are more than {limit} tags"),
        ({"+a": "x" * (TAGS_SIZE - 3)}, "the tags have more than {limit} bytes"),
        ({"+a": "é" * (TAGS_SIZE // 2)}, "the tags have more than {limit} bytes"),
        ({"typing": "active"}, "{name} is no name of a tag"),
        ({"+": ""}, "{name} is no name of a tag"),
        ({"+a b": ""}, "{name} is no name of a tag"),
        ({"+a/b/c": ""}, "{name} is no name of a tag"),
        ({"+é": ""}, "{name} is no name of a tag"),
        ({"+a": "x\r\nQUIT"}, "the tag {name} has a control character"),
        ({"+a": "\u202e"}, "the tag {name} has a control character"),
        ({"+a": "\ud800"}, "the tag {name} has a control character"),
    ],
)
def test_other_tags_are_refused_with_the_reason(tags: dict[str, str], why: str) -> None:
    with pytest.raises(Refusal) as raised:
        check_tags(tags)
    assert ("bad_tags", why) == (raised.value.code, raised.value.detail["why"])


def test_only_what_is_soon_over_is_a_signal() -> None:
    assert is_passing({"+typing": "active"})
    assert is_passing({"+draft/typing": "done", "+typing": "done"})
    assert not is_passing({"+typing": "active", **ONE})
