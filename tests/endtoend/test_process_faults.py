"""``kill -9`` of each process under load: nothing acked is missing or there twice, and it serves again."""

from __future__ import annotations

import json
import random
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import cycle
from pathlib import Path

import pytest
from support.clients import RECORDS, JsonClient, command, without_hellos_and_byes
from support.effort import LONG, rounds
from support.server import Server
from support.transcript import Transcript
from support.waiting import DEADLINE, eventually
from transcript.logs import make_log

from chatsimples.transcript.checkpoints import find_checkpoints

OPTIONS = ("--message-rate", "0", "--segment-size", "100000")
_PAUSE = 0.003
"""Seconds between what a talker says: quick enough to be in the middle of something whenever a kill comes."""
StartServer = Callable[..., Server]
Note = Callable[[str, object], None]


class Talker(threading.Thread):
    """A client that talks and listens, and after each cut resumes and resends, until it hears ``fim``."""

    def __init__(self, port: int, nick: str) -> None:
        super().__init__(name=nick, daemon=True)
        self.port = port
        self.nick = nick
        self.session = secrets.token_hex(16)
        self.position: dict[str, object] = {}
        self.begin = 0
        self.records: list[bytes] = []
        self.unanswered: dict[str, bytes] = {}
        self.acked: set[str] = set()
        self.refused_connections = 0
        self.faults: list[str] = []
        self.talking = True
        self.done = False
        self.ready = threading.Event()
        self._count = 0
        self._next_at = 0.0

    def run(self) -> None:
        while not self.done:
            try:
                client = JsonClient(self.port)
            except ConnectionRefusedError:
                self.refused_connections += 1
                time.sleep(0.02)
                continue
            except OSError:
                continue
            with suppress(OSError):
                self._speak(client)
            client.close()

    def _speak(self, client: JsonClient) -> None:
        resuming = {"since": self.position} if self.position else {}
        client.ask("hello", nick=self.nick, session=self.session, **resuming)
        while not client.ended and not self.done:
            taken = len(client.received)
            client.take_in(_PAUSE)
            for line, said in client.received[taken:]:
                if not self.done:
                    self._hear(client, line, said)
            if not (client.welcome and self.talking) or len(self.unanswered) >= 20:
                continue
            if (now := time.monotonic()) >= self._next_at:
                self._next_at = now + _PAUSE
                self._count += 1
                mark = f"{self.nick}-{self._count}"
                self.unanswered[mark] = command("message", room="geral", text=f"frase {mark}", id=mark)
                client.send(self.unanswered[mark])

    def _hear(self, client: JsonClient, line: bytes, said: dict[str, object]) -> None:
        match said["type"]:
            case "welcome":
                if bool(self.position) != said["resumed"]:
                    self.faults.append(f"resumed is wrong: {said}")
                self.begin = self.begin or int(str(said["seq"]))
                self.position = self.position or {"log": said["log"], "seq": said["seq"]}
                client.welcome = said
                client.send(b"".join(self.unanswered.values()))
            case kind if kind in RECORDS:
                self.records.append(line)
                self.position = {**self.position, "seq": said["seq"]}
                if said.get("id") in self.unanswered and said["nick"] == self.nick:
                    self._acked(str(said["id"]))
                self.done = self.done or said.get("text") == "fim"
                self.ready.set()
            case "duplicate":
                self._acked(str(said["id"]))
            case "ping":
                client.ask("pong")
            case _:
                self.faults.append(f"unexpected: {said}")

    def _acked(self, mark: str) -> None:
        self.acked.add(mark)
        self.unanswered.pop(mark, None)


