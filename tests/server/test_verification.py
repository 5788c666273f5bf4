"""The supervisor's side of the verifier: heard, ended, and not missed when it dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path

import pytest
from server.verifiers import dies, goes_on, obeys, tells

from chatsimples.config.server import ServerSettings
from chatsimples.server.channels import spawn_context
from chatsimples.server.tasks import VerifierTask
from chatsimples.server.verification import Verification

Start = Callable[[Callable[[VerifierTask], None]], Verification]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give what starts a verification, which is ended at the end."""
    started = []

    def begin(verifier: Callable[[VerifierTask], None]) -> Verification:
        verification = Verification(spawn_context(), ServerSettings(logs=str(tmp_path)), verifier)
        assert ([], []) == (verification.wakeful, verification.hear())
        verification.start(51, 200)
        started.append(verification)
        return verification

    yield begin
    for each in started:
        each.end()


def heard(verification: Verification) -> list[str]:
    """Hear it to its end."""
    lines = []
    while verification.wakeful:
        wait(verification.wakeful)
        lines += verification.hear()
    return lines


def test_what_it_tells_is_heard_to_the_end(start: Start) -> None:
    verification = start(tells)
    assert ["51, 200", "two", "three"] == heard(verification)
    assert [] == verification.hear()


def test_it_is_told_to_follow_the_log(start: Start) -> None:
    verification = start(obeys)
    verification.follow_log()
    assert ["FollowLog"] == heard(verification)
    verification.follow_log()


def test_its_death_is_noted(start: Start) -> None:
    verification = start(dies)
    assert [] == heard(verification)
    assert [] == verification.wakeful


def test_it_is_ended_whatever_it_does(start: Start) -> None:
    verification = start(goes_on)
    wait(verification.wakeful)
    assert ["there"] == verification.hear()
    verification.end()
    assert [] == verification.wakeful
    verification.end()
