"""The house keeps its order: imports go downwards, files stay small, and each has its tests."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from support.waiting import DEADLINE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chatsimples"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
# Each room of the house, lowest floor first, and the rooms whose modules it may import beside its own. A room
# is a folder or, in a folder with rooms, a file of its own. What is allowed and not used is struck out.
HOUSE = {
    "chatsimples": set(),
    "i18n": set(),
    "loading": set(),
    "errors": {"i18n"},
    "config.base": {"errors", "i18n"},
    "config.accounts": {"config.base", "i18n"},
    "config.server": {"config.base", "i18n"},
    "config.client": {"config.base", "i18n"},
    "config.loadtest": {"config.base", "i18n"},
    "config.replay": {"config.base", "i18n"},
    "standard_output": {"i18n"},
    "net": {"config.base", "errors", "i18n"},
    "chat": {"errors", "i18n"},
    "accounts": {"chat", "errors", "i18n"},
    "accounts.programs": {"accounts", "config.accounts", "errors", "i18n"},
    "screen": {"chat"},
    "words": {"chat", "errors", "i18n"},
    "transcript": {"chat", "errors"},
    "irc": {"chat", "errors", "i18n"},
    "dialects": {"chat", "errors", "i18n", "irc", "words"},
    "web": {"errors"},
    "server.channels": set(),
    "server.items": {"server.channels"},
    "server.console": {"accounts", "chat", "i18n", "words"},
    "server.oplog": {"config.server", "standard_output"},
    "server.folder": {"config.server", "errors", "server.oplog"},
    "server.process": set(),
    "server.signals": set(),
    "server.tasks": {"config.server", "net", "server.channels"},
    "server.hashing": {
        "accounts", "errors", "server.channels", "server.oplog", "server.process", "server.tasks",
    },
    "server.worker": {"chat", "dialects", "errors", "net", "server.oplog", "web"},
    "server.logins": {
        "accounts", "chat", "config.server", "dialects", "errors", "i18n", "net", "server.hashing",
        "server.oplog", "server.worker",
    },
    "server.acceptor": {
        "chat", "dialects", "errors", "i18n", "irc", "net", "server.channels", "server.hashing",
        "server.items", "server.logins", "server.oplog", "server.process", "server.tasks", "server.worker",
    },
    "server.broadcaster": {
        "chat", "chatsimples", "dialects", "errors", "i18n", "net", "server.channels", "server.items",
        "server.oplog", "server.process", "server.tasks", "transcript", "words",
    },
    "server.tls": {
        "errors", "i18n", "net", "server.acceptor", "server.channels", "server.oplog", "server.process",
        "server.tasks", "server.worker",
    },
    "server.web": {
        "chat", "chatsimples", "config.server", "errors", "i18n", "net", "server.acceptor", "server.channels",
        "server.oplog", "server.process", "server.tasks", "server.worker", "web",
    },
    "server.verifier": {
        "errors", "i18n", "server.channels", "server.oplog", "server.process", "server.tasks", "transcript",
    },
    "server.children": {
        "loading", "server.acceptor", "server.broadcaster", "server.hashing", "server.tasks", "server.tls",
        "server.verifier", "server.web",
    },
    "server.watching": {"server.oplog"},
    "server.child": {"server.channels", "server.oplog", "server.process", "server.watching"},
    "server.verification": {
        "config.server", "server.channels", "server.child", "server.oplog", "server.tasks",
    },
    "server.hashing_on_demand": {
        "config.server", "server.channels", "server.child", "server.hashing", "server.tasks",
    },
    "server.termination": {
        "config.base", "config.server", "errors", "net", "server.channels", "server.child", "server.oplog",
        "server.tasks",
    },
    "server.web_service": {
        "config.server", "net", "server.channels", "server.child", "server.tasks",
    },
    "server.supervisor": {
        "config.server", "errors", "i18n", "net", "server.channels", "server.children",
        "server.console", "server.folder", "server.hashing_on_demand", "server.oplog", "server.process",
        "server.signals", "server.tasks", "server.termination", "server.verification", "server.watching",
        "server.web_service", "standard_output", "web", "words",
    },
    "client.server_texts": {"dialects", "errors", "i18n", "screen"},
    "client.names": {"chat", "errors"},
    "client.protocol": {"chat", "client.server_texts", "dialects", "errors", "i18n", "net", "words"},
    "client.logins": {"client.protocol", "config.client", "errors", "i18n"},
    "client.requests": {"chat", "client.protocol", "errors", "i18n", "words"},
    "client.rendering": {
        "chat", "client.protocol", "client.requests", "client.server_texts", "i18n", "screen", "words",
    },
    "client.storage": {"chat"},
    "client.dialogue": {
        "chat", "client.protocol", "client.rendering", "client.requests", "client.storage", "errors", "i18n",
        "screen", "words",
    },
    "client.address": {"config.client", "i18n", "net"},
    "client.pipe": {
        "chat", "client.address", "client.names", "client.protocol", "client.rendering",
        "client.requests", "client.server_texts", "config.client", "dialects", "errors", "i18n", "screen",
        "words",
    },
    "client.terminal": {
        "chat", "client.address", "client.dialogue", "client.protocol", "client.rendering",
        "client.requests", "client.storage", "config.client", "errors", "i18n", "screen", "words",
    },
    "client.program": {
        "chat", "client.address", "client.logins", "client.names", "client.pipe", "client.protocol",
        "client.terminal", "config.client", "errors", "i18n",
    },
    "replay.progress": set(),
    "replay.recording": {"chat", "errors", "i18n", "transcript"},
    "replay.narration": {"chat", "i18n", "screen", "words"},
    "replay.proof": {
        "chat", "config.replay", "errors", "i18n", "replay.progress", "replay.recording", "transcript",
    },
    "replay.stats": {
        "chat", "config.replay", "i18n", "replay.narration", "replay.recording", "screen", "words",
    },
    "replay.export": {
        "chat", "config.replay", "errors", "i18n", "replay.narration", "replay.recording", "screen",
        "transcript", "words",
    },
    "replay.play": {
        "chat", "config.replay", "errors", "i18n", "replay.narration", "replay.recording", "screen",
        "transcript",
    },
    "replay.serve": {
        "chat", "chatsimples", "config.replay", "config.server", "dialects", "errors", "i18n", "net",
        "replay.recording", "standard_output", "transcript",
    },
    "replay.reenact": {
        "chat", "config.replay", "dialects", "errors", "i18n", "net", "replay.progress", "replay.proof",
        "replay.recording", "standard_output", "transcript", "words",
    },
    "replay.redact": {
        "chat", "config.replay", "errors", "i18n", "replay.progress", "replay.recording", "transcript",
    },
    "loadtest.quantities": set(),
    "loadtest.results": set(),
    "loadtest.comparison": {"loadtest.results"},
    "loadtest.machine": set(),
    "loadtest.wire": {"errors", "net"},
    "loadtest.checking": {"i18n", "loadtest.quantities", "loadtest.results", "loadtest.wire"},
    "loadtest.drawing": {"loadtest.quantities"},
    "loadtest.ageing": {"chat", "errors", "transcript"},
    "loadtest.generator": {"loadtest.checking", "loadtest.results", "loadtest.wire"},
    "loadtest.targets": {
        "chatsimples", "config.base", "errors", "loadtest.results", "loadtest.wire", "net",
    },
    "loadtest.run": {
        "chat", "config.loadtest", "errors", "i18n", "loadtest.checking", "loadtest.generator",
        "loadtest.results", "loadtest.targets", "loadtest.wire", "net", "transcript",
    },
    "loadtest.report": {
        "i18n", "loadtest.comparison", "loadtest.drawing", "loadtest.quantities", "loadtest.results",
    },
    "loadtest.table": {"i18n", "loadtest.comparison", "loadtest.quantities", "loadtest.results"},
    "loadtest.progress": {"i18n", "loadtest.generator", "loadtest.quantities", "loadtest.results"},
    "loadtest.program": {
        "config.loadtest", "config.server", "errors", "i18n", "loadtest.ageing", "loadtest.machine",
        "loadtest.progress",
        "loadtest.report", "loadtest.results", "loadtest.run", "loadtest.table", "loadtest.targets",
    },
    "cli": {
        "accounts.programs", "chatsimples", "client.program", "config.accounts", "config.base",
        "config.client", "config.loadtest", "config.replay", "config.server", "errors", "i18n", "loading",
        "loadtest.program", "replay.export", "replay.play", "replay.proof", "replay.redact",
        "replay.reenact", "replay.serve", "replay.stats", "server.supervisor", "standard_output",
        "transcript",
    },
    "__main__": {"cli", "loading"},
}  # fmt: skip
LONGEST = 500
# A function that is imported when it is called.
ENTRY = re.compile(r"chatsimples(\.\w+)+:\w+")


def room(module: str) -> str:
    """Return the room that a module stands in; the package itself, which holds its version, is one."""
    names = module.split(".")[1:] or [module]
    return next((".".join(names[:n]) for n in (2, 1) if ".".join(names[:n]) in HOUSE), "nowhere")


def imports(module: str) -> set[str]:
    """Return the project's own modules that a module imports, be it at its start or later."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
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
            case ast.Constant(value=str(text)) if ENTRY.fullmatch(text):
                found.add(text.partition(":")[0])
    return {
        name
        for name in found
        if name in MODULES or name.split(".")[0] in {"chatsimples", "a relative import"}
    }


