"""What Tab makes of a word, at each place in a line."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.waiting import DEADLINE

from chatsimples.client.dialogue.people import People
from chatsimples.client.terminal import completion
from chatsimples.client.terminal.completion import Candidate, Scope, complete
from chatsimples.client.terminal.emoji_names import find

SCOPE = Scope(
    nicks=["JOANA", "bia", "João", "_ana"],
    rooms=["geral", "turma", "Gestão"],
    commands=["entrar", "msg", "sair", "histórico", "join", "history"],
    takes={
        "entrar": "room", "join": "room", "j": "room", "msg": "nick", "apelido": "", "sair": "",
        "papel": "role", "definir": "setting", "banir": "nick",
    },
    roles=["dono", "voz"],
    settings={"moderada": ["sim", "não"], "limite": [], "só-contas": ["sim", "não"]},
)  # fmt: skip

MARKED = Scope(nicks=["bia", "bruno"], takes={"msg": "nick"}, marks={"bia": "@"})

# "|" is the cursor. What Tab makes of the line, one after the other.
LINES = {
    # Roles, settings and their values; where it is done may stand in front.
    "/papel jo|": ["/papel JOANA |", "/papel João |"],
    "/papel bia |": ["/papel bia dono |", "/papel bia voz |"],
    "/papel #turma bia v|": ["/papel #turma bia voz |"],
    "/papel #tu|": ["/papel #turma |"],
    "/definir mo|": ["/definir moderada |"],
    "/definir so|": ["/definir só-contas |"],
    "/definir moderada s|": ["/definir moderada sim |"],
    "/definir limite |": [],
    "/definir moderada sim li|": ["/definir moderada sim limite |"],
    "/banir * b|": ["/banir * bia |"],
    "/banir bia jo|": ["/banir bia JOANA |", "/banir bia João |"],
    # Nicks.
    "|": ["JOANA: |", "bia: |", "João: |", "_ana: |"],
    "jo|": ["JOANA: |", "João: |"],
    "JO|": ["JOANA: |", "João: |"],
    "joao|": ["João: |"],
    "joã|": ["JOANA: |", "João: |"],
    "  jo|": ["  JOANA: |", "  João: |"],
    "bi|, oi": ["bia: |, oi"],
    "| oi": ["JOANA: | oi", "bia: | oi", "João: | oi", "_ana: | oi"],
    "oi jo|": ["oi JOANA |", "oi João |"],
    "oi jo| tudo": ["oi JOANA | tudo", "oi João | tudo"],
    "oi |": [],
    "oi ana|": ["oi _ana |"],
    "oi caio|": [],
    # A nick's own marks may be left out; marks that are typed are what they are.
    "...|": [],
    "-|": [],
    "oi '|": [],
    "_|": ["_ana: |"],
    "_jo|": [],
    "\u0301|": [],
    "#_|": [],
    "/-|": [],
    "@jo|": ["@JOANA |", "@João |"],
    "oi @bi|": ["oi @bia |"],
    "oi @|": ["oi @JOANA |", "oi @bia |", "oi @João |", "oi @_ana |"],
    # Rooms.
    "#ge|": ["#geral |", "#Gestão |"],
    "em #tur|": ["em #turma |"],
    "em #|": ["em #geral |", "em #turma |", "em #Gestão |"],
    "em #nada|": [],
    # Commands.
    "/|": ["/entrar |", "/msg |", "/sair |", "/histórico |", "/join |", "/history |"],
    "/hist|": ["/histórico |", "/history |"],
    "/HISTO|": ["/histórico |", "/history |"],
    "/M|": ["/msg |"],
    "oi /m|": [],
    "//m|": [],
    "//oi jo|": ["//oi JOANA |", "//oi João |"],
    # What a command takes.
    "/msg jo|": ["/msg JOANA |", "/msg João |"],
    "/MSG @bi|": ["/MSG bia |"],
    "/msg |": ["/msg JOANA |", "/msg bia |", "/msg João |", "/msg _ana |"],
    "/msg  bi|": ["/msg  bia |"],
    "/msg bia jo|": ["/msg bia JOANA |", "/msg bia João |"],
    "/msg bia |": [],
    "/entrar ge|": ["/entrar geral |", "/entrar Gestão |"],
    "/j #tu|": ["/j turma |"],
    "/entrar |": ["/entrar geral |", "/entrar turma |", "/entrar Gestão |"],
    "/entrar jo|": [],
    "/sair |": [],
    # Emoji.
    "oi :piz|": ["oi 🍕|"],
    ":100|": ["💯|"],
    "❤️:piz|": ["❤️🍕|"],
    "/msg bia :piz|": ["/msg bia 🍕|"],
    ":|": [],
    ":p|": [],
    "oi :p|": [],
    "oi :+|": [],
    "/msg bia :p|": [],
    "jo:p|": [],
    "a:piz|": [],
    "12:30|": [],
    "std::pizz|": [],
}


def made(line: str, scope: Scope = SCOPE) -> list[str]:
    cursor = line.index("|")
    text = line.replace("|", "")
    found = complete(text, cursor, scope)
    assert found.start <= cursor
    after = text[cursor:]
    # As the input line does: of two spaces that would meet, one.
    return [
        text[: found.start] + each.text.removesuffix(" " if after.startswith(" ") else "") + "|" + after
        for each in found.candidates
    ]


def lines_after_space(line: str) -> list[str]:
    return [
        each.replace(" |", "|") if line.partition("|")[2].startswith(" ") else each for each in LINES[line]
    ]


@pytest.mark.parametrize("line", LINES)
def test_a_word_is_completed_to_names_that_can_stand_there(line: str) -> None:
    assert lines_after_space(line) == made(line)


def test_candidates_are_shown_by_their_names() -> None:
    assert [Candidate("bia: ", "bia")] == complete("bi", 2, SCOPE).candidates
    assert [Candidate("/msg ", "msg")] == complete("/ms", 3, SCOPE).candidates
    assert [Candidate("🍕", "🍕 pizza")] == complete(":pizza", 6, SCOPE).candidates


def test_the_words_are_offered_as_they_are_given() -> None:
    nicks = [f"pessoa{number}" for number in (3, 1, 2)]
    assert nicks == [each.label for each in complete("pes", 3, Scope(nicks=nicks)).candidates]


def test_nobody_steps_through_ten_thousand_nicks() -> None:
    nicks = [f"pessoa{number}" for number in range(10_000)]
    expected = nicks[: completion.MOST]
    assert expected == [each.label for each in complete("", 0, Scope(nicks=nicks)).candidates]


def test_nothing_is_offered_where_nothing_is_known() -> None:
    for line in ("", "jo", "/", "#", "@", "oi ", "/msg "):
        assert [] == complete(line, len(line), Scope()).candidates


def test_tab_on_an_empty_line_addresses_the_last_speaker() -> None:
    room = People()
    room.replace(["ana", "bia", "caio"], 3)
    for nick in ("bia", "caio", "bia"):
        room.spoke(nick, 1.0)
    assert ["bia: ", "caio: ", "ana: "] == [
        each.text for each in complete("", 0, Scope(nicks=room.nicks())).candidates
    ]


def test_two_letters_of_an_emojis_name_are_enough() -> None:
    for line in (":pi", "oi :pi", "❤️:pi"):
        found = complete(line, len(line), SCOPE)
        assert line.index(":") == found.start
        assert [emoji for _, emoji in find("pi", len(found.candidates))] == [
            each.text for each in found.candidates
        ]
        assert 5 < len(found.candidates) < 20


def test_the_table_of_emoji_is_not_loaded_for_a_name_or_a_smiley() -> None:
    program = """
