"""Sanitized text moves nothing, hides nothing and imitates nothing."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.effort import LONG

from chatsimples.screen.sanitize import LONGEST_NAME, sanitize, sanitize_name
from chatsimples.screen.styled_text import width

ZWJ, ZWNJ, TEXT_FORM, EMOJI_FORM = "\u200d", "\u200c", "\ufe0e", "\ufe0f"

# Never in the result. The four characters above have tests of their own.
NEVER = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
INVISIBLE = {
    *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0xFE00, 0xFE0E)),
    *map(chr, range(0xE0100, 0xE01F0)),
}

ORDINARY = [
    "",
    "só para ti: ação, coração, pão",
    "a  b    c",
    r"C:\temp\x1b",
    "日本語、한국어 ｶﾅ",
    "привет Ελληνικά שלום",
    "cafe\u0301",
    "→ … “aspas” — ½ € ™",
    "👍🏽 🇧🇷 😀 \U0001fa77",
    f"👩{ZWJ}👩{ZWJ}👧",
    f"👩🏽{ZWJ}🚀",
    f"🏳{EMOJI_FORM}{ZWJ}🌈",
    f"❤{EMOJI_FORM}{ZWJ}🔥 ❤{TEXT_FORM}",
    f"1{EMOJI_FORM}\u20e3 #{EMOJI_FORM}\u20e3",
    f"©{EMOJI_FORM} ‼{EMOJI_FORM}",
    f"\u0645\u06cc{ZWNJ}\u062e\u0648\u0627\u0647\u0645",  # Persian
    f"\u0995\u09cd{ZWNJ}\u09b7",  # Bengali, its conjunct held apart
    f"\u09b0{ZWJ}\u09cd\u09af\u09be\u09ac",  # Bengali, the joiner before a mark
    "\u1000\u103c\u103d\u103e\u1031\u102c",  # Burmese, five marks on one letter
    "\u05d1\u05bc\u05b0\u0591",  # Hebrew with its points
    "\u1112\u1161\u11ab",  # Hangul in pieces, as macOS names files
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert text == sanitize(text)


TRICKS = {
    # What a terminal obeys
    "\x1b[2J": r"\x1b[2J",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\x9b31m": r"\x9b31m",
    "a\nbia: b": r"a\nbia: b",
    "a\r\tb\x08\x7f\x85": r"a\r\tb\x08\x7f\x85",
    "a\u2028b\u2029c": r"a\u2028b\u2029c",
    # What turns the order around
    "\u202egpj.exe": r"\u202egpj.exe",
    "\u2066a\u2069\u200f\u061c": r"\u2066a\u2069\u200f\u061c",
    # What nobody sees
    "pass\u200bword": r"pass\u200bword",
    "pass\xadword": r"pass\xadword",
    f"pass{ZWJ}word": r"pass\u200dword",
    f"pass{ZWNJ}word": r"pass\u200cword",
    "pass\u2060word\ufeff": r"pass\u2060word\ufeff",
    "hi\U000e0001\U000e0041": r"hi\U000e0001\U000e0041",
    "\u3164\u115f\u1160\uffa0\u2800": r"\u3164\u115f\u1160\uffa0\u2800",
    "a\u034fb\u17b4\u17b5": r"a\u034fb\u17b4\u17b5",
    "a\u180b\u180e\u180f": r"a\u180b\u180e\u180f",
    "\U0001d159\U0001d173": r"\U0001d159\U0001d173",
    "日\U000e0100本\ufe00": r"日\U000e0100本\ufe00",
    # Joiners and selectors with nothing to do
    f"ç{ZWJ}ã": r"ç\u200dã",
    f"日{ZWJ}本": r"日\u200d本",
    f"👩{ZWJ}": r"👩\u200d",
    f"{ZWJ}👩": r"\u200d👩",
    f"👩{ZWJ}{ZWJ}👩": r"👩\u200d\u200d👩",
    f"👩{ZWNJ}👩": r"👩\u200c👩",
    f"👩{ZWJ}a": r"👩\u200da",
    f"\u0645{ZWNJ} \u0645": "\u0645\\u200c \u0645",
    f"\u0645{ZWNJ}{ZWNJ}\u0645": "\u0645\\u200c\\u200c\u0645",
    f"\u0661{ZWJ}\u0662": "\u0661\\u200d\u0662",  # digits join nothing
    f"a{EMOJI_FORM}": r"a\ufe0f",
    f"1{EMOJI_FORM}": r"1\ufe0f",
    f"{EMOJI_FORM}": r"\ufe0f",
    f"❤{EMOJI_FORM}{EMOJI_FORM}": "❤" + EMOJI_FORM + r"\ufe0f",
    # What has no agreed look
    "\ue000\U000f0000": r"\ue000\U000f0000",
    "\u0378\uffff\u2065": r"\u0378\uffff\u2065",
    "\ud800a\udc00": r"\ud800a\udc00",
    # Spaces
    "10\xa0000\u202f€": "10 000 €",
    "\u3000\u2003\u200a\u205f\u1680": " " * 5,
    # Too many marks, and marks with nothing to stand on
    "e" + "\u0301" * 4: "e" + "\u0301" * 4,
    "e" + "\u0301" * 50 + "f": "e" + "\u0301" * 4 + "…f",
    "e" + "\u20dd\u0489" * 9: "e" + "\u20dd\u0489" * 2 + "…",
    "\u0915" + "\u0903" * 50: "\u0915" + "\u0903" * 8 + "…",
    "\u1100" + "\u1161" * 50: "\u1100" + "\u1161" * 4 + "…",
    "\u0338a": r"\u0338a",
    "👩" + "\u0301" * 5 + f"{ZWJ}👩": "👩" + "\u0301" * 4 + r"…\u200d👩",
    "\u09b0" + "\u09cd" * 4 + f"{ZWJ}\u09cd": "\u09b0" + "\u09cd" * 4 + r"\u200d\u09cd",
    "\x1b\u0338": r"\x1b\u0338",
}


@pytest.mark.parametrize("text", TRICKS, ids=ascii)
def test_a_trick_becomes_visible(text: str) -> None:
    assert TRICKS[text] == sanitize(text)


def faults(shown: str) -> list[str]:
    """Return what must not be in a result, by the test's own rules."""
    found = [
        each
        for each in shown
        # An emoji may be younger than this Python's tables.
        if unicodedata.category(each) in NEVER
        and each not in (ZWJ, ZWNJ)
        and not (unicodedata.category(each) == "Cn" and "\U0001f000" <= each <= "\U0001faff")
    ]
    found += [each for each in shown if each in INVISIBLE or (each.isspace() and each != " ")]
    for joiner in re.finditer(f"[{ZWJ}{ZWNJ}]", shown):
        before, after = shown[: joiner.start()], shown[joiner.end() :]
        if not before or not after or before[-1].isascii() or after[0].isascii() or after[0] in (ZWJ, ZWNJ):
            found.append(shown)
    found += re.findall(f"(?:^|[ A-Za-z{EMOJI_FORM}{TEXT_FORM}])[{EMOJI_FORM}{TEXT_FORM}]", shown)
    marks = 0
    for each in shown:
        if unicodedata.category(each) in ("Mn", "Me") and each not in (EMOJI_FORM, TEXT_FORM):
            marks += 1
        elif unicodedata.category(each) != "Mc" and each not in (ZWJ, ZWNJ):
            marks = 0
        if marks > 4:
            found.append(each)
    if shown and unicodedata.category(shown[0]).startswith("M"):
        found.append(shown[0])
    return found


