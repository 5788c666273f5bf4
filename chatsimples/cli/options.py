"""The command line's options, made from the settings that `chatsimples.config.base` describes.

They stand apart because the server's processes need the settings, and not what parses a command line.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from chatsimples.config.base import ENVIRONMENT_PREFIX, Described, Settings, describe, make_settings
from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate

_LONGEST_SHOWN = 40


def user_file() -> Path:
    """Give the file with the user's own settings, which need not be there."""
    import platformdirs  # noqa: PLC0415 - only a command that has such a file needs it

    return platformdirs.user_config_path("chatsimples", appauthor=False) / "chatsimples.toml"


class _Option(click.Option):
    """An option whose errors name its variable too: the wrong value may well come from there."""

    def get_error_hint(self, ctx: click.Context | None) -> str:  # noqa: ARG002 - as click asks
        # In place of click's own, which names the variable in its newer versions only.
        return f"'{self.opts[0]}' ({self.envvar})"


class _FileOption(_Option):
    """The option that names a file; its help tells which one is read if it does not."""

    def __init__(self, *args: Any, default_file: Callable[[], Path] | None, **how: Any) -> None:
        super().__init__(*args, **how)
        self._default_file = default_file

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if record is None or self._default_file is None:
            return record
        # It is not known before somebody asks for help: finding it takes time.
        return record[0], record[1].format(default_file=_from_home(self._default_file()))


def settings_options(
    cls: type[Settings], translate: Translate, default_file: Callable[[], Path] | None = None
) -> list[click.Parameter]:
    """Make one option per setting of ``cls``, and before them ``--config FILE``.

    The file is TOML, and of it the settings' own table counts. If none is named, the one that
    ``default_file`` gives is read, if there is one.
    """
    file_help = translate(N_("TOML file with settings, under [{section}]")).format(section=cls.section)
    if default_file is not None:
        file_help += translate(N_("; without this option {default_file}, if it is there"))
    config = _FileOption(
        ["--config"],
        default_file=default_file,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        envvar=f"{ENVIRONMENT_PREFIX}_CONFIG",
        is_eager=True,
        callback=partial(_use_file, cls, translate, default_file),
        help=file_help,
    )
    return [config, *(_option(each, translate) for each in describe(cls))]


def _use_file(
    cls: type[Settings],
    translate: Translate,
    default_file: Callable[[], Path] | None,
    context: click.Context,
    _: click.Parameter,
    path: Path | None,
) -> Path | None:
    """Take the settings of a file as defaults of the options that follow."""
    if path is None and default_file is not None:
        path = default_file()
        # Where one may not even look, there is none either, as os.path says on every Python; nor is what
        # would have to be waited for (a pipe) or never ends (a device).
        if not (os.path.isfile(path) or os.path.isdir(path)):  # noqa: PTH112, PTH113 - Path raises PermissionError
            path = None
    if path is not None:
        table = _read_file(path, cls, translate)
        lists = {
            each.name: [table[each.name]] for each in describe(cls) if each.several and each.name in table
        }
        context.default_map = {**(context.default_map or {}), **table, **lists}
    return path


def _lists(cls: type[Settings]) -> list[str]:
    return [each.name for each in describe(cls) if each.several]


def _read_file(path: Path, cls: type[Settings], translate: Translate) -> dict[str, Any]:
    """Read the settings' table of a file.

    Raises:
        SettingError: it can't be read, is no TOML file, or has a setting that can't be.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8")).get(cls.section, {})
    except OSError as error:
        text = translate(N_("{file} can't be read: {why}"))
        raise SettingError(text.format(file=path, why=error.strerror)) from None
    except (ValueError, RecursionError) as error:
        text = translate(N_("{file} is no TOML file: {why}"))
        raise SettingError(text.format(file=path, why=error)) from None
    try:
        make_settings(cls, table, translate)
    except SettingError as error:
        raise SettingError(f"{path}, [{cls.section}]: {error}") from None
    checked: dict[str, Any] = table
    return checked


def _from_home(path: Path) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises an error where nobody has a home
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _option(described: Described, translate: Translate) -> click.Option:
    help_text = translate(described.help)
    how: dict[str, Any] = {"metavar": described.name.upper()}
    option = described.option
    if described.kind is bool:
        option = f"{option}/--no-{option.removeprefix('--')}"
        how = {"is_flag": True}
    elif described.choices:
        # Without brackets: with them the longest would not fit into click's column.
        metavar = "|".join(choice for choice in described.choices if choice)
        how = {"type": _word(described.choices, translate), "metavar": metavar}
    elif described.low is not None and described.high is not None:
        how = {
            "type": _number(described.kind, described.low, described.high, translate),
            "metavar": "N",
        }
        help_text = translate(N_("{meaning} ({low} to {high})")).format(
            meaning=help_text, low=described.low, high=described.high
        )
    elif described.several:
        how |= {"multiple": True, "callback": _joined}
    default = () if described.several else described.default
    return _Option(
        [option],
        default=int(default) if isinstance(default, float) and default.is_integer() else default,
        show_default=described.kind is not bool and default not in {"", ()},
        envvar=described.variable,
        help=help_text,
        **how,
    )


def _joined(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> str:
    return ",".join(filter(None, values))


def _number(
    kind: Callable[[str], Any], low: float, high: float, translate: Translate
) -> Callable[[str], Any]:
    def convert(value: str) -> Any:
        try:
            number = kind(value)
        except ValueError:
            number = math.nan
        # What is not a number is in no range.
        if not low <= number <= high:
            text = translate(N_("{value} is not a whole number from {low} to {high}"))
            if kind is float:
                text = translate(N_("{value} is not a number from {low} to {high}"))
            raise click.BadParameter(text.format(value=_cut(value), low=low, high=high))
        return number

    return convert


def _word(choices: Sequence[str], translate: Translate) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value not in choices:
            text = translate(N_("{value} is none of {choices}"))
            raise click.BadParameter(
                text.format(value=_cut(value), choices=", ".join(choice for choice in choices if choice))
            )
        return value

    return convert


def _cut(value: str) -> str:
    return repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…")
