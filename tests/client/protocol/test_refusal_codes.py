"""The codes that a client knows are codes that a server has."""

from __future__ import annotations

import pytest

from chatsimples.client.protocol.refusal_codes import NICK_CODES, PASSING_CODES, ROOM_CODES
from chatsimples.errors import REFUSALS


@pytest.mark.parametrize("codes", [NICK_CODES, PASSING_CODES, ROOM_CODES])
def test_each_is_a_code_of_a_refusal(codes: frozenset[str]) -> None:
    assert set() == codes - set(REFUSALS)


def test_a_code_means_one_thing() -> None:
    sizes = [len(codes) for codes in (NICK_CODES, PASSING_CODES, ROOM_CODES)]
    assert sum(sizes) == len(NICK_CODES | PASSING_CODES | ROOM_CODES)
