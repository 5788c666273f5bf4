"""The help names all that can be typed and, at a terminal, the keys."""

from __future__ import annotations

from chatsimples.client.rendering.help_text import help_rows, help_table
from chatsimples.client.requests.command_words import COMMANDS
from chatsimples.i18n import translator
from chatsimples.screen.styled_text import plain


def test_every_command_has_a_row() -> None:
    rows = [*help_rows(str, terminal=True), *help_rows(str, terminal=True, governing=True)]
    typed = [typed for typed, _ in rows]
    for command in COMMANDS.values():
        assert 1 == sum(row.startswith(f"/{command.words[0]}") for row in typed)
    assert "//text" in typed


def test_the_commands_of_those_who_govern_rooms_are_apart_with_the_settings() -> None:
    typed = dict(help_rows(translator("pt"), terminal=True, governing=True))
    assert "/banir, /ban APELIDO 10m TEXTO" in typed
    assert "limite" in typed["NOME"]
    assert set() == set(typed) & {row for row, _ in help_rows(translator("pt"), terminal=True)}


def test_commands_and_keys_of_a_terminal_are_shown_there_alone() -> None:
    elsewhere = [typed for typed, _ in help_rows(str, terminal=False)]
    at_terminal = [typed for typed, _ in help_rows(str, terminal=True)]
    assert len(elsewhere) < len(at_terminal)
    assert {"/ajuda, /help, F1", "/sair, /quit, Ctrl-C"} <= set(at_terminal)
    assert {"/editar, /edit [TEXT]", "Tab"} <= set(at_terminal) - set(elsewhere)


def test_the_table_has_two_columns_if_it_is_aligned() -> None:
    rows = [plain(line) for line in help_table(str, aligned=True)]
    meanings = [meaning for _, meaning in help_rows(str, terminal=True)]
    assert 1 == len({row.rindex(meaning) for row, meaning in zip(rows, meanings, strict=True)})
    assert "  Tab  completes" in "\n".join(plain(line) for line in help_table(str, aligned=False))