def test_no_character_gets_past_alone_or_among_others() -> None:
    # In the long form all of the 17 planes.
    whole = [
        range(0x3100),
        range(0xA600, 0xAC00),
        range(0xD700, 0x11000),
        range(0x1F000, 0x20000),
        range(0xE0000, 0xE0200),
    ]
    few = [*chain(*whole, range(0x11000, 0x1F000, 7))]
    everything = range(0x110000) if LONG else [*few, 0xF0000, 0x10FFFF]
    for number in everything:
        character = chr(number)
        for text in (character, f"a{character}b"):
            shown = sanitize(text)
            assert not faults(shown), ascii(text)
            if len(shown) == len(text) and shown != text:
                assert "Zs" == unicodedata.category(character), ascii(text)


tricky = st.text(
    st.sampled_from(
        f"a1#\xe9 \xa0…\u0301\u0338\u20e3\u0489❤👩🏽🇧{ZWJ}{ZWNJ}{EMOJI_FORM}{TEXT_FORM}"
        "\ufe00\u200b\u202e\x1b\n"
        "\u0645\u0915\u094d\u0903\u09b0\u1100\u1161\u3164\u2800\u3000\ue000\ud800日"
    )
)
texts = st.one_of(st.text(), tricky)


@given(texts)
@example(f"\u0645{ZWJ}\u3164")
@example(f"👩{ZWJ}\U0001faff")
def test_nothing_that_deceives_is_left_in_any_text(text: str) -> None:
    assert [] == faults(sanitize(text))


