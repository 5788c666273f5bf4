"""``chatsimples address``: who is banned or exempt, until when, and why."""

from __future__ import annotations

from accounts.programs.terminal_side import Desk

from chatsimples.accounts.programs import address
from chatsimples.config.accounts import NetworkSettings


def settings(desk: Desk, days: float = 0.0, reason: str = "") -> NetworkSettings:
    return NetworkSettings(logs=str(desk.folder), days=days, reason=reason)


def test_a_network_is_banned_or_exempt_until_it_ends(desk: Desk) -> None:
    assert "banned: 10.0.0.0/8\n" == desk.run(
        lambda: address.ban("10.1.2.3/8", settings(desk, reason="spam"), str)
    )
    assert "exempt: 10.1.0.0/16\n" == desk.run(
        lambda: address.exempt("10.1.0.0/16", settings(desk, days=0.5), str)
    )
    banned, exempt = desk.run(lambda: address.show(desk.settings(), str)).splitlines()
    assert ["10.0.0.0/8", "banned", "until", "-", "spam"] == banned.split()
    assert ["10.1.0.0/16", "exempt", "until"] == exempt.split()[:3]
    assert exempt.endswith("Z")
    with desk.store() as store:
        assert [0, 43_200] == [each.expires and each.expires - each.created for each in store.networks()]


def test_what_is_said_is_taken_back(desk: Desk) -> None:
    desk.run(lambda: address.ban("2001:db8::/32", settings(desk), str))
    assert "removed: 2001:db8::/32\n" == desk.run(
        lambda: address.remove("2001:DB8::/32", desk.settings(), str)
    )
    assert "" == desk.run(lambda: address.show(desk.settings(), str))
    assert "nothing is said of 192.0.2.7/32" in desk.error(
        lambda: address.remove("192.0.2.7", desk.settings(), str)
    )


def test_what_is_no_network_and_a_reason_that_could_harm_are_told(desk: Desk) -> None:
    assert "'here' is neither an address nor a network" in desk.error(
        lambda: address.ban("here", settings(desk), str)
    )
    assert "no control characters" in desk.error(
        lambda: address.ban("::1", settings(desk, reason="\x1b[2J"), str)
    )
