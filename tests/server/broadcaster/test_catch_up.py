"""Serving outlets from the transcript: each in turn, a bounded step at a time."""

from __future__ import annotations

from pathlib import Path

from server.rig import Rig, open_rig
from server.scenario import check, said, talk

from chatsimples.chat import commands
from chatsimples.server.broadcaster.conditions import Delivery


def test_those_who_catch_up_are_served_in_turn(tmp_path: Path) -> None:
    with open_rig(tmp_path, max_backlog=1_000, step_seconds=0.0, block_bytes=65_536) as rig:
        rig.json(1, "ana")
        peers = [rig.json(conn, f"n{conn}", buffer=1) for conn in (2, 3)]
        talk(rig, 1, 2_000, size=1_000)
        while not rig.fanout.busy:
            rig.turn()
            for peer in peers:
                peer.read()
        before = [len(peer.received) for peer in peers]
        for _ in range(6):
            rig.turn()
            for peer in peers:
                peer.read()
        assert all(len(peer.received) > was for peer, was in zip(peers, before, strict=True))
        assert rig.fanout.pending
        rig.come_to_rest()
        for peer in peers:
            check(rig, peer)


def test_a_reader_that_the_transcript_cannot_serve_is_cut_off_and_others_are_not(small_rig: Rig) -> None:
    ana = small_rig.json(1, "ana")
    lagging = small_rig.json(2, "bia", buffer=1)
    talk(small_rig, 1, 60)
    for segment in small_rig.folder.glob("transcript-*.jsonl"):
        segment.rename(segment.with_suffix(".away"))
    small_rig.come_to_rest()
    assert lagging.at_end
    talk(small_rig, 1, 3)
    small_rig.come_to_rest()
    check(small_rig, ana)


def test_one_who_asks_for_history_and_is_gone_before_the_search_disturbs_nobody(rig: Rig) -> None:
    ana = rig.json(1, "ana")
    bia = rig.json(2, "bia")
    bia.close()
    rig.do(commands.History(2, "geral", 0, 5))
    rig.do(commands.Say(1, "oi", room="geral"))
    rig.do(commands.Close(2, "closed"))
    rig.come_to_rest()
    check(rig, ana)
    assert [1] == list(rig.fanout.outlets)


def test_one_who_asks_for_history_and_is_gone_during_the_search_disturbs_nobody(stepping_rig: Rig) -> None:
    ana = stepping_rig.json(1, "ana")
    bia = stepping_rig.json(2, "bia")
    for _ in range(100):
        talk(stepping_rig, 1, 4, size=2_000)
        bia.read()
    stepping_rig.do(commands.History(2, "geral", 0, 50))
    stepping_rig.turn()
    assert stepping_rig.fanout.busy
    bia.close()
    stepping_rig.do(commands.Say(1, "oi", room="geral"))
    stepping_rig.do(commands.Close(2, "closed"))
    stepping_rig.come_to_rest()
    check(stepping_rig, ana)
    assert [1] == list(stepping_rig.fanout.outlets)


def test_one_that_asks_for_history_over_and_over_is_cut_off(rig: Rig) -> None:
    rig.json(1, "ana")
    rig.do(*(commands.History(1, "geral", 0, 5) for _ in range(300)))
    assert rig.fanout.outlets[1].delivery is Delivery.BROKEN


def test_who_is_removed_while_they_catch_up_hears_up_to_their_leave(
    small_rig: Rig,
) -> None:
    ana = small_rig.account(1, "ana", "sala")
    lagging = small_rig.json(2, "eva", "sala", "geral", buffer=1)
    talk(small_rig, 1, 60, room="sala")
    small_rig.do(commands.Kick(1, "eva", "sala"))
    talk(small_rig, 1, 20, room="sala")
    small_rig.do(commands.Say(2, "ainda", room="geral"))
    small_rig.come_to_rest()
    check(small_rig, ana)
    check(small_rig, lagging)
    heard = [each["type"] for each in said(lagging) if each.get("room") == "sala"]
    assert (60, "leave") == (heard.count("message"), heard[-1])


def test_whoever_resumes_into_a_closed_room_is_not_served_from_the_transcript(small_rig: Rig) -> None:
    small_rig.account(1, "ana", "sala")
    small_rig.json(2, "eva", "geral")
    talk(small_rig, 1, 20, room="sala")
    small_rig.do(commands.Ban(1, "sala", "eva"))
    again = small_rig.json(3, "eva", "geral", "sala", session="secret-of-eva", since=0)
    talk(small_rig, 1, 5, room="sala")
    small_rig.come_to_rest()
    check(small_rig, again)
    assert not [each for each in said(again) if each.get("room") == "sala" and each["type"] == "message"]