class Load:
    """Talkers that talk to one port, whichever server is behind it."""

    def __init__(self, port: int, count: int = 4) -> None:
        self.port = port
        self.talkers = [Talker(port, f"p{number}") for number in range(count)]
        for talker in self.talkers:
            talker.start()
        for talker in self.talkers:
            assert talker.ready.wait(DEADLINE), "a talker never got in"

    def serves_again(self) -> float:
        """Wait until a new client is let in and its words are acked; return the seconds that took."""
        begin = time.monotonic()
        nick = f"sonda-{secrets.token_hex(4)}"

        def served() -> bool:
            with suppress(OSError, AssertionError), closing(JsonClient(self.port)) as client:
                client.ask("hello", nick=nick)
                client.ask("message", room="geral", text="responde?", id=nick)
                return bool(client.expect(2.0, type="message", id=nick))
            return False

        eventually(served, "it serves again")
        return time.monotonic() - begin

    def end(self) -> None:
        """Let all that was said be acked, then end the talkers."""
        for talker in self.talkers:
            talker.talking = False
        eventually(lambda: not any(t.unanswered for t in self.talkers), "everything said is acked")
        last = JsonClient(self.port)
        last.hello("fim")
        last.say("fim", id="fim")
        for talker in self.talkers:
            talker.join(DEADLINE)
            assert not talker.is_alive(), f"{talker.nick} never heard the end"
        last.close()

    def judge(self, transcript: Transcript) -> None:
        """Compare what the talkers hold with the transcript."""
        transcript.check(stopped=True)
        end = transcript.having(type="message", text="fim")[0].seq
        for talker in self.talkers:
            assert [] == talker.faults
            recorded = [entry.said["id"] for entry in transcript.having(type="message", nick=talker.nick)]
            assert sorted(set(recorded)) == sorted(recorded), f"{talker.nick} is there twice"
            assert set() == talker.acked - set(recorded), f"{talker.nick}'s acked words are missing"
            conn = transcript.conn_of(talker.nick)
            expected = transcript.since(talker.begin, ["geral"], conn, until=end)
            assert without_hellos_and_byes(expected) == without_hellos_and_byes(talker.records)

    def abandon(self) -> None:
        """End the talkers whatever happened."""
        for talker in self.talkers:
            talker.done = True
        for talker in self.talkers:
            talker.join(DEADLINE)


@pytest.fixture
def load_on() -> Iterator[Callable[[Server], Load]]:
    loads: list[Load] = []

    def start(server: Server) -> Load:
        loads.append(Load(server.port))
        return loads[-1]

    yield start
    for load in loads:
        load.abandon()


VICTIMS = {"both": ["broadcaster", "acceptor"]}
if LONG:
    VICTIMS |= {"acceptor": ["acceptor"], "broadcaster": ["broadcaster"]}


@pytest.mark.parametrize("victims", VICTIMS.values(), ids=VICTIMS)
def test_a_killed_child_is_replaced_and_nothing_acked_is_lost(
    start_server: StartServer,
    load_on: Callable[[Server], Load],
    chance: random.Random,
    record_property: Note,
    victims: list[str],
) -> None:
    server = start_server(*OPTIONS)
    load = load_on(server)
    kills = 0
    for victim, _ in zip(cycle(victims), rounds(2), strict=False):
        kills += 1
        time.sleep(chance.uniform(0.05, 0.4))  # So that each kill comes at another point of the work.
        killed = server.child(victim)
        killed.kill()
        record_property(f"seconds until served after {victim}", round(load.serves_again(), 2))
        assert killed.pid != server.child(victim).pid
    load.end()
    assert [0] * len(load.talkers) == [talker.refused_connections for talker in load.talkers]
    assert 0 == server.stop()
    load.judge(server.transcript)
    starts = server.transcript.having(type="start")
    assert 2 <= len(starts) <= kills + 1
    told = {event["event"] for event in server.events}
    assert {f"the {victim} has died" for victim in victims} <= told


def test_a_child_that_is_stopped_in_its_tracks_serves_again(
    start_server: StartServer, load_on: Callable[[Server], Load], record_property: Note
) -> None:
    server = start_server(*OPTIONS)
    load = load_on(server)
    for child in ("acceptor", "broadcaster"):
        server.child(child).kill(signal.SIGSTOP)
        record_property(f"seconds until served after {child}", round(load.serves_again(), 2))
    load.end()
    assert 0 == server.stop()
    load.judge(server.transcript)


