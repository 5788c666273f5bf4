"""What the documentation names is there, and the settings' page says what the program does."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from support.paths import ROOT
from support.settings import EVERY_SETTINGS

from chatsimples.chat import records
from chatsimples.config.base import describe

SCRIPT = ROOT / "scripts" / "make_settings_doc.py"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
# Where a path in the documentation may begin.
BEGINNINGS = (ROOT, ROOT / "chatsimples", ROOT / "tests")
# Two versions of the project beside one another, and a name that the reader is to choose.
MADE_UP = re.compile(r"old/|new/|.*NAME\.py")

FILE = re.compile(r"(?<![\w./$~-])([\w-]+(?:/[\w.-]+)*\.(?:py|sh|c))\b")
TEST = re.compile(r"\b(test_\w+)\b(?!\.py)(…?)")
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests."""
    return {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the names by which the headings of a page can be linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def begins_one(beginning: str, names: set[str]) -> bool:
    return any(each.startswith(beginning) for each in names)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = {path for path in FILE.findall(page.read_text("utf-8")) if not MADE_UP.match(path)}
    assert [] == sorted(path for path in named if not any((place / path).exists() for place in BEGINNINGS))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_test_that_a_page_names_is_there(page: Path, tests: set[str]) -> None:
    named = TEST.findall(page.read_text("utf-8"))
    missing = [
        test
        for test, cut in named
        if not (any(each.startswith(test) for each in tests) if cut else test in tests)
    ]
    assert [] == missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [] == list(broken_links(page))


def test_the_reference_has_every_type_of_record() -> None:
    types = re.findall(r"^``(\w+)``", records.__doc__ or "", re.MULTILINE)
    reference = (
        (ROOT / "docs" / "protocol.md").read_text("utf-8").split("### Records", 1)[1].split("\n### ")[0]
    )
    rows = [line.split("|")[1] for line in reference.splitlines() if line.startswith("| `")]
    assert len(types) > 5
    assert set(types) == {kind for row in rows for kind in re.findall(r"`(\w+)`", row)}


@pytest.fixture
def settings_doc() -> ModuleType:
    """The script that writes the settings' page."""
    return loaded(SCRIPT)


def loaded(path: Path) -> ModuleType:
    """Load a script as a module."""
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    return script


def test_the_page_of_settings_is_up_to_date(settings_doc: ModuleType) -> None:
    assert settings_doc.page() == settings_doc.PAGE.read_text("utf-8")


def test_the_tables_of_irc_are_up_to_date() -> None:
    script = loaded(SCRIPT.with_name("make_irc_doc.py"))
    prose = script.PAGE.read_text("utf-8")
    assert script.page(prose) == prose


def test_the_page_of_settings_has_every_setting(settings_doc: ModuleType) -> None:
    variables = {each.variable for cls in EVERY_SETTINGS for each in describe(cls)}
    assert set() == variables - set(re.findall(r"`(CHATSIMPLES_\w+)`", settings_doc.page()))
