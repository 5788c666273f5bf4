"""Where there are no accounts, everybody may come, and nobody can say who they are."""

from __future__ import annotations

from chatsimples.chat import commands
from chatsimples.dialects.attempts import Attempt
from chatsimples.net.peers import LOCAL
from chatsimples.server.worker.gate import OPEN, Gate


def test_the_open_gate_asks_for_nothing_and_knows_nobody() -> None:
    gate: Gate = OPEN
    assert not gate
    assert not gate.needs_account
    assert not gate.needs_password
    gate.check_nick("ana", "")
    gate.tell_again("ana")
    assert gate.why_banned("192.0.2.7") is None
    assert 0 == gate.epoch("ana")


def test_whoever_says_they_have_an_account_is_refused_at_once() -> None:
    attempt = Attempt(command=commands.Login(1, "", ""), account="ana", password="a good password")
    verdict = OPEN.ask(1, attempt, LOCAL, lambda _: None)
    assert verdict is not None
    assert ("login_failed", None) == (verdict.code, verdict.command)
