"""The fan-out: who receives what, in which order, however slowly anybody reads."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from server.rig import Rig, open_rig
from server.scenario import Play, check, reset, said, talk
from support.effort import rounds

from chatsimples.chat import commands
from chatsimples.chat.effects import Error
from chatsimples.chat.records import Record, to_line
from chatsimples.dialects.base import Lines
from chatsimples.dialects.text import TextDialect
from chatsimples.dialects.websocket import WebSocketDialect
from chatsimples.server.broadcaster.conditions import Delivery, Lifecycle
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.broadcaster.shared_pages import LEAST_RECEIVERS

SCENARIOS = 7
STEPS = 120


@pytest.mark.parametrize("max_backlog", [0, 300, 3_000, 1 << 20])
def test_each_connection_receives_what_it_hears_in_order_once_and_nothing_else(
    tmp_path: Path, chance: random.Random, max_backlog: int
) -> None:
    for number in rounds(SCENARIOS):
        seed = chance.randrange(1 << 32)
        scenario = random.Random(seed)
        with open_rig(
            tmp_path / f"{number}",
            max_backlog=max_backlog,
            segment_size=scenario.choice((2_000, 30_000)),
            quiet_room=scenario.choice((0, 2, 5)),
        ) as rig:
            play = Play(rig, scenario)
            for _ in range(STEPS):
                play.step()
            rig.come_to_rest()
            for peer in rig.peers.values():
                try:
                    check(rig, peer)
                except AssertionError as error:
                    where = f"scenario {number}, seed {seed}, connection {peer.conn}"
                    raise AssertionError(f"{where}: {error}") from error


@pytest.mark.parametrize("max_backlog", [0, 300, 1 << 20])
def test_it_is_so_whatever_happens_between_the_steps_of_a_round(
    tmp_path: Path, chance: random.Random, monkeypatch: pytest.MonkeyPatch, max_backlog: int
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.fanout.SENDS_AT_ONCE", 1)
    # So these scenarios send by shared pages, those before by `send`.
    monkeypatch.setattr("chatsimples.server.broadcaster.shared_pages.LEAST_BYTES", 1)
    monkeypatch.setattr("chatsimples.server.broadcaster.shared_pages.LEAST_RECEIVERS", 1)
    for number in rounds(SCENARIOS):
        seed = chance.randrange(1 << 32)
        scenario = random.Random(seed)
        with open_rig(tmp_path / f"{number}", max_backlog=max_backlog, quiet_room=4) as rig:
            play = Play(rig, scenario)
            rig.deadline = 0.0
            rig.between_steps = lambda rig=rig, scenario=scenario: _meanwhile(rig, scenario)  # type: ignore[misc]
            for _ in range(STEPS // 2):
                play.step()
            rig.come_to_rest()
            for peer in rig.peers.values():
                try:
                    check(rig, peer)
                except AssertionError as error:
                    where = f"scenario {number}, seed {seed}, connection {peer.conn}"
                    raise AssertionError(f"{where}: {error}") from error


def _meanwhile(rig: Rig, scenario: random.Random) -> None:
    """Let some read, those be served who wait, and those be closed whose time is over."""
    for peer in rig.peers.values():
        if scenario.random() < 0.2:
            peer.read(scenario.choice((100, 10_000)))
    if scenario.random() < 0.5:
        rig.flush()
    rig.fanout.sweep(0.0)


def test_one_that_ends_in_a_batch_is_told_the_end_only_after_all_of_it(
    small_rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.fanout.SENDS_AT_ONCE", 1)
    ana, bia = small_rig.json(1, "ana"), small_rig.json(2, "bia", buffer=1)
    while not small_rig.fanout.outlets[2].waiting:
        talk(small_rig, 1, 5)

    def read() -> None:
        while bia.read():
            small_rig.flush()

    small_rig.deadline = 0.0
    small_rig.between_steps = read
    small_rig.do(commands.Say(1, "a última", "geral"), commands.Bye(2))
    small_rig.come_to_rest()
    for peer in (ana, bia):
        check(small_rig, peer)
    assert bia.at_end


def test_those_who_are_closed_in_the_middle_of_a_round_disturb_nobody(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.fanout.SENDS_AT_ONCE", 1)
    peers = [rig.json(conn, f"n{conn}", "geral", *("x",) * (conn % 2)) for conn in range(1, 10)]
    rig.do(*(commands.Bye(peer.conn) for peer in peers[2:5]))
    rig.deadline = 0.0

    def sweep() -> None:
        rig.fanout.sweep(time.monotonic() + 60)

    rig.between_steps = sweep
    talk(rig, 1, 3)
    assert [1, 2, 6, 7, 8, 9] == sorted(rig.fanout.outlets)
    rig.come_to_rest()
    for peer in peers:
        check(rig, peer)


def test_a_round_is_gone_on_with_where_it_was_left(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.fanout.SENDS_AT_ONCE", 3)
    peers = [rig.json(conn, f"n{conn}") for conn in range(1, 11)]
    served: list[int] = []

    def look() -> None:
        for peer in peers:
            peer.read()
        served.append(sum(b"a todos" in peer.received for peer in peers))

    rig.deadline = 0.0
    rig.between_steps = look
    rig.do(commands.Say(1, "a todos", "geral"))
    # Whoever has said it comes first, alone.
    assert [1, 4, 7, 10] == list(dict.fromkeys(served))


def test_what_is_for_everybody_is_told_in_steps_and_in_its_place(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = [rig.json(conn, f"n{conn}", *(("x",) if conn % 2 else ())) for conn in range(1, 11)]
    nobody = rig.connect(11)
    served: list[int] = []
    looked_at: list[int] = []
    hears = Outlet.hears

    def hears_and_notes(self: Outlet, record: Record) -> bool:
        looked_at.append(self.conn)
        return hears(self, record)

    monkeypatch.setattr(Outlet, "hears", hears_and_notes)

    def look() -> None:
        for peer in (*peers, nobody):
            peer.read()
        served.append(sum(b"a todos" in peer.received for peer in (*peers, nobody)))
        assert len(looked_at) <= 1, "nothing looks at all of them in one step"
        looked_at.clear()

    rig.deadline = 0.0
    rig.between_steps = look
    announce = commands.Announce(commands.OPERATOR, "a todos")
    rig.do(commands.Say(1, "antes", "x"), announce, commands.Say(3, "depois", "x"), commands.Bye(5))
    assert [*range(1, 11)] == list(dict.fromkeys(served))
    monkeypatch.undo()
    rig.come_to_rest()
    for peer in (*peers, nobody):
        check(rig, peer)


def test_who_has_spoken_is_served_first_and_the_others_in_their_order(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.fanout.SENDS_AT_ONCE", 1)
    peers = [rig.json(conn, f"n{conn}") for conn in range(1, 10)]
    served: list[int] = []

    def look() -> None:
        for peer in peers:
            peer.read()
            if b"a todos" in peer.received and peer.conn not in served:
                served.append(peer.conn)

    rig.deadline = 0.0
    rig.between_steps = look
    rig.do(commands.Say(7, "a todos", "geral"), commands.Say(9, "e eu", "geral"))
    assert {7, 9} == set(served[:2])
    assert [1, 2, 3, 4, 5, 6, 8] == served[2:]


def test_a_batch_is_rendered_once_for_all_who_hear_the_same(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: Counter[int] = Counter()
    render = TextDialect.render

    def counting(self: TextDialect, record: Record, line: bytes) -> bytes:
        times[record.seq] += 1
        return render(self, record, line)

    for conn in range(1, 20):
        rig.text(conn)
    monkeypatch.setattr(TextDialect, "render", counting)
    records = rig.do(*(commands.Say(conn, "oi") for conn in range(1, 20)))
    assert Counter(record.seq for record in records) == times


def test_large_batches_to_many_reach_quick_and_slow_readers_whole(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_whole = Counter[bool]()
    sendfile = os.sendfile

    def counting(out: int, source: int, offset: int, count: int) -> int:
        taken = 0
        try:
            taken = sendfile(out, source, offset, count)
        finally:
            taken_whole[taken == count] += 1
        return taken

    peers = [rig.json(conn + 1, f"n{conn}", buffer=conn % 2) for conn in range(LEAST_RECEIVERS + 1)]
    peers += [rig.websocket(1_000 + conn, f"w{conn}") for conn in range(LEAST_RECEIVERS)]
    rig.come_to_rest()
    monkeypatch.setattr(os, "sendfile", counting)
    for _ in range(3):
        rig.do(*(commands.Say(1, "x" * 1_000, "geral") for _ in range(40)))
    assert {True, False} == set(taken_whole)
    rig.come_to_rest()
    for peer in peers:
        check(rig, peer)


def test_one_that_never_reads_holds_bounded_memory_and_misses_nothing(tmp_path: Path) -> None:
    with open_rig(tmp_path, max_backlog=50_000) as rig:
        rig.json(1, "ana")
        stalled = rig.json(2, "bia", buffer=1)
        most = 0
        for _ in range(100):
            talk(rig, 1, 10, size=2_000)
            rig.turn()
            most = max(most, rig.fanout.outlets[2].waiting)
        assert 50_000 < most < 50_000 + 3_000
        rig.come_to_rest()
        check(rig, stalled)


def test_a_lagging_text_reader_is_not_given_its_own_private_message_back(small_rig: Rig) -> None:
    small_rig.json(1, "ana")
    rui = small_rig.text(2, buffer=1)
    talk(small_rig, 1, 60)
    small_rig.do(commands.Say(2, "only for ana", to="ana"))
    small_rig.come_to_rest()
    check(small_rig, rui)
    assert b"only for ana" not in rui.received


def test_a_lagging_visitor_that_turns_to_json_hears_nothing_from_before_its_welcome(tmp_path: Path) -> None:
    with open_rig(tmp_path, max_backlog=1_000, quiet_room=1) as rig:
        rig.json(1, "ana")
        late = rig.text(2, buffer=1)
        talk(rig, 1, 60)
        rig.do(commands.Open(2, "json", "::1"), commands.Hello(2, "bia", ("geral",), "a-secret-of-bia-0"))
        talk(rig, 1, 3)
        rig.come_to_rest()
        check(rig, late)


def test_a_visitor_that_was_removed_and_then_turns_to_json_disturbs_nobody(rig: Rig) -> None:
    ana = rig.json(1, "ana", "geral", "x")
    late = rig.text(2)
    rig.do(commands.Kick(0, "visitante-1"))
    rig.do(commands.Open(2, "json", "::1"), commands.Hello(2, "bia", ("geral", "x"), "a-secret-of-bia-0"))
    talk(rig, 1, 3)
    rig.come_to_rest()
    check(rig, ana)
    assert late.at_end


def test_a_connection_that_is_reset_takes_nobody_with_it(rig: Rig) -> None:
    peers = [rig.json(conn, f"n{conn}", "geral", *("x",) * (conn % 2)) for conn in range(1, 10)]
    for peer in peers[2:5]:
        reset(peer)
    talk(rig, 1, 5)
    rig.do(*(commands.Close(peer.conn, "closed") for peer in peers[2:5]))
    rig.come_to_rest()
    for peer in peers:
        check(rig, peer)
    assert [1, 2, 6, 7, 8, 9] == sorted(rig.fanout.outlets)


def test_one_that_keeps_asking_and_never_reads_is_cut_off(rig: Rig) -> None:
    ana = rig.json(1, "ana")
    deaf = rig.json(2, "bia", buffer=1)
    for _ in range(300):
        rig.do(*(commands.Who(2) for _ in range(300)))
        if rig.fanout.outlets[2].delivery is Delivery.BROKEN:
            break
    assert rig.fanout.outlets[2].delivery is Delivery.BROKEN
    rig.do(commands.Close(2, "closed"))
    assert 2 not in rig.fanout.outlets
    while deaf.read():
        pass
    assert deaf.at_end
    rig.come_to_rest()
    check(rig, ana)


def test_a_batch_of_many_times_what_may_wait_cuts_nobody_off(rig: Rig) -> None:
    ana, slow = rig.json(1, "ana"), rig.json(2, "bia", buffer=1)
    rig.do(*(commands.Say(1, "x" * 4_000, "geral") for _ in range(1_500)))
    assert rig.fanout.outlets[2].delivery is not Delivery.BROKEN
    rig.come_to_rest()
    for peer in (ana, slow):
        check(rig, peer)


def test_at_the_close_everybody_gets_the_end_and_what_was_on_its_way(rig: Rig) -> None:
    ana = rig.json(1, "ana")
    ana.sock.send(b"something that nobody will read")
    rig.do(commands.Say(1, "oi", room="geral"))
    rig.fanout.close()
    while ana.read():
        pass
    assert ana.at_end
    assert "oi" == said(ana)[-1]["text"]
    assert {} == rig.fanout.outlets


def test_all_who_are_in_step_in_a_room_are_told(small_rig: Rig) -> None:
    quick, outside, slow = (
        small_rig.json(1, "ana"),
        small_rig.json(2, "bia", "y"),
        small_rig.json(3, "rui", buffer=1),
    )
    small_rig.do(commands.Leave(2, "y"))
    talk(small_rig, 1, 60)
    small_rig.fanout.tell_all(Error("storage_full", {}))
    small_rig.fanout.go_on()
    small_rig.come_to_rest()
    told = [[each["type"] for each in said(peer)].count("error") for peer in (quick, outside, slow)]
    assert [1, 0, 0] == told


def test_who_catches_up_is_said_goodbye_to_after_the_last_of_the_transcript(small_rig: Rig) -> None:
    small_rig.json(1, "ana")
    slow = small_rig.websocket(2, "bia", buffer=1)
    talk(small_rig, 1, 60)
    assert Delivery.CATCHING_UP is small_rig.fanout.outlets[2].delivery
    small_rig.do(commands.Transmit(2, b"\x8a\x00"), commands.Kick(0, "bia"))
    small_rig.come_to_rest()
    check(small_rig, slow)
    assert ["TEXT", "CLOSE"] == [each.kind for each in slow.frames[-2:]]


def test_a_goodbye_that_the_socket_does_not_take_waits(rig: Rig) -> None:
    slow = rig.websocket(1, "ana", buffer=1)
    while not rig.fanout.outlets[1].waiting:
        rig.do(commands.Say(1, "x" * 200, room="geral"))
    rig.do(commands.Bye(1))
    assert Lifecycle.ENDING is rig.fanout.outlets[1].lifecycle
    rig.come_to_rest()
    check(rig, slow)
    assert slow.at_end


def test_all_who_read_frames_share_the_same_bytes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    framed: list[bytes] = []
    frame = WebSocketDialect.frame

    def counting(self: WebSocketDialect, lines: Lines) -> Lines:
        framed.append(bytes(lines))
        return frame(self, lines)

    rig.json(1, "ana")
    for conn in range(2, 50):
        rig.websocket(conn, f"n{conn}")
    monkeypatch.setattr(WebSocketDialect, "frame", counting)
    (record,) = rig.do(commands.Say(1, "oi", room="geral"))
    assert [to_line(record)] == framed
