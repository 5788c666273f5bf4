"""What owners, operators, moderators and the server's operator may do, and to whom."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import charters, commands, effects
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import Record, timestamp
from chatsimples.chat.room_settings import RoomSettings, SettingsAsked, SettingsChange
from chatsimples.chat.state import State

PROOF = "p" * 32
SECOND = 1_000_000
# By connection: their account, and what they are in Sala.
OWNER, OPERATOR_OF_ROOM, VOICE, MEMBER, GUEST = 1, 2, 3, 4, 5
OTHER_OWNER, MODERATOR, ADMIN = 6, 7, 8
NICKS = {
    OWNER: "ana", OPERATOR_OF_ROOM: "bia", VOICE: "caio", MEMBER: "duda", GUEST: "eva",
    OTHER_OWNER: "fabio", MODERATOR: "gil", ADMIN: "hugo",
}  # fmt: skip


def chat_of_all() -> ChatUnderTest:
    """Make a chat in which all of these are in Sala."""
    chat = ChatUnderTest()
    chat.account(OWNER, "ana", ("Sala",))
    for conn in (OPERATOR_OF_ROOM, VOICE, MEMBER, OTHER_OWNER):
        chat.account(conn, NICKS[conn], ("Sala",))
    chat.guest(GUEST, "eva", "Sala")
    chat.account(MODERATOR, "gil", ("Sala",), "moderator")
    chat.account(ADMIN, "hugo", ("Sala",), "admin")
    chat.do(commands.Grant(OWNER, "Sala", "bia", "operator"))
    chat.do(commands.Grant(OWNER, "Sala", "caio", "voice"))
    chat.do(commands.Grant(OWNER, "Sala", "fabio", "owner"))
    return chat


@pytest.fixture
def chat() -> ChatUnderTest:
    return chat_of_all()


def fields(record: Record) -> dict[str, Any]:
    told = msgspec.to_builtins(record)
    assert isinstance(told, dict)
    return {name: value for name, value in told.items() if name not in ("seq", "at")}


def only(records: list[Record]) -> dict[str, Any]:
    (record,) = records
    return fields(record)


def by(conn: int) -> dict[str, Any]:
    account = {} if conn == GUEST else {"by_account": NICKS[conn]}
    return {"by": NICKS[conn], "by_conn": conn, **account}


def of(conn: int) -> dict[str, Any]:
    return {"conn": conn, "nick": NICKS[conn]}


def permitted(chat: ChatUnderTest, make: Any) -> set[int]:
    """Return which of them are let do something; each tries on a chat of the same records."""
    allowed = set()
    for conn in NICKS:
        again = ChatUnderTest(State())
        again.records.clear()
        again.state.restore(chat.state.snapshot())
        again.now = chat.now
        if again.do(make(conn)):
            allowed.add(conn)
        else:
            assert ["not_permitted"] == again.codes(conn)
    return allowed


# Whose a room is.


def test_a_room_that_somebody_with_an_account_makes_is_theirs() -> None:
    chat = ChatUnderTest()
    hello, join, role = chat.account(1, "ana", ("Sala",), account="Ana")
    assert ("hello", "join") == (hello.type, join.type)
    assert {
        "type": "role", "conn": 1, "nick": "ana", "room": "Sala", "reason": "made", "account": "Ana",
        "role": "owner", "by": "ana", "by_conn": 1, "by_account": "Ana",
    } == fields(role)  # fmt: skip


def test_a_room_that_no_account_has_made_is_nobodys(chat: ChatUnderTest) -> None:
    chat.guest(20, "rui", "x")
    assert ["join"] == [each.type for each in chat.do(commands.Join(OWNER, "x"))]
    assert "not_permitted" == chat.refusal(commands.Topic(OWNER, "x", "minha"))
    assert "not_permitted" == chat.refusal(commands.Grant(OWNER, "x", "ana", "owner"))
    assert "not_permitted" == chat.refusal(commands.Grant(OPERATOR, "x", "ana", "owner"))
    chat.do(commands.Join(ADMIN, "x"))
    assert "not_permitted" == chat.refusal(commands.Ban(ADMIN, "x", "rui"))


def test_the_default_room_is_never_anybodys() -> None:
    chat = ChatUnderTest()
    assert ["hello", "join"] == [each.type for each in chat.account(1, "ana", ("Geral",))]
    assert ["hello", "join"] == [each.type for each in chat.account(2, "bia", ("geral",))]


def test_a_room_with_an_owner_stays_while_it_is_empty_and_after_a_restart(chat: ChatUnderTest) -> None:
    chat.do(commands.Topic(OWNER, "Sala", "de que se fala"))
    chat.do(commands.Stop(OPERATOR))
    again = State()
    for record in chat.records:
        again.evolve(record)
    after = ChatUnderTest(again)
    after.account(40, "rui", ("sala",))
    after.do(commands.Who(40))
    (answer,) = after.answers(40)
    assert isinstance(answer, effects.Members)
    assert ("Sala", ["rui"], "de que se fala") == (answer.room, answer.members, answer.topic)
    assert "not_permitted" == after.refusal(commands.Topic(40, "sala", "minha"))
    after.account(41, "ana", ("sala",))
    assert after.do(commands.Topic(41, "sala", "outra coisa"))


def test_an_account_makes_no_more_rooms_than_it_may() -> None:
    chat = ChatUnderTest(max_rooms=0)
    chat.account(1, "ana")
    for number in range(charters.ROOMS_MADE):
        chat.do(commands.Join(1, f"x{number}"))
    assert "too_many_own_rooms" == chat.refusal(commands.Join(1, "mais"))
    chat.do(commands.Open(2, "json", "::1"))
    hello = commands.Hello(2, "ana2", ("mais", "x1"), "a-secret-of-ana-2", account="ANA", role="member")
    assert ["hello", "join"] == [each.type for each in chat.do(hello)]
    assert ["too_many_own_rooms"] == chat.codes(2)
    chat.account(3, "bia")
    assert 2 == len(chat.do(commands.Join(3, "mais"))), "others make theirs"
    chat.do(commands.Grant(1, "x0", "ana", "none"))
    assert 2 == len(chat.do(commands.Join(1, "ainda")))


def test_the_last_owner_who_steps_down_gives_the_room_up(chat: ChatUnderTest) -> None:
    chat.do(commands.Set(OWNER, "Sala", SettingsAsked(secret=True)))
    chat.do(commands.Grant(OTHER_OWNER, "Sala", "fabio", "operator"))
    chat.do(commands.Grant(OWNER, "Sala", "ana", "none"))
    assert "not_permitted" == chat.refusal(commands.Topic(OPERATOR_OF_ROOM, "Sala", "oi"))
    chat.guest(20, "rui")
    chat.do(commands.Rooms(20))
    (answer,) = chat.answers(20)
    assert isinstance(answer, effects.RoomList)
    assert ["Sala"] == [each.room for each in answer.rooms]


# Roles.


def test_who_gives_which_role() -> None:
    owners = {OWNER, OTHER_OWNER, ADMIN}
    operators = owners | {OPERATOR_OF_ROOM, MODERATOR}
    given = {
        ("duda", "owner"): owners,
        ("duda", "operator"): owners,
        ("duda", "voice"): operators,
        ("duda", "none"): operators,
        ("bia", "voice"): owners | {OPERATOR_OF_ROOM},
        ("caio", "none"): operators | {VOICE},
        ("fabio", "operator"): {OTHER_OWNER, ADMIN},
    }
    for (nick, role), allowed in given.items():
        chat = chat_of_all()
        assert allowed == permitted(chat, lambda conn, n=nick, r=role: commands.Grant(conn, "Sala", n, r))


def test_a_role_is_an_accounts_whatever_it_is_called(chat: ChatUnderTest) -> None:
    chat.do(commands.Rename(MEMBER, "maria"))
    assert {
        "type": "role", "conn": MEMBER, "nick": "maria", "room": "Sala", "id": "i", "account": "duda",
        "role": "operator", **by(OWNER),
    } == only(chat.do(commands.Grant(OWNER, "sala", "MARIA", "operator", "i")))  # fmt: skip
    chat.account(30, "outra", ("Sala",), account="DUDA")
    assert chat.do(commands.Topic(30, "Sala", "oi"))
    assert chat.do(commands.Grant(OWNER, "Sala", "duda", "none")), "by the account's name"
    assert "not_permitted" == chat.refusal(commands.Topic(30, "Sala", "oi"))


def test_who_has_no_account_gets_no_role(chat: ChatUnderTest) -> None:
    assert "no_account" == chat.refusal(commands.Grant(OWNER, "Sala", "eva", "voice"))
    assert "no_such_nick" == chat.refusal(commands.Grant(OWNER, "Sala", "ninguem", "voice"))


def test_who_is_gone_loses_a_role_by_the_name_of_the_account(chat: ChatUnderTest) -> None:
    chat.do(commands.Bye(OPERATOR_OF_ROOM))
    assert {"type": "role", "room": "Sala", "account": "BIA", "role": "none", **by(OWNER)} == only(
        chat.do(commands.Grant(OWNER, "Sala", "BIA", "none"))
    )


def test_a_list_of_roles_is_bounded(chat: ChatUnderTest) -> None:
    for number in range(charters.ROLES - 4):
        chat.account(100 + number, f"n{number}")
        assert chat.do(commands.Grant(OWNER, "Sala", f"n{number}", "voice"))
        chat.do(commands.Bye(100 + number))
    assert "list_full" == chat.refusal(commands.Grant(OWNER, "Sala", "duda", "voice"))
    assert chat.do(commands.Grant(OWNER, "Sala", "caio", "operator"))
    chat.do(commands.Grant(OWNER, "Sala", "n7", "none"))
    assert chat.do(commands.Grant(OWNER, "Sala", "duda", "voice"))


# What a room is like.


def test_operators_say_what_a_room_is_about(chat: ChatUnderTest) -> None:
    assert {OWNER, OPERATOR_OF_ROOM, OTHER_OWNER, MODERATOR, ADMIN} == permitted(
        chat, lambda conn: commands.Topic(conn, "Sala", "oi")
    )
    told = {"type": "topic", "room": "Sala", "text": "de que se fala", "id": "t", **by(OPERATOR_OF_ROOM)}
    assert told == only(chat.do(commands.Topic(OPERATOR_OF_ROOM, "SALA", "de que se fala", "t")))
    assert {"type": "topic", "room": "Sala", "by": "*"} == only(chat.do(commands.Topic(OPERATOR, "Sala", "")))


def test_whoever_names_no_room_means_the_one_in_which_they_are(chat: ChatUnderTest) -> None:
    here = commands.HERE
    for command in (
        commands.Topic(OWNER, here, "a prova"),
        commands.Set(OWNER, here, SettingsAsked(moderated=True)),
        commands.Grant(OWNER, here, "duda", "voice"),
        commands.Mute(OWNER, here, "eva", 60),
        commands.Ban(OWNER, here, "eva", seconds=60),
        commands.Unban(OWNER, here, "eva"),
        commands.Kick(OWNER, "duda", here),
    ):
        assert {"Sala"} == {record.room for record in chat.do(command)}
    assert "not_in_room" == chat.refusal(commands.Kick(MEMBER, "ana", here))
    assert "not_in_room" == chat.refusal(commands.Topic(OPERATOR, here, "x"))


def test_owners_set_a_room(chat: ChatUnderTest) -> None:
    assert {OWNER, OTHER_OWNER, ADMIN} == permitted(
        chat, lambda conn: commands.Set(conn, "Sala", SettingsAsked(secret=True))
    )
    (record,) = chat.do(commands.Set(OWNER, "sala", SettingsAsked(limit=50, invite_only=True), "s"))
    assert SettingsChange(limit=50, invite_only=True) == record.settings
    assert ("set", "Sala", "s", "ana", False) == (
        record.type,
        record.room,
        record.id,
        record.by,
        record.quiet,
    )
    chat.do(commands.Set(OWNER, "sala", SettingsAsked(invite_only=False)))
    chat.do(commands.Who(OWNER))
    (answer,) = chat.answers(OWNER)
    assert isinstance(answer, effects.Members)
    assert RoomSettings(limit=50) == answer.settings


def test_the_proof_of_a_key_is_for_whoever_sets_it_alone(chat: ChatUnderTest) -> None:
    proof, told = chat.do(commands.Set(OWNER, "Sala", SettingsAsked(key=PROOF, secret=True), "s"))
    assert (True, SettingsChange(key=PROOF), "") == (proof.quiet, proof.settings, proof.id)
    assert (False, SettingsChange(secret=True, keyed=True), "s") == (told.quiet, told.settings, told.id)
    chat.do(commands.Who(OWNER))
    (answer,) = chat.answers(OWNER)
    assert isinstance(answer, effects.Members)
    assert answer.keyed


@pytest.mark.parametrize("settings", [SettingsAsked(), SettingsAsked(key="abre-te")])
def test_a_setting_that_says_nothing_or_a_bare_key_is_refused(
    chat: ChatUnderTest, settings: SettingsAsked
) -> None:
    assert "bad_request" == chat.refusal(commands.Set(OWNER, "Sala", settings))


def test_who_is_in_a_room_is_told_with_their_roles_and_to_operators_who_is_banned(
    chat: ChatUnderTest,
) -> None:
    chat.do(commands.Ban(OWNER, "Sala", "ninguem"))
    chat.do(commands.Mute(OWNER, "Sala", "eva", 60))
    chat.do(commands.Who(OPERATOR_OF_ROOM))
    (answer,) = chat.answers(OPERATOR_OF_ROOM)
    assert isinstance(answer, effects.Members)
    assert {"ana": "owner", "bia": "operator", "caio": "voice", "fabio": "owner"} == answer.roles
    at, until = timestamp(chat.now), timestamp(chat.now + 60 * SECOND)
    assert [effects.Held("ninguem", "ana", at=at)] == answer.bans
    assert [effects.Held("eva", "ana", until, at)] == answer.mutes
    chat.do(commands.Who(VOICE))
    (answer,) = chat.answers(VOICE)
    assert isinstance(answer, effects.Members)
    assert [] == answer.bans == answer.mutes


# Invitations.


def test_who_may_invite_is_a_setting(chat: ChatUnderTest) -> None:
    chat.guest(20, "rui")
    asked = commands.Invite(GUEST, "Sala", "rui")
    assert "not_permitted" == chat.refusal(asked)
    chat.do(commands.Set(OWNER, "Sala", SettingsAsked(inviters="members")))
    assert {
        "type": "invite", "conn": 20, "nick": "rui", "room": "Sala", "quiet": True, **by(GUEST),
    } == only(chat.do(asked))  # fmt: skip


def test_nobody_is_invited_who_is_in_the_room_or_banned_from_it(chat: ChatUnderTest) -> None:
    assert "not_permitted" == chat.refusal(commands.Invite(OWNER, "Sala", "eva"))
    chat.do(commands.Ban(OWNER, "Sala", "eva"))
    assert "not_permitted" == chat.refusal(commands.Invite(OWNER, "Sala", "eva"))
    assert "no_such_nick" == chat.refusal(commands.Invite(OWNER, "Sala", "ninguem"))


def test_whoever_is_muted_on_the_server_invites_nobody(chat: ChatUnderTest) -> None:
    chat.guest(20, "rui", "x")
    chat.do(commands.Mute(MODERATOR, "", "rui"))
    assert "muted" == chat.refusal(commands.Invite(20, "x", "eva"))


# Removing.


def test_whom_one_may_remove_from_a_room_stands_below_one() -> None:
    below = {
        "eva": {OWNER, OTHER_OWNER, OPERATOR_OF_ROOM, MODERATOR, ADMIN},
        "caio": {OWNER, OTHER_OWNER, OPERATOR_OF_ROOM, MODERATOR, ADMIN},
        "bia": {OWNER, OTHER_OWNER, ADMIN},
        "gil": {OWNER, OTHER_OWNER, ADMIN},
        "fabio": {ADMIN},
        "hugo": set(),
    }
    for nick, allowed in below.items():
        for make in (
            lambda conn, n=nick: commands.Kick(conn, n, "Sala"),
            lambda conn, n=nick: commands.Ban(conn, "Sala", n),
            lambda conn, n=nick: commands.Mute(conn, "Sala", n),
        ):
            assert allowed == permitted(chat_of_all(), make)


def test_a_kick_is_a_leave_that_says_by_whom_and_why(chat: ChatUnderTest) -> None:
    assert {
        "type": "leave", **of(GUEST), "room": "Sala", "reason": "kicked", "text": "chega", "id": "k",
        **by(OPERATOR_OF_ROOM),
    } == only(chat.do(commands.Kick(OPERATOR_OF_ROOM, "EVA", "SALA", "chega", "k")))  # fmt: skip
    assert "not_a_member" == chat.refusal(commands.Kick(OPERATOR_OF_ROOM, "eva", "Sala"))
    assert chat.do(commands.Join(GUEST, "Sala")), "it is no ban"


def test_a_moderator_removes_from_a_room_without_an_owner(chat: ChatUnderTest) -> None:
    chat.guest(20, "rui", "geral")
    assert "not_in_room" == chat.refusal(commands.Kick(MODERATOR, "rui", "geral"))
    chat.do(commands.Join(MODERATOR, "geral"))
    chat.do(commands.Join(OWNER, "geral"))
    assert "not_permitted" == chat.refusal(commands.Kick(OWNER, "rui", "geral"))
    assert "leave" == only(chat.do(commands.Kick(MODERATOR, "rui", "geral")))["type"]


def test_moderators_remove_from_the_server_those_who_stand_below_them() -> None:
    for make in (
        lambda conn: commands.Kick(conn, "duda"),
        lambda conn: commands.Ban(conn, nick="duda"),
        lambda conn: commands.Ban(conn, account="duda"),
        lambda conn: commands.Mute(conn, nick="duda"),
    ):
        assert {MODERATOR, ADMIN} == permitted(chat_of_all(), make)
    for make in (lambda conn: commands.Kick(conn, "gil"), lambda conn: commands.Ban(conn, account="gil")):
        assert {ADMIN} == permitted(chat_of_all(), make)
    assert set() == permitted(chat_of_all(), lambda conn: commands.Kick(conn, "hugo"))


def test_whoever_is_removed_from_the_server_leaves_all_rooms(chat: ChatUnderTest) -> None:
    chat.do(commands.Join(GUEST, "geral"))
    first, second, end = chat.do(commands.Kick(MODERATOR, "eva", text="chega", id="k"))
    assert ["Sala", "geral"] == [first.room, second.room]
    assert {"", "kicked"} == {first.by, second.by, first.reason, second.reason}
    assert {
        "type": "bye", **of(GUEST), "reason": "kicked", "text": "chega", "id": "k", **by(MODERATOR),
    } == fields(end)  # fmt: skip
    assert ["kicked"] == chat.codes(GUEST)
    assert effects.End(GUEST, "kicked") == chat.out[-1]


# Bans.


def test_a_ban_is_on_record_before_the_ends_that_it_brings(chat: ChatUnderTest) -> None:
    ban, leave = chat.do(commands.Ban(OWNER, "Sala", "EVA", seconds=60, text="chega", id="b"))
    assert {
        "type": "ban", **of(GUEST), "room": "Sala", "text": "chega", "id": "b", **by(OWNER),
        "until": timestamp(chat.now + 60 * SECOND),
    } == fields(ban)  # fmt: skip
    assert {"type": "leave", **of(GUEST), "room": "Sala", "reason": "banned", **by(OWNER)} == fields(leave)


def test_a_ban_from_the_server_ends_all_connections_of_the_account(chat: ChatUnderTest) -> None:
    chat.account(30, "outra", ("x",), account="DUDA")
    records = chat.do(commands.Ban(MODERATOR, nick="duda", text="chega"))
    assert ["ban", "leave", "bye", "leave", "bye"] == [each.type for each in records]
    assert {MEMBER, 30} == {each.conn for each in records[1:]}
    assert {"banned"} == {each.reason for each in records[1:]}
    assert "duda" == records[0].account
    assert ["banned"] == chat.codes(MEMBER) == chat.codes(30)


def test_an_account_is_banned_from_a_room_with_all_its_connections(chat: ChatUnderTest) -> None:
    chat.account(30, "outra", ("Sala",), account="DUDA")
    records = chat.do(commands.Ban(OWNER, "Sala", account="Duda"))
    assert [("ban", 0), ("leave", MEMBER), ("leave", 30)] == [(each.type, each.conn) for each in records]
    assert "banned" == chat.refusal(commands.Join(30, "Sala"))


def test_who_is_gone_is_banned_by_the_nick(chat: ChatUnderTest) -> None:
    assert {"type": "ban", "nick": "Ninguem", "by": "*"} == only(
        chat.do(commands.Ban(OPERATOR, nick="Ninguem"))
    )


def test_a_ban_holds_nobody_who_stands_as_high_as_who_imposed_it(chat: ChatUnderTest) -> None:
    chat.do(commands.Bye(ADMIN))
    chat.do(commands.Ban(MODERATOR, account="hugo"))
    assert chat.account(30, "hugo", ("Sala",), "admin")
    chat.do(commands.Ban(OPERATOR_OF_ROOM, "Sala", account="rui"))
    chat.account(31, "rui")
    assert "banned" == chat.refusal(commands.Join(31, "Sala"))
    chat.do(commands.Grant(OWNER, "Sala", "rui", "operator"))
    assert chat.do(commands.Join(31, "Sala"))


def test_who_lifts_a_ban_stands_as_high_as_who_imposed_it(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OWNER, "Sala", "eva"))
    unban = commands.Unban(OPERATOR_OF_ROOM, "Sala", "eva", id="u")
    assert "not_permitted" == chat.refusal(unban)
    assert {"type": "unban", **of(GUEST), "room": "Sala", **by(OTHER_OWNER)} == only(
        chat.do(commands.Unban(OTHER_OWNER, "Sala", "EVA"))
    )
    assert "not_banned" == chat.refusal(commands.Unban(OWNER, "Sala", "eva"))
    assert chat.do(commands.Join(GUEST, "Sala"))


def test_what_has_ended_needs_no_lifting(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OWNER, "Sala", "eva", seconds=60))
    chat.now += 60 * SECOND
    assert "not_banned" == chat.refusal(commands.Unban(OWNER, "Sala", "eva"))


def test_a_list_of_bans_is_bounded_but_for_what_has_ended(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OWNER, "Sala", "primeiro", seconds=60))
    for number in range(charters.BANS - 1):
        assert chat.do(commands.Ban(OWNER, "Sala", f"n{number}"))
    assert "list_full" == chat.refusal(commands.Ban(OWNER, "Sala", "mais"))
    assert chat.do(commands.Ban(OWNER, "Sala", "n3", seconds=5)), "it takes the place of one"
    chat.now += 60 * SECOND
    assert chat.do(commands.Ban(OWNER, "Sala", "mais"))


@pytest.mark.parametrize(("nick", "account"), [("", ""), ("eva", "duda")])
def test_a_ban_names_a_nick_or_an_account(chat: ChatUnderTest, nick: str, account: str) -> None:
    assert "bad_request" == chat.refusal(commands.Ban(OWNER, "Sala", nick, account))
    assert "bad_request" == chat.refusal(commands.Unban(OWNER, "Sala", nick, account))


# Mutes.


def test_moderators_and_the_operator_tell_everybody_something(chat: ChatUnderTest) -> None:
    told = {"type": "announcement", "text": "já volto", "id": "a", **by(MODERATOR)}
    assert told == only(chat.do(commands.Announce(MODERATOR, "já volto", "a")))
    assert {"type": "announcement", "text": "oi", "by": "*"} == only(
        chat.do(commands.Announce(OPERATOR, "oi"))
    )
    assert "not_permitted" == chat.refusal(commands.Announce(OWNER, "oi"))


def test_a_mute_is_on_record_and_so_is_its_end(chat: ChatUnderTest) -> None:
    assert {
        "type": "mute", **of(MEMBER), "room": "Sala", "text": "calma", "account": "duda", "id": "m",
        "until": timestamp(chat.now + 5 * SECOND), **by(OPERATOR_OF_ROOM),
    } == only(chat.do(commands.Mute(OPERATOR_OF_ROOM, "Sala", "duda", 5, "calma", "m")))  # fmt: skip
    assert {"type": "mute", **of(MEMBER), "room": "Sala", "reason": "lifted", **by(OWNER)} == only(
        chat.do(commands.Mute(OWNER, "Sala", "DUDA", commands.LIFTED))
    )
    assert "not_muted" == chat.refusal(commands.Mute(OWNER, "Sala", "duda", commands.LIFTED))
    assert chat.do(commands.Say(MEMBER, "oi", "Sala"))


def test_nobody_lifts_a_mute_of_somebody_above_them(chat: ChatUnderTest) -> None:
    chat.do(commands.Mute(OPERATOR, "", "duda"))
    assert "not_permitted" == chat.refusal(commands.Mute(MODERATOR, "", "duda", commands.LIFTED))
    assert chat.do(commands.Mute(OPERATOR, "", "duda", commands.LIFTED))


# Accounts.


def test_a_login_gives_a_connection_its_account(chat: ChatUnderTest) -> None:
    chat.visitor(30)
    chat.do(commands.Join(30, "Sala", alone=True))
    assert {
        "type": "login", "conn": 30, "nick": "visitante-1", "account": "Ana", "role": "member", "id": "l",
    } == only(chat.do(commands.Login(30, "Ana", "member", "l")))  # fmt: skip
    assert chat.do(commands.Topic(30, "Sala", "oi"))


def test_a_login_as_an_account_that_is_banned_ends_the_connection(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OPERATOR, "", account="Ana"))
    chat.visitor(30)
    left, gone = chat.do(commands.Login(30, "ana", "member", "l"))
    assert [("leave", "geral", "banned"), ("bye", "", "banned")] == [
        (each.type, each.room, each.reason) for each in (left, gone)
    ]
    assert ["banned"] == chat.codes(30)
    assert effects.End(30, "banned") in chat.out


def test_a_login_makes_a_guests_session_the_accounts(chat: ChatUnderTest) -> None:
    chat.hello(30, "nova", session="n" * 16)
    own = identity_of("n" * 16, "Ana")
    assert own == only(chat.do(commands.Login(30, "Ana", "member")))["identity"]
    assert "identity" not in only(chat.do(commands.Login(30, "ANA", "member"))), "it is that already"
    # Of two with one secret each has its own.
    chat.hello(31, "outra", session="n" * 16)
    other = only(chat.do(commands.Login(31, "Ana", "member")))["identity"]
    assert 3 == len({own, other, identity_of("n" * 16)})
    assert [30, 31] == [chat.state.sessions.conn_of(each) for each in (own, other)]
    assert 0 == chat.state.sessions.conn_of(identity_of("n" * 16))


def test_a_login_of_before_leaves_a_session_as_it_is(chat: ChatUnderTest) -> None:
    chat.hello(30, "nova", session="n" * 16)
    assert "identity" not in only(chat.do(commands.Login(30, "Ana", "member", renews=False)))
    assert 30 == chat.state.sessions.conn_of(identity_of("n" * 16))


def test_another_role_of_an_account_is_its_connections_at_once(chat: ChatUnderTest) -> None:
    chat.account(30, "outra", account="DUDA")
    records = chat.do(commands.AccountChanged(OPERATOR, "duda", "moderator"))
    assert [MEMBER, 30] == [each.conn for each in records]
    assert {
        "type": "role", **of(MEMBER), "account": "duda", "role": "moderator", "by": "*",
    } == fields(records[0])  # fmt: skip
    assert chat.do(commands.Kick(30, "eva"))
    assert [] == chat.do(commands.AccountChanged(OPERATOR, "duda", "moderator"))
    assert [] == chat.do(commands.AccountChanged(OPERATOR, "ninguem", "admin"))


def test_an_account_that_has_ended_ends_its_connections(chat: ChatUnderTest) -> None:
    chat.account(30, "outra", account="DUDA")
    records = chat.do(commands.AccountChanged(OPERATOR, "Duda", ended=True))
    assert ["leave", "bye", "bye"] == [each.type for each in records]
    assert {"revoked"} == {each.reason for each in records}
    assert {effects.End(MEMBER, "revoked"), effects.End(30, "revoked")} <= {
        each for each in chat.out if isinstance(each, effects.End)
    }
    assert ["session_ended"] == chat.codes(30)


def test_a_session_of_an_account_is_nobody_elses(chat: ChatUnderTest) -> None:
    chat.do(commands.Say(OWNER, "psiu", to="duda"))
    chat.do(commands.AccountChanged(OPERATOR, "duda", ended=True))
    chat.do(commands.Open(30, "json", "::1"))
    chat.do(commands.Hello(30, "ladra", (), "a-secret-of-duda", "LOG", 0))
    (feed,) = [each for each in chat.out if isinstance(each, effects.Feed)]
    assert feed.identity not in {each.to_identity for each in chat.records if each.to}


def test_how_the_server_does_is_told_to_its_admins_alone(chat: ChatUnderTest) -> None:
    for conn in NICKS:
        chat.do(commands.Status(conn, "s"))
        if conn == ADMIN:
            assert [effects.Measure(ADMIN, {"json": len(NICKS)}, chat.state.seq, "s")] == chat.out
        else:
            assert "not_permitted" == chat.refusal(commands.Status(conn, "s"))
    chat.do(commands.AccountChanged(commands.OPERATOR, "hugo", "member"))
    assert "not_permitted" == chat.refusal(commands.Status(ADMIN))
    assert "not_registered" == chat.refusal(commands.Status(77))


def test_connections_are_counted_by_dialect(chat: ChatUnderTest) -> None:
    assert {"json": len(NICKS)} == chat.state.dialects
    chat.do(commands.Open(20, "text", "::1", visitor=True))
    chat.do(commands.Bye(GUEST))
    assert {"json": len(NICKS) - 1, "text": 1} == chat.state.dialects
    chat.do(commands.Open(20, "json", "::1"))
    assert {"json": len(NICKS) - 1} == chat.state.dialects
    again = State()
    again.restore(chat.state.snapshot())
    assert chat.state.dialects == again.dialects


# Rooms of guests.


def chat_of_guests() -> ChatUnderTest:
    """Make a chat in which ana has made x as a guest, bia and caio are in it, and duda has an account."""
    chat = ChatUnderTest(guest_rooms="owned")
    for conn, nick in ((1, "ana"), (2, "bia"), (3, "caio")):
        chat.guest(conn, nick, "x")
    chat.account(4, "duda", ("x",))
    return chat


def members(chat: ChatUnderTest, conn: int, room: str) -> effects.Members:
    chat.do(commands.Who(conn, room))
    (answer,) = chat.answers(conn)
    assert isinstance(answer, effects.Members)
    return answer


def test_whoever_makes_a_room_as_a_guest_is_its_operator_if_it_is_set_so() -> None:
    chat = ChatUnderTest(guest_rooms="owned")
    hello, join, role = chat.guest(1, "ana", "x")
    assert ("hello", "join") == (hello.type, join.type)
    assert {
        "type": "role", "conn": 1, "nick": "ana", "room": "x", "reason": "made", "role": "operator",
        "by": "ana", "by_conn": 1,
    } == fields(role)  # fmt: skip
    assert ["join"] == [each.type for each in chat.do(commands.Join(1, "Geral"))]
    assert ["hello", "join"] == [each.type for each in chat.guest(2, "bia", "x")]


def test_its_operators_do_what_owners_do_elsewhere() -> None:
    chat = chat_of_guests()
    assert chat.do(commands.Set(1, "x", SettingsAsked(moderated=True)))
    assert "muted" == chat.refusal(commands.Say(2, "oi", "x"))
    assert {
        "type": "role", "conn": 2, "nick": "bia", "room": "x", "id": "i", "role": "operator", "by": "ana",
        "by_conn": 1,
    } == only(chat.do(commands.Grant(1, "x", "bia", "operator", "i")))  # fmt: skip
    assert chat.do(commands.Grant(2, "x", "caio", "voice"))
    assert {"ana": "operator", "bia": "operator", "caio": "voice"} == members(chat, 2, "x").roles
    assert chat.do(commands.Grant(2, "x", "ana", "none")), "one takes it from another"
    assert "not_permitted" == chat.refusal(commands.Topic(1, "x", "minha"))
    assert chat.do(commands.Ban(2, "x", "ana"))


def test_a_guests_role_is_of_this_stay_alone() -> None:
    chat = chat_of_guests()
    chat.do(commands.Grant(1, "x", "bia", "voice"))
    chat.do(commands.Leave(1, "x"))
    chat.do(commands.Join(1, "x"))
    chat.do(commands.Close(2, "closed"))
    assert {} == members(chat, 1, "x").roles
    assert "no_such_nick" == chat_of_guests().refusal(commands.Grant(1, "x", "rui", "voice"))
    chat = chat_of_guests()
    chat.do(commands.Leave(2, "x"))
    assert "not_a_member" == chat.refusal(commands.Grant(1, "x", "bia", "voice")), "who is not in it"


def test_a_room_of_guests_goes_with_its_last_member_and_all_that_was_laid_down() -> None:
    chat = chat_of_guests()
    chat.do(commands.Set(1, "x", SettingsAsked(secret=True, invite_only=True)))
    chat.do(commands.Ban(1, "x", "rui"))
    before = chat.state.charters
    for conn in (1, 2, 3):
        chat.do(commands.Leave(conn, "x"))
    assert ["x"] == [*before.rooms], "as long as anybody is there, it is what it was"
    chat.do(commands.Leave(4, "x"))
    assert ([], {}) == ([*before.rooms], before.made)
    assert "x" not in chat.state.rooms
    assert ["join", "role"] == [each.type for each in chat.guest(5, "rui", "x")[1:]]


def test_after_a_crash_there_are_no_rooms_of_guests() -> None:
    chat = chat_of_guests()
    chat.do(commands.Start(OPERATOR, "chatsimples test", chat.state.limits))
    assert ({}, {}) == (chat.state.charters.rooms, chat.state.rooms)


def test_a_room_of_guests_becomes_an_accounts_that_takes_it_over() -> None:
    chat = chat_of_guests()
    assert "not_permitted" == chat.refusal(commands.Grant(4, "x", "duda", "owner")), "it needs an operator"
    chat.do(commands.Grant(1, "x", "duda", "operator"))
    assert "not_permitted" == chat.refusal(commands.Grant(1, "x", "duda", "owner")), "nobody is made to"
    assert "no_account" == chat.refusal(commands.Grant(1, "x", "ana", "owner"))
    assert chat.do(commands.Grant(4, "x", "duda", "owner"))
    assert {"duda": 1} == chat.state.charters.made
    assert "not_permitted" == chat.refusal(commands.Set(1, "x", SettingsAsked(secret=True)))
    assert chat.do(commands.Topic(1, "x", "ainda"))
    for conn in (1, 2, 3, 4):
        chat.do(commands.Leave(conn, "x"))
    assert "ainda" == members(chat, 4, "x").topic


def test_what_is_taken_over_counts_among_the_rooms_that_an_account_has_made() -> None:
    chat = chat_of_guests()
    chat.do(commands.Grant(1, "x", "duda", "operator"))
    chat.state.charters.made["duda"] = charters.ROOMS_MADE
    assert "too_many_own_rooms" == chat.refusal(commands.Grant(4, "x", "duda", "owner"))


def test_who_logs_in_keeps_what_they_were_until_it_is_taken_from_them() -> None:
    chat = chat_of_guests()
    chat.do(commands.Login(1, "ana", "member"))
    assert chat.do(commands.Grant(1, "x", "bia", "operator"))
    assert chat.do(commands.Grant(2, "x", "ana", "voice"))
    assert {"ana": "voice", "bia": "operator"} == members(chat, 1, "x").roles
    chat.do(commands.Leave(1, "x"))
    chat.do(commands.Join(1, "x"))
    assert {"ana": "voice", "bia": "operator"} == members(chat, 1, "x").roles, "it is the account's now"


def test_guests_in_a_room_with_an_owner_have_roles_if_it_is_set_so() -> None:
    chat = ChatUnderTest(guest_rooms="owned")
    chat.account(1, "ana", ("x",))
    chat.guest(2, "bia", "x")
    chat.do(commands.Grant(1, "x", "bia", "operator"))
    assert "not_permitted" == chat.refusal(commands.Set(2, "x", SettingsAsked(secret=True)))
    assert chat.do(commands.Topic(2, "x", "oi"))
    chat.do(commands.Grant(1, "x", "ana", "none"))
    assert {} == chat.state.charters.rooms, "given up, it goes on as any other"


def test_roles_of_guests_are_bounded_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charters, "ROLES", 2)
    chat = chat_of_guests()
    chat.do(commands.Grant(1, "x", "bia", "voice"))
    assert "list_full" == chat.refusal(commands.Grant(1, "x", "caio", "voice"))
    assert "list_full" == chat.refusal(commands.Grant(1, "x", "duda", "voice"))
    assert chat.do(commands.Grant(1, "x", "bia", "operator"))


# Masks, exceptions, and what IRC's modes need beside.


def test_a_mask_keeps_out_those_who_come_and_removes_nobody(chat: ChatUnderTest) -> None:
    assert {"type": "ban", "nick": "e*", "room": "Sala", **by(OWNER)} == only(
        chat.do(commands.Ban(OWNER, "Sala", "e*"))
    )
    chat.do(commands.Leave(GUEST, "Sala"))
    assert "banned" == chat.refusal(commands.Join(GUEST, "Sala"))
    assert "not_banned" == chat.refusal(commands.Unban(OWNER, "Sala", "eva")), "it is not of that nick"
    chat.do(commands.Unban(OWNER, "Sala", "E*"))
    assert chat.do(commands.Join(GUEST, "Sala"))


def test_a_mask_holds_nobody_of_the_level_of_whoever_set_it(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OPERATOR_OF_ROOM, "Sala", "*"))
    chat.do(commands.Leave(OTHER_OWNER, "Sala"))
    assert chat.do(commands.Join(OTHER_OWNER, "Sala"))


def test_the_server_has_no_masks(chat: ChatUnderTest) -> None:
    assert "bad_request" == chat.refusal(commands.Ban(ADMIN, "", "e*"))
    assert "no_such_nick" == chat.refusal(commands.Mute(ADMIN, "", "e*"))


def test_who_is_excepted_is_held_by_no_ban_and_no_mute_of_the_room(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OWNER, "Sala", "e*"))
    chat.do(commands.Mute(OWNER, "Sala", "eva"))
    assert {"type": "exempt", "nick": "*va", "room": "Sala", "id": "i", **by(OPERATOR_OF_ROOM)} == only(
        chat.do(commands.Exempt(OPERATOR_OF_ROOM, "Sala", "*va", id="i"))
    )
    assert chat.do(commands.Say(GUEST, "oi", "Sala"))
    chat.do(commands.Leave(GUEST, "Sala"))
    assert chat.do(commands.Join(GUEST, "Sala"))
    assert {"type": "exempt", "nick": "*va", "room": "Sala", "reason": "lifted", **by(OWNER)} == only(
        chat.do(commands.Exempt(OWNER, "Sala", "*va", lifted=True))
    )
    assert "muted" == chat.refusal(commands.Say(GUEST, "oi", "Sala"))
    assert "not_exempt" == chat.refusal(commands.Exempt(OWNER, "Sala", "*va", lifted=True))
    assert "not_permitted" == chat.refusal(commands.Exempt(VOICE, "Sala", "caio"))


def test_who_is_welcome_needs_no_invitation_but_a_key(chat: ChatUnderTest) -> None:
    chat.do(commands.Set(OWNER, "Sala", SettingsAsked(invite_only=True)))
    chat.do(commands.Leave(GUEST, "Sala"))
    assert "room_closed" == chat.refusal(commands.Join(GUEST, "Sala"))
    assert {"type": "admit", "conn": GUEST, "nick": "eva", "room": "Sala", **by(OWNER)} == only(
        chat.do(commands.Exempt(OWNER, "Sala", "eva", welcome=True))
    )
    chat.do(commands.Set(OWNER, "Sala", SettingsAsked(key=PROOF)))
    assert "bad_key" == chat.refusal(commands.Join(GUEST, "Sala"))
    assert chat.do(commands.Join(GUEST, "Sala", key=PROOF))


def test_exceptions_are_bounded_and_in_every_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charters, "BANS", 1)
    chat = chat_of_all()
    chat.do(commands.Topic(OWNER, "Sala", "oi"))
    for welcome in (False, True):
        chat.do(commands.Exempt(OWNER, "Sala", "a*", welcome=welcome))
        assert "list_full" == chat.refusal(commands.Exempt(OWNER, "Sala", "b*", welcome=welcome))
    again = State()
    again.restore(chat.state.snapshot())
    assert again.snapshot() == chat.state.snapshot()
    charter = again.rooms["sala"].charter
    assert charter is not None
    assert ("ana", timestamp(chat.now)) == (charter.topic_by, charter.topic_at)
    assert ["a*"] == [each.nick for each in charter.exempt] == [each.nick for each in charter.welcome]


def test_a_nick_can_be_muted_ahead_and_a_voice_is_above_that(chat: ChatUnderTest) -> None:
    assert "no_such_nick" == chat.refusal(commands.Mute(OWNER, "Sala", "rui"))
    assert {"type": "mute", "nick": "rui", "room": "Sala", "text": "spam", **by(OWNER)} == only(
        chat.do(commands.Mute(OWNER, "Sala", "rui", text="spam", ahead=True))
    )
    chat.account(30, "rui", ("Sala",))
    assert "muted" == chat.refusal(commands.Say(30, "oi", "Sala"))
    chat.do(commands.Grant(OWNER, "Sala", "rui", "voice"))
    assert chat.do(commands.Say(30, "oi", "Sala"))
    chat.do(commands.Mute(OWNER, "Sala", "v*"))
    chat.guest(31, "vera", "Sala")
    assert "muted" == chat.refusal(commands.Say(31, "oi", "Sala"))
    chat.do(commands.Mute(OWNER, "Sala", "v*", commands.LIFTED))
    assert chat.do(commands.Say(31, "oi", "Sala"))


def test_members_change_the_topic_where_it_is_set_so(chat: ChatUnderTest) -> None:
    assert "not_permitted" == chat.refusal(commands.Topic(GUEST, "Sala", "oi"))
    chat.do(commands.Set(OWNER, "Sala", SettingsAsked(topic_by="members")))
    assert chat.do(commands.Topic(GUEST, "Sala", "oi"))
    chat.do(commands.Mute(OWNER, "Sala", "eva"))
    assert "muted" == chat.refusal(commands.Topic(GUEST, "Sala", "de novo"))


def test_a_role_is_given_to_those_below_it_or_taken_from_its_holders(chat: ChatUnderTest) -> None:
    def roles() -> dict[str, str]:
        answer = members(chat, OWNER, "Sala").roles
        return {nick: answer.get(nick, "") for nick in ("bia", "caio", "duda")}

    for nick in ("bia", "caio", "duda"):
        chat.do(commands.Grant(OWNER, "Sala", nick, "voice", how="raise"))
    assert {"bia": "operator", "caio": "voice", "duda": "voice"} == roles()
    for nick in ("bia", "duda"):
        chat.do(commands.Grant(OWNER, "Sala", nick, "voice", how="lower"))
    assert {"bia": "operator", "caio": "voice", "duda": ""} == roles()
    assert [] == chat.do(commands.Grant(OWNER, "Sala", "caio", "operator", how="lower"))
    assert [] == chat.out
