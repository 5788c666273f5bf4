"""Whom a record is for beside those whom it names."""

from __future__ import annotations

from typing import Any

import pytest

from chatsimples.chat.audience import is_of_server, moderates
from chatsimples.chat.records import Record


def record(kind: str, **fields: Any) -> Record:
    return Record(1, "2026-11-22T15:00:00.000000Z", kind, 7, "eva", **fields)


@pytest.mark.parametrize("kind", ["ban", "unban", "mute", "bye"])
def test_what_is_done_to_somebody_on_the_whole_server_is_for_its_moderators(kind: str) -> None:
    assert is_of_server(record(kind, by="ana"))
    assert is_of_server(record(kind, by="*"))
    assert not is_of_server(record(kind, by="ana", room="turma"))


@pytest.mark.parametrize("kind", ["hello", "message", "leave", "role", "invite"])
def test_nothing_else_is(kind: str) -> None:
    assert not is_of_server(record(kind, by="ana"))


def test_who_goes_of_their_own_accord_is_nobodys_business() -> None:
    assert not is_of_server(record("bye", reason="quit"))


@pytest.mark.parametrize("kind", ["hello", "login", "role"])
def test_a_role_on_the_server_says_who_moderates(kind: str) -> None:
    roles = ("admin", "moderator", "member", "")
    assert [True, True, False, False] == [moderates(record(kind, role=role)) for role in roles]


def test_a_role_in_a_room_and_all_else_say_nothing_of_it() -> None:
    assert moderates(record("role", role="admin", room="turma")) is None
    assert moderates(record("message")) is None
