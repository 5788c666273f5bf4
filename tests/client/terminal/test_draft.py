"""Tab goes through what there is and back; nothing that is pasted is said, or lost, unasked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.history import InMemoryHistory
from support.waiting import DEADLINE

from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.requests.actions import Say
from chatsimples.client.requests.parser import parse_lines
from chatsimples.client.terminal.completion import Scope, complete
from chatsimples.client.terminal.draft import Draft, Pasted
from chatsimples.client.terminal.input_history import InputHistory

SCOPE = Scope(
    nicks=["ana", "bia", "António", "rui"],
    rooms=["geral", "dev"],
    commands=["msg", "sair"],
    takes={"msg": "nick"},
)
NICKS = st.lists(
    st.sampled_from(["a", "ana", "Ana", "anabela", "bia", "joão", "Joana", "x.y", "漢字"]), unique=True
)
PIECES = st.lists(
    st.sampled_from(["a", "an", "jo", "@", "#", "/", "/msg ", " ", "  ", "é", "漢", ":", "b"]), max_size=5
).map("".join)
CLIPPED = st.lists(
    st.sampled_from(
        ["um", "dois", "/sair", " ", "\t", "\n", "\r\n", "\r", "é", "\x0b", "\u2028", "\x1b[31m", "e: "]
    ),
    max_size=12,
).map("".join)


def draft(before: str = "", after: str = "", scope: Scope = SCOPE) -> Draft:
    """Give a draft with a text and the cursor in it."""
    made = Draft(InMemoryHistory(), lambda: scope)
    typed(made, before, after)
    return made


def typed(draft: Draft, before: str, after: str = "") -> None:
    draft.buffer.insert_text(before)
    draft.buffer.insert_text(after, move_cursor=False)


def taken(draft: Draft, text: str) -> str:
    """Take a text of one line at most from the editor; return the draft."""
    draft.take_written(text)
    assert draft.pasted is None
    return draft.text


def shown(draft: Draft) -> str:
    """Give what stands in the line, with "|" for the cursor."""
    document = draft.buffer.document
    return f"{document.text_before_cursor}|{document.text_after_cursor}"


async def found_by_up(draft: Draft, count: int) -> list[str]:
    """Press the up key so many times, from an empty line; give what it shows each time."""
    found: list[str] = []
    async with asyncio.timeout(DEADLINE):
        while len(found) < count:
            before = draft.text
            draft.buffer.history_backward()
            if draft.text != before:
                found.append(draft.text)
            # The history is read by a task of its own.
            await asyncio.sleep(0)
    return found


# Tab.


def test_tab_completes_the_word_before_the_cursor() -> None:
    made = draft("olá b")
    made.complete()
    assert "olá bia |" == shown(made)
    assert (["bia"], 0) == made.offered


def test_tab_in_the_middle_keeps_the_rest_after_one_space() -> None:
    made = draft("b", " olá")
    made.complete()
    assert "bia:| olá" == shown(made)
    made = draft("b", "olá")
    made.complete()
    assert "bia: |olá" == shown(made)


def test_tab_goes_through_all_and_begins_anew() -> None:
    made = draft("a")
    seen = []
    for _ in range(4):
        made.complete()
        seen.append((shown(made), made.offered))
    labels = ["ana", "António"]
    assert [
        ("ana: |", (labels, 0)),
        ("António: |", (labels, 1)),
        ("ana: |", (labels, 0)),
        ("António: |", (labels, 1)),
    ] == seen


def test_shift_tab_begins_with_the_last_and_goes_back() -> None:
    made = draft("")
    seen = []
    for _ in range(5):
        made.complete(-1)
        seen.append(made.text)
    assert ["rui: ", "António: ", "bia: ", "ana: ", "rui: "] == seen


def test_shift_tab_takes_back_a_tab() -> None:
    made = draft("a")
    for step in (1, 1, -1):
        made.complete(step)
    assert "ana: |" == shown(made)


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("before", ["xyz", "olá xyz", "/msg xyz", "#xyz", "/xyz"])
def test_with_nothing_to_complete_to_the_line_stays(before: str, step: int) -> None:
    made = draft(before, "!")
    made.complete(step)
    made.complete(step)
    assert f"{before}|!" == shown(made)
    assert ([], 0) == made.offered


def test_the_scope_is_asked_for_at_each_new_word() -> None:
    nicks = ["ana"]
    made = Draft(InMemoryHistory(), lambda: Scope(nicks=list(nicks)))
    made.complete()
    nicks[0] = "bia"
    made.complete()
    assert "ana: |" == shown(made)
    typed(made, "b")
    made.complete()
    assert "ana: bia |" == shown(made)


def test_nothing_is_offered_before_tab_nor_after_typing_on() -> None:
    made = draft("a")
    assert ([], 0) == made.offered
    made.complete()
    typed(made, "o")
    assert ([], 0) == made.offered
    made.complete()
    assert "ana: o|" == shown(made)


def test_nothing_is_offered_once_the_cursor_has_moved() -> None:
    made = draft("a")
    made.complete()
    made.buffer.cursor_left()
    assert ([], 0) == made.offered


@pytest.mark.parametrize("how", ["said", "replaced"])
def test_no_completions_are_offered_for_a_line_from_the_history(how: str) -> None:
    async def run() -> tuple[list[str], int]:
        made = draft("a")
        made.complete()
        line = made.text
        if how == "said":
            made.entered()
        else:
            made.replace("")
        typed(made, line)
        return made.offered

    assert ([], 0) == asyncio.run(run())


@given(NICKS, PIECES, PIECES, st.lists(st.sampled_from([1, -1]), max_size=12))
def test_tab_changes_the_word_only_and_goes_round_both_ways(
    nicks: Sequence[str], before: str, after: str, steps: list[int]
) -> None:
    scope = Scope(nicks=nicks, rooms=["geral", "ana"], commands=["msg", "sair"], takes={"msg": "nick"})
    made = draft(before, after, scope)
    offered = complete(before + after, len(before), scope)
    texts = [each.text for each in offered.candidates]
    place: int | None = None
    for step in steps:
        made.complete(step)
        if not texts:
            assert (f"{before}|{after}", ([], 0)) == (shown(made), made.offered)
            continue
        place = (0 if step > 0 else len(texts) - 1) if place is None else (place + step) % len(texts)
        text = texts[place].removesuffix(" ") if after.startswith(" ") else texts[place]
        assert f"{before[: offered.start]}{text}|{after}" == shown(made)
        assert ([each.label for each in offered.candidates], place) == made.offered


# Emoji.


def test_the_second_colon_makes_an_emoji() -> None:
    made = draft("bom :red_heart", " dia")
    made.type_colon()
    assert "bom ❤️| dia" == shown(made)


def test_undoing_gives_the_name_back() -> None:
    made = draft("bom :red_heart")
    made.type_colon()
    made.buffer.undo()
    assert "bom :red_heart:|" == shown(made)


@pytest.mark.parametrize("before", ["", "são 12:30", ":nada_disso", "olá :", "std:", ":red heart"])
def test_any_other_colon_is_a_colon(before: str) -> None:
    made = draft(before, "x")
    made.type_colon()
    assert f"{before}:|x" == shown(made)


# What is pasted.


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("um", "um"),
        ("um\n", "um"),
        ("um\r\n", "um"),
        ("um\r", "um"),
        ("\n\num\n\n", "um"),
        ("  um  ", "  um  "),
        (" \num\n \n", "um"),
        ("\t\r\n  um\r\n\t", "  um"),
        ("a\tb", "a    b"),
        (" ", " "),
        ("", ""),
        ("\n", ""),
    ],
)
def test_one_line_is_inserted_where_the_cursor_is(data: str, expected: str) -> None:
    made = draft("<", ">")
    made.paste(data)
    assert f"<{expected}|>" == shown(made)
    assert None is made.pasted


@pytest.mark.parametrize("data", ["um\ndois", "um\r\ndois\r\n", "um\rdois", "\n um\n\n\ndois\n"])
def test_several_lines_wait(data: str) -> None:
    made = draft("<", ">")
    made.paste(data)
    assert "<|>" == shown(made)
    assert made.pasted is not None
    assert ["um", "dois"] == [line.strip() for line in made.pasted.lines]


def test_all_are_taken_with_the_draft_around_them() -> None:
    made = draft("/msg ana ", "!")
    made.paste("\n  \num\n\ndois\ntrês\n\n")
    assert "/msg ana um\ndois\ntrês!" == made.take_all()
    assert None is made.pasted
    # The line itself is the owner's, until it is said.
    assert "/msg ana |!" == shown(made)


def test_with_nothing_pasted_all_is_the_draft() -> None:
    made = draft("olá")
    assert "olá" == made.take_all()
    made.join_pasted()
    made.drop_pasted()
    assert "olá|" == shown(made)


def test_joined_they_are_one_line() -> None:
    made = draft("<", ">")
    made.paste("um \n\n\tdois\r\n três\n")
    made.join_pasted()
    assert "<um dois três|>" == shown(made)
    assert None is made.pasted


def test_dropped_they_leave_the_draft_as_it_was() -> None:
    made = draft("<", ">")
    made.paste("um\ndois")
    made.drop_pasted()
    assert "<|>" == shown(made)
    assert None is made.pasted
    assert "<>" == made.take_all()


def test_pasted_lines_are_those_with_anything_in_them() -> None:
    assert ["a", " b"] == Pasted("", "\na\n \n b\n", "").lines
    assert [] == Pasted("x", " \n", "y").lines


@given(CLIPPED, st.sampled_from(["", "olá ", "/msg ana "]), st.sampled_from(["", "!", " fim"]))
def test_nothing_pasted_is_lost_and_no_line_ends_in_the_draft(data: str, before: str, after: str) -> None:
    lines = [line for line in data.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    lines = [line.replace("\t", "    ") for line in lines]
    made = draft(before, after)
    made.paste(data)
    if made.pasted is None:
        assert len(lines) <= 1
        assert "\n" not in made.text
        assert made.text.startswith(before)
        assert made.text.endswith(after)
        inserted = made.text.removeprefix(before).removesuffix(after)
        assert inserted == lines[0] if lines else not inserted.strip()
        return
    assert f"{before}|{after}" == shown(made)
    assert lines == made.pasted.lines
    taken = made.take_all().split("\n")
    assert [before + lines[0], *lines[1:-1], lines[-1] + after] == taken


def test_lines_that_are_taken_are_said_one_by_one() -> None:
    made = draft("isto: ")
    made.paste("um\n \n/sair\n\tdois")
    said = [Say("isto: um"), Say("/sair"), Say("    dois")]
    assert said == parse_lines(made.take_all(), ServerLimits())


# What was said.


def test_another_text_takes_the_drafts_place() -> None:
    made = draft("um", "dois")
    made.replace("três")
    assert "três|" == shown(made)
    assert "três" == made.text


def test_an_entered_line_leaves_an_empty_draft_and_the_up_key_finds_it(tmp_path: Path) -> None:
    async def run() -> list[str]:
        made = Draft(InputHistory(tmp_path / "history"), lambda: SCOPE)
        for line in ("um", "   ", "dois", "dois"):
            typed(made, line)
            made.entered()
            assert "|" == shown(made)
        return await found_by_up(made, 2)

    assert ["dois", "um"] == asyncio.run(run())
    assert ["um", "dois"] == InputHistory(tmp_path / "history").get_strings()


def test_an_unfinished_draft_is_kept_for_the_next_run(tmp_path: Path) -> None:
    first = Draft(InputHistory(tmp_path / "history"), lambda: SCOPE)
    typed(first, "por acabar")
    first.keep()

    async def run() -> list[str]:
        second = Draft(InputHistory(tmp_path / "history"), lambda: SCOPE)
        second.buffer.load_history_if_not_yet_loaded()
        return await found_by_up(second, 1)

    assert ["por acabar"] == asyncio.run(run())


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_draft_is_not_kept(tmp_path: Path, text: str) -> None:
    made = Draft(InputHistory(tmp_path / "history"), lambda: SCOPE)
    typed(made, text)
    made.keep()
    assert [] == InputHistory(tmp_path / "history").get_strings()


def test_a_text_from_an_editor_is_never_lost() -> None:
    draft = Draft(InMemoryHistory(), Scope)
    draft.take_written("um\r\n\n\tdois\n")
    assert draft.pasted is not None
    assert ["um", "    dois"] == draft.pasted.lines
    draft.drop_pasted()
    assert "um\n    dois" == draft.text
    draft.take_written("um\ndois")
    assert "um\ndois" == draft.take_all()
    draft.take_written("um\ndois")
    draft.join_pasted()
    assert "um dois" == draft.text
    assert ["só um", ""] == [taken(draft, text) for text in ("só um\n", "")]


def test_a_password_is_kept_nowhere(tmp_path: Path) -> None:
    secret = True
    made = Draft(InputHistory(tmp_path / "history"), lambda: SCOPE, lambda: secret)
    typed(made, "segredo")
    made.keep()
    made.forget()
    assert "" == made.text
    secret = False
    for line in ("/entrar x abre-te", "/set key abre-te", "/login ana segredo", "oi"):
        made.replace(line)
        made.keep()
    assert ["oi"] == InputHistory(tmp_path / "history").get_strings()
    assert b"segredo" not in (tmp_path / "history").read_bytes()
