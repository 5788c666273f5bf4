"""What the processes are given is explained where it is defined."""

from __future__ import annotations

import inspect
import re

import msgspec
import pytest

from chatsimples.loadtest.generator.tasks import Extras, ReadersTask, SendersTask, Task


@pytest.mark.parametrize("kind", [Task, ReadersTask, SendersTask, Extras])
def test_every_part_of_a_task_is_explained(kind: type[msgspec.Struct]) -> None:
    explained = " ".join(inspect.getdoc(each) or "" for each in kind.__mro__)
    assert [] == [name for name in kind.__struct_fields__ if not re.search(rf"\b{name}\b", explained)]


def test_a_load_has_no_extra_readers_unless_it_is_asked_for() -> None:
    assert Extras(slow=0, slow_bytes=0, churn=0.0) == Extras()
