"""Every key has one binding, and while pasted lines wait, keys only answer."""

from __future__ import annotations

import pytest
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys

from chatsimples.client.terminal.completion import Scope
from chatsimples.client.terminal.draft import Draft
from chatsimples.client.terminal.key_bindings import DraftBindings, Handlers
from chatsimples.client.terminal.keys import bindings


class Bound:
    """The bindings of a draft, without a terminal."""

    def __init__(self, *, accepts: bool = True) -> None:
        self.entered: list[str] = []
        self.accepts = accepts
        self.draft = Draft(InMemoryHistory(), Scope)
        handlers = Handlers(self._enter, lambda: None, lambda _number: None, lambda _command: None)
        made = DraftBindings(self.draft, handlers, lambda _event: None, lambda: False)
        self.bindings: KeyBindings = made.make(bindings("", str))

    def _enter(self, text: str) -> bool:
        self.entered.append(text)
        return self.accepts

    def active(self, *keys: str) -> list[str]:
        """Return the names of the functions that a key sequence would call now."""
        found = self.bindings.get_bindings_for_keys(keys)
        return [binding.handler.__name__ for binding in found if binding.filter()]


@pytest.fixture
def bound() -> Bound:
    return Bound()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((Keys.ControlM,), "_enter"),
        ((Keys.ControlC,), "_leave"),
        ((Keys.ControlD,), "_leave"),
        ((Keys.ControlZ,), "_suspend"),
        ((Keys.ControlI,), "_complete"),
        ((Keys.BackTab,), "_complete_back"),
        ((":",), "_colon"),
        ((Keys.BracketedPaste,), "_paste"),
        ((Keys.F1,), "_command"),
        ((Keys.PageUp,), "_command"),
        ((Keys.ControlL,), "_command"),
        ((Keys.Escape, "3"), "_switch"),
    ],
)
def test_a_key_has_one_binding(bound: Bound, keys: tuple[str, ...], expected: str) -> None:
    assert [expected] == bound.active(*keys)


def test_ctrl_d_leaves_an_empty_line_alone(bound: Bound) -> None:
    bound.draft.buffer.insert_text("a")
    assert [] == bound.active(Keys.ControlD)


@pytest.mark.parametrize("keys", [("a",), (Keys.ControlC,), (Keys.ControlM,), (Keys.Escape,)])
def test_while_pasted_lines_wait_keys_only_answer(bound: Bound, keys: tuple[str, ...]) -> None:
    bound.draft.paste("um\ndois")
    assert {"_answer", "<lambda>"} >= set(bound.active(*keys))
    assert bound.active(*keys)
    assert ["_paste_again"] == [name for name in bound.active(Keys.BracketedPaste) if name != "_answer"]
