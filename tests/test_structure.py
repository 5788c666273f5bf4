"""The house keeps its order: imports go downwards, files stay small, and each has its tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chatsimples"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
PROGRAMS = ("client", "loadtest", "replay", "server")

# Each may import what stands in a row below its own, and of its own row only itself.
ROWS = (
    {"__main__"},
    {"cli"},
    {"cli_replay"},
    {"options", *PROGRAMS},
    {"transcript", "dialects"},
    {"chat"},
    {"config", "listener", "open_files", "standard_output"},
    {"errors"},
    {"i18n"},
)
LONGEST = 500


def part(module: str) -> str:
    """Return the part of the house that a module stands in; the package itself holds its version only."""
    return module.split(".")[1] if "." in module else ""


def imports(module: str, *, at_start_only: bool = False) -> set[str]:
    """Return the project's own modules that a module imports anywhere, or when it is itself imported."""
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    nodes = tree.body if at_start_only else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=source, names=names, level=0):
                for alias in names:
                    found.add(
                        f"{source}.{alias.name}" if f"{source}.{alias.name}" in MODULES else str(source)
                    )
            case ast.ImportFrom():
                found.add("a relative import")
    return {
        name
        for name in found
        if name in MODULES or name.split(".")[0] in {"chatsimples", "a relative import"}
    }


def test_every_module_stands_in_a_row() -> None:
    assert set() == {part(module) for module in MODULES} - {""} - set().union(*ROWS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards_only(module: str) -> None:
    own = part(module)
    row = next((number for number, parts in enumerate(ROWS) if own in parts), len(ROWS))
    allowed = {"", own}.union(*ROWS[row + 1 :])
    assert set() == {name for name in imports(module) if part(name) not in allowed or name not in MODULES}


def test_no_program_imports_another() -> None:
    crossing = [
        (module, name)
        for module in MODULES
        for name in imports(module)
        if part(module) in PROGRAMS and part(name) in PROGRAMS and part(module) != part(name)
    ]
    assert [] == crossing


def test_no_modules_import_one_another_in_a_circle() -> None:
    graph = {module: imports(module, at_start_only=True) - {module} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' > '.join(error.args[1])}")


@pytest.mark.parametrize("folder", ["chatsimples", "scripts"])
def test_every_file_can_be_read_at_one_sitting(folder: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert lengths
    assert {} == {path: lines for path, lines in lengths.items() if lines > LONGEST}


def test_every_module_has_its_tests() -> None:
    # What runs the command line is run by every test that starts the program.
    modules = [path.relative_to(PACKAGE) for path in MODULES.values() if not path.name.startswith("__")]
    assert modules
    expected = [Path("tests") / path.parent / f"test_{path.name}" for path in modules]
    assert [] == [str(path) for path in expected if not (ROOT / path).is_file()]


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        # What a server's child runs: it is spawned, so what it imports costs time and memory at each start.
        (
            ["__main__", "server.process", "server.acceptor", "server.broadcaster"],
            ["click", "prompt_toolkit"],
        ),
        (["server.supervisor"], ["prompt_toolkit"]),
        (["client.program"], ["prompt_toolkit", "structlog"]),
        (["cli"], ["multiprocessing", "prompt_toolkit", "structlog"]),
        (["__main__"], ["click", "msgspec"]),
    ],
)
def test_a_process_imports_only_what_it_needs(modules: list[str], unwanted: list[str]) -> None:
    program = "; ".join(
        [
            "import sys",
            *(f"import chatsimples.{module}" for module in modules),
            f"print(*[name for name in {unwanted} if name in sys.modules])",
        ]
    )
    imported = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=30, check=True
    ).stdout
    assert [] == imported.split()


def test_the_programs_texts_and_types_are_installed_with_it() -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert [] == [
        catalog.name
        for catalog in (PACKAGE / "locale").rglob("*.po")
        if not catalog.with_suffix(".mo").is_file()
    ]
