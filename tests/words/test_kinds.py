"""How a line begins that is said, done, or a notice."""

from __future__ import annotations

import pytest

from chatsimples.chat.commands import KINDS
from chatsimples.chat.names import check_nick
from chatsimples.errors import Refusal
from chatsimples.words.kinds import author, separator


def test_each_kind_begins_in_its_way() -> None:
    assert ["ana: ", "** ana ", "-ana- "] == [author("ana", kind) + separator(kind) for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS[1:])
def test_nobody_can_be_called_so(kind: str) -> None:
    with pytest.raises(Refusal):
        check_nick(author("ana", kind), 0)
