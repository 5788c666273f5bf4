"""Bans and mutes: whom they hold, until when, and how many there can be."""

from __future__ import annotations

import random

from chatsimples.chat.sanctions import MOST_KEYS, Sanction, Sanctions


def sanction(*keys: str, until: int = 0, level: int = 2) -> Sanction:
    return Sanction(keys, until, level, keys[0], "ana")


def test_it_holds_whoever_is_known_by_one_of_its_keys_until_it_ends() -> None:
    bans = Sanctions(4)
    assert not bans
    bans.add(sanction("nick eva", "conn 7", until=100), 10)
    assert bans
    assert 1 == len(bans)
    assert bans.find(["conn 9", "nick eva"], 99) is bans.find(["conn 7"], 99) is not None
    assert bans.find(["conn 9"], 99) is None
    assert bans.find(["nick eva"], 100) is None


def test_one_without_an_end_holds_for_ever() -> None:
    bans = Sanctions(4)
    bans.add(sanction("nick eva"), 10)
    assert bans.find(["nick eva"], 1 << 60)


def test_it_holds_nobody_of_the_level_of_whoever_imposed_it() -> None:
    bans = Sanctions(4)
    bans.add(sanction("nick eva", level=2), 10)
    assert bans.find(["nick eva"], 20, 1)
    assert bans.find(["nick eva"], 20, 2) is None


def test_another_one_for_the_same_person_takes_its_place_and_keeps_its_keys() -> None:
    bans = Sanctions(4)
    bans.add(sanction("session 1", "nick eva", "conn 7"), 10)
    bans.add(sanction("session 2", "nick eva", "conn 9", until=100), 20)
    assert 1 == len(bans)
    for key in ("session 1", "session 2", "nick eva", "conn 7", "conn 9"):
        found = bans.find([key], 30)
        assert found is not None
        assert 100 == found.until
    bans.lift(["nick eva"])
    assert [] == list(bans)
    assert bans.find(["session 1", "session 2", "conn 7", "conn 9"], 30) is None


def test_one_person_has_no_more_keys_than_are_allowed() -> None:
    bans = Sanctions(4)
    for number in range(3 * MOST_KEYS):
        bans.add(sanction("nick eva", f"conn {number}"), number)
    (only,) = bans
    assert MOST_KEYS == len(only.keys)
    assert "nick eva" in only.keys


def test_a_full_list_has_room_when_one_has_ended_or_for_the_same_person() -> None:
    bans = Sanctions(2)
    bans.add(sanction("nick a", until=100), 10)
    assert not bans.is_full(["nick c"], 20)
    bans.add(sanction("nick b"), 10)
    assert bans.is_full(["nick c"], 20)
    assert not bans.is_full(["nick b"], 20)
    assert not bans.is_full(["nick c"], 100)
    bans.add(sanction("nick c"), 100)
    assert ["nick b", "nick c"] == [each.nick for each in bans]


def test_what_has_ended_goes_when_another_one_comes_the_earliest_first() -> None:
    bans = Sanctions(10)
    for end in (300, 100, 200):
        bans.add(sanction(f"nick {end}", until=end), 10)
    bans.add(sanction("nick x"), 200)
    assert ["nick 300", "nick x"] == [each.nick for each in bans]


def test_those_that_are_restored_are_the_same_in_all_that_follows(chance: random.Random) -> None:
    bans = Sanctions(50)
    for now in range(400):
        keys = [f"nick {chance.randrange(40)}", f"conn {chance.randrange(40)}"]
        if chance.randrange(3):
            bans.add(sanction(*keys, until=chance.choice([0, now + chance.randrange(1, 60)])), now)
        else:
            bans.lift(keys)
    again = Sanctions(50)
    for each in bans:
        again.restore(each)
    for both in (bans, again):
        both.add(sanction("nick 1", "nick 2", "conn 3"), 420)
        both.lift(["nick 5"])
    assert list(bans) == list(again)
