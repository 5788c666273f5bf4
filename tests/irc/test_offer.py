"""What is offered to IRC clients."""

from __future__ import annotations

import pytest

from chatsimples.irc.capabilities import ACCOUNT_REGISTRATION, SASL, asked_for, offered
from chatsimples.irc.offer import EVERYTHING, Offer, version_of
from chatsimples.irc.server import Bounds

BOUNDS = Bounds(400, 32, 10)


@pytest.mark.parametrize(
    ("offer", "withheld"),
    [
        (Offer(), 0),
        (Offer(has_accounts=lambda: False), 0),
        (Offer(registers=False), ACCOUNT_REGISTRATION),
        (Offer(has_accounts=lambda: False, registers=False), ACCOUNT_REGISTRATION | SASL),
    ],
)
def test_accounts_are_offered_where_there_are_any_or_may_be(offer: Offer, withheld: int) -> None:
    assert withheld == offer.withheld
    assert offered(BOUNDS, with_values=True, without=withheld) == offer.words(BOUNDS, 302)
    for bit, name in ((SASL, "sasl"), (ACCOUNT_REGISTRATION, "draft/account-registration")):
        assert (None if bit & withheld else bit) == asked_for([name], 0, offer.withheld)


@pytest.mark.parametrize(
    ("version", "is_tls", "is_local", "told"),
    [
        (302, False, False, ["sts=port=6697"]),
        (302, False, True, []),
        (302, True, False, ["sts=duration=60"]),
        (302, True, True, ["sts=duration=60"]),
        (301, False, False, []),
    ],
)
def test_clients_are_told_to_keep_to_tls(
    version: int, *, is_tls: bool, is_local: bool, told: list[str]
) -> None:
    offer = Offer(sts_duration=60, sts_port=6697)
    words = offer.words(BOUNDS, version, is_tls=is_tls, is_local=is_local)
    assert told == [word for word in words if word.startswith("sts")]
    for without in (Offer(sts_duration=60), Offer(sts_port=6697), EVERYTHING):
        assert EVERYTHING.words(BOUNDS, version) == without.words(
            BOUNDS, version, is_tls=is_tls, is_local=is_local
        )


def test_a_version_is_a_number() -> None:
    assert [302, 307, 301, 301, 301] == [
        version_of(words) for words in (["302"], ["307", "more"], [], ["\u0663"], ["9" * 10])
    ]
