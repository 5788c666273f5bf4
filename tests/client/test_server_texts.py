"""What a server says is told in the reader's language if it is known, and can't do harm if it isn't."""

from __future__ import annotations

import tracemalloc
from string import Formatter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatsimples.client.server_texts import notice, refusal
from chatsimples.dialects.base import NOTICE
from chatsimples.errors import REFUSALS, Refusal, explain
from chatsimples.i18n import LANGUAGES, translator
from chatsimples.screen.sanitize import sanitize

PT = translator("pt")
LONGEST = 501
"""Characters of the longest text, with the "…" at its end."""

BROKEN = [
    "{",
    "}",
    "{}",
    "{0}",
    "{\u0661}",
    "{99999999999999999999}",
    "{name:999999999}",
    "{name:>999999999}",
    "{name:{limit}}",
    "{name!r}",
    "{name!x}",
    "{name.__class__}",
    "{name.__class__.__init__.__globals__}",
    "{name[0]}",
    "{name[999999999]}",
    "{{name}}",
    "{{{name}}}",
    "{ name}",
    "{name }",
    "{na\nme}",
]
ATTACKS = [*BROKEN, "{unknown}", "{why}", "%(name)s %n %s", "\x1b[2J", "\ud800"]
VALUES = st.one_of(
    st.sampled_from(ATTACKS),
    st.lists(st.sampled_from(["{", "}", "name", "why", "!r", ":9", ".", "[0]", "é"]), max_size=8).map(
        "".join
    ),
    st.text(st.characters(), max_size=30),
)
NAMES = sorted({name for text in REFUSALS.values() for _, name, _, _ in Formatter().parse(text) if name})


def test_a_known_refusal_is_in_the_readers_language() -> None:
    told = refusal("nick_in_use", "server's words", {"nick": "ana"}, PT)
    assert PT(REFUSALS["nick_in_use"]).format(nick="ana") == told
    assert "ana" in told
    assert "the nick ana is taken" != told


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_of_our_servers_has_our_own_text(code: str, lang: str) -> None:
    detail = {name: f"<{name}>" for _, name, _, _ in Formatter().parse(REFUSALS[code]) if name}
    told = refusal(code, "server's words", detail, translator(lang))
    assert explain(code, detail, translator(lang)) == told
    assert [name for name, value in detail.items() if value not in told] == []


def test_a_reason_is_translated_and_filled_in_too() -> None:
    raised = Refusal("bad_nick", name="ana!", why="it has more than {limit} characters", limit=32)
    told = refusal(raised.code, "server's words", raised.detail, PT)
    assert explain(raised.code, raised.detail, PT) == told
    assert PT("it has more than {limit} characters").format(limit=32) in told
    assert "it has more than" not in told


def test_an_unknown_reason_stays_as_it_came() -> None:
    told = refusal("bad_nick", "server's words", {"name": "ana", "why": "just so"}, str)
    assert "the nick ana can't be used: just so" == told


def test_an_unknown_code_has_the_servers_text_or_the_code() -> None:
    assert "palavras" == refusal("new_code", "palavras", {"nick": "ana"}, PT)
    assert "new_code" == refusal("new_code", "", {}, PT)
    assert "" == refusal("", "", {}, PT)


@pytest.mark.parametrize("code", [code for code, text in REFUSALS.items() if "{" in text])
def test_without_the_details_it_has_the_servers_text(code: str) -> None:
    assert "palavras" == refusal(code, "palavras", {}, PT)
    assert code == refusal(code, "", {}, PT)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("why", [*BROKEN, "", "{unknown}", "{name}" * 84, "x" * 501])
def test_a_foreign_reason_gives_way_to_the_servers_text(why: str, lang: str) -> None:
    assert "palavras" == refusal("bad_nick", "palavras", {"name": "n", "why": why}, translator(lang))


