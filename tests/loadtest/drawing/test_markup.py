"""What is put together is well-formed, and nothing gets in unescaped."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.loadtest.drawing.markup import Markup, element, escaped, joined, table


def test_texts_and_attributes_are_escaped_and_markup_is_not() -> None:
    hostile = "<script>\"'&\x00\x1b\ud800"
    assert hostile[:8] not in element("p", hostile, title=hostile)
    assert "&lt;script&gt;&quot;&#x27;&amp;\ufffd\ufffd\ufffd" == escaped(hostile)
    assert "<p><b></b>&lt;</p>" == element("p", Markup("<b></b>"), "<")
    assert "<b></b>&lt;" == joined([Markup("<b></b>"), "<"])


@given(text=st.text())
def test_every_text_makes_well_formed_xml(text: str) -> None:
    root = ET.fromstring(element("p", text, data_text=f"-{text}"))
    assert len(text.replace("\r\n", "\n")) == len(root.text or "")
    assert root.get("data-text") is not None


def test_attributes_are_named_as_html_has_them_and_the_empty_left_out() -> None:
    assert '<a class="b" data-c="1" d="2.0"></a>' == element("a", class_="b", data_c=1, d=2.0, e="")


def test_a_table_has_a_head_and_a_name_for_each_row() -> None:
    whole = ET.fromstring(table(["figure", "us"], [["rate", "5/s"], ["<", "&"]], "Compared", "texts"))
    assert ["Compared"] == [each.text for each in whole.iter("caption")]
    assert ["texts"] == [each.get("class") for each in whole.iter("table")]
    assert [("figure", "col"), ("us", "col"), ("rate", "row"), ("<", "row")] == [
        (each.text, each.get("scope")) for each in whole.iter("th")
    ]
    assert ["5/s", "&"] == [each.text for each in whole.iter("td")]


@pytest.mark.parametrize(("expected", "caption"), [("Compared", "Compared"), ("figure", "")])
def test_a_table_that_scrolls_has_a_name(expected: str, caption: str) -> None:
    assert expected == ET.fromstring(table(["figure", "us"], [], caption)).get("aria-label")


def test_a_cell_of_ones_own_stands_as_it_is_and_a_text_like_one_does_not() -> None:
    cells = [element("td", "own", class_="bad"), "<td>like it</td>", Markup("<b>bold</b>")]
    found = list(ET.fromstring(table(["a"], [["", *cells]])).iter("td"))
    assert [("bad", "own"), (None, "<td>like it</td>"), (None, None)] == [
        (each.get("class"), each.text) for each in found
    ]
