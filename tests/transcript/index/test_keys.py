"""The keys of records: what is the same for who looks is the same key, and nothing else is."""

from __future__ import annotations

from transcript.logs import AT

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.transcript.index.keys import (
    MODERATORS,
    owner_key,
    owner_keys,
    owners_of,
    parted,
    room_key,
    spelling_key,
)

SAID = Record(1, AT, "message", 1, "ana", room="Éter", text="oi")
QUIET = Record(2, AT, "join", 2, "bia", room="geral", quiet=True)
PRIVATE = Record(3, AT, "message", 3, "caio", to="ana", to_conn=1, identity="i3", to_identity="i1")
KICKED = Record(5, AT, "bye", 4, "duda", reason="kicked", by="ana", by_conn=1)
HELLO = Record(4, AT, "hello", 4, "duda", dialect="json", identity="i4")


def test_a_room_is_the_same_however_its_name_is_written() -> None:
    assert {room_key(name_key("éter"))} == {spelling_key(name) for name in ("Éter", "ÉTER", "éter")}


def test_a_name_that_the_rules_would_not_let_pass_has_a_key_too() -> None:
    assert spelling_key("a b\ud800") != spelling_key("a b")


def test_rooms_connections_and_sessions_of_one_name_are_apart() -> None:
    assert 3 == len({room_key("7"), owner_key(7), owner_key("7")})


def test_keys_are_numbers_of_64_bits_that_stay_the_same_in_each_process() -> None:
    assert all(0 <= room_key(f"sala{n}") < 1 << 64 for n in range(1_000))
    # They stand in files.
    assert (0x83F08CB4A9B69BD9, 0x9E3779B97F4A7C14) == (room_key("geral"), owner_key(1))


def test_what_a_room_hears_has_its_key_and_the_rest_those_whom_it_names() -> None:
    assert ({"Éter"}, [QUIET, PRIVATE, HELLO]) == parted([SAID, QUIET, PRIVATE, SAID, HELLO])
    assert ({"Éter"}, [QUIET]) == parted([QUIET, SAID])
    assert ({"Éter"}, []) == parted([SAID, SAID])
    assert (set(), []) == parted([])
    assert {3, 1, 0, "i3", "i1"} == owners_of(PRIVATE)
    # A session hears of a hello only by its own connection.
    assert {4, 0} == owners_of(HELLO)
    assert {4, 0, 1, MODERATORS} == owners_of(KICKED)
    assert {owner_key(owner) for owner in (2, 3, 1, "i3", "i1", 4)} == owner_keys([QUIET, PRIVATE, HELLO])


def test_the_servers_own_records_are_for_nobody() -> None:
    assert set() == owner_keys([Record(1, AT, "start", server="x"), Record(2, AT, "stop")])


def test_the_numbers_of_connections_are_spread_over_all_keys() -> None:
    firsts = [owner_key(conn) >> 56 for conn in range(1, 2_561)]
    assert max(map(firsts.count, range(256))) <= 12
