"""The command line as people meet it: what it prints where, and with which exit code it ends."""

from __future__ import annotations

import gettext
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.server import COMMAND, clean_environment
from support.waiting import eventually

from chatsimples import __version__
from chatsimples.cli import program as cli
from chatsimples.i18n import LANGUAGES, translator

ENGLISH = {"LANGUAGE": "", "LC_ALL": "C.UTF-8"}
PORTUGUESE = {"LANGUAGE": "", "LC_ALL": "pt_BR.UTF-8", "PYTHONUTF8": "1"}


def run(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
        env=clean_environment(**{**ENGLISH, **environ}),
    )


def one_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    assert 1 == len(lines), text
    return lines[0]


def test_alone_it_shows_its_help() -> None:
    alone, asked = run(), run("--help")
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


def test_what_can_not_be_verified_is_told_in_one_line(tmp_path: Path) -> None:
    missing = run("verify", tmp_path / "missing")
    assert 1 == missing.returncode
    assert f"{tmp_path / 'missing'} can't be read: No such file or directory" in one_line(missing.stderr)
    empty = run("verify", tmp_path)
    assert 1 == empty.returncode
    assert f"there is no transcript in {tmp_path}" in one_line(empty.stderr)


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transcript of a server on which nobody was."""
    logs = tmp_path_factory.mktemp("recorded") / "logs"
    with subprocess.Popen(
        [*COMMAND, "server", "--port", "0", "--logs", str(logs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=clean_environment(**ENGLISH),
    ) as server:
        assert server.stdout is not None
        assert "listening on" in server.stdout.readline()
        server.communicate("/sair\n", timeout=30)
    assert 0 == server.returncode
    return logs


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (ENGLISH, r"ok: 2 records \(1 to 2\), \d seals, 1 segments, log \w{26}, head [0-9a-f]{64}"),
        (PORTUGUESE, r"ok: 2 registros \(1 a 2\), \d selos, 1 segmentos, log \w{26}, head [0-9a-f]{64}"),
    ],
)
def test_a_good_transcript_is_told_what_it_holds(
    transcript: Path, environ: dict[str, str], expected: str
) -> None:
    result = run("verify", transcript, **environ)
    assert (0, "") == (result.returncode, result.stderr)
    assert re.fullmatch(expected, one_line(result.stdout)), result.stdout


def test_records_that_no_seal_proves_are_told(transcript: Path, tmp_path: Path) -> None:
    (segment,) = transcript.glob("transcript-*.jsonl")
    unsealed = tmp_path / segment.name
    lines = segment.read_bytes().splitlines(keepends=True)
    while b'"type":"seal"' in lines[-1]:
        lines.pop()
    unsealed.write_bytes(b"".join(lines))
    result = run("verify", unsealed)
    assert 0 == result.returncode
    assert re.search(r"^records at the end that no seal proves yet: [12]$", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(("environ", "bytes_"), [(ENGLISH, "last 5 bytes"), (PORTUGUESE, "últimos 5 bytes")])
def test_a_torn_end_is_told_with_its_size(
    transcript: Path, tmp_path: Path, environ: dict[str, str], bytes_: str
) -> None:
    (segment,) = transcript.glob("transcript-*.jsonl")
    torn = tmp_path / segment.name
    torn.write_bytes(segment.read_bytes() + b'{"seq')
    result = run("verify", torn, **environ)
    assert (1, "") == (result.returncode, result.stdout)
    assert bytes_ in one_line(result.stderr)


def test_a_damage_is_told_with_its_place(transcript: Path, tmp_path: Path) -> None:
    (segment,) = transcript.glob("transcript-*.jsonl")
    damaged = tmp_path / segment.name
    damaged.write_bytes(segment.read_bytes().replace(b'"type":"start"', b'"type":"stort"'))
    result = run("verify", damaged)
    assert (1, "") == (result.returncode, result.stdout)
    assert f"chatsimples: {damaged}: line 2 (byte " in one_line(result.stderr)


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
        _, told = process.communicate(timeout=30)
    assert (1, "") == (process.returncode, told)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_an_output_that_takes_nothing_is_told_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*COMMAND, "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=30,
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
    printed, told = verifying_a_pipe.communicate(timeout=30)
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


@pytest.mark.parametrize("environ", [ENGLISH, PORTUGUESE])
@pytest.mark.parametrize("command", [[], ["server"], ["client"], ["verify"]])
def test_help_fits_a_terminal(command: list[str], environ: dict[str, str]) -> None:
    lines = run(*command, "--help", COLUMNS="80", **environ).stdout.splitlines()
    assert [] == [line for line in lines if len(line) > 80]


@pytest.mark.parametrize(
    ("command", "examples"), [("server", cli.SERVER_EXAMPLES), ("client", cli.CLIENT_EXAMPLES)]
)
def test_help_ends_with_examples(command: str, examples: tuple[tuple[str, str], ...]) -> None:
    shown = run(command, "--help").stdout.splitlines()
    expected = [line for meaning, example in examples for line in (f"    {meaning}:", f"      {example}")]
    assert ["  Examples:", *expected] == shown[-len(expected) - 1 :]


@pytest.mark.parametrize("example", [example for _, example in (*cli.SERVER_EXAMPLES, *cli.CLIENT_EXAMPLES)])
def test_an_example_is_a_command_line_that_can_be(
    example: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("CHATSIMPLES_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    ours = [part.split() for part in example.split("|") if "chatsimples" in part]
    assert 1 == len(ours)
    words = [word for word in ours[0] if word[0] not in "<>"]
    assert "chatsimples" == words[0]
    group = cli.command_line(translator("en"))
    assert isinstance(group, click.Group)
    with group.make_context("chatsimples", words[1:]) as context:
        name, command, rest = group.resolve_command(context, words[1:])
        assert name == words[1]
        assert command is not None
        command.make_context(name, rest, parent=context).close()


def test_the_client_reads_its_users_own_file_and_the_server_does_not(tmp_path: Path) -> None:
    file = tmp_path / "chatsimples" / "chatsimples.toml"
    file.parent.mkdir()
    file.write_text("[client]\nbeverage = 'tea'\n[server]\nbeverage = 'tea'\nport = 'tea'\n")
    # Where the environment names the folder, also macOS looks there, with a platformdirs that does.
    home = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    if sys.platform == "darwin":
        elsewhere = tmp_path / "Library" / "Application Support" / "chatsimples" / file.name
        elsewhere.parent.mkdir(parents=True)
        elsewhere.write_bytes(file.read_bytes())
    told = run("client", **home)
    assert (2, "") == (told.returncode, told.stdout)
    assert "chatsimples.toml, [client]: there is no setting 'beverage'" in one_line(told.stderr)
    # A wrong option is all that is wrong for the server.
    told = run("server", "--workers", "0", **home)
    assert 2 == told.returncode
    assert "'--workers'" in told.stderr
    assert "beverage" not in told.stderr


@pytest.fixture
def click_speaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give what sets the language of click's own words, for this test."""
    monkeypatch.setenv("LANGUAGE", "")
    before = gettext.textdomain()
    yield cli._set_click_language
    gettext.textdomain(before)


def test_the_whole_help_is_in_portuguese(click_speaks: Callable[[str], None]) -> None:
    texts = {}
    for lang in LANGUAGES:
        click_speaks(lang)
        texts[lang] = [
            line.strip()
            for arguments in (["--help"], ["server", "--help"], ["client", "--help"], ["verify", "--help"])
            for line in CliRunner()
            .invoke(cli.command_line(translator(lang)), arguments, terminal_width=1_000)
            .output.splitlines()
        ]
    commands = {command for _, command in (*cli.SERVER_EXAMPLES, *cli.CLIENT_EXAMPLES)}
    shared = set(texts["en"]) & set(texts["pt"]) - {""} - commands
    assert set() == shared, "these lines are not translated"


def test_the_commands_words_and_clicks_own_are_in_the_catalog() -> None:
    translate = translator("pt")
    assert [] == [word for word in cli.CLICK_WORDS if translate(word) == word]
    group = cli.command_line(translate)
    assert isinstance(group, click.Group)
    assert {"client", "server", "verify"} <= set(group.commands)
