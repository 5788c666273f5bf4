"""What records do not tell of whoever is there."""

from __future__ import annotations

from irc.writers import record
from msgspec.structs import replace

from chatsimples.irc.people import People


def test_what_is_not_empty_is_known_until_all_have_heard_that_somebody_has_gone() -> None:
    people = People()
    people.observe(record("hello", conn=1, account="ana", realname="Ana A"))
    people.observe(record("hello", conn=2))
    people.observe(record("away", conn=2, text="lunch"))
    assert ({1: "ana"}, {1: "Ana A"}, {2: "lunch"}) == (people.accounts, people.realnames, people.away)
    people.observe(record("bye", conn=1))
    people.observe(record("bye", conn=2))
    assert {1: "ana"} == people.accounts
    people.observe(replace(record("bye", conn=3), at="2026-11-22T15:00:01.000000Z"))
    assert ({}, {}, {}) == (people.accounts, people.realnames, people.away)


def test_what_changes_is_known_as_it_is_now() -> None:
    people = People()
    people.observe(record("login", conn=1, account="ana"))
    people.observe(record("setname", conn=1, realname="Ana B"))
    people.observe(record("away", conn=1, text="x"))
    people.observe(record("away", conn=1))
    assert ({1: "ana"}, {1: "Ana B"}, {}) == (people.accounts, people.realnames, people.away)
