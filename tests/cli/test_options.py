"""Every setting comes from the command line, the environment, a TOML file or its default, in this order."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from chatsimples.cli.options import settings_options, user_file
from chatsimples.config.base import ENVIRONMENT_PREFIX, Described, Settings, describe, make_settings
from chatsimples.config.client import ClientSettings
from chatsimples.config.server import ServerSettings
from chatsimples.errors import SettingError
from chatsimples.i18n import LANGUAGES, translator

CLASSES: dict[str, type[Settings]] = {"server": ServerSettings, "client": ClientSettings}
ALL = [(section, each) for section, cls in CLASSES.items() for each in describe(cls)]


def named(settings: list[tuple[str, Described]]) -> list[Any]:
    return [pytest.param(section, each, id=f"{section}-{each.name}") for section, each in settings]


EVERY = named(ALL)
NUMBERS = named([(section, each) for section, each in ALL if each.low is not None])
WORDS = named([(section, each) for section, each in ALL if each.choices])


@pytest.fixture(autouse=True)
def nothing_set_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX)]:
        monkeypatch.delenv(name)


@cache
def options_of(section: str, lang: str) -> list[click.Parameter]:
    """Make the options of a command, once for all tests."""
    return [*settings_options(CLASSES[section], translator(lang), None)]


def settings_of(
    section: str,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    lang: str = "en",
    default_file: Path | None = None,
) -> Any:
    """Make the settings as a command does; what ends a command is raised, or returned as its result."""
    made: list[Any] = []
    cls, translate = CLASSES[section], translator(lang)

    def keep(config: Path | None, **values: Any) -> None:
        made.append(make_settings(cls, values, translate))

    options = options_of(section, lang)
    if default_file:
        options = [*settings_options(cls, translate, lambda: default_file)]
    command = click.Command("command", params=options, callback=keep)
    result = CliRunner().invoke(command, arguments, env=dict(environ or {}))
    if isinstance(result.exception, Exception):
        raise result.exception
    return made[0] if made else result


def refused(result: object) -> str:
    """Return what a refused command line was told."""
    assert isinstance(result, Result), "it was not refused"
    assert 2 == result.exit_code
    return result.output


def three_values(described: Described) -> list[Any]:
    """Return three values that the setting can have; a switch has two, a choice of two words has two."""
    if described.kind is bool:
        return [True, False, True]
    if described.choices:
        words = [choice for choice in described.choices if choice]
        return [words[0], words[1], words[0]]
    if described.low is None:
        return ["first", "second", "third"]
    return [described.kind(described.low + step) for step in (1, 2, 3)]


def flag(described: Described, value: Any) -> list[str]:
    if described.kind is bool:
        return [described.option if value else f"--no-{described.option[2:]}"]
    return [described.option, str(value)]


def in_file(folder: Path, section: str, described: Described, value: Any) -> str:
    written = str(value).lower() if described.kind is bool else repr(value)
    path = folder / "settings.toml"
    path.write_text(f"[{section}]\n{described.name} = {written}\n", "utf-8")
    return str(path)


@pytest.mark.parametrize(("section", "described"), EVERY)
def test_the_command_line_wins_then_the_environment_then_the_file(
    section: str, described: Described, tmp_path: Path
) -> None:
    first, second, third = three_values(described)
    file = ["--config", in_file(tmp_path, section, described, third)]
    environ = {described.variable: str(second)}
    found = [
        settings_of(section, *file, *flag(described, first), environ=environ),
        settings_of(section, *file, environ=environ),
        settings_of(section, *file),
        settings_of(section),
    ]
    expected = [first, second, third, described.default]
    assert expected == [getattr(settings, described.name) for settings in found]


@pytest.mark.parametrize(("section", "described"), NUMBERS)
def test_a_number_is_taken_up_to_its_bounds_and_refused_beyond(section: str, described: Described) -> None:
    assert described.low is not None
    assert described.high is not None
    for value in (described.low, described.high):
        settings = settings_of(section, described.option, str(value))
        assert described.kind(value) == getattr(settings, described.name)
    for value in (described.low - 1, described.high + 1):
        told = refused(settings_of(section, described.option, str(value)))
        assert f"'{value}' is not a" in told
        assert f"from {described.low} to {described.high}" in " ".join(told.split())


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf", "infinity", "1e999", "ten", "", " ", "0x10"])
@pytest.mark.parametrize(("section", "described"), NUMBERS)
def test_what_is_not_a_number_is_refused_by_name(section: str, described: Described, value: str) -> None:
    told = refused(settings_of(section, f"{described.option}={value}"))
    assert described.option in told
    assert described.variable in told


@pytest.mark.parametrize(("section", "described"), NUMBERS)
def test_a_wrong_environment_variable_is_named(section: str, described: Described) -> None:
    assert described.variable in refused(settings_of(section, environ={described.variable: "many"}))


def test_a_fraction_is_refused_where_a_whole_number_is_due() -> None:
    assert "not a whole number" in refused(settings_of("server", "--workers", "1.5"))
    assert 1.5 == settings_of("server", "--message-rate", "1.5").message_rate


def test_an_overlong_value_is_told_cut_short() -> None:
    told = refused(settings_of("server", "--port", "9" * 100_000))
    assert len(told) < 1_000


@pytest.mark.parametrize(("section", "described"), WORDS)
def test_a_word_that_is_no_choice_is_refused_with_the_choices(section: str, described: Described) -> None:
    told = refused(settings_of(section, described.option, "klingon"))
    assert "klingon" in told
    assert [] == [choice for choice in described.choices if choice not in told]
    assert ", ," not in told


def test_an_empty_environment_variable_is_not_there() -> None:
    assert ServerSettings() == settings_of("server", environ={"CHATSIMPLES_PORT": "", "CHATSIMPLES_LANG": ""})


def test_a_switch_of_the_file_can_be_switched_off(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[client]\nonce = true\n")
    assert settings_of("client", "--config", str(file)).once
    assert not settings_of("client", "--config", str(file), "--no-once").once


def test_the_file_can_be_named_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[server]\nport = 5001\n")
    assert 5001 == settings_of("server", environ={"CHATSIMPLES_CONFIG": str(file)}).port


@pytest.mark.parametrize(
    "text", ["", "[client]\nwhatever = 1\n[else]\nport = 7\n", "title = 'chat'\n[server]\n"]
)
def test_what_is_not_the_commands_own_table_does_not_count(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    assert ServerSettings() == settings_of("server", "--config", str(file))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nprot = 5000\n", "there is no setting 'prot'"),
        ("[server]\nmessage-rate = 1\n", "there is no setting 'message-rate'"),
        ('[server]\n"a\\nb" = 1\n', r"there is no setting 'a\nb'"),
        ("[server]\nport = 65536\n", "$.port"),
        ("[server]\nport = '5000'\n", "$.port"),
        ("[server]\nport = true\n", "$.port"),
        ("[server]\nworkers = 1.5\n", "$.workers"),
        ("[server]\nping_interval = nan\n", "$.ping_interval"),
        ("[server]\nping_interval = inf\n", "$.ping_interval"),
        ("[server]\nhost = 1979-05-27\n", "$.host"),
        ("[server]\nlang = 'de'\n", "$.lang"),
        ("server = 5\n", "expected `object`"),
        ("[[server]]\nport = 5\n", "expected `object`"),
        ("[server]\nport 5\n", "is no TOML file"),
        ("[server]\nhost = '\udcff'\n", "is no TOML file"),
        ("x = " + "[" * 100_000, "is no TOML file"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingError) as raised:
        settings_of("server", "--config", str(file))
    assert 2 == raised.value.exit_code
    assert str(file) in str(raised.value)
    assert told.lower() in str(raised.value).lower()
    assert "\n" not in str(raised.value)


def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        told = refused(settings_of("server", "--config", str(path)))
        assert "--config" in told
        assert "CHATSIMPLES_CONFIG" in told


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    """A user's own file of settings."""
    file = tmp_path / "chatsimples" / "chatsimples.toml"
    file.parent.mkdir()
    file.write_text("[client]\nnick = 'ana'\nport = 5001\nroom = 'turma'\n[server]\nport = 5002\n")
    return file