import sys
from chatsimples.client.terminal.completion import Scope, complete
for text in ("", "jo", ":p", "oi :)", "a:piz", "12:30", "/m", "#ge", "@jo"):
    complete(text, len(text), Scope(nicks=["João"], rooms=["geral"], commands=["msg"]))
print("emoji" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True
    )
    assert "False" == done.stdout.strip()


def bare(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text.lower()) if each < "\u0300")


NAMES = st.lists(st.text("aáÁAãbBçcé_", min_size=1, max_size=4), max_size=8, unique=True)


@given(NAMES, st.text("aáAãbçcé", min_size=1, max_size=3))
def test_those_are_found_that_begin_so_in_their_order(names: list[str], word: str) -> None:
    expected = [name for name in names if bare(name).startswith(bare(word))] or [
        name for name in names if bare(name).lstrip("_").startswith(bare(word))
    ]
    scope = Scope(nicks=names, rooms=names, commands=names, takes={"msg": "nick", "entrar": "room"})
    for before, form in [
        ("", "{}: "),
        ("oi ", "{} "),
        ("@", "@{} "),
        ("#", "#{} "),
        ("/", "/{} "),
        ("/msg ", "{} "),
        ("/entrar #", "{} "),
    ]:
        found = complete(before + word, len(before + word), scope).candidates
        assert [form.format(name) for name in expected] == [each.text for each in found]
        assert expected == [each.label for each in found]


@given(st.text(st.sampled_from("/#@: joJãé:pizsg\n💯"), max_size=20), st.data())
def test_any_line_can_be_completed_anywhere(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    found = complete(text, cursor, SCOPE)
    assert 0 <= found.start <= cursor
    assert all(each.text and each.label for each in found.candidates)
    assert " " not in text[found.start : cursor]


@pytest.mark.parametrize("typed", ["b", "oi b", "oi @b", "/msg b"])
def test_a_mark_stands_on_the_label_and_not_in_the_text(typed: str) -> None:
    found = complete(typed, len(typed), MARKED).candidates
    assert ["@bia", "bruno"] == [each.label for each in found]
    assert ["bia", "bruno"] == [each.text.strip(" @:") for each in found]