@given(texts)
@example("\u0338" * 30)
@example("e" + "\u0301" * 30)
@example("\u3164\u2800")
@example("\u0915" + "\u0903" * 30)
def test_a_terminal_shows_any_text_in_its_row_and_no_wider_than_it_is_counted(text: str) -> None:
    shown = sanitize(text)
    screen = pyte.Screen(12 * len(text) + 20, 3)
    pyte.Stream(screen).feed(f"\n[{shown}")
    assert [0, 2] == [row for row, line in enumerate(screen.display) if not line.strip()]
    assert screen.display[1].startswith("[")
    assert (1, True) == (screen.cursor.y, screen.cursor.x <= 1 + width([("", shown)]))
    # Whoever counts a column for each character that is no mark counts no fewer than the terminal.
    screen.draw("]")
    assert screen.display[1].rstrip().endswith("]")


@given(texts)
def test_a_sanitized_text_stays_the_same_when_sanitized_again(text: str) -> None:
    assert sanitize(text) == sanitize(sanitize(text))


@given(texts, st.integers(min_value=1, max_value=30))
def test_a_limit_cuts_the_result_between_characters(text: str, limit: int) -> None:
    whole, shown = sanitize(text), sanitize(text, limit)
    if len(whole) <= limit:
        assert whole == shown
        return
    assert shown.endswith("…")
    assert whole.startswith(shown[:-1])
    assert len(shown) <= limit + 1
    assert [] == faults(shown)
    assert shown == sanitize(shown)


LIMITED = {
    ("ordinary", 8): "ordinary",
    ("ordinary", 7): "ordinar…",
    ("ação", 3): "açã…",
    ("a\x1bb", 4): "a…",
    ("a\x1bb", 5): r"a\x1b…",
    ("ae\u0301\u0302", 3): "a…",
    (f"a👩{ZWJ}👩b", 3): "a…",
    (f"a👩{ZWJ}👩b", 4): f"a👩{ZWJ}👩…",
    (f"a1{EMOJI_FORM}\u20e3", 3): "a…",
    ("e" + "\u0301" * 9, 5): "e" + "\u0301" * 4 + "…",
}


@pytest.mark.parametrize(("text", "limit"), LIMITED, ids=ascii)
def test_a_limit_leaves_no_half_of_anything(text: str, limit: int) -> None:
    assert LIMITED[text, limit] == sanitize(text, limit)


def test_a_large_limit_and_none_cut_nothing() -> None:
    assert "x" * 1000 == sanitize("x" * 1000) == sanitize("x" * 1000, 1000)
    assert r"\x1b" * 1000 == sanitize("\x1b" * 1000) == sanitize("\x1b" * 1000, 4000)


@given(st.one_of(texts, st.text(min_size=LONGEST_NAME, max_size=300)))
def test_a_name_is_sanitized_and_bounded(name: str) -> None:
    shown = sanitize_name(name)
    assert [] == faults(shown)
    assert len(shown) <= LONGEST_NAME + 1
    assert shown == sanitize(name, LONGEST_NAME)


def test_a_name_that_the_rules_allow_stays_as_it_is() -> None:
    assert "x" * 64 == sanitize_name("x" * 64)
    assert "x" * 64 + "…" == sanitize_name("x" * 65)
    assert r"a\x1bb" == sanitize_name("a\x1bb")
