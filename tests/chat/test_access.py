"""The one rule of who enters, reads, speaks and sees, asked on every road."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chat.chats import ChatUnderTest

from chatsimples.chat import commands, effects
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.room_settings import SettingsAsked

PROOF = "p" * 32
OTHER_PROOF = "q" * 32
SECOND = 1_000_000

Close = Callable[[ChatUnderTest], object]


def settings(**asked: Any) -> Close:
    return lambda chat: chat.do(commands.Set(1, "Sala", SettingsAsked(**asked)))


def banned(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(1, "Sala", "eva"))


CLOSED: dict[str, tuple[Close, str]] = {
    "banned": (banned, "banned"),
    "invite only": (settings(invite_only=True), "room_closed"),
    "with a key": (settings(key=PROOF), "bad_key"),
    "for accounts": (settings(accounts_only=True), "login_required"),
}


@pytest.fixture
def chat() -> ChatUnderTest:
    """A chat in which ana, on 1, owns Sala, and eva is a guest on 5, in no room."""
    chat = ChatUnderTest()
    chat.account(1, "ana", ("Sala",))
    chat.do(commands.Say(1, "segredo", "Sala"))
    chat.guest(5, "eva")
    return chat


@pytest.fixture(params=CLOSED)
def closed(chat: ChatUnderTest, request: pytest.FixtureRequest) -> tuple[ChatUnderTest, str]:
    """That chat, with Sala closed to eva, and the reason that she is told."""
    close, code = CLOSED[request.param]
    close(chat)
    return chat, code


def recalled(chat: ChatUnderTest) -> effects.Recall:
    (effect,) = chat.out
    assert isinstance(effect, effects.Recall)
    return effect


def names(chat: ChatUnderTest, conn: int) -> list[str]:
    chat.do(commands.Rooms(conn))
    (answer,) = chat.answers(conn)
    assert isinstance(answer, effects.RoomList)
    assert len(answer.rooms) == answer.count
    return [each.room for each in answer.rooms]


def test_what_one_may_not_enter_one_may_not_read_on_any_road(closed: tuple[ChatUnderTest, str]) -> None:
    chat, code = closed
    assert code == chat.refusal(commands.Join(5, "sala"))
    assert code == chat.refusal(commands.Join(5, "SALA", alone=True))
    assert code == chat.refusal(commands.History(5, "sALA", 0, 5))
    assert code == chat.refusal(commands.Who(5, "Sala"))
    assert "not_in_room" == chat.refusal(commands.Say(5, "oi", "Sala"))


def test_a_hello_is_told_which_room_is_closed_and_goes_on(closed: tuple[ChatUnderTest, str]) -> None:
    chat, code = closed
    chat.do(commands.Close(5, "closed"))
    records = chat.hello(6, "eva", "a-secret-of-eva", ("x", "Sala", "geral"), ("LOG", 0))
    assert ["x", "geral"] == [each.room for each in records if each.type == "join"]
    assert [code] == chat.codes(6)
    assert isinstance(chat.answers(6)[0], effects.Welcome)
    (feed,) = [each for each in chat.out if isinstance(each, effects.Feed)]
    assert ("x", "geral") == feed.rooms


def test_another_nick_or_a_new_connection_opens_nothing(closed: tuple[ChatUnderTest, str]) -> None:
    chat, code = closed
    chat.do(commands.Rename(5, "maria"))
    assert code == chat.refusal(commands.Join(5, "sala"))
    chat.hello(6, "outra", "a-secret-of-eva", ())
    assert code == chat.refusal(commands.Join(6, "sala"))
    assert code == chat.refusal(commands.History(6, "sala", 0, 5))


def test_a_room_that_nobody_owns_is_open_to_everybody(chat: ChatUnderTest) -> None:
    chat.guest(2, "bia", "x")
    chat.do(commands.Who(5, "X"))
    assert [effects.Members("x", ["bia"], 1)] == chat.answers(5)
    assert chat.do(commands.Join(5, "X"))


def test_a_ban_ends_by_the_time_of_the_command_that_asks(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(1, "Sala", "eva", seconds=60))
    chat.now += 60 * SECOND - 1
    assert "banned" == chat.refusal(commands.Join(5, "Sala"))
    chat.now += 1
    assert chat.do(commands.Join(5, "Sala"))


def test_whoever_is_invited_needs_no_key(chat: ChatUnderTest) -> None:
    settings(invite_only=True, key=PROOF)(chat)
    chat.do(commands.Invite(1, "Sala", "eva"))
    chat.do(commands.Rename(5, "maria"))
    assert chat.do(commands.Join(5, "Sala"))


def test_no_nick_is_invited_but_whoever_has_it(chat: ChatUnderTest) -> None:
    settings(invite_only=True)(chat)
    chat.do(commands.Invite(1, "Sala", "eva"))
    chat.do(commands.Bye(5))
    chat.hello(6, "eva", "another-secret-000", ())
    assert "room_closed" == chat.refusal(commands.Join(6, "Sala"))
    chat.do(commands.Bye(6))
    chat.hello(7, "eva", "a-secret-of-eva", ())
    assert chat.do(commands.Join(7, "Sala"))


def test_who_has_the_key_enters_and_no_other_one_opens(chat: ChatUnderTest) -> None:
    settings(key=PROOF)(chat)
    assert "bad_key" == chat.refusal(commands.Join(5, "Sala", key=OTHER_PROOF))
    assert chat.do(commands.Join(5, "sala", key=PROOF))
    chat.do(commands.Leave(5, "Sala"))
    settings(key="")(chat)
    assert chat.do(commands.Join(5, "sala"))


def test_a_hello_brings_the_keys_of_its_rooms(chat: ChatUnderTest) -> None:
    settings(key=PROOF)(chat)
    chat.do(commands.Open(6, "json", "::1"))
    hello = commands.Hello(6, "rui", ("SALA",), "a-secret-of-rui-6", keys={"sala": PROOF})
    assert ["hello", "join"] == [each.type for each in chat.do(hello)]


def test_a_limit_holds_up_all_but_those_who_have_a_role(chat: ChatUnderTest) -> None:
    settings(limit=1)(chat)
    assert "room_full" == chat.refusal(commands.Join(5, "Sala"))
    chat.do(commands.Who(5, "Sala"))
    assert isinstance(chat.answers(5)[0], effects.Members)
    chat.account(2, "bia")
    chat.do(commands.Grant(1, "Sala", "bia", "voice"))
    assert chat.do(commands.Join(2, "Sala"))


def test_history_for_members_only_is_for_those_who_are_in(chat: ChatUnderTest) -> None:
    settings(members_only_history=True)(chat)
    for question in (commands.History(5, "Sala", 0, 5), commands.Who(5, "Sala")):
        assert "room_closed" == chat.refusal(question)
    chat.do(commands.Join(5, "Sala"))
    chat.do(commands.History(5, "Sala", 0, 5))
    assert chat.state.seq + 1 == recalled(chat).before
    chat.do(commands.Kick(1, "eva", "Sala"))
    assert "room_closed" == chat.refusal(commands.History(5, "Sala", 0, 5))


def test_a_secret_room_answers_as_one_that_does_not_exist(chat: ChatUnderTest) -> None:
    settings(secret=True, key=PROOF)(chat)
    for room in ("sALa", "nada"):
        chat.do(commands.Who(5, room))
        assert [effects.Members(room, [], 0)] == chat.answers(5)
        assert "not_in_room" == chat.refusal(commands.Topic(5, room, "oi"))
        assert "not_in_room" == chat.refusal(commands.Kick(5, "ana", room))
        assert "not_in_room" == chat.refusal(commands.Ban(5, room, "ana"))
        assert "not_in_room" == chat.refusal(commands.Invite(5, room, "eva"))
        assert "not_in_room" == chat.refusal(commands.Set(5, room, SettingsAsked(secret=False)))
        assert "not_in_room" == chat.refusal(commands.Leave(5, room))
        assert "not_in_room" == chat.refusal(commands.Say(5, "oi", room))
    chat.do(commands.History(5, "sALa", 0, 5, "h"))
    assert effects.Recall(5, "sALa", 1, 5, "h") == recalled(chat)
    assert [] == names(chat, 5)


@pytest.mark.parametrize("close", CLOSED)
def test_of_a_secret_room_no_refusal_tells_more_than_that_it_is_closed(
    chat: ChatUnderTest, close: str
) -> None:
    settings(secret=True)(chat)
    CLOSED[close][0](chat)
    assert "room_closed" == chat.refusal(commands.Join(5, "sALa"))
    (error,) = chat.answers(5)
    assert isinstance(error, effects.Error)
    assert {"room": "sALa", "why": "it is closed"} == error.detail


def test_a_secret_room_is_there_for_those_who_are_in_it(chat: ChatUnderTest) -> None:
    settings(secret=True)(chat)
    assert ["Sala"] == names(chat, 1)
    chat.do(commands.Join(5, "SALA"))
    assert ["Sala"] == names(chat, 5)
    settings(secret=False)(chat)
    chat.do(commands.Leave(5, "Sala"))
    assert ["Sala"] == names(chat, 5)


def test_rooms_are_told_in_order_with_ones_own_secret_ones_among_them(chat: ChatUnderTest) -> None:
    settings(secret=True)(chat)
    chat.guest(2, "bia", "a", "z")
    asked = {1: ["a", "Sala", "z"], 2: ["a", "z"]}
    for conn, rooms in asked.items():
        told: list[str] = []
        after = ""
        while not told or after:
            chat.do(commands.Rooms(conn, after=after, limit=1))
            (answer,) = chat.answers(conn)
            assert isinstance(answer, effects.RoomList)
            assert len(rooms) == answer.count
            told += [each.room for each in answer.rooms]
            after = answer.next
        assert rooms == told


def test_an_admin_sees_and_enters_every_room(chat: ChatUnderTest) -> None:
    settings(secret=True, invite_only=True, accounts_only=True, limit=1, key=PROOF)(chat)
    chat.account(2, "chefe", role="admin")
    assert ["Sala"] == names(chat, 2)
    assert chat.do(commands.Join(2, "sala"))


def test_a_moderator_enters_what_others_enter(chat: ChatUnderTest) -> None:
    settings(secret=True, invite_only=True)(chat)
    chat.account(2, "mod", role="moderator")
    assert [] == names(chat, 2)
    assert "room_closed" == chat.refusal(commands.Join(2, "sala"))


def test_whoever_is_cut_off_comes_back_into_a_room_for_the_invited(chat: ChatUnderTest) -> None:
    chat.do(commands.Join(5, "Sala"))
    settings(invite_only=True)(chat)
    chat.do(commands.Close(5, "timeout"))
    assert ["hello", "join"] == [each.type for each in chat.hello(6, "eva", "a-secret-of-eva", ("Sala",))]
    # By another connection of the same session, too.
    assert "join" == chat.hello(7, "eva", "a-secret-of-eva", ("Sala",))[-1].type
    chat.do(commands.Leave(7, "Sala"))
    assert chat.do(commands.Join(7, "Sala")), "it was invited by its cut"
    chat.do(commands.Kick(1, "eva", "Sala"))
    assert "room_closed" == chat.refusal(commands.Join(7, "Sala"))


def test_in_a_moderated_room_those_speak_who_have_a_voice(chat: ChatUnderTest) -> None:
    chat.do(commands.Join(5, "Sala"))
    chat.account(2, "bia", ("Sala",))
    settings(moderated=True)(chat)
    assert "muted" == chat.refusal(commands.Say(5, "oi", "Sala"))
    assert "muted" == chat.refusal(commands.Say(2, "oi", "Sala"))
    assert "muted" == chat.refusal(commands.SayAs(5, "outra", "oi", "outra: oi"))
    chat.do(commands.Grant(1, "Sala", "bia", "voice"))
    assert chat.do(commands.Say(2, "oi", "Sala"))
    assert chat.do(commands.Say(1, "oi", "Sala"))
    assert chat.do(commands.Say(5, "oi", to="bia")), "that is said in no room"


@pytest.mark.parametrize("room", ["Sala", ""])
def test_whoever_is_muted_neither_speaks_nor_takes_a_nick_until_it_ends(
    chat: ChatUnderTest, room: str
) -> None:
    chat.do(commands.Join(5, "Sala"))
    by = OPERATOR if not room else 1
    chat.do(commands.Mute(by, room, "EVA", 60))
    assert "muted" == chat.refusal(commands.Say(5, "oi", "Sala"))
    assert "muted" == chat.refusal(commands.Rename(5, "maria"))
    assert "muted" == chat.refusal(commands.SayAs(5, "maria", "oi", "maria: oi"))
    chat.now += 60 * SECOND
    assert chat.do(commands.Say(5, "oi", "Sala"))


def test_whoever_is_muted_on_the_server_says_nothing_to_anybody(chat: ChatUnderTest) -> None:
    chat.do(commands.Mute(OPERATOR, "", "eva", 0))
    assert "muted" == chat.refusal(commands.Say(5, "oi", to="ana"))
    chat.do(commands.Close(5, "closed"))
    chat.hello(6, "maria", "a-secret-of-eva", ("geral",))
    assert "muted" == chat.refusal(commands.Say(6, "oi", "geral"))
    assert chat.do(commands.Say(1, "oi", to="maria")), "others may speak to her"


def test_whoever_is_muted_in_one_room_speaks_in_others(chat: ChatUnderTest) -> None:
    chat.do(commands.Join(5, "Sala"))
    chat.do(commands.Join(5, "geral"))
    chat.do(commands.Mute(1, "Sala", "eva"))
    assert chat.do(commands.Say(5, "oi", "geral"))
    assert chat.do(commands.Say(5, "oi", to="ana"))


@pytest.mark.parametrize("nick", ["eva", "Eva", "maria"])
def test_whoever_is_banned_from_the_server_does_not_come_back_with_the_session(
    chat: ChatUnderTest, nick: str
) -> None:
    chat.do(commands.Ban(OPERATOR, nick="eva"))
    assert [] == chat.hello(6, nick, "a-secret-of-eva", ("geral",), ("LOG", 0))
    assert ["banned"] == chat.codes(6)
    assert effects.End(6, "banned") == chat.out[-1]
    assert not [each for each in chat.out if isinstance(each, effects.Feed)]


def test_a_banned_nick_is_nobodys_but_ends_nobody(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OPERATOR, nick="Mau"))
    chat.do(commands.Open(6, "json", "::1"))
    hello = commands.Hello(6, "mau", (), "a-secret-of-rui-6")
    assert "banned" == chat.refusal(hello)
    assert chat.do(commands.Hello(6, "rui", (), "a-secret-of-rui-6"))
    assert "banned" == chat.refusal(commands.Rename(6, "MAU"))
    chat.visitor(7)
    assert ["message"] == [each.type for each in chat.do(commands.SayAs(7, "mau", "oi", "mau: oi"))]
    assert ["banned"] == chat.codes(7)


def test_a_banned_account_does_not_come_in_under_any_nick_or_session(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OPERATOR, account="MAU"))
    assert [] == chat.account(6, "bom", account="mau")
    assert ["banned"] == chat.codes(6)
    chat.do(commands.Login(5, "Mau", "member"))
    assert ["banned"] == chat.codes(5)
    assert 5 not in chat.state.connections
    chat.do(commands.Unban(OPERATOR, account="mau"))
    assert chat.account(7, "bom", account="mau")


def test_a_visitors_number_is_never_banned(chat: ChatUnderTest) -> None:
    chat.visitor(6)
    chat.do(commands.Ban(OPERATOR, nick="visitante-1"))
    assert chat.visitor(7), "somebody else has the number now"
    assert "no_such_nick" == chat.refusal(commands.Ban(OPERATOR, nick="visitante-9"))


def test_nobody_reaches_whoever_is_banned_by_a_private_message(chat: ChatUnderTest) -> None:
    chat.do(commands.Ban(OPERATOR, nick="eva"))
    assert "no_such_nick" == chat.refusal(commands.Say(1, "psiu", to="eva"))
    assert "not_registered" == chat.refusal(commands.Say(5, "psiu", to="ana"))
