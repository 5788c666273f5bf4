"""What a client says before it is registered."""

from __future__ import annotations

from itertools import permutations

from chatsimples.chat.profiles import check_realname, check_user
from chatsimples.irc.registration import Registration


def test_it_is_complete_with_nick_and_user_in_any_order_once_nothing_is_negotiated() -> None:
    def nick(of: Registration) -> None:
        of.nick = "ana"

    def user(of: Registration) -> None:
        of.take_user(["a", "0", "*", "Ana A"])

    def end(of: Registration) -> None:
        of.negotiating = False

    for steps in permutations([nick, user, end]):
        registration = Registration()
        registration.negotiating = True
        for step in steps:
            assert not registration.is_complete
            step(registration)
        assert registration.is_complete
        assert ("ana", "a", "Ana A") == (registration.nick, registration.user, registration.realname)


def test_what_may_not_be_told_is_left_out_of_names() -> None:
    registration = Registration()
    registration.take_user(["a b\x07" + "c" * 50, "0", "*", "Ana\x02 " + "é" * 400])
    assert "abc" == registration.user[:3]
    assert check_user(registration.user)
    assert check_realname(registration.realname)
    registration.take_user(["\x07", "0", "*", " "])
    assert ("u", "") == (registration.user, registration.realname)