def test_the_users_own_file_is_read_below_flag_and_environment(own_file: Path) -> None:
    environ = {"CHATSIMPLES_ROOM": "b", "CHATSIMPLES_PORT": "5003"}
    settings = settings_of("client", "--port", "5004", environ=environ, default_file=own_file)
    assert ClientSettings(nick="ana", room="b", port=5004) == settings


def test_another_file_takes_the_place_of_the_users_own(own_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[client]\nroom = 'b'\n")
    expected = ClientSettings(room="b")
    assert expected == settings_of("client", "--config", str(other), default_file=own_file)
    environ = {"CHATSIMPLES_CONFIG": str(other)}
    assert expected == settings_of("client", environ=environ, default_file=own_file)
    assert ClientSettings() == settings_of("client", "--config", os.devnull, default_file=own_file)
    assert "ana" == settings_of("client", environ={"CHATSIMPLES_CONFIG": ""}, default_file=own_file).nick


def test_a_users_own_file_need_not_be_there(own_file: Path) -> None:
    for missing in (own_file.with_name("missing"), own_file / "below a file", own_file.parent / "no" / "no"):
        assert ClientSettings() == settings_of("client", default_file=missing)


def test_a_wrong_file_of_the_user_is_told_with_its_place(own_file: Path) -> None:
    for text, told in (("[client]\nprot = 5\n", "no setting 'prot'"), ("[client", "is no TOML file")):
        own_file.write_text(text)
        with pytest.raises(SettingError) as raised:
            settings_of("client", default_file=own_file)
        assert str(own_file) in str(raised.value)
        assert told in str(raised.value)
    with pytest.raises(SettingError, match="can't be read"):
        settings_of("client", default_file=own_file.parent)


def test_a_wrong_file_of_the_user_does_not_hide_the_help(own_file: Path) -> None:
    own_file.write_text("[client")
    assert "--config FILE" in settings_of("client", "--help", default_file=own_file).output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_help_tells_where_the_users_own_file_is(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    for path, shown in (
        (Path("/home/ana/.config/chatsimples.toml"), " ~/.config/chatsimples.toml"),
        (Path("/elsewhere/chatsimples.toml"), " /elsewhere/chatsimples.toml"),
        (Path("/home/anabela/x{y}.toml"), " /home/anabela/x{y}.toml"),
    ):
        text = settings_of("client", "--help", lang=lang, default_file=path).output
        assert shown in " ".join(text.split())


def test_the_users_own_file_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere/else")
    expected = Path("/somewhere/else/chatsimples/chatsimples.toml")
    if sys.platform == "darwin" and user_file() != expected:
        pytest.skip("this platformdirs follows XDG_CONFIG_HOME on Linux only")
    assert expected == user_file()


def test_the_help_names_every_option_default_choice_and_bound_in_both_languages() -> None:
    for section, cls in CLASSES.items():
        for lang, to in (("en", "to"), ("pt", "a")):
            translate = translator(lang)
            text = " ".join(settings_of(section, "--help", lang=lang).output.split())
            for each in describe(cls):
                assert f"{each.option} " in text
                assert translate(each.help) in text
                assert each.low is None or f"({each.low} {to} {each.high})" in text
                choices = "|".join(choice for choice in each.choices if choice)
                assert f"{each.option} {choices} " in text or not choices
                default = f"{each.default:.10g}" if isinstance(each.default, float) else each.default
                assert f": {default}]" in text or each.kind is bool or not default
            assert "--lang en|pt " in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("--origin", "https://a.example,https://b.example"),
        ("--origin", "https://a.example", "--origin", "https://b.example"),
    ],
)
def test_a_list_is_given_with_commas_or_by_several_options(arguments: tuple[str, ...]) -> None:
    assert "https://a.example,https://b.example" == settings_of("server", *arguments).origin


def test_a_list_in_a_file_or_a_variable_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[server]\norigin = "https://a.example,https://b.example"\n')
    assert "https://a.example,https://b.example" == settings_of("server", "--config", str(file)).origin
    environ = {"CHATSIMPLES_ORIGIN": "https://a.example,https://b.example"}
    assert "https://a.example,https://b.example" == settings_of("server", environ=environ).origin
    assert "" == settings_of("server").origin