def test_where_checkpoints_are_missing_all_is_read_once(start_server: StartServer, tmp_path: Path) -> None:
    logs = tmp_path / "copied"
    make_log(logs, 12_000)
    server = start_server(logs=logs)

    def read() -> list[int]:
        lines = (logs / "server.jsonl").read_bytes().splitlines()
        events = [json.loads(line) for line in lines if b"the transcript is read" in line]
        return [event["records_told_again"] for event in events]

    # A kill takes with it what it has not told yet.
    eventually(lambda: len(read()) == 1, "it has read")
    eventually(lambda: find_checkpoints(logs), "there is a checkpoint soon")
    server.child("broadcaster").kill()
    eventually(lambda: len(read()) == 2, "it has read again")
    first, second = read()
    assert first == 12_000
    # Its own start, and what the kill has ended: the one who has said all that.
    assert second < 10
    assert 0 == server.stop()


def test_children_killed_both_at_once_are_replaced(
    start_server: StartServer, load_on: Callable[[Server], Load]
) -> None:
    server = start_server(*OPTIONS)
    load = load_on(server)
    for child in [server.child("broadcaster"), server.child("acceptor")]:
        child.kill()
    load.serves_again()
    load.end()
    assert 0 == server.stop()
    load.judge(server.transcript)


def test_a_killed_supervisor_takes_its_children_along_and_the_next_server_goes_on(
    start_server: StartServer, load_on: Callable[[Server], Load], chance: random.Random, record_property: Note
) -> None:
    server = start_server(*OPTIONS)
    load = load_on(server)
    for _ in rounds(2):
        time.sleep(chance.uniform(0.05, 0.4))  # So that each kill comes at another point of the work.
        server.process.kill()
        server.process.wait()
        server.is_gone()
        server = start_server(*OPTIONS, logs=server.logs, port=server.port)
        record_property("seconds until served after the restart", round(load.serves_again(), 2))
    load.end()
    assert 0 == server.stop()
    load.judge(server.transcript)


def test_a_machine_that_fails_at_once_loses_nothing_acked(
    start_server: StartServer, load_on: Callable[[Server], Load], chance: random.Random
) -> None:
    server = start_server(*OPTIONS)
    load = load_on(server)
    for _ in rounds(2):
        time.sleep(chance.uniform(0.05, 0.4))  # So that each kill comes at another point of the work.
        server.kill()
        server = start_server(*OPTIONS, logs=server.logs, port=server.port)
    load.end()
    assert 0 == server.stop()
    load.judge(server.transcript)


def test_a_stop_under_load_keeps_every_ack(
    start_server: StartServer, load_on: Callable[[Server], Load]
) -> None:
    server = start_server(*OPTIONS)
    load = load_on(server)
    eventually(lambda: sum(len(t.acked) for t in load.talkers) > 200, "they talk")
    assert 0 == server.stop()
    server.is_gone()
    server.transcript.check(stopped=True)
    server = start_server(*OPTIONS, logs=server.logs, port=server.port)
    load.end()
    assert 0 == server.stop()
    load.judge(server.transcript)


def test_a_server_whose_children_keep_dying_at_start_never_hangs(
    start_server: StartServer,
) -> None:
    server = start_server()
    for _ in range(5):
        server.child("broadcaster").kill()

    def ended_or_serving() -> bool:
        if server.process.poll() is not None:
            return True
        with suppress(OSError, AssertionError), closing(JsonClient(server.port)) as client:
            client.ask("hello", nick="ana")
            return bool(client.expect(2.0, type="welcome"))
        return False

    eventually(ended_or_serving, "it has ended, or serves")
    if server.process.poll() is not None:
        assert 0 != server.process.returncode
        assert server.stderr.strip()
