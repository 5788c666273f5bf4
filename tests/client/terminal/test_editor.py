"""A text comes back from a person's editor as they left it, and any trouble with it is one clear line."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.waiting import DEADLINE, eventually

from chatsimples.client.terminal.editor import EditorError, edit, editor_command

MakeEditor = Callable[[str], Path]


@pytest.fixture(autouse=True)
def drafts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which the texts lie while they are edited; no editor is set."""
    folder = tmp_path / "drafts"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    return folder


@pytest.fixture
def set_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeEditor:
    """Give a maker of editors, from what a shell does with the file "$1"."""

    def make(script: str) -> Path:
        editor = program(tmp_path / "an editor", script)
        monkeypatch.setenv("EDITOR", f"'{editor}'")
        return editor

    return make


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return path


def edited(text: str) -> str:
    async def run() -> str:
        async with asyncio.timeout(DEADLINE):
            return await edit(text, str)

    return asyncio.run(run())


def problem(text: str = "olá") -> str:
    """Edit in vain; give what is told about it."""
    with pytest.raises(EditorError) as failed:
        edited(text)
    return str(failed.value)


# Which editor.


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"EDITOR": "nano"}, ["nano"]),
        ({"EDITOR": "nano", "VISUAL": "code --wait"}, ["code", "--wait"]),
        ({"EDITOR": "nano", "VISUAL": ""}, ["nano"]),
        ({"EDITOR": "nano", "VISUAL": "  "}, ["nano"]),
        ({"EDITOR": "nano", "VISUAL": "an 'odd quote"}, ["nano"]),
        ({"EDITOR": r"'/a path/ed' -x \$HOME"}, ["/a path/ed", "-x", "$HOME"]),
        ({"EDITOR": "a; rm -r *"}, ["a;", "rm", "-r", "*"]),
    ],
)
def test_the_editor_is_the_persons_own(environ: dict[str, str], expected: list[str]) -> None:
    assert expected == editor_command({"PATH": "", **environ})


@pytest.mark.parametrize("environ", [{}, {"VISUAL": ""}, {"EDITOR": "an 'odd quote"}])
def test_without_one_it_is_the_first_of_the_usual_ones_that_is_there(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    found = []
    for name in ("", "vi", "vim", "nano", "editor"):
        if name:
            program(tmp_path / "bin" / name, "")
        found.append(editor_command({"PATH": str(tmp_path / "bin"), **environ}))
    assert [[], ["vi"], ["vim"], ["nano"], ["editor"]] == found


@given(st.text(st.characters(exclude_characters="\0")), st.text(st.characters(exclude_characters="\0")))
def test_any_variable_is_read_or_passed_over(visual: str, editor: str) -> None:
    assert all(
        isinstance(word, str) for word in editor_command({"VISUAL": visual, "EDITOR": editor, "PATH": ""})
    )


def test_without_an_editor_the_error_says_what_to_do(drafts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(drafts))
    assert "there is no editor: set EDITOR to the one you like" == problem()


# What comes back.


def test_the_editor_is_given_the_text_and_what_it_writes_comes_back(
    set_editor: MakeEditor, tmp_path: Path
) -> None:
    set_editor(f'cat "$1" > {tmp_path}/given; printf "um\\ndois\\n" > "$1"')
    assert "um\ndois" == edited("olá\né assim")
    assert "olá\né assim" == (tmp_path / "given").read_text("utf-8")


@pytest.mark.parametrize("text", ["", "olá", "  olá  ", "um\n\n  dois", "漢字 ❤️ \u202e", "a" * 100_000])
def test_a_text_that_is_left_alone_stays_as_it_was(set_editor: MakeEditor, text: str) -> None:
    set_editor(":")
    assert text == edited(text)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ("", ""),
        (r"\n", ""),
        (r"um\n", "um"),
        (r"\num\n\n\n", "\num"),
        (r"um\r\ndois\r\n", "um\ndois"),
        ("um ", "um "),
    ],
)
def test_line_ends_that_an_editor_adds_are_no_part_of_the_text(
    set_editor: MakeEditor, left: str, expected: str
) -> None:
    set_editor(f"printf '{left}' > \"$1\"")
    assert expected == edited("olá")


def test_an_editor_may_put_a_new_file_in_the_olds_place(set_editor: MakeEditor, drafts: Path) -> None:
    set_editor('echo novo > "$1~" && mv "$1~" "$1"')
    assert "novo" == edited("velho")
    assert [] == list(drafts.iterdir())


