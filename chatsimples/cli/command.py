"""A command as a row of a table, and what click makes of it.

What a command does stands in its program, which is imported when the command runs and not before: so that
`chatsimples --help` need not load all of them. And its options are made when it is asked for: they are many,
and one command runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import click
import msgspec

from chatsimples.cli.options import settings_options
from chatsimples.config.base import Settings, describe, make_settings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import Translate, translator
from chatsimples.loading import loading
from chatsimples.standard_output import printing_a_result

Example = tuple[str, str]
"""What a command line does, to be translated, and the command line: at most 74 characters."""


class Argument(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the command line without being an option.

    Attributes:
        name: the program's parameter.
        metavar: what the help calls it.
        type: makes a value of a word.
        count: how many words; -1 for any number.
        default: what it is if it is not there; None if it has to be.
    """

    name: str
    metavar: str
    type: Any = str
    count: int = 1
    default: str | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command. Its texts are for people and are translated.

    Attributes:
        name: what it is called.
        program: the function that it calls, as ``module:function``. It is given what it names of
            ``settings``, ``translate`` (into the user's language) and the argument; it returns the exit code.
        short: its line in the list of commands; empty: the first sentence of the help.
        help: paragraphs.
        settings: what its options set, if it has any.
        example_setting: one of the settings, with a value, to show where else settings come from.
        examples: command lines.
        argument: what else it takes.
        own_file: gives the file that is read for settings if none is named.
        lacking: what is said if a module that only this command needs is not installed.
        prints_a_result: its work is done when whoever reads its standard output wants no more of it.
    """

    name: str
    program: str
    help: tuple[str, ...]
    short: str = ""
    settings: type[Settings] | None = None
    example_setting: tuple[str, str] = ("", "")
    examples: tuple[Example, ...] = ()
    argument: Argument | None = None
    own_file: Callable[[], Path] | None = None
    lacking: str = ""
    prints_a_result: bool = False


class CommandGroup(click.Group):
    """A group of commands, each of which is made when it is asked for.

    Args:
        name: what it is called.
        rows: its commands.
        translate: the language of their help.
        groups: the groups within it.
        how: more for `click.Group`.
    """

    def __init__(
        self,
        name: str,
        rows: Sequence[Command],
        translate: Translate,
        groups: Sequence[click.Group] = (),
        **how: Any,
    ) -> None:
        super().__init__(name, commands=groups, **how)
        self._rows = {row.name: row for row in rows}
        self._translate = translate

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all its commands, in the order of the help."""
        return sorted({*super().list_commands(ctx), *self._rows})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, if there is one."""
        if cmd_name in self._rows and cmd_name not in self.commands:
            self.add_command(make_command(self._rows[cmd_name], self._translate))
        return super().get_command(ctx, cmd_name)


def make_command(command: Command, translate: Translate) -> click.Command:
    """Make a command for click, with its help in the language of ``translate``."""
    params: list[click.Parameter] = []
    epilog = None
    if command.settings is not None:
        params += settings_options(command.settings, translate, command.own_file)
        epilog = _epilog(command.settings, command.example_setting, command.examples, translate)
    if command.argument is not None:
        params.append(_argument(command.argument))
    return click.Command(
        command.name,
        callback=partial(_run, command, translate),
        params=params,
        help="\n\n".join(translate(paragraph) for paragraph in command.help),
        short_help=translate(command.short) if command.short else None,
        epilog=epilog,
    )


def _run(command: Command, translate: Translate, **values: Any) -> int:
    given: dict[str, Any] = {"translate": translate}
    if command.argument is not None:
        given[command.argument.name] = values.pop(command.argument.name)
    if command.settings is not None:
        values.pop("config")
        given["settings"] = make_settings(command.settings, values, translate)
        if lang := getattr(given["settings"], "lang", ""):
            given["translate"] = translator(lang)
    program = _load(command, translate)
    code: int = 0
    with printing_a_result() if command.prints_a_result else nullcontext():
        code = program(**{name: given[name] for name in signature(program).parameters if name in given})
    return code  # noqa: RET504 - it is still 0 if the reader has gone


def _load(command: Command, translate: Translate) -> Callable[..., int]:
    module, _, function = command.program.partition(":")
    try:
        with loading():
            program: Callable[..., int] = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        if not command.lacking:
            raise
        raise ChatSimplesError(translate(command.lacking).format(module=error.name)) from None
    return program


def _argument(argument: Argument) -> click.Argument:
    more: dict[str, Any] = (
        {} if argument.default is None else {"default": argument.default, "required": False}
    )
    return click.Argument(
        [argument.name], type=argument.type, metavar=argument.metavar, nargs=argument.count, **more
    )


def _epilog(
    cls: type[Settings], shown: tuple[str, str], examples: Sequence[Example], translate: Translate
) -> str:
    """Write what stands below a command's options: where else settings come from, and examples."""
    _ = translate
    name, value = shown
    variable = next(each.variable for each in describe(cls) if each.name == name)
    settings = _(
        "What an option sets can also be set in the environment ({variable}={value}) or in the TOML file "
        "({name} = {value}). The command line wins, then the environment, then the file."
    ).format(variable=variable, name=name, value=value)
    # After a line with \b, click leaves the lines as they are.
    lines: list[str] = ["\b", _("Examples:")]
    for meaning, command_line in examples:
        lines += [f"  {_(meaning)}:", f"    {command_line}"]
    return "\n".join([settings, "", *lines])
