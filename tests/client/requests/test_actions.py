"""Actions are values: the same fields make the same action."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from chatsimples.client.requests.actions import Action, Say


@pytest.mark.parametrize("kind", get_args(Action))
def test_an_action_can_not_be_changed(kind: type[msgspec.Struct]) -> None:
    action = kind(*["x"] * len(kind.__struct_fields__))
    assert action == kind(*["x"] * len(kind.__struct_fields__))
    assert {action} == {action, kind(*["x"] * len(kind.__struct_fields__))}
    for field in kind.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(action, field, "y")


def test_a_text_can_be_replaced() -> None:
    assert Say("b") == msgspec.structs.replace(Say("a"), text="b")
