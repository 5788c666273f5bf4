"""A disk that fails, is slow or takes a part of each write, and a clock that jumps: real processes on it."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from faults.people import Crowd, serves_again
from faults.processes import Failures
from faults.system import FailingSystem, UnavailableError
from support.clients import Clients, JsonClient, command
from support.server import Server
from support.waiting import eventually

OPTIONS = ("--message-rate", "0", "--segment-size", "60000")
HOUR = 3_600_000_000

StartServer = Callable[..., Server]
Note = Callable[[str, object], None]


@pytest.fixture
def system(tmp_path: Path) -> FailingSystem:
    try:
        return FailingSystem(tmp_path / "system")
    except UnavailableError as error:
        pytest.skip(str(error))


def test_when_a_sync_fails_all_are_told_nothing_is_acked_and_the_server_ends(
    start_server: StartServer, clients: Clients, system: FailingSystem
) -> None:
    how = {"environment": system.environment}
    server = start_server(*OPTIONS, "--durability", "disk", **how)
    ana, bia = clients.json(server, "ana"), clients.json(server, "bia")
    ana.say("no disco", id="1")
    system.order(sync_error=errno.EIO)
    ana.ask("message", room="geral", text="perdida?", id="2")
    for client in (ana, bia):
        client.refused("storage_failed")
        client.read_to_end()
    assert 1 == server.wait()
    assert "the disk failed" in server.stderr
    assert [] == [said for said in ana.heard(type="message") if said["id"] == "2"]

    system.order(sync_error=0)
    server = start_server(*OPTIONS, "--durability", "disk", logs=server.logs, port=server.port, **how)
    again = clients.json(server)
    again.hello("ana", session=ana.welcome["session"])
    again.ask("message", room="geral", text="perdida?", id="2")
    again.answer("2")
    assert 0 == server.stop()
    said = [entry.said["id"] for entry in server.transcript.having(type="message")]
    assert ["1", "2"] == said
    server.transcript.check(stopped=True)


def test_writes_that_take_a_part_go_on_and_a_kill_between_tears_nothing_told(
    start_server: StartServer,
    make_crowd: Callable[..., Crowd],
    system: FailingSystem,
    chance: random.Random,
    record_property: Note,
) -> None:
    how = {"environment": system.environment}
    server = start_server(*OPTIONS, **how)
    system.order(write_at_most=40)
    crowd = make_crowd(server.port, chance.random(), raw=3, ours=2, slow=0, stalled=0, passing=1)

    def torn() -> bool:
        time.sleep(chance.uniform(0.05, 0.2))  # So that each kill comes at another point of the work.
        server.child("broadcaster").kill()
        serves_again(server.port)
        return bool(crowd.trouble or list(server.logs.glob("*.broken")))

    eventually(torn, "a kill has torn a write")
    system.order(write_at_most=0)
    last = crowd.finish()
    assert 0 == server.stop()
    record_property("starts", len(server.transcript.having(type="start")))
    assert [] == crowd.judge(server.transcript, last)


def test_a_slow_disk_holds_up_who_sends_and_memory_stays_what_it_was(
    start_server: StartServer, clients: Clients, system: FailingSystem, record_property: Note
) -> None:
    server = start_server(*OPTIONS[:2], "--durability", "disk", environment=system.environment)
    senders = [clients.json(server, f"n{number}") for number in range(4)]
    processes = [psutil.Process(server.child(name).pid) for name in ("acceptor", "broadcaster")]
    senders[0].say("bom dia", id="primeira")
    before = [process.memory_info().rss for process in processes]
    system.order(sync_delay=300_000)
    sent = dict.fromkeys(senders, 0)
    held_up = flood(senders, sent, bytes_each=12_000_000)
    grown = [process.memory_info().rss - size for process, size in zip(processes, before, strict=True)]
    record_property("grown by bytes", grown)
    assert held_up, "it took all that was sent, though the disk could not"
    assert max(grown) < 64 << 20
    system.order(sync_delay=0)
    for sender in senders:
        sender.socket.setblocking(True)
        sender.answer(mark(sender, sent[sender] - 1))
        expected = [mark(sender, number) for number in range(sent[sender])]
        nick = sender.welcome["nick"]
        heard = [said["id"] for said in sender.heard(type="message", nick=nick)]
        assert ["primeira", *expected][nick != "n0" :] == heard


def mark(sender: JsonClient, number: int) -> str:
    return f"{sender.welcome['nick']}-{number}"


def flood(senders: list[JsonClient], sent: dict[JsonClient, int], bytes_each: int) -> bool:
    """Send without a pause until each was held up, and for a second at least; tell whether each was."""
    held_up: set[JsonClient] = set()
    at_least = time.monotonic() + 1.5
    unsent = dict.fromkeys(senders, b"")
    filler = "x" * 3_900
    waiting = set(senders)
    while waiting and (waiting - held_up or time.monotonic() < at_least):
        for sender in [*waiting]:
            sender.socket.setblocking(False)
            if not unsent[sender] and sent[sender] * 4_000 < bytes_each:
                unsent[sender] = command("message", room="geral", text=filler, id=mark(sender, sent[sender]))
                sent[sender] += 1
            if not unsent[sender]:
                waiting.remove(sender)
                continue
            try:
                taken = sender.socket.send(unsent[sender])
                unsent[sender] = unsent[sender][taken:]
            except BlockingIOError:
                held_up.add(sender)
    for sender in senders:
        sender.socket.setblocking(True)
        while unsent[sender]:
            sender.take_in()
            sender.socket.settimeout(0.2)
            try:
                unsent[sender] = unsent[sender][sender.socket.send(unsent[sender]) :]
            except TimeoutError:
                continue
    return held_up == set(senders)


def test_the_clock_may_jump_either_way_the_order_stays_and_nobody_is_timed_out(
    start_server: StartServer, make_crowd: Callable[..., Crowd], system: FailingSystem, chance: random.Random
) -> None:
    how = {"environment": system.environment}
    options = (*OPTIONS, "--ping-interval", "2", "--ping-timeout", "60", "--registration-timeout", "60")
    server = start_server(*options, **how)
    crowd = make_crowd(server.port, chance.random(), raw=4, ours=2, slow=0, stalled=0, passing=1)
    for ahead in (HOUR, -HOUR, 0):
        system.order(clock_ahead=ahead)
        acked = crowd.acked
        eventually(lambda: crowd.trouble or crowd.acked > acked + 40, "they talk on")  # noqa: B023 - at once
    assert len(crowd.people) == crowd.connections, "somebody lost the connection"
    system.order(clock_ahead=-HOUR)
    failures = Failures(server, start_server, chance, options, **how)
    failures.restart()
    system.order(clock_ahead=HOUR)
    failures.restart()
    last = crowd.finish()
    assert 0 == failures.server.stop()
    transcript = failures.server.transcript
    assert [] == crowd.judge(transcript, last)
    times = [entry.said["at"] for entry in transcript.entries]
    assert sorted(times) != times
    assert [] == [entry.said for entry in transcript.having(type="leave", reason="timeout")]
