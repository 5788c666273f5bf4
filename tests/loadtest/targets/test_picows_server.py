"""The server that broadcasts by picows: what one says comes to all, and the load test can load it."""

from __future__ import annotations

import pytest
from loadtest.broadcasting import (
    check_it_is_loaded,
    check_what_is_said_comes_to_all,
    check_who_leaves_is_no_hindrance,
)
from loadtest.loads import CLOSED, STEADY

from chatsimples.loadtest.run.shape import Load

pytest.importorskip("picows")


def test_what_is_said_comes_to_all_at_the_same_path_and_to_nobody_else() -> None:
    check_what_is_said_comes_to_all("picows")


def test_who_leaves_is_no_hindrance_to_the_others() -> None:
    check_who_leaves_is_no_hindrance("picows")


@pytest.mark.parametrize("load", [STEADY, CLOSED], ids=["steady", "closed"])
def test_it_is_loaded_and_everything_is_checked(load: Load) -> None:
    check_it_is_loaded("picows", load)
