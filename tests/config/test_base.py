"""What a setting is stands in one place, completely, for every program."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.settings import EVERY_SETTINGS

import chatsimples
from chatsimples.config.base import Settings, describe, make_settings
from chatsimples.config.server import ServerSettings
from chatsimples.errors import SettingError


def test_settings_are_made_only_of_what_can_be() -> None:
    assert 1 == make_settings(ServerSettings, {"workers": 1}).workers
    for values in ({"workers": 0}, {"worker": 1}, {"ping_timeout": float("nan")}):
        with pytest.raises(SettingError):
            make_settings(ServerSettings, values)


@pytest.mark.parametrize("cls", EVERY_SETTINGS)
def test_every_setting_has_a_help_and_every_number_bounds(cls: type[Settings]) -> None:
    described = describe(cls)
    assert list(cls.__struct_encode_fields__) == [each.name for each in described]
    assert [] == [each.name for each in described if not each.help]
    assert [] == [each.name for each in described if each.kind in {int, float} and each.high is None]


@pytest.mark.parametrize("cls", EVERY_SETTINGS)
def test_every_default_can_be_set_too(cls: type[Settings]) -> None:
    defaults = {each.name: each.default for each in describe(cls)}
    assert cls() == make_settings(cls, defaults)


def test_each_program_has_its_own_table_in_the_file() -> None:
    assert len(EVERY_SETTINGS) == len({cls.section for cls in EVERY_SETTINGS})
    assert {"server", "client", "load_test", "play", "redact"} <= {cls.section for cls in EVERY_SETTINGS}


def test_only_those_of_one_server_share_the_names_of_their_variables() -> None:
    sharing = {cls.section for cls in EVERY_SETTINGS if cls.prefix == "CHATSIMPLES"}
    # Those of accounts look into the server's store, and find it as the server does.
    assert {"server", "client", "accounts", "account_add", "token_add", "address"} == sharing
    others = [cls for cls in EVERY_SETTINGS if cls.section not in sharing]
    assert [f"CHATSIMPLES_{cls.section.upper()}" for cls in others] == [cls.prefix for cls in others]


def test_the_same_words_stand_in_the_same_order_everywhere() -> None:
    # Literals of the same words are one to Python, which keeps the order of whichever came first.
    choices = {each.choices for cls in EVERY_SETTINGS for each in describe(cls)}
    assert len(choices) == len({frozenset(words) for words in choices})


def defaults(tree: ast.AST) -> Iterator[tuple[str, object]]:
    """Yield the name and value of each default of a field or a parameter."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value)):
                yield name, value
            case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
                plain = [*args.posonlyargs, *args.args]
                pairs = [
                    *zip(plain[len(plain) - len(args.defaults) :], args.defaults, strict=True),
                    *zip(args.kwonlyargs, args.kw_defaults, strict=True),
                ]
                for arg, default in pairs:
                    if isinstance(default, ast.Constant):
                        yield arg.arg, default.value


def test_no_default_of_a_setting_stands_anywhere_else() -> None:
    # What is off or empty by default is so in many places, and means nothing.
    ours = {
        (each.name, each.default)
        for cls in EVERY_SETTINGS
        for each in describe(cls)
        if each.default not in {0, 1, ""}
    }
    root = Path(chatsimples.__file__).parent
    again = [
        f"{path.relative_to(root)}: {name} = {value!r}"
        for path in root.rglob("*.py")
        if path.parent.name != "config"
        for name, value in defaults(ast.parse(path.read_text("utf-8")))
        if (name, value) in ours
    ]
    assert [] == again