def test_a_reason_that_names_itself_is_filled_in_once() -> None:
    assert "the nick n can't be used: {why}" == refusal("bad_nick", "", {"name": "n", "why": "{why}"}, str)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_value_is_filled_in_as_it_is_and_never_again(attack: str) -> None:
    assert sanitize(f"the nick {attack} is taken") == refusal("nick_in_use", "", {"nick": attack}, str)
    detail = {"why": "it has more than {limit} characters", "name": "n", "limit": attack}
    expected = f"the nick n can't be used: it has more than {attack} characters"
    assert sanitize(expected) == refusal("bad_nick", "", detail, str)


@pytest.mark.parametrize(
    "detail",
    [
        {"why": "{why}" * 1_000_000, "name": "n"},
        {"why": "{name}" * 80, "name": "n" * 8_000_000},
        {"why": "x" * 8_000_000, "name": "n"},
        {"why": "{a}{b}", "a": "{" * 4_000_000, "b": "}" * 4_000_000, "name": "\u0301" * 4_000_000},
    ],
    ids=["itself", "a value many times", "long", "braces and marks"],
)
def test_a_detail_as_long_as_a_line_takes_no_memory_of_its_own(detail: dict[str, str]) -> None:
    tracemalloc.start()
    try:
        told = refusal("bad_nick", "palavras", detail, str)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(told) <= LONGEST
    assert peak < 4_000_000


def test_a_long_value_is_cut_where_it_can_be_seen() -> None:
    told = refusal("nick_in_use", "", {"nick": "n" * 600}, str)
    assert (LONGEST, "…") == (len(told), told[-1])


@pytest.mark.parametrize("code", ["new_code", "nick_in_use", "x" * 600])
def test_the_servers_words_are_not_without_end(code: str) -> None:
    assert "x" * 500 + "…" == refusal(code, "x" * 100_000, {}, PT)


def test_the_servers_words_are_shown_so_that_they_move_nothing() -> None:
    assert r"\x1b[2J\u202eolá" == refusal("new_code", "\x1b[2J\u202eolá", {}, PT)
    assert r"the nick \x1b[2J is taken" == refusal("nick_in_use", "", {"nick": "\x1b[2J"}, str)


@given(
    st.one_of(st.sampled_from(sorted(REFUSALS)), VALUES),
    VALUES,
    st.dictionaries(st.one_of(st.sampled_from(NAMES), VALUES), VALUES, max_size=8),
    st.sampled_from(LANGUAGES),
)
@example("bad_nick", "", {"name": "", "why": "{name:999999999}"}, "pt")
@example("bad_nick", "", {"name": "", "why": ""}, "pt")
def test_any_refusal_becomes_a_short_safe_text(
    code: str, text: str, detail: dict[str, str], lang: str
) -> None:
    told = refusal(code, text, detail, translator(lang))
    assert len(told) <= LONGEST
    assert sanitize(told) == told
    assert "Project-Id-Version" not in told


@pytest.mark.parametrize("said_in", LANGUAGES)
@pytest.mark.parametrize("read_in", LANGUAGES)
def test_the_notice_of_all_servers_is_in_the_readers_language(said_in: str, read_in: str) -> None:
    said = translator(said_in)(NOTICE)
    assert translator(read_in)(NOTICE) == notice(said, translator(read_in))


def test_the_notice_has_a_translation() -> None:
    assert NOTICE == translator("en")(NOTICE)
    assert NOTICE != PT(NOTICE)


def test_another_notice_stays_as_it_is_within_bounds() -> None:
    assert "Bem-vindos!" == notice("Bem-vindos!", PT)
    assert "" == notice("", PT)
    assert r"\x1b[2J" == notice("\x1b[2J", PT)
    assert LONGEST == len(notice("x" * 10_000, PT))


@given(VALUES)
def test_any_notice_is_safe_to_show(text: str) -> None:
    assert sanitize(text, 500) == notice(text, PT)