def test_an_editor_may_have_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = program(tmp_path / "ed", 'printf "%s|" "$1" "$2" "$#" > "$3"')
    monkeypatch.setenv("VISUAL", f"{editor} --wait 'a b'")
    monkeypatch.setenv("EDITOR", "/nowhere/else")
    assert "--wait|a b|3|" == edited("olá")


def test_no_shell_reads_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = program(tmp_path / "ed", 'printf "%s %s" "$1" "$2" > "$3"')
    monkeypatch.setenv("EDITOR", f"{editor} $(touch {tmp_path}/touched)")
    assert f"$(touch {tmp_path}/touched)" == edited("olá")
    assert not (tmp_path / "touched").exists()


def test_characters_that_no_file_can_hold_are_replaced(set_editor: MakeEditor) -> None:
    set_editor(":")
    assert "a?b" == edited("a\ud800b")


def test_nobody_else_can_read_the_text_and_nothing_is_left_of_it(
    set_editor: MakeEditor, drafts: Path, tmp_path: Path
) -> None:
    folder = '"$(dirname "$1")"'
    look = f'echo "$1" > {tmp_path}/name; ls -ld {folder} > {tmp_path}/mode'
    set_editor(f'{look}; cp "$1" "$1~"; cp "$1" {folder}/.swp')
    assert "segredo" == edited("segredo")
    name = Path((tmp_path / "name").read_text().rstrip("\n"))
    assert (drafts, ".txt") == (name.parent.parent, name.suffix)
    assert "drwx------" == (tmp_path / "mode").read_text()[:10]
    assert [] == list(drafts.iterdir())


# What can go wrong.


@pytest.mark.parametrize(
    ("script", "code"), [("exit 3", 3), ('echo perdido > "$1"; exit 1', 1), ("kill -9 $$", -9)]
)
def test_a_failed_editor_is_an_error_with_its_exit_code(
    set_editor: MakeEditor, drafts: Path, script: str, code: int
) -> None:
    editor = set_editor(script)
    assert f"the editor {editor} ended with {code}; the text stays as it was" == problem()
    assert [] == list(drafts.iterdir())


def test_a_missing_editor_is_an_error(tmp_path: Path, drafts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", f"{tmp_path}/missing")
    assert f"the editor {tmp_path}/missing can't be started: {os.strerror(2)}" == problem()
    assert [] == list(drafts.iterdir())


def test_an_editor_that_is_no_program_is_an_error(set_editor: MakeEditor, drafts: Path) -> None:
    editor = set_editor("")
    editor.write_bytes(b"\0\1\2")
    assert f"the editor {editor} can't be started: {os.strerror(8)}" == problem()
    editor.chmod(0o600)
    assert f"the editor {editor} can't be started: {os.strerror(13)}" == problem()
    assert [] == list(drafts.iterdir())


@pytest.mark.parametrize(
    "script",
    [r"printf 'ol\341\n' > \"$1\"".replace('\\"', '"'), 'rm "$1"', 'rm "$1" && mkdir "$1"'],
    ids=["bad UTF-8", "nothing", "a folder"],
)
def test_an_unreadable_file_is_one_line_of_error(set_editor: MakeEditor, drafts: Path, script: str) -> None:
    set_editor(script)
    told = problem()
    assert told.startswith("what the editor left can't be read: ")
    assert told.isprintable()
    assert [] == list(drafts.iterdir())


def test_without_a_folder_for_the_text_there_is_an_error(
    set_editor: MakeEditor, drafts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = set_editor(":")
    monkeypatch.setattr(tempfile, "tempdir", str(drafts / "missing"))
    assert f"the editor {editor} can't be started: {os.strerror(2)}" == problem()


def test_it_is_told_in_the_persons_language(monkeypatch: pytest.MonkeyPatch, drafts: Path) -> None:
    monkeypatch.setenv("PATH", str(drafts))
    with pytest.raises(EditorError, match=r"^THERE IS NO EDITOR"):
        asyncio.run(edit("olá", str.upper))


def test_cancelling_ends_the_editor_too(set_editor: MakeEditor, drafts: Path, tmp_path: Path) -> None:
    set_editor(f"echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; exec sleep 600")

    async def run() -> None:
        editing = asyncio.create_task(edit("olá", str))
        async with asyncio.timeout(DEADLINE):
            while not (tmp_path / "pid").exists():
                await asyncio.sleep(0.01)
        editing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await editing

    asyncio.run(run())
    number = int((tmp_path / "pid").read_text())
    try:
        eventually(lambda: not is_running(number), "the editor has ended")
    finally:
        if is_running(number):
            os.kill(number, signal.SIGKILL)
    assert [] == list(drafts.iterdir())


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
