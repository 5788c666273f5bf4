"""The tests keep their own rules: names that can be read, and nothing private of what they test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support.paths import ROOT

FILES = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_NAME = 79
# What has no public name, and why it is needed.
NEEDED = {
    "os._exit": "ends a process as a kill does, without cleaning up",
    "prompt_toolkit.output.vt100._256_colors": "which colours a terminal of 256 has",
    "prompt_toolkit.output.vt100._EscapeCodeCache": "which bytes draw a colour",
}

# What waits so long, whatever the machine, and why that is right.
OWN_DEADLINES = {
    "tests/endtoend/test_tls_crowd.py": "it ends with a result before the whole run is given up",
    "tests/faults/people.py": "a person who passes by leaves again",
    "tests/loadtest/targets/test_course_server.py": "so long does nothing come",
    "tests/replay/export/test_html.py": "the browser may have to be installed first",
    "tests/server/worker/test_connection.py": "the clock is simulated",
    "tests/support/waiting.py": "the deadline stands here",
}
_SHORT = 1.0


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text("utf-8"))


def is_private(word: str) -> bool:
    return word.startswith("_") and not word.startswith("__")


def private_uses(tree: ast.AST) -> Iterator[str]:
    """Yield what a test uses of others that is private: attributes, imports, and what is patched by name."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=attribute) if is_private(attribute):
                yield ast.unparse(node)
            case ast.ImportFrom(module=module, names=names):
                yield from (f"{module}.{each.name}" for each in names if is_private(each.name))
            case ast.Call(func=ast.Attribute(attr="setattr" | "delattr"), args=[first, *_] as arguments):
                words = [each.value for each in arguments[:2] if isinstance(each, ast.Constant)]
                patched = [word for word in words if isinstance(word, str)]
                where = "" if isinstance(first, ast.Constant) else f"{ast.unparse(first)}."
                if patched and is_private(patched[0].rpartition(".")[2]) and where not in {"self.", "cls."}:
                    yield f"{where}{patched[0]}"


def test_a_tests_name_is_a_claim_that_fits_on_a_line() -> None:
    names = [
        f"{name(path)}: {found}"
        for path in FILES
        for found in re.findall(r"(?m)^ *(?:async )?def (test_\w+)", path.read_text("utf-8"))
        if len(found) > LONGEST_NAME
    ]
    assert [] == names


def test_a_test_uses_nothing_private() -> None:
    uses: list[str] = []
    for path in FILES:
        uses += [f"{name(path)}: {use}" for use in private_uses(parsed(path)) if use not in NEEDED]
    assert [] == uses


def deadlines(tree: ast.AST) -> Iterator[str]:
    """Yield what a test waits for with a deadline of its own: those depend on how quick the machine is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [each.value for each in node.keywords if each.arg in {"timeout", "within"}]
            if isinstance(node.func, ast.Attribute) and node.func.attr in {"wait", "join", "settimeout"}:
                given += node.args[:1]
            seconds = [each.value for each in given if isinstance(each, ast.Constant)]
            if any(isinstance(each, int | float) and each >= _SHORT for each in seconds):
                yield ast.unparse(node)


def test_a_test_waits_until_the_one_deadline_that_suits_any_machine() -> None:
    found: list[str] = []
    for path in FILES:
        if name(path) not in OWN_DEADLINES:
            found += [f"{name(path)}: {each}" for each in deadlines(parsed(path))]
    assert [] == found


def test_a_deadline_of_its_own_is_noticed_and_a_short_wait_is_none() -> None:
    found = {
        "thread.join(60)": ["thread.join(60)"],
        "eventually(check, 'it is so', within=60)": ["eventually(check, 'it is so', within=60)"],
        "sock.settimeout(DEADLINE)": [],
        "client.receive(within=0.1)": [],
        "', '.join(words)": [],
    }
    assert found == {text: list(deadlines(ast.parse(text))) for text in found}


def test_what_is_private_is_noticed_wherever_it_is_used() -> None:
    found = {
        "outlet._queue": ["outlet._queue"],
        "a.b._c(1)": ["a.b._c"],
        "from chat.rules import _key, key": ["chat.rules._key"],
        "monkeypatch.setattr(links, '_CHUNK', 1)": ["links._CHUNK"],
        "monkeypatch.setattr('chat.links._CHUNK', 1)": ["chat.links._CHUNK"],
        "self._queue.put(cls._one)": [],
        "setattr(thing, 'public', thing.__class__)": [],
    }
    assert found == {text: list(private_uses(ast.parse(text))) for text in found}
