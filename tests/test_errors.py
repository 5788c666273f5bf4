"""Each error that leaves its package is defined once; each refusal has a code that the reference lists."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

import chatsimples
from chatsimples import errors
from chatsimples.errors import REFUSALS, ChatSimplesError, Refusal, TranscriptDamagedError, explain
from chatsimples.i18n import LANGUAGES, translator

REFERENCE = Path(__file__).parent.parent / "docs" / "protocol.md"


def documented() -> list[str]:
    table = REFERENCE.read_text("utf-8").split("### Errors", 1)[1].split("\n### ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [code for row in rows for code in re.findall(r"`(\w+)`", row)]


def test_the_reference_lists_exactly_the_codes_there_are() -> None:
    assert sorted(REFUSALS) == sorted(documented())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_is_explained_with_its_details(code: str, lang: str) -> None:
    names = [name for _, name, _, _ in Formatter().parse(REFUSALS[code]) if name]
    text = explain(code, {name: f"<{name}>" for name in names}, translator(lang))
    assert [] == [name for name in names if f"<{name}>" not in text]
    assert not {"{", "}"} & set(text)


def test_the_reason_is_translated_and_has_details_of_its_own() -> None:
    refusal = Refusal("bad_request", why="N is from 1 to {most}", most=1000)
    assert {"why": "N is from 1 to {most}", "most": "1000"} == refusal.detail
    english, portuguese = (explain(refusal.code, refusal.detail, translator(lang)) for lang in ("en", "pt"))
    assert "this command is not complete or not right: N is from 1 to 1000" == english
    assert "este comando está incompleto ou incorreto: N vai de 1 a 1000" == portuguese


@pytest.mark.parametrize("detail", ["{0}", "{nick.__class__}", "{", "%s"])
def test_what_a_client_wrote_is_a_detail_and_no_text_with_placeholders(detail: str) -> None:
    assert f"nobody here is called {detail}" == explain("no_such_nick", {"nick": detail}, str)


def test_a_refusal_has_a_code_that_there_is() -> None:
    with pytest.raises(ValueError, match="no_such_code"):
        Refusal("no_such_code")


def test_a_damage_tells_its_place() -> None:
    error = TranscriptDamagedError(Path("logs/transcript-000000000001.jsonl"), 7, 512, "it is no record")
    assert "logs/transcript-000000000001.jsonl: line 7 (byte 512): it is no record" == str(error)
    assert (7, 512) == (error.line, error.offset)


def errors_of(module: ModuleType) -> list[type[BaseException]]:
    """Return the errors that a module defines."""
    return [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseException) and kind.__module__ == module.__name__
    ]


PROGRAM_ERRORS = [kind for kind in errors_of(errors) if issubclass(kind, ChatSimplesError)]
OWN_ERRORS = [
    kind
    for found in pkgutil.walk_packages(chatsimples.__path__, "chatsimples.")
    if found.name not in {"chatsimples.__main__", "chatsimples.errors"}
    for kind in errors_of(importlib.import_module(found.name))
]
"""Errors that stand beside the code that raises them."""


def package(module: str) -> str:
    return module.split(".")[1]


def sources() -> dict[str, str]:
    """Return the text of each module, by the module's name."""
    root = Path(chatsimples.__file__).parent
    return {
        ".".join(path.relative_to(root.parent).with_suffix("").parts): path.read_text("utf-8")
        for path in root.rglob("*.py")
    }


def test_a_wrong_setting_ends_a_command_with_2_and_all_else_with_1() -> None:
    assert len(PROGRAM_ERRORS) > 1
    assert {"SettingError": 2} == {
        kind.__name__: kind.exit_code for kind in PROGRAM_ERRORS if kind.exit_code != 1
    }


def test_every_program_error_is_defined_in_errors() -> None:
    assert OWN_ERRORS
    assert [] == [kind for kind in OWN_ERRORS if issubclass(kind, ChatSimplesError | Refusal)]


def test_an_error_defined_elsewhere_stays_in_its_package() -> None:
    abroad = [
        f"{kind.__name__} in {module}"
        for module, text in sources().items()
        for kind in OWN_ERRORS
        if package(module) != package(kind.__module__) and re.search(rf"\b{kind.__name__}\b", text)
    ]
    assert [] == abroad


def test_every_error_is_raised_somewhere() -> None:
    texts = [text for module, text in sources().items() if module != "chatsimples.errors"]
    unused = [
        kind.__name__
        for kind in [*errors_of(errors), *OWN_ERRORS]
        if not any(re.search(rf"\b{kind.__name__}\(", text) for text in texts)
    ]
    assert [] == unused


def test_until_when_something_holds_is_told_to_the_minute() -> None:
    detail = {"why": "you are muted until {until}", "until": "2026-11-22T15:04:05.000000Z"}
    assert "you can't speak: you are muted until 2026-11-22 15:04 UTC" == explain("muted", detail, str)
    detail["until"] = "noon"
    assert "you can't speak: you are muted until noon" == explain("muted", detail, str)
