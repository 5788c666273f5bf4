"""The core in rooms with owners: keys, removals, invitations, and rooms that may not be entered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatsimples.chat.identities import identity_of
from chatsimples.client.protocol import events
from chatsimples.client.protocol.core import Core, Login

AT = "2026-11-22T15:00:00.000000Z"
BY = {"by": "caio", "by_conn": 3}


def dump(**said: Any) -> bytes:
    return json.dumps(said).encode() + b"\n"


def sent_by(core: Core) -> list[dict[str, Any]]:
    return [json.loads(line) for line in core.data_to_send().splitlines()]


def record(core: Core, kind: str, **fields: Any) -> events.RecordReceived:
    """Let the core receive a record that is the next of the log."""
    assert core.position is not None
    (told,) = core.receive_data(dump(seq=core.position.seq + 1, at=AT, type=kind, **fields))
    assert isinstance(told, events.RecordReceived)
    return told


@pytest.fixture
def core() -> Core:
    """A core that is connected as 7, in geral."""
    made = Core("ana", ["geral"])
    made.connection_made()
    made.receive_data(dump(type="welcome", nick="ana", log="01J", seq=10, head=10))
    record(made, "hello", conn=7, nick="ana", dialect="json", identity=identity_of(made.session))
    record(made, "join", conn=7, nick="ana", room="geral")
    made.data_to_send()
    return made


def reconnected(core: Core) -> dict[str, Any]:
    """Return the next hello."""
    core.connection_lost()
    core.connection_made()
    (hello,) = sent_by(core)
    return hello


def test_the_key_of_a_room_is_sent_again_after_a_cut_while_one_is_in_it(core: Core) -> None:
    core.join("Turma", "abre-te")
    (join,) = sent_by(core)
    assert ("join", "Turma", "abre-te") == (join["type"], join["room"], join["key"])
    assert "keys" not in reconnected(core)
    core.receive_data(dump(type="welcome", nick="ana", log="01J", seq=12, head=12, resumed=True))
    record(core, "hello", conn=8, nick="ana", dialect="json", identity=identity_of(core.session))
    record(core, "join", conn=8, nick="ana", room="turma", id=join["id"])
    assert {"turma": "abre-te"} == reconnected(core)["keys"]


def test_whoever_is_removed_from_a_room_does_not_come_back_into_it(core: Core) -> None:
    record(core, "leave", conn=9, nick="bia", room="geral", reason="kicked", **BY)
    assert core.is_in("GERAL")
    record(core, "leave", conn=7, nick="ana", room="geral", reason="kicked", **BY)
    assert not core.is_in("geral")
    assert [] == reconnected(core)["rooms"]


def test_a_room_that_may_not_be_entered_is_not_asked_for_again(core: Core) -> None:
    for code in ("room_closed", "bad_key", "banned", "room_full", "login_required"):
        core.join("x")
        core.connection_lost()
        made = Core("ana", ["geral", "x"])
        made.connection_made()
        made.receive_data(dump(type="welcome", nick="ana", log="01J", seq=10, head=10))
        (told,) = made.receive_data(dump(type="error", code=code, text="não", detail={"room": "X"}))
        assert isinstance(told, events.Refused)
        assert ["geral"] == made.rooms
        core.connection_made()


def test_a_refused_question_about_a_room_leaves_one_in_it(core: Core) -> None:
    command = core.who("geral")
    core.receive_data(
        dump(type="error", code="room_closed", text="não", id=command.id, detail={"room": "geral"})
    )
    assert core.is_in("geral")


def test_an_invitation_into_another_room_is_no_history(core: Core) -> None:
    told = record(core, "invite", conn=7, nick="ana", room="longe", quiet=True, **BY)
    assert (False, False) == (told.past, told.own)
    assert told.record.seq == (core.position.seq if core.position else 0)


def test_who_did_it_caused_it_and_not_whom_it_happened_to(core: Core) -> None:
    assert not record(core, "mute", conn=7, nick="ana", room="geral", **BY).own
    assert record(core, "mute", conn=9, nick="bia", room="geral", by="ana", by_conn=7).own
    command = core.govern("topic", room="geral", text="a prova")
    told = record(core, "topic", room="geral", text="a prova", id=command.id, by="ana", by_conn=7)
    assert (True, command) == (told.own, told.command)


def test_a_nick_that_is_an_accounts_needs_another_one() -> None:
    for code in ("nick_registered", "nick_confusable"):
        core = Core("ana")
        core.connection_made()
        (told,) = core.receive_data(dump(type="error", code=code, text="não", detail={"nick": "ana"}))
        assert isinstance(told, events.NickRefused)
        assert core.nick_wanted


# Logins.


def test_a_password_that_is_wanted_is_needed_before_a_connection() -> None:
    core = Core("ana", login=Login("ana"))
    assert (True, True, "ana") == (core.login_wanted, core.waits, core.account)
    with pytest.raises(RuntimeError):
        core.connection_made()
    core.set_password("segredo")
    core.connection_made()
    (hello,) = sent_by(core)
    assert ("ana", "segredo") == (hello["account"], hello["password"])
    with pytest.raises(RuntimeError):
        core.set_password("outro")


def test_who_logs_in_does_so_on_every_connection() -> None:
    core = Core("ana", login=Login("", token="abc"))
    core.connection_made()
    assert ["abc"] == [hello["token"] for hello in sent_by(core)]
    assert "abc" == reconnected(core)["token"]


def test_a_wrong_password_is_asked_for_again_on_the_same_connection() -> None:
    core = Core("ana", login=Login("ana", "errado"))
    core.connection_made()
    sent_by(core)
    (told,) = core.receive_data(dump(type="error", code="login_failed", text="não"))
    assert isinstance(told, events.LoginRefused)
    assert core.waits
    core.set_password("certo")
    assert ["certo"] == [hello["password"] for hello in sent_by(core)]


def test_a_token_that_is_wrong_and_a_login_that_is_missing_are_final() -> None:
    for login, code in ((Login("", token="abc"), "login_failed"), (None, "login_required")):
        core = Core("ana", login=login)
        core.connection_made()
        (told,) = core.receive_data(dump(type="error", code=code, text="não"))
        assert isinstance(told, events.Dismissed)
        assert not core.waits


def test_the_own_records_of_an_account_are_known_as_such() -> None:
    core = Core("ana", ["geral"], login=Login("", token="abc"))
    core.connection_made()
    core.receive_data(
        dump(type="welcome", nick="ana", log="01J", seq=10, head=10, account="Ana", role="member")
    )
    identity = identity_of(core.session, "ana")
    told = record(core, "hello", conn=7, nick="ana", dialect="json", identity=identity, account="ana")
    assert told.own
    assert record(core, "join", conn=7, nick="ana", room="geral").own
    record(core, "topic", room="geral", text="oi", by="ana", by_conn=7)
    assert ("ana", "Ana", 0) == (core.nick, core.account, core.records_behind)
