"""A row of the table becomes a command: its program gets what it names, and is imported only when it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from chatsimples.cli.command import Argument, Command, CommandGroup, make_command
from chatsimples.cli.program import COMMANDS, GROUPS
from chatsimples.config.replay import CheckSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import Translate, translator

TABLE = (*COMMANDS, *(command for _, commands in GROUPS.values() for command in commands))
MADE_UP = Command(
    name="try",
    program="made_up:run",
    help=("Try it.", "Then see."),
    settings=CheckSettings,
    example_setting=("expect", "6f1c…"),
    examples=(("Try logs", "chatsimples try logs"),),
    argument=Argument(name="path", metavar="PATH", type=Path),
)

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Give what runs a command whose program is a function of the test's own."""

    def run(program: Callable[..., int], *words: str, command: Command = MADE_UP) -> Result:
        module = ModuleType("made_up")
        vars(module)["run"] = program
        monkeypatch.setitem(sys.modules, "made_up", module)
        return CliRunner().invoke(make_command(command, str), words, standalone_mode=False)

    return run


def test_a_program_gets_what_it_names(invoke: Invoke) -> None:
    got: dict[str, Any] = {}

    def program(path: Path, settings: CheckSettings) -> int:
        got.update(path=path, settings=settings)
        return 3

    result = invoke(program, "logs", "--expect", "6f1c")
    assert {"path": Path("logs"), "settings": CheckSettings(expect="6f1c")} == got
    assert 3 == result.return_value


def test_the_language_of_the_settings_is_the_programs(invoke: Invoke) -> None:
    said: list[str] = []

    def program(translate: Translate) -> int:
        said.append(translate("{nick} has left {room}"))
        return 0

    invoke(program, "logs")
    invoke(program, "logs", "--lang", "pt")
    assert ["{nick} has left {room}", translator("pt")("{nick} has left {room}")] == said


def test_a_module_that_only_it_needs_and_is_not_there_is_told() -> None:
    lacking = msgspec.structs.replace(MADE_UP, program="not_there:run", lacking="install {module}")
    result = CliRunner().invoke(make_command(lacking, str), ["logs"], standalone_mode=False)
    assert isinstance(result.exception, ChatSimplesError)
    assert "install not_there" == str(result.exception)


def test_a_missing_module_of_the_program_itself_is_a_fault_of_ours() -> None:
    broken = msgspec.structs.replace(MADE_UP, program="not_there:run")
    result = CliRunner().invoke(make_command(broken, str), ["logs"], standalone_mode=False)
    assert isinstance(result.exception, ModuleNotFoundError)


def test_the_help_has_all_paragraphs_and_ends_with_the_examples() -> None:
    shown = CliRunner().invoke(make_command(MADE_UP, str), ["--help"]).output
    paragraphs = [" ".join(part.split()) for part in shown.split("\n\n")]
    assert ["Usage: try [OPTIONS] PATH", "Try it.", "Then see."] == paragraphs[:3]
    assert "(CHATSIMPLES_CHECK_EXPECT=6f1c…) or in the TOML file (expect = 6f1c…)" in paragraphs[-2]
    assert "Examples: Try logs: chatsimples try logs" == paragraphs[-1]


def test_a_group_makes_the_command_that_is_asked_for_and_no_other() -> None:
    other = msgspec.structs.replace(MADE_UP, name="another", short="Another")
    inner = CommandGroup("inner", [other], str)
    group = CommandGroup("outer", [MADE_UP, other], str, [inner])
    context = click.Context(group)
    assert ["another", "inner", "try"] == group.list_commands(context)
    made = group.get_command(context, "try")
    assert made is not None
    assert ("try", made) == (made.name, group.get_command(context, "try"))
    assert ["inner", "try"] == sorted(group.commands)
    assert None is group.get_command(context, "tries")
    shown = CliRunner().invoke(group, ["inner", "--help"]).output
    assert "another  Another" in shown


@pytest.mark.parametrize("command", TABLE, ids=lambda command: command.program)
def test_every_program_is_there_and_is_given_all_that_it_asks_for(command: Command) -> None:
    module, _, name = command.program.partition(":")
    program = getattr(import_module(module), name)
    given = {"translate", *(["settings"] if command.settings else [])}
    given |= {command.argument.name} if command.argument else set()
    parameters = signature(program).parameters
    needed = {name for name, each in parameters.items() if each.default is each.empty}
    assert needed <= given
    assert {"settings", "server_options", "path"} & given <= needed
    hints = get_type_hints(program)
    assert int is hints["return"]
    assert command.settings is hints.get("settings")


@pytest.mark.parametrize("command", TABLE, ids=lambda command: command.program)
def test_an_example_fits_the_help(command: Command) -> None:
    assert [] == [line for _, line in command.examples if len(line) > 74]
