"""What the transcript calls the holder of a session secret."""

from __future__ import annotations

from chatsimples.chat.identities import identity_as, identity_of, session_of


def test_nobody_has_no_identity() -> None:
    assert "" == identity_of("")


def test_an_identity_tells_secrets_apart_and_not_what_they_are() -> None:
    assert 32 == len(identity_of("a" * 24))
    assert identity_of("a" * 24) == identity_of("a" * 24)
    assert identity_of("a" * 24) != identity_of("b" * 24)
    assert "a" * 24 not in identity_of("a" * 24)


def test_a_transcript_of_earlier_versions_is_understood() -> None:
    assert "a649dbb05965890c0ba745a26fd6d7a4" == identity_of("x" * 24)


def test_a_session_of_an_account_is_nobody_elses() -> None:
    secret = "a" * 24
    assert identity_of(secret, "ana") == identity_of(secret, "Ana")
    assert 3 == len({identity_of(secret), identity_of(secret, "ana"), identity_of(secret, "bia")})
    assert "" == identity_of("", "ana")


def test_who_logs_in_later_has_the_session_of_who_logged_in_at_once() -> None:
    secret = "a" * 24
    assert identity_of(secret, "ana") == identity_as(identity_of(secret), "Ana")
    assert "" == identity_as("", "ana")


def test_a_session_of_a_nick_is_the_same_each_time_and_no_other_ones() -> None:
    assert session_of("irc", "Ana") == session_of("irc", "ANA")
    assert 3 == len({session_of("irc", "ana"), session_of("irc", "bia"), session_of("x", "ana")})
