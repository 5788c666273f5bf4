"""Emoji by name: known in both languages, and only where a name can be meant."""

from __future__ import annotations

import subprocess
import sys

import emoji as package
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.waiting import DEADLINE

from chatsimples.client.terminal.emoji_names import begins_name, find, replace_before
from chatsimples.screen.sanitize import sanitize

NAMES = {
    "heart": "❤️",
    "red_heart": "❤️",
    "coração_vermelho": "❤️",
    "coracao_vermelho": "❤️",
    "CORAÇÃO_VERMELHO": "❤️",
    "cora\u0063\u0327a\u0303o_vermelho": "❤️",
    "+1": "👍",
    "-1": "👎",
    "thumbs_up": "👍",
    "100": "💯",
    "tada": "🎉",
    "coco": "🥥",
    "cocô": "💩",
    # Names of two emoji mean the one that they mean in other chats.
    "dog": "🐶",
    "sunglasses": "😎",
    "umbrella": "☔",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_between_colons_becomes_its_emoji(name: str) -> None:
    text = f"oi :{name}:"
    assert (3, NAMES[name]) == replace_before(text, len(text))


@pytest.mark.parametrize("before", ["", " ", "oi ", "a\u00a0", "❤️", "❤", "☕", "1️⃣", "🇧🇷", "👩‍💻", "👍🏽"])
def test_a_name_stands_at_the_start_or_after_a_space_or_an_emoji(before: str) -> None:
    text = f"{before}:heart:"
    assert (len(before), "❤️") == replace_before(text, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "a:100:",
        "é:100:",
        "12:30:",
        "12:30:45:",
        "std::heart:",
        "::heart:",
        '"a":100:',
        "{:100:",
        "x.:100:",
        "https://a:100:",
        "…:heart:",
        ":no such name:",
        ":nosuchname:",
        "::",
        ":",
        "",
        "heart:",
        ": heart:",
        ":heart",
        ":heart: ",
        ":heart:\n",
    ],
)
def test_anything_else_is_left_alone(text: str) -> None:
    assert None is replace_before(text, len(text))


def test_only_the_text_before_the_cursor_counts() -> None:
    assert (0, "❤️") == replace_before(":heart:100:", 7)
    assert None is replace_before(":heart:100:", 11)
    assert None is replace_before(":heart:", 6)


@given(st.text(st.sampled_from(":+1 a_ãhert0❤💯\ufe0f\u200d\n"), max_size=30), st.data())
def test_any_text_can_be_typed(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    found = replace_before(text, cursor)
    if found is not None:
        start, emoji = found
        assert text[start] == ":" == text[cursor - 1]
        assert start < cursor - 2
        assert sanitize(emoji) == emoji


def test_a_long_line_of_colons_is_quickly_dealt_with() -> None:
    text = ":" * 10_000
    assert [None] * 100 == [replace_before(text, len(text)) for _ in range(100)]


@pytest.mark.parametrize(
    ("beginning", "first"),
    [
        ("heart", ("heart", "❤️")),
        ("he", ("heart", "❤️")),
        ("HEA", ("heart", "❤️")),
        ("smil", ("smile", "😄")),
        ("pizza", ("pizza", "🍕")),
        ("coracao_verm", ("coração_vermelho", "❤️")),
        ("coração_verm", ("coração_vermelho", "❤️")),
    ],
)
def test_the_most_used_are_found_first(beginning: str, first: tuple[str, str]) -> None:
    assert first == find(beginning, 5)[0]


def test_no_emoji_is_offered_twice_and_no_more_than_asked() -> None:
    found = find("co", 12)
    assert 12 == len(found) == len({emoji for _, emoji in found})
    assert [] == find("no such", 12)
    assert [] == find("co", 0)


def test_skin_tones_come_after_their_emoji() -> None:
    assert "👋" == find("waving", 5)[0][1]
    assert "✌️" == find("victory", 5)[0][1]


def test_offered_emoji_are_not_changed_by_sanitizing() -> None:
    assert [] == [name for name, emoji in find("", 10_000) if sanitize(emoji) != emoji]


def test_each_name_that_is_offered_can_be_typed() -> None:
    offered = find("", 10_000)
    assert 1_000 < len(offered)
    wrong = [name for name, emoji in offered if (0, emoji) != replace_before(f":{name}:", len(name) + 2)]
    assert [] == wrong


@pytest.mark.parametrize("language", ["alias", "en", "pt"])
def test_every_name_of_the_package_means_an_emoji_that_can_be_shown_or_none(language: str) -> None:
    package.config.load_language("pt")
    unknown, wrong = [], []
    for character, data in package.EMOJI_DATA.items():
        if data["status"] > package.STATUS["fully_qualified"] or sanitize(character) != character:
            continue
        names = data.get(language, [])
        for name in [names] if isinstance(names, str) else names:
            found = replace_before(name, len(name))
            if found is None:
                unknown.append(name)
            elif (0, True) != (found[0], sanitize(found[1]) == found[1]):
                wrong.append(name)
    assert ([], []) == (unknown, wrong)


def test_a_name_may_begin_after_every_emoji() -> None:
    wrong = [
        character
        for character in package.EMOJI_DATA
        # "*" and digits begin emoji, and letters are letters even where they are emoji too.
        if not character[-1].isascii()
        and not character[-1].isalnum()
        and not begins_name(f"x{character}:", 1 + len(character))
    ]
    assert [] == wrong


def test_the_table_is_loaded_only_where_it_is_needed() -> None:
    program = """
import sys
from chatsimples.client.terminal.emoji_names import replace_before
for text in ("12:30:", "a:b:", "oi", "::"):
    replace_before(text, len(text))
print("emoji" in sys.modules)
replace_before(":heart:", 7)
print("emoji" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True
    )
    assert ["False", "True"] == done.stdout.split()
