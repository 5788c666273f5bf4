"""What other programs may rely on is pinned: a change to it is seen, and told in the changelog.

When a change is meant, ``python tests/test_public.py`` writes the list anew.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from chatsimples import errors

MODULES = (
    "chatsimples.client.protocol.core",
    "chatsimples.client.protocol.commands",
    "chatsimples.client.protocol.events",
    "chatsimples.transcript.reader",
    "chatsimples.chat.records",
    "chatsimples.errors",
)
PINNED = Path(__file__).parent / "public.txt"


def outline(module: ModuleType) -> Iterator[str]:
    """Yield a line for each class, method, field and function that a module has for others."""
    yield module.__name__
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", module.__name__) != module.__name__:
            continue
        if inspect.isclass(thing):
            yield from of_class(thing)
        elif inspect.isfunction(thing):
            yield f"  {name}{signature(thing)}"


def signature(function: Callable[..., Any]) -> str:
    # Annotations are texts, and the address of a default differs from run to run.
    written = re.sub(r"<function .*? at 0x\w+>", "…", str(inspect.signature(function)))
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", written)


def of_class(kind: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in kind.__bases__ if base is not object)
    yield f"  class {kind.__name__}({bases})"
    if issubclass(kind, msgspec.Struct):
        for field in kind.__struct_fields__:
            yield f"    {field}: {kind.__annotations__.get(field, 'inherited')}"
    elif "__init__" in vars(kind):
        yield f"    __init__{signature(vars(kind)['__init__'])}"
    for name, thing in vars(kind).items():
        if name.startswith("_"):
            continue
        if inspect.isfunction(thing):
            yield f"    {name}{signature(thing)}"
        elif isinstance(thing, property):
            yield f"    {name}: property"


def whole_outline() -> str:
    return "\n".join(line for name in MODULES for line in outline(importlib.import_module(name))) + "\n"


def test_what_is_public_is_as_it_is_pinned() -> None:
    assert PINNED.read_text("utf-8").splitlines() == whole_outline().splitlines()


def test_everything_public_is_typed_and_explained() -> None:
    for name in MODULES:
        module = importlib.import_module(name)
        for thing in vars(module).values():
            if inspect.isfunction(thing) and thing.__module__ == name and not thing.__name__.startswith("_"):
                assert thing.__doc__, thing
                assert "return" in thing.__annotations__, thing
    assert errors.__doc__


if __name__ == "__main__":
    PINNED.write_text(whole_outline(), "utf-8")
