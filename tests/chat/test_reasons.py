"""Each reason of a leave that is worth a word has one."""

from __future__ import annotations

import pytest

from chatsimples.chat.reasons import told_of_leave
from chatsimples.i18n import translator


@pytest.mark.parametrize(
    ("reason", "word"),
    [("closed", "lost"), ("timeout", "sign"), ("kicked", "removed"), ("error", "limit"),
     ("shutdown", "stops"), ("crash", "failed"), ("quit", "left"), ("left", "left"), ("none such", "left")],
)  # fmt: skip
def test_each_reason_has_its_text(reason: str, word: str) -> None:
    told = told_of_leave(reason)
    assert word in told.format(nick="ana", room="#sala")
    assert "ana" in translator("pt")(told).format(nick="ana", room="#sala")
