"""The command line as people meet it: what it prints where, and with which exit code it ends."""

from __future__ import annotations

import gettext
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from cli.command_lines import ENGLISH, PORTUGUESE, one_line, run
from click.testing import CliRunner
from support.paths import SAMPLE
from support.server import COMMAND, clean_environment, run_process, run_unread
from support.waiting import DEADLINE, eventually

from chatsimples import __version__
from chatsimples.cli.program import CLICK_WORDS, COMMANDS, command_line, set_click_language
from chatsimples.cli.replay import REPLAY
from chatsimples.i18n import LANGUAGES, translator

TABLE = (*COMMANDS, *REPLAY)
ALL_COMMANDS = [
    (),
    ("replay",),
    *[(command.name,) for command in COMMANDS],
    *[("replay", command.name) for command in REPLAY],
]


def test_alone_it_shows_its_help() -> None:
    alone, asked = run_process(environ=ENGLISH), run("--help")
    assert (0, "", 0) == (alone.returncode, alone.stderr, asked.returncode)
    assert asked.stdout == alone.stdout
    for command in ("client", "server", "verify"):
        assert f"\n  {command} " in alone.stdout


def test_the_version_is_the_packages() -> None:
    result = run("--version")
    assert (0, f"chatsimples, version {__version__}\n") == (result.returncode, result.stdout)


@pytest.mark.parametrize(
    "arguments", [["serve"], ["--port", "1"], ["server", "--prot"], ["server", "x"], ["verify"]]
)
def test_wrong_usage_is_told_with_exit_code_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (2, "") == (result.returncode, result.stdout)
    assert result.stderr.startswith("Usage: chatsimples")
    assert "\nError: " in result.stderr


@pytest.mark.parametrize("command", ["server", "client"])
def test_a_wrong_setting_is_told_with_exit_code_2(command: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"[{command}]\nbeverage = 'tea'\n")
    wrong_file = run(command, "--config", file)
    assert 2 == wrong_file.returncode
    assert f"{file}, [{command}]: there is no setting 'beverage'" in one_line(wrong_file.stderr)
    for result in (
        run(command, "--port", "nan"),
        run(command, CHATSIMPLES_PORT="65536"),
        run(command, "--config", tmp_path),
        run(command, CHATSIMPLES_CONFIG=str(tmp_path / "missing")),
    ):
        assert 2 == result.returncode
        assert "Error: Invalid value for '--" in result.stderr
        assert "' (CHATSIMPLES_" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told_with_exit_code_2(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.touch(mode=0)
    result = run("server", "--config", file)
    assert 2 == result.returncode
    assert str(file) in result.stderr


@pytest.mark.parametrize("arguments", [[], ["server", "--help"]])
def test_a_reader_that_leaves_early_is_no_error(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=clean_environment(**ENGLISH),
    ) as process:
        os.close(writing)
        os.close(reading)
        _, told = process.communicate(timeout=DEADLINE)
    assert (1, "") == (process.returncode, told)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_an_output_that_takes_nothing_is_told_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*COMMAND, "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=DEADLINE,
            check=False,
            env=clean_environment(**ENGLISH),
        )
    assert 1 == result.returncode
    assert "No space left on device" in one_line(result.stderr)


