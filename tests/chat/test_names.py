"""What may be said, and what people and rooms may be called."""

# ruff: noqa: RUF001 - names in many scripts are what is tested

from __future__ import annotations

import unicodedata

import precis_i18n
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.names import check_nick, check_room, check_text, heard_key, name_key, printable
from chatsimples.errors import Refusal, explain

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    "text",
    [
        "oi",
        "só para ti",
        "日本語",
        "👩\u200d👩\u200d👧",
        "a  b",
        "\u200c\u0641\u0627\u0631\u0633\u06cc",
        "\ue000",
    ],
)
def test_ordinary_text_in_any_script_may_be_said(text: str) -> None:
    assert text == check_text(text, 4096)


@pytest.mark.parametrize(
    "character", [*map(chr, range(32)), *map(chr, range(127, 160)), *BIDI_CONTROLS, "\u2028", "\u2029"]
)
def test_a_control_or_bidi_character_is_refused_and_told_by_its_number(character: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_text(f"ab{character}cd", 4096)
    assert "bad_text" == refused.value.code
    assert f"U+{ord(character):04X} at character 3" in explain("bad_text", refused.value.detail, str)


@given(st.text())
def test_what_may_be_said_has_no_control_character_whatever_was_typed(text: str) -> None:
    try:
        said = check_text(text, 0)
    except Refusal:
        return
    assert not [
        each
        for each in said
        if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") or each in BIDI_CONTROLS
    ]


@pytest.mark.parametrize("text", ["", " ", "\u3000\u3000"])
def test_nothing_and_only_spaces_are_refused(text: str) -> None:
    with pytest.raises(Refusal, match="bad_text"):
        check_text(text, 10)


def test_the_limit_counts_bytes() -> None:
    assert "ááááá" == check_text("ááááá", 10)
    with pytest.raises(Refusal, match="text_too_long") as refused:
        check_text("áááááá", 10)
    assert {"limit": "10", "size": "12"} == refused.value.detail


def test_a_limit_of_0_is_off() -> None:
    assert 100_000 == len(check_text("a" * 100_000, 0))


@pytest.mark.parametrize(
    "name", ["ana", "Ana", "visitante-12", "_x", "O'Neil", "ana.silva", "João", "日本", "9"]
)
def test_names_in_any_script_are_names(name: str) -> None:
    assert name == check_nick(name, 32)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "a:",
        "/sair",
        "*",
        "[x",
        "-a",
        ".a",
        "a\n",
        "ana\u202e",
        "😀",
        "a@b",
        "#a",
        "a,b",
        "\ufb01",
        "a" * 33,
    ],
)
def test_what_could_be_mistaken_for_something_else_is_no_nick(name: str) -> None:
    with pytest.raises(Refusal, match="bad_nick") as refused:
        check_nick(name, 32)
    assert explain("bad_nick", refused.value.detail, str).isprintable()


def test_a_hash_before_a_room_is_taken_off() -> None:
    assert "geral" == check_room("#geral", 32)


def test_full_width_letters_are_the_ordinary_ones() -> None:
    assert "ana" == check_nick("\uff41\uff4e\uff41", 32)


def test_names_are_compared_without_case_in_any_script() -> None:
    assert name_key("ANA") == name_key("ana")
    assert name_key("ÁRVORE") == name_key("árvore")
    assert name_key("ana") != name_key("\u0430na")


@given(st.text())
def test_every_name_that_passes_has_a_key_and_passes_again(name: str) -> None:
    try:
        shown = check_nick(name, 32)
    except Refusal:
        return
    assert shown == check_nick(shown, 32)
    assert name_key(shown) == name_key(name_key(shown))


@pytest.mark.parametrize(
    "names", [st.text(), st.text(st.characters(categories=["L", "M", "Nd"]), max_size=12)]
)
@given(data=st.data())
def test_the_key_of_a_name_that_passed_is_the_profiles(
    names: st.SearchStrategy[str], data: st.DataObject
) -> None:
    try:
        shown = check_nick(data.draw(names), 32)
    except Refusal:
        return
    assert precis_i18n.get_profile("UsernameCaseMapped").enforce(shown) == name_key(shown)


@pytest.mark.parametrize(
    "name",
    ["ΣΊΣΥΦΟΣ", "İstanbul", "Ꭰꭰ", "ẞß", "ａｎａ", "e\u0301", "l·l", "न\u094d\u200dष", "۳", "עומר7", "カ・カ"],
)
def test_the_key_of_a_name_with_a_rule_of_its_own_is_the_profiles_too(name: str) -> None:
    shown = check_nick(name, 32)
    assert precis_i18n.get_profile("UsernameCaseMapped").enforce(shown) == name_key(shown)


def test_a_name_that_would_not_pass_has_a_key_too() -> None:
    assert "😀 é" == name_key("😀 É")


def test_what_is_shown_to_people_is_printable_and_short() -> None:
    assert "a\\x1b[1m\\n" == printable("a\x1b[1m\n")
    assert 81 == len(printable("x" * 1000))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana", "ANA", True),
        ("João", "JOÃO", True),
        ("ana", "bia", False),
        ("é b", "É B", False),
        ("\ud800", "\ud800", True),
        ("x" * 100_000, "X" * 100_000, False),
    ],
)
def test_names_that_are_heard_are_compared_whatever_they_are(one: str, other: str, same: bool) -> None:
    assert same == (heard_key(one) == heard_key(other))
