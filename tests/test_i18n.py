"""Everything that people see is in Portuguese too, and the language is the one they chose."""

from __future__ import annotations

import ast
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from chatsimples.i18n import DOMAIN, LANGUAGES, LOCALE_FOLDER, N_, language, translator

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chatsimples"
PO = LOCALE_FOLDER / "pt" / "LC_MESSAGES" / f"{DOMAIN}.po"
# The functions that mark a text, as the script that makes the catalogs names them.
MARKS = re.findall(r"--keyword (\w+)", (ROOT / "scripts" / "update_catalogs.sh").read_text("utf-8"))


@cache
def texts() -> frozenset[str]:
    found = extract_from_dir(PACKAGE, keywords=dict.fromkeys(MARKS))
    return frozenset(message for _, _, message, _, _ in found if isinstance(message, str))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    with PO.open("rb") as source:
        return read_po(source, locale="pt")


def translations(catalog: Catalog) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalog if message.id}


def placeholders(text: str) -> set[tuple[str, str | None]]:
    return {(name, conversion) for _, name, _, conversion in Formatter().parse(text) if name is not None}


def test_the_texts_are_found_in_every_part_of_the_program() -> None:
    some = {
        "{nick} has entered {room}",
        "say hello first",
        "Your nick: ",
        "address to listen on",
        "stop the server",
    }
    assert set() == some - texts()


def test_every_text_has_its_translation(catalog: Catalog) -> None:
    assert set() == texts() - {text for text, translation in translations(catalog).items() if translation}


def test_nothing_is_translated_that_nobody_says(catalog: Catalog) -> None:
    assert set() == translations(catalog).keys() - texts()
    assert [] == list(catalog.obsolete)


def test_no_translation_is_a_guess(catalog: Catalog) -> None:
    assert [] == [message.id for message in catalog if message.id and message.fuzzy]


def test_a_translation_has_the_placeholders_of_its_text(catalog: Catalog) -> None:
    differing = {
        text: translation
        for text, translation in translations(catalog).items()
        if placeholders(text) != placeholders(translation)
    }
    assert {} == differing


def test_a_translation_begins_and_ends_as_its_text_does(catalog: Catalog) -> None:
    pairs = translations(catalog).items()
    assert [] == [
        text for text, done in pairs if len(text) - len(text.lstrip()) != len(done) - len(done.lstrip())
    ]
    assert [] == [
        text for text, done in pairs if len(text) - len(text.rstrip()) != len(done) - len(done.rstrip())
    ]


def test_what_is_installed_is_what_the_catalog_says(catalog: Catalog) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    with PO.with_suffix(".mo").open("rb") as source:
        assert translations(read_mo(compiled)) == translations(read_mo(source))


def test_the_reason_in_a_refusal_is_a_text_of_the_catalog() -> None:
    unmarked = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                unmarked += [
                    f"{path.name}:{node.lineno}"
                    for keyword in node.keywords
                    if keyword.arg == "why" and ast.unparse(node.func) in {"Refusal", "errors.Refusal"}
                    if isinstance(keyword.value, ast.Constant | ast.JoinedStr)
                ]
    assert [] == unmarked


@pytest.mark.parametrize(
    ("expected", "asked", "environ"),
    [
        ("en", "", {}),
        ("en", "", {"LANG": "C.UTF-8"}),
        ("en", "", {"LANG": "de_DE.UTF-8"}),
        ("pt", "", {"LANG": "pt_BR.UTF-8"}),
        ("pt", "", {"LANG": "PT"}),
        ("pt", "", {"LC_MESSAGES": "pt_PT.UTF-8", "LANG": "en_GB.UTF-8"}),
        ("en", "", {"LC_ALL": "en_GB.UTF-8", "LC_MESSAGES": "pt_PT.UTF-8", "LANG": "pt_PT.UTF-8"}),
        ("pt", "", {"LANGUAGE": "pt_BR:en", "LC_ALL": "en_GB.UTF-8"}),
        ("pt", "", {"LANGUAGE": "", "LC_ALL": "pt_PT.UTF-8"}),
        ("en", "en", {"LANGUAGE": "pt"}),
        ("pt", "pt", {"LC_ALL": "en_GB.UTF-8"}),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_locales(
    expected: str, asked: str, environ: dict[str, str]
) -> None:
    assert expected == language(asked, environ)


def test_english_is_the_text_itself_and_portuguese_the_catalogs() -> None:
    text = N_("{nick} has left {room}")
    assert [text, "{nick} saiu de {room}"] == [translator(lang)(text) for lang in LANGUAGES]


def test_a_text_that_no_catalog_has_is_shown_as_it_is() -> None:
    assert "never written anywhere" == translator("pt")("never written anywhere")
