"""Replies as programs see them."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from chatsimples.chat import effects

NAMED: dict[str, effects.Answer] = {
    "welcome": effects.Welcome("ana", "LOG", 1, "secret", resumed=False, head=1, server="x"),
    "members": effects.Members("geral", ["ana"], 1),
    "rooms": effects.RoomList([effects.RoomSize("geral", 1)]),
    "conversations": effects.ConversationList([effects.Conversation("t", room="geral")], complete=True),
    "history_end": effects.HistoryEnd("geral", complete=False, before=7),
    "status": effects.Status(
        1.5, 9, {"json": 2}, 8, 16, 1_600, effects.TurnTimes(5, 0.1, 1.0, 2.0, 3.0, 0, [(1.0, 5)]), 0, 0, 0, 1
    ),
    "ping": effects.Ping(3),
    "pong": effects.Pong(),
    "duplicate": effects.Duplicate("a1", 4),
    "is_away": effects.IsAway("bia", "almoço"),
    "whois": effects.Whois(effects.Someone("bia", 2), {"geral": ""}),
    "whowas": effects.Whowas("bia", []),
    "people": effects.People("geral", [effects.Someone("bia", 2)]),
    "counts": effects.Counts(2, 3, 0, 1),
    "presence": effects.Seen([effects.Someone("bia", 2)], ["rui"]),
    "monitor": effects.Watched(["bia"]),
    "modes": effects.RoomModes("geral"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_reply_carries_its_documented_type_first(name: str) -> None:
    told = msgspec.json.encode(NAMED[name])
    assert told.startswith(f'{{"type":"{name}"'.encode())


@pytest.mark.parametrize("name", ["members", "rooms", "history_end", "status", "pong"])
def test_an_id_is_told_only_if_the_command_had_one(name: str) -> None:
    assert "id" not in msgspec.json.decode(msgspec.json.encode(NAMED[name]))
    marked = msgspec.structs.replace(NAMED[name], id="a1")
    assert "a1" == msgspec.json.decode(msgspec.json.encode(marked))["id"]


@pytest.mark.parametrize("complete", [True, False])
def test_a_history_always_says_whether_it_is_complete(complete: bool) -> None:
    told = msgspec.json.decode(msgspec.json.encode(effects.HistoryEnd("geral", complete)))
    assert complete is told["complete"]


def test_every_answer_that_programs_see_is_covered_here() -> None:
    for_people_or_rendered = {effects.Error, effects.CommandList, effects.About, effects.ReadMarker}
    assert {type(each) for each in NAMED.values()} | for_people_or_rendered == set(get_args(effects.Answer))