@pytest.fixture
def verifying_a_pipe(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A command in the middle of its work: it reads a transcript that does not come."""
    pipe = tmp_path / "transcript-000000000001.jsonl"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [*COMMAND, "verify", str(pipe)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=clean_environment(**ENGLISH),
    )
    opened: list[int] = []

    def it_reads() -> bool:
        # A pipe can be opened for writing without waiting only once somebody reads it.
        try:
            opened.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    eventually(it_reads, "the command reads the transcript")
    yield process
    process.kill()
    process.communicate()
    for descriptor in opened:
        os.close(descriptor)


def test_ctrl_c_ends_it_without_a_word(verifying_a_pipe: subprocess.Popen[str]) -> None:
    verifying_a_pipe.send_signal(signal.SIGINT)
    printed, told = verifying_a_pipe.communicate(timeout=DEADLINE)
    assert (130, "", "") == (verifying_a_pipe.returncode, printed, told.strip())


@pytest.mark.parametrize(
    ("expected", "arguments", "environ"),
    [
        ("Usage:", ["--help"], ENGLISH),
        ("Uso:", ["--help"], PORTUGUESE),
        ("Uso:", ["server", "--help"], {**ENGLISH, "CHATSIMPLES_LANG": "pt"}),
        ("Uso:", ["server", "--lang", "pt", "--help"], ENGLISH),
        ("Uso:", ["client", "--help", "--lang=pt"], ENGLISH),
        ("Usage:", ["server", "--lang", "en", "--help"], PORTUGUESE),
        ("Usage:", ["server", "--lang", "klingon", "--help"], ENGLISH),
    ],
)
def test_help_is_in_the_language_asked_for(
    expected: str, arguments: list[str], environ: dict[str, str]
) -> None:
    result = run(*arguments, **environ)
    assert (0, expected) == (result.returncode, result.stdout.split()[0])


def test_errors_are_in_the_language_asked_for() -> None:
    told = run("server", "--port", "x", **PORTUGUESE).stderr
    assert "Erro: Valor inválido para '--port' (CHATSIMPLES_PORT)" in told
    assert "'x' não é um número inteiro de 0 a 65535" in told


@pytest.fixture
def click_speaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give what sets the language of click's own words, for this test."""
    monkeypatch.setenv("LANGUAGE", "")
    before = gettext.textdomain()
    yield set_click_language
    gettext.textdomain(before)


def help_lines(group: click.Group, *command: str) -> list[str]:
    shown = CliRunner().invoke(group, [*command, "--help"], terminal_width=1_000).output
    return [line.strip() for line in shown.splitlines()]


def test_the_whole_help_is_in_portuguese(click_speaks: Callable[[str], None]) -> None:
    shown: dict[str, set[str]] = {}
    for lang in LANGUAGES:
        click_speaks(lang)
        group = command_line(translator(lang))
        shown[lang] = {line for words in ALL_COMMANDS for line in help_lines(group, *words)}
    examples = {line for command in TABLE for _, line in command.examples}
    both = (shown["en"] & shown["pt"]) - {""} - examples
    # Options stand on lines of their own where their words have no room beside them.
    alone = re.compile(r"--[\w-]+( / --[\w-]+| [\w.|-]+)?")
    assert [] == [line for line in both if not alone.fullmatch(line)], "these lines are not translated"


def test_clicks_own_words_are_in_the_catalog() -> None:
    translate = translator("pt")
    assert [] == [word for word in CLICK_WORDS if translate(word) == word]


@pytest.mark.parametrize("environ", [ENGLISH, PORTUGUESE], ids=["en", "pt"])
@pytest.mark.parametrize("command", ALL_COMMANDS, ids=" ".join)
def test_help_fits_a_terminal(command: tuple[str, ...], environ: dict[str, str]) -> None:
    lines = run(*command, "--help", COLUMNS="80", **environ).stdout.splitlines()
    assert lines
    assert [] == [line for line in lines if len(line) > 80]


@pytest.mark.parametrize("example", [line for command in TABLE for _, line in command.examples])
def test_an_example_is_a_command_line_that_can_be(
    example: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("CHATSIMPLES_")]:
        monkeypatch.delenv(variable)
    for variable in ("XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    ours = [part.split() for part in example.split("|") if "chatsimples" in part]
    assert 1 == len(ours)
    words = [word for word in ours[0] if word[0] not in "<>"]
    assert "chatsimples" == words.pop(0)
    command: click.Command = command_line(translator("en"))
    context = command.make_context("chatsimples", list(words))
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, words)
        assert name is not None
        assert found is not None
        command, words, context = found, rest, found.make_context(name, list(rest), parent=context)


@pytest.mark.parametrize(
    "command",
    [
        "replay play",
        "replay export --format html",
        "replay export --format text",
        "replay export --format csv",
        "replay export --format asciicast",
        "replay stats",
        "replay stats --json",
        "replay check",
        "verify",
    ],
)
def test_what_prints_a_result_ends_well_and_quietly_when_its_reader_has_gone(command: str) -> None:
    done = run_unread(*command.split(), SAMPLE)
    told = [line for line in done.stderr.splitlines() if "records checked" not in line]
    assert (0, []) == (done.returncode, told)


def test_redacting_ends_well_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "logs")
    seq = next(
        json.loads(line)["seq"]
        for path in sorted((tmp_path / "logs").glob("transcript-*"))
        for line in path.read_bytes().splitlines()
        if json.loads(line)["type"] == "message"
    )
    output = tmp_path / "new"
    options = ("--seq", str(seq), "--reason", "privacy", "--output", output)
    done = run_unread("redact", tmp_path / "logs", *options)
    assert 0 == done.returncode, done.stderr
    assert 0 == run("verify", output).returncode


@pytest.mark.parametrize("command", [["verify"], ["replay", "check"]])
def test_a_verdict_is_the_same_when_nobody_reads_it(command: list[str], tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "logs")
    path = next((tmp_path / "logs").glob("transcript-*"))
    path.write_bytes(path.read_bytes().replace(b'"type":"message"', b'"type":"massage"', 1))
    assert 1 == run_unread(*command, tmp_path / "logs").returncode