@cache
def all_imports() -> dict[str, set[str]]:
    """Return what each module imports; found when it is asked for, as every process collects these tests."""
    return {module: imports(module) for module in MODULES}


def is_package(module: str) -> bool:
    """Tell whether a module is a folder's `__init__`, which holds nothing but what the folder is for."""
    return MODULES[module].name == "__init__.py"


def test_every_module_stands_in_a_room() -> None:
    homeless = [module for module in MODULES if room(module) == "nowhere" and not is_package(module)]
    assert [] == homeless


def test_a_folder_by_itself_imports_nothing() -> None:
    imported = {module: names for module, names in all_imports().items() if is_package(module) and names}
    assert {} == imported


@pytest.mark.parametrize("name", HOUSE)
def test_a_room_imports_what_it_may_and_all_of_that(name: str) -> None:
    used = {room(other) for module in MODULES if room(module) == name for other in all_imports()[module]} - {
        name
    }
    assert HOUSE[name] == used


def test_rooms_import_only_from_lower_floors() -> None:
    floors = list(HOUSE)
    upwards = [
        (name, other)
        for name, allowed in HOUSE.items()
        for other in allowed
        if floors.index(other) >= floors.index(name)
    ]
    assert [] == upwards


def test_no_modules_import_one_another_in_a_circle_at_any_depth() -> None:
    assert [] == [module for module, names in all_imports().items() if module in names]
    try:
        TopologicalSorter(all_imports()).prepare()
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
            ["__main__", "server.process", "server.acceptor.loop", "server.broadcaster.program"],
            ["click", "prompt_toolkit", "rich", "structlog"],
        ),
        (["server.supervisor"], ["prompt_toolkit", "rich"]),
        (["client.program"], ["prompt_toolkit", "rich", "structlog"]),
        (["cli.program"], ["multiprocessing", "prompt_toolkit", "rich", "structlog"]),
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
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True
    ).stdout
    assert [] == imported.split()


def test_the_programs_texts_and_types_are_installed_with_it() -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert [] == [
        catalog.name
        for catalog in (PACKAGE / "locale").rglob("*.po")
        if not catalog.with_suffix(".mo").is_file()
    ]
