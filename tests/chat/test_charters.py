"""Charters: what they hold, within which bounds, and how they are written."""

from __future__ import annotations

from chatsimples.chat.charters import INVITED, new_charter, new_server_charter, restored, saved
from chatsimples.chat.room_settings import RoomSettings
from chatsimples.chat.sanctions import Sanction


def test_the_first_who_were_invited_go_when_there_are_too_many() -> None:
    charter = new_charter("ana")
    for number in range(INVITED):
        charter.invite(f"conn {number}")
    charter.invite("conn 0")
    charter.invite("session x")
    assert INVITED == len(charter.invited)
    assert "conn 1" not in charter.invited
    assert ["conn 0", "session x"] == [*charter.invited][-2:]


def test_it_has_an_owner_as_long_as_some_account_is_one() -> None:
    charter = new_charter("ana")
    charter.grant("ana", "owner")
    charter.grant("bia", "owner")
    charter.grant("ana", "none")
    owned = [charter.has_owner]
    charter.grant("bia", "operator")
    owned.append(charter.has_owner)
    assert [True, False] == owned
    charter.grant("caio", "none")
    assert {"bia": "operator"} == charter.roles


def test_guests_and_accounts_count_among_those_with_a_role() -> None:
    charter = new_charter("")
    charter.grant_guest(7, "operator")
    charter.grant("bia", "voice")
    assert 2 == charter.roles_count
    charter.grant_guest(7, "none")
    charter.grant_guest(8, "none")
    assert 1 == charter.roles_count
    assert [False, True] == [charter.lasts, new_charter("ana").lasts]


def test_what_is_written_of_it_is_read_again() -> None:
    charter = new_charter("ana")
    charter.settings, charter.key, charter.topic = RoomSettings(limit=3), "proof", "de que se fala"
    charter.grant("ana", "owner")
    charter.invite("session x")
    charter.bans.restore(Sanction(("nick eva",), 9, 2, "eva", "ana"))
    charter.mutes.restore(Sanction(("nick rui",), 0, 2, "rui", "ana"))
    charter.grant_guest(7, "voice")
    written = saved("sala", "Sala", charter)
    assert written == saved("sala", "Sala", restored(written))


def test_that_of_the_server_holds_more() -> None:
    written = saved("", "", new_server_charter())
    assert restored(written).bans.bound > new_charter("ana").bans.bound
