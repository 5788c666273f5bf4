"""The browser's page: its JavaScript is tested by Node, its types are checked, and its files hold together.

The page is made without Node, and runs without it. Where no Node is found, what needs one is skipped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from support.node_packages import node_package_file

from chatsimples.server.web.files import read_files

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / "chatsimples" / "page"
MODULES = sorted(path for folder in ("js", "words") for path in (PAGE / folder).rglob("*.js"))
STYLES = sorted((PAGE / "style").glob("*.css"))
# Each may import itself and those before it.
LAYERS = ("words", "js/player", "js/core", "js/model", "js/view", "js/main.js")
IMPORT = re.compile(r"""^\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)";""", re.MULTILINE)
# Others' texts could become markup, or code, by these.
FORBIDDEN = re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(|srcdoc)")
MOST_COMPRESSED = 100_000
LONGEST = 450


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, cwd=HERE, capture_output=True, text=True)


def node() -> str:
    """Return a Node: the system's, or the one that Playwright brings."""
    found = shutil.which("node")
    spec = find_spec("playwright")
    if not found and spec and spec.origin:
        brought = Path(spec.origin).parent / "driver" / "node"
        found = str(brought) if brought.exists() else None
    if not found:
        pytest.skip("there is no Node here: install node, or playwright from PyPI, which brings one")
    return found


@pytest.fixture(scope="module")
def page_words() -> ModuleType:
    """The script that writes what the page shares with the program."""
    scripts = str(ROOT / "scripts")
    sys.path.insert(0, scripts)
    try:
        import make_page_words  # noqa: PLC0415 - it is no package

        return make_page_words
    finally:
        sys.path.remove(scripts)


def layer(path: Path) -> int:
    name = path.relative_to(PAGE).as_posix()
    return next(number for number, each in enumerate(LAYERS) if name.startswith(each))


def test_the_page_passes_its_own_tests() -> None:
    ran = run(node(), "--test", *sorted(HERE.glob("*.test.mjs")))
    assert 0 == ran.returncode, ran.stdout + ran.stderr


def test_the_types_of_the_page_are_right() -> None:
    ran = run(node(), node_package_file("typescript/bin/tsc"), "-p", HERE)
    assert 0 == ran.returncode, ran.stdout


def test_what_the_page_shares_with_the_program_is_up_to_date(page_words: ModuleType) -> None:
    # The names of emoji are those of the library's version with which they were made.
    files = {path: text for path, text in page_words.files().items() if path.name != "emoji.txt"}
    assert [] == [path.name for path, text in files.items() if path.read_text("utf-8") != text]


def upward_imports(module: Path) -> Iterator[str]:
    for each in IMPORT.findall(module.read_text("utf-8")):
        imported = (module.parent / each).resolve()
        if not imported.exists() or layer(imported) > layer(module):
            yield f"{module.name}: {each}"


def test_imports_of_the_page_go_downwards() -> None:
    assert [] == [each for module in MODULES for each in upward_imports(module)]


def test_no_text_of_others_can_become_markup_or_code() -> None:
    assert [] == [module.name for module in MODULES if FORBIDDEN.search(module.read_text("utf-8"))]


def test_what_is_below_the_views_knows_no_page() -> None:
    below = [path for path in MODULES if LAYERS[layer(path)] in ("js/core", "js/model")]
    assert [] == [path.name for path in below if re.search(r"\b(document|window)\.", path.read_text("utf-8"))]


def test_modules_of_the_page_stay_small() -> None:
    written = [path for path in MODULES if path.name != "program.js"]
    assert [] == [path.name for path in written if len(path.read_text("utf-8").splitlines()) > LONGEST]


def test_the_page_names_all_its_files_and_no_code_of_its_own() -> None:
    page = (PAGE / "index.html").read_text("utf-8")
    named = set(re.findall(r'(?:href|src)="([^"]+)"', page))
    served = [*MODULES, *STYLES, PAGE / "icon.svg", PAGE / "manifest.webmanifest"]
    assert {path.relative_to(PAGE).as_posix() for path in served} == named
    assert [] == re.findall(r"<style|\bstyle=|\bon\w+=|<script(?![^>]*\bsrc=)", page)


def test_the_page_stays_below_a_hundred_kilobytes() -> None:
    sent = {path: file for path, file in read_files(PAGE).items() if path.endswith((".js", ".css", ".html"))}
    assert sum(len(file.packed or file.plain) for file in sent.values()) < MOST_COMPRESSED


def test_a_module_that_is_sent_is_the_program_that_was_written() -> None:
    # Both without any comment: what is left out is comments alone, and no piece of code between two of them.
    comment = re.compile(r"/\*.*?\*/|\s+", re.DOTALL)
    files = read_files(PAGE)
    for module in MODULES:
        sent = files["/" + module.relative_to(PAGE).as_posix()].plain.decode()
        assert comment.sub("", module.read_text("utf-8")) == comment.sub("", sent)
