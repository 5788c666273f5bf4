"""Names are judged as the PRECIS library judges them, which is asked itself only now and then."""

# ruff: noqa: RUF001 - names in many scripts are what is tested

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator

import precis_i18n
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effort import LONG, step

from chatsimples.chat import precis

Profile = Callable[[str], str]

_preserve = precis_i18n.get_profile(precis.PRESERVED).enforce
_map = precis_i18n.get_profile(precis.MAPPED).enforce


def _check(name: str) -> str:
    shown: str = _preserve(name)
    _map(shown)
    return shown


PROFILES = [
    pytest.param(precis.preserved, _preserve, id=precis.PRESERVED),
    pytest.param(precis.mapped, _map, id=precis.MAPPED),
    pytest.param(precis.checked, _check, id="both"),
]
# What a character may stand beside: letters of each direction, a digit of each kind, marks, and letters whose
# case depends on what follows or is written with more than one character.
NEIGHBOURS = ("a", "Σ", "İ", "ם", "ب", "7", "٣", "۳", "\u0301", "\u0323", "\u1161", "क", "\u094d", "ｱ", "가")
PATTERNS = (
    "{0}",
    "a{0}b",
    "a{0}",
    "{0}a",
    "{0}{0}",
    "ם{0}ם",
    "ם{0}",
    "ב{0}1",
    "Α{0}",
    "क{0}क",
    "カ{0}",
    "ᄀ{0}",
)
EVERY_SO_MANY = step(97)
OF_NAMES = st.text(
    st.one_of(
        st.characters(min_codepoint=0x80, exclude_categories=["Cs"]),
        st.characters(categories=["Lu", "Ll", "Lo", "Lm", "Mn", "Mc", "Nd"]),
        st.sampled_from("aZ7-._'" + "".join(NEIGHBOURS)),
        st.characters(min_codepoint=0x590, max_codepoint=0x8FF),
        st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF),
    ),
    min_size=1,
    max_size=12,
)


def outcome(profile: Profile, name: str) -> tuple[str, object]:
    try:
        return "passes", profile(name)
    except UnicodeEncodeError as error:
        return "is refused", (error.object, error.start, error.reason)


def characters() -> Iterator[str]:
    """Give characters of every block: each one if there is time, else a few."""
    for first in range(0, sys.maxunicode + 1, EVERY_SO_MANY):
        # A different place in each stretch, always the same one.
        code = first + first // EVERY_SO_MANY * 31 % EVERY_SO_MANY
        if code <= sys.maxunicode and unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co"):
            yield chr(code)


def names() -> Iterator[str]:
    for number, character in enumerate(characters()):
        if EVERY_SO_MANY == 1:
            yield from (pattern.format(character) for pattern in PATTERNS)
            yield from (character + neighbour for neighbour in NEIGHBOURS)
            yield from (neighbour + character.upper() for neighbour in NEIGHBOURS)
        else:
            yield character
            yield PATTERNS[number % len(PATTERNS)].format(character)
            yield NEIGHBOURS[number % len(NEIGHBOURS)] + character.upper() + "ς"


@pytest.mark.timeout(7_200 if LONG else 600)
@pytest.mark.parametrize(("ours", "librarys"), PROFILES)
def test_characters_of_every_block_count_as_the_library_counts_them(ours: Profile, librarys: Profile) -> None:
    wrong = [name for name in names() if outcome(librarys, name) != outcome(ours, name)]
    assert [] == wrong


@pytest.mark.parametrize(("ours", "librarys"), PROFILES)
@given(name=OF_NAMES)
def test_names_are_what_the_library_makes_of_them(ours: Profile, librarys: Profile, name: str) -> None:
    assert outcome(librarys, name) == outcome(ours, name)


@pytest.mark.parametrize(("ours", "librarys"), PROFILES)
@pytest.mark.parametrize(
    "name",
    [
        *("", "ΣΊΣΥΦΟΣ", "ΑΣ", "İstanbul", "Ꭰꭰ", "Ǆ", "ǅ", "ß", "ẞ", "ﬁ", "Å", "A\u030a", "é", "e\u0301"),
        *("ａｎａ", "ｶﾞ", "カ・カ", "l·l", "a·a", "ζ͵", "א׳", "\u200d", "क्\u200dष", "न\u200cन", "مع\u200cه"),
        *("שלום", "שלום7", "7שלום", "שלוםa", "aש", "שָ", "שלום-7", "ש.", "عربي٣", "عربي۳", "عربي٣۳", "٣", "۳"),
        *("\u0640", "ـب", "ߺ", "〮", "〱", "〻", "〇", "ᄀ", "ᅟ", "឴", "ㅤ", "ﾠ", "Ⅷ", "①", "٣a", "𞤀", "𐴰", "𐴀𐴰"),
        *(
            "한글",
            "한\u1100",
            "日本",
            "ไทย",
            "नेहा",
            "தமிழ்",
            "ქართული",
            "Ქ",
            "ა7",
            "x" * 2_000 + "é",
            "ב" * 2_000,
        ),
    ],
)
def test_names_with_a_rule_of_their_own_are_too(ours: Profile, librarys: Profile, name: str) -> None:
    assert outcome(librarys, name) == outcome(ours, name)


@pytest.mark.parametrize(
    "name", ["joão", "Алексей", "张伟", "محمد", "שָׁלוֹם7", "ジョン", "김철수", "नेहा", "Ｔｏｍ", "e\u0301"]
)
def test_the_library_judges_no_name_of_letters_that_it_has_seen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [outcome(profile, name) for profile in (precis.preserved, precis.mapped)]

    def get_profile(_: str) -> None:
        pytest.fail("the library is asked")

    monkeypatch.setattr(precis_i18n, "get_profile", get_profile)
    narrow = unicodedata.normalize("NFKC", name)
    assert expected[0] == outcome(precis.preserved, name)
    assert expected[1] == outcome(precis.mapped, narrow)
