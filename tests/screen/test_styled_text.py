"""Lines fit the screen that they are wrapped to, lose only the spaces at breaks, and links stay whole."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import MAX_LINK, StyledLine, cut, plain, width, wrap

FAMILY = "👩\u200d👩\u200d👧"
LINK = "https://example.org/a/long/path?with=a&query=that#goes-on"

WIDTHS = {
    "": 0,
    "abc": 3,
    "ação": 4,
    "cafe\u0301": 4,
    "日本": 4,
    "…→": 2,
    "👍🏽": 4,
    FAMILY: 6,
    "❤": 1,
    "❤\ufe0f": 2,
    "⌚\ufe0f": 2,
    "1\ufe0f\u20e3": 2,
    " \ufe0f": 1,
    "\xad\ufe0f": 1,
    "\u0915\u0903": 2,
    "\u1112\u1161\u11ab": 2,
}


@pytest.mark.parametrize("text", WIDTHS)
def test_a_line_is_as_wide_as_the_widest_terminal_draws_it(text: str) -> None:
    assert WIDTHS[text] == width([("class:a", text[:1]), ("", text[1:])])


def test_a_line_without_styles_is_its_text() -> None:
    assert "12:04 ana: oi" == plain([("class:time", "12:04 "), ("class:nick", "ana: "), ("", "oi")])


CUTS = {
    ("abc", 3): "abc",
    ("abc", 2): "a…",
    ("abc", 1): "…",
    ("abc", 0): "",
    ("abc", -1): "",
    ("", 0): "",
    ("日本語", 5): "日本…",
    ("日本語", 4): "日…",
    ("cafe\u0301s", 4): "caf…",
    ("cafe\u0301s.", 5): "cafe\u0301…",
    (f"a{FAMILY}b", 7): "a…",
    (f"a{FAMILY}bc", 8): f"a{FAMILY}…",
    ("a❤\ufe0fbc", 3): "a…",
    ("a🇧🇷bc", 5): "a…",
}


@pytest.mark.parametrize(("text", "columns"), CUTS, ids=ascii)
def test_a_text_is_cut_between_characters(text: str, columns: int) -> None:
    assert CUTS[text, columns] == cut(text, columns)


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_cut_text_fits_and_is_the_texts_beginning(text: str, columns: int) -> None:
    shown = cut(text, columns)
    assert width([("", shown)]) <= columns
    if shown != text:
        assert columns < width([("", text)])
        assert shown.endswith("…")
        kept = list(iter_graphemes(shown[:-1]))
        assert list(iter_graphemes(text))[: len(kept)] == kept


def said(text: str, nick: str = "ana") -> StyledLine:
    return [("class:nick", nick + ": "), ("class:text", text)]


def rows(line: StyledLine, columns: int) -> list[str]:
    return [plain(row) for row in wrap(line, columns)]


@pytest.mark.parametrize("text", ["oi", "só isto", "a  b ", "  x", LINK, ""])
def test_a_line_that_fits_is_given_back_itself(text: str) -> None:
    line = said(text)
    (row,) = wrap(line, width(line))
    assert line is row


BREAKS = {
    "at the last space that fits": ("one two three four", 15, ["ana: one two", "     three four"]),
    "after a row full to its last column": ("one two th four", 15, ["ana: one two th", "     four"]),
    "several spaces at the break": ("one two    three", 15, ["ana: one two", "     three"]),
    "spaces within a row": ("a    b    c    d", 16, ["ana: a    b    c", "     d"]),
    "a text that begins with spaces": ("    if x: return 1", 16, ["ana:     if x:", "     return 1"]),
    "spaces at the end": ("one two th    ", 15, ["ana: one two th"]),
    "a word longer than a row": ("a " + "b" * 22, 15, ["ana: a bbbbbbbb", "     bbbbbbbbbb", "     bbbb"]),
    "a word that fits in a row": ("a " + "b" * 10, 15, ["ana: a", "     bbbbbbbbbb"]),
    "wide characters": ("日本語日本語日本語", 16, ["ana: 日本語日本", "     語日本語"]),
    "a wide word in a row of odd length": ("日本語日本語日", 15, ["ana: 日本語日本", "     語日"]),
    "accents in pieces": (
        "cafe\u0301" * 4,
        15,
        ["ana: " + "cafe\u0301" * 2 + "ca", "     fe\u0301" + "cafe\u0301"],
    ),
    "emoji of several": (FAMILY * 2, 15, [f"ana: {FAMILY}", f"     {FAMILY}"]),
    "a no-break space": ("aaaa bbb\xa0ccc", 15, ["ana: aaaa", "     bbb\xa0ccc"]),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_row_breaks(what: str) -> None:
    text, columns, expected = BREAKS[what]
    assert expected == rows(said(text), columns)


INDENTS = {
    "the text's place": (said("aaaa bbbb cccc"), 15, 5),
    "a third of the screen at most": (said("aaaa bbbb cccc"), 14, 2),
    "little, under a huge nick": (said("aaaa bbbb cccc " * 9, "n" * 30), 80, 2),
    "little, where there is no text": ([("class:notice", "* aaaa bbbb cccc")], 10, 2),
    "none, where the text begins the line": ([("class:text", "aaaa bbbb cccc")], 10, 0),
    "none, on a tiny screen": (said("aaaa bbbb cccc", "n"), 7, 0),
    "as wide as what is before it": (said("aaaa bbbb cccc", "日本"), 18, 6),
    "by the word, not by its beginning": (
        [("class:texture", "* "), ("bold class:text class:mention", "aaaa bbbb cccc")],
        10,
        2,
    ),
    "not by a text's later pieces": (
        [("", "> "), ("class:text", "aa "), ("class:text class:mention", "bbbb"), ("class:text", " cccc")],
        10,
        2,
    ),
}


@pytest.mark.parametrize("what", INDENTS)
def test_rows_are_indented(what: str) -> None:
    line, columns, expected = INDENTS[what]
    _, *others = rows(line, columns)
    assert others
    assert {expected} == {len(row) - len(row.lstrip(" ")) for row in others}


@pytest.mark.parametrize("columns", [1, 2, 7, 8, 10, 40])
def test_a_huge_nick_leaves_room_for_the_text(columns: int) -> None:
    shown = rows(said("olá a todos", "n" * 100), columns)
    assert all(width([("", row)]) <= columns for row in shown)
    assert "n" * 100 + ":oláatodos" == "".join(shown).replace(" ", "")


def test_less_than_one_column_counts_as_one() -> None:
    assert ["a", "b"] == rows([("", "ab")], 0) == rows([("", "ab")], -5)


def test_a_screen_too_narrow_for_a_character_gets_it_alone_in_a_row() -> None:
    assert ["a", "日", "本", "b"] == rows([("", "a日本b")], 1)


def test_joined_emoji_wider_than_a_row_are_taken_apart() -> None:
    assert ["👩\u200d", "👩\u200d", "👧"] == rows([("", FAMILY)], 3)


def test_only_spaces_make_no_rows_of_their_own() -> None:
    assert [""] == rows([("", " " * 100)], 10)
    assert ["ana:"] == rows(said(" " * 100), 20)
    assert ["word"] == rows([("class:text", " " * 8 + "word")], 10)


LINKS = {
    "in the rest of a row": ("veja http://a.b/c e diz", 22, ["ana: veja http://a.b/c", "     e diz"]),
    "that fits in the next row": (
        "veja só: http://a.b/c e diz",
        22,
        ["ana: veja só:", "     http://a.b/c e", "     diz"],
    ),
    "wider than a row": (f"veja {LINK} e diz", 30, ["ana: veja", f"     {LINK}", "     e diz"]),
    "first in its text": (f"{LINK} e diz", 30, ["ana:", f"     {LINK}", "     e diz"]),
    "alone": (LINK, 30, ["ana:", f"     {LINK}"]),
    "twice": (f"{LINK} {LINK}", 30, ["ana:", f"     {LINK}", f"     {LINK}"]),
    "in brackets": (
        f"(veja {LINK}, ou ({LINK}).)",
        30,
        ["ana: (veja", f"     {LINK},", "     ou", f"     ({LINK}).)"],
    ),
    "after what isn't a space": (f"veja:{LINK}", 30, ["ana: veja:", f"     {LINK}"]),
    "with letters of its language": (
        "https://pt.wikipedia.org/wiki/Ação_humana",
        20,
        ["ana:", "     https://pt.wikipedia.org/wiki/Ação_humana"],
    ),
}


@pytest.mark.parametrize("what", LINKS)
def test_a_link_stays_whole(what: str) -> None:
    text, columns, expected = LINKS[what]
    assert expected == rows(said(text), columns)


@pytest.mark.parametrize(
    "start", ["http://", "HTTPS://", "www.", "ftp://", "file:///", "mailto:", "(<https://"]
)
def test_a_link_is_known_by_its_start(start: str) -> None:
    assert [start + "a" * 40] == rows([("class:text", start + "a" * 40)], 20)


@pytest.mark.parametrize("start", ["", "awww.", "1mailto:", "//", "javascript:"])
def test_other_words_are_no_links(start: str) -> None:
    assert {20} == {len(row) for row in rows([("class:text", (start + "a" * 40)[:40])], 20)}


@pytest.mark.parametrize(
    "space", "\xa0\u1680\u2003\u2028\u202f\u3000\u2800\u3164\u115f\u202e\u200b\x1b\t\x85\ue000"
)
def test_a_link_ends_at_whatever_may_look_like_a_space(space: str) -> None:
    line: StyledLine = [
        ("class:text", "http://" + "a" * 40 + space + "12:04" + space + "bia:" + space + "b" * 30)
    ]
    link, *others = rows(line, 20)
    assert "http://" + "a" * 40 == link
    assert others
    assert all(width([("", row)]) <= 20 for row in others)


def test_an_endless_link_is_a_word() -> None:
    longest = "http://" + "a" * (MAX_LINK - 7)
    assert [longest] == rows([("class:text", longest)], 20)
    assert {20, 1} == {len(row) for row in rows([("class:text", longest + "a")], 20)}


def test_styles_go_with_their_text() -> None:
    line: StyledLine = [
        ("class:nick", "ana: "),
        ("class:text", "one "),
        ("class:text class:mention", "two three"),
        ("", ""),
        ("class:text", " four"),
    ]
    expected: list[StyledLine] = [
        [("class:nick", "ana: "), ("class:text", "one "), ("class:text class:mention", "two")],
        [("", " " * 5), ("class:text class:mention", "three"), ("class:text", " four")],
    ]
    assert expected == wrap(line, 15)


looks = st.sampled_from(["", "class:time", "class:nick", "class:text", "class:text class:mention"])
tricky = st.text(
    st.sampled_from("aaaaa     bé…日❤👩🏽🇧\u200d\ufe0f\u0301\u0903\u1100\u1161\xa0\u3000\xad\u0600")
)
links = st.sampled_from(["http://a", " www.example.org/abcdefghij ", "(mailto:", f" {LINK} "])
words = st.one_of(tricky, links, st.text(st.characters(exclude_characters="\n")))
lines = st.lists(st.tuples(looks, words), max_size=6)
columns_of_screens = st.integers(min_value=1, max_value=60)


def characters(line: StyledLine) -> list[tuple[str, str]]:
    return [(look, character) for look, text in line for character in text]


def without_indent(shown: list[StyledLine]) -> list[StyledLine]:
    """Take the spaces off that `wrap` put before the rows, the same number everywhere."""
    first, *others = shown
    if not others or not all(row and row[0][0] == "" and not row[0][1].strip(" ") for row in others):
        return shown
    return [first, *(row[1:] for row in others)]


@given(lines, columns_of_screens)
@example([("class:text", "  "), ("class:text", "aaaa")], 3)
def test_only_spaces_at_breaks_are_lost_and_styles_stay(line: StyledLine, columns: int) -> None:
    shown = wrap(line, columns)
    rest = characters(line)
    for row in without_indent(shown):
        here = characters(row)
        while rest[: len(here)] != here:
            assert " " == rest.pop(0)[1]
        del rest[: len(here)]
    assert not [each for each in rest if each[1] != " "]


@given(lines, columns_of_screens)
@example([("", "❤"), ("", "\ufe0f ")], 1)
@example([("", "http://a1\ufe0f\u20e3 " + "b" * 17)], 28)
@example([("", "http://aaaaa\ufe0f \u1100aaa\u1100\u1100\u3000\u3000\u3000")], 28)
def test_no_row_is_wider_than_the_screen_but_for_one_link_or_character(
    line: StyledLine, columns: int
) -> None:
    for row in wrap(line, columns):
        text = plain(row).strip(" ")
        if width(row) > columns:
            link = re.match(r"""[(<\["']{0,2}(https?:|www\.|ftp:|file:|mailto:)""", text, re.IGNORECASE)
            assert " " not in text
            assert link or (columns == 1 and 2 == width([("", text)]))


@given(st.lists(st.tuples(looks, tricky), max_size=6), columns_of_screens)
def test_a_character_is_split_only_where_it_is_wider_than_a_row(line: StyledLine, columns: int) -> None:
    def parts(text: str) -> list[str]:
        return [each for word in text.split(" ") for each in iter_graphemes(word)]

    narrowest_row = max(columns - max(columns // 3, 2), 1)
    assume(all(width([("", each)]) <= narrowest_row for each in parts(plain(line))))
    assert parts(plain(line)) == [each for row in rows(line, columns) for each in parts(row)]


@given(st.text(), columns_of_screens)
def test_every_further_row_of_a_message_stands_under_its_text(text: str, columns: int) -> None:
    shown = rows(said(sanitize(text)), columns)
    indent = 0 if columns < 8 else 5 if columns >= 15 else 2
    assert all(row.startswith(" " * indent) and row[indent] != " " for row in shown[1:])
