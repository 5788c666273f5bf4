"""The broadcaster process: commands in, records on the disk, and only then to the sockets."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.transcript import Transcript
from support.waiting import DEADLINE, eventually

from chatsimples.chat import commands
from chatsimples.config.server import ServerSettings
from chatsimples.server.broadcaster.program import run
from chatsimples.server.channels import (
    END_OF_COMMANDS,
    Channels,
    Failed,
    Govern,
    HandOver,
    ListMembers,
    News,
    Ready,
    Stop,
    Told,
    ends_of,
    receive_news,
    send,
    spawn_context,
)
from chatsimples.server.tasks import BroadcasterTask

ADDRESS = "192.0.2.1"


@contextmanager
def stderr_to_nowhere() -> Iterator[None]:
    """Give the processes started meanwhile a standard error that is no file, which a limit could end."""
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class Client:
    """The client's end of a connection that was handed over."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(DEADLINE)
        self._file = sock.makefile("rb")

    def line(self) -> bytes:
        """Return the next line; none is the end."""
        return self._file.readline()

    def must_hear_nothing(self, seconds: float) -> None:
        """Wait so long: nothing may come."""
        self.sock.settimeout(seconds)
        with pytest.raises(TimeoutError):
            self.line()
        self.sock.settimeout(DEADLINE)
        # One that has timed out reads no more.
        self._file = self.sock.makefile("rb")

    def until(self, **fields: object) -> dict[str, Any]:
        """Read on until something with these fields comes; return it."""
        while line := self.line():
            said: dict[str, Any] = json.loads(line)
            if fields.items() <= said.items():
                return said
        raise AssertionError(f"ended before {fields} came")

    def rest(self) -> list[bytes]:
        """Read to the end."""
        return self._file.readlines()

    def close(self) -> None:
        self._file.close()
        self.sock.close()


class Harness:
    """A broadcaster process, in a place where the test is both its acceptor and its supervisor."""

    def __init__(self, logs: Path, **settings: Any) -> None:
        self.logs = logs
        self.channels = Channels(spawn_context())
        task = BroadcasterTask(
            ServerSettings(logs=str(logs), lang="en", stop_timeout=5.0, **settings),
            self.channels.commands,
            self.channels.hand_over.taking,
            self.channels.broadcaster_end,
            self.channels.broadcaster_heart,
            True,
        )
        self.process = spawn_context().Process(target=run, args=(task,), name="broadcaster")
        with stderr_to_nowhere():
            self.process.start()
        self.channels.broadcaster_end.close()
        self._clients: list[Client] = []

    def news(self) -> News:
        """Return the next news from it."""
        assert self.channels.broadcaster.poll(15), "no news"
        return receive_news(self.channels.broadcaster)

    def ready(self) -> Ready:
        """Return its first news, which must be good."""
        news = self.news()
        assert isinstance(news, Ready), news
        return news

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self.process.pid is not None
        return self.process.pid

    def put(self, *asked: commands.Command) -> None:
        """Put a batch of commands on the Queue."""
        self.channels.commands.put(commands.pack(asked))

    def connect(self, *conns: int) -> list[Client]:
        """Hand over connections; return the clients' ends."""
        pairs = [socket.socketpair() for _ in conns]
        for ours, _ in pairs:
            ours.setblocking(False)
        HandOver.give(
            self.channels.hand_over.giving, list(zip(conns, [ours for ours, _ in pairs], strict=True))
        )
        for ours, _ in pairs:
            ours.close()
        clients = [Client(theirs) for _, theirs in pairs]
        self._clients += clients
        return clients

    def json(self, conn: int, nick: str) -> Client:
        """Open a JSON connection and say hello."""
        (client,) = self.connect(conn)
        hello = commands.Hello(conn, nick, ("geral",), f"the-secret-of-{nick}")
        self.put(commands.Open(conn, "json", ADDRESS), hello)
        client.until(type="join", nick=nick)
        return client

    def say(self, conn: int, text: str, mark: str = "") -> None:
        self.put(commands.Say(conn, text, "geral", "", mark))

    @property
    def transcript(self) -> Transcript:
        return Transcript.read(self.logs, growing=True)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it has logged, but for how long its turns took, which is the machine's affair here."""
        events = [json.loads(line) for line in (self.logs / "server.jsonl").read_bytes().splitlines()]
        return [each for each in events if "turn" not in each["event"]]

    def ends(self) -> int | None:
        """Wait until it has ended; return its exit code."""
        self.process.join(DEADLINE)
        return self.process.exitcode

    def is_well(self) -> None:
        """Let its last command be the end of commands; it must end well and leave a sound transcript."""
        for client in self._clients:
            client.close()
        self.channels.commands.put(END_OF_COMMANDS)
        assert 0 == self.ends()
        self.transcript.check(stopped=True)
        assert [] == [event for event in self.events if "exception" in event]

    def close(self) -> None:
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        for client in self._clients:
            client.close()
        self.channels.acceptor_end.close()
        for each in (self.channels.hand_over.giving, self.channels.hand_over.taking):
            each.close()
        self.channels.close()


Open = Callable[..., Harness]


@pytest.fixture
def open_harness(tmp_path: Path) -> Iterator[Open]:
    opened = []

    def open_it(logs: Path = tmp_path / "logs", **settings: Any) -> Harness:
        opened.append(Harness(logs, **settings))
        return opened[-1]

    yield open_it
    for harness in opened:
        harness.close()


@pytest.fixture
def harness(open_harness: Open) -> Harness:
    """Give a harness of the test's own."""
    harness = open_harness()
    harness.ready()
    return harness


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """Give a harness that tests share which neither end nor fill it; each has connections of its own."""
    harness = Harness(tmp_path_factory.mktemp("shared") / "logs")
    try:
        harness.ready()
        yield harness
        harness.is_well()
    finally:
        harness.close()


def test_what_is_delivered_is_on_record_already_and_in_the_same_bytes(shared: Harness) -> None:
    ana, bia = shared.json(1, "ana"), shared.json(2, "bia")
    for number in range(60):
        shared.say(1, f"frase {number}", f"{number}")
    for number in range(60):
        line = ana.line()
        while b'"message"' not in line:
            line = ana.line()
        # Now, as the client has it, and not only a moment later.
        assert line in shared.transcript.segments[-1].read_bytes()
        assert (f"frase {number}", f"{number}") == (json.loads(line)["text"], json.loads(line)["id"])
    bia.until(id="59")
    assert 60 == len(shared.transcript.having(type="message", nick="ana"))


def test_sockets_are_there_before_the_first_command_of_their_connections(shared: Harness) -> None:
    conns = range(1_001, 1_301)
    clients = shared.connect(*conns)
    shared.put(*(commands.Open(conn, "json", ADDRESS) for conn in conns))
    shared.put(*(commands.Hello(conn, f"n{conn}", ("muitos",), f"the-secret-of-n{conn}") for conn in conns))
    for conn, client in zip(conns, clients, strict=True):
        assert f"n{conn}" == client.until(type="welcome")["nick"]
    joins = shared.transcript.having(type="join", room="muitos")
    assert [f"n{conn}" for conn in conns] == [each.said["nick"] for each in joins]


def test_a_command_of_a_connection_that_was_never_handed_over_harms_nobody(shared: Harness) -> None:
    ana = shared.json(11, "rui")
    shared.put(commands.Say(99, "oi"), commands.Open(98, "json", ADDRESS), commands.Close(97, "closed"))
    shared.say(11, "ainda aqui", "1")
    ana.until(id="1")


def test_the_end_of_commands_takes_leave_of_everybody_and_closes_the_transcript(harness: Harness) -> None:
    ana = harness.json(1, "ana")
    for number in range(200):
        harness.say(1, "x" * 500, f"{number}")
    harness.channels.commands.put(END_OF_COMMANDS)
    lines = ana.rest()
    assert 0 == harness.ends()
    said = [json.loads(line) for line in lines]
    assert [f"{number}" for number in range(200)] == [
        each["id"] for each in said if each["type"] == "message"
    ]
    assert [("leave", "shutdown"), ("bye", "shutdown")] == [
        (each["type"], each["reason"]) for each in said[-2:]
    ]
    transcript = harness.transcript
    transcript.check(stopped=True)
    assert "stop" == transcript.entries[-1].type
    assert transcript.last_seq == transcript.sealed_to


def test_a_stop_without_the_end_of_commands_comes_after_what_is_there(harness: Harness) -> None:
    ana = harness.json(1, "ana")
    for number in range(50):
        harness.say(1, f"frase {number}", f"{number}")
    ana.until(id="0")
    send(harness.channels.broadcaster, Stop())
    assert 0 == harness.ends()
    harness.transcript.check(stopped=True)
    marks = [each.said["id"] for each in harness.transcript.having(type="message")]
    assert [f"{number}" for number in range(len(marks))] == marks


@pytest.mark.parametrize("unread", [[], [ListMembers()]], ids=["all news read", "news unread"])
def test_when_the_supervisor_is_gone_it_ends_in_good_order(
    harness: Harness, unread: list[ListMembers]
) -> None:
    harness.json(1, "ana")
    for order in unread:
        send(harness.channels.broadcaster, order)
        assert harness.channels.broadcaster.poll(15)
    harness.channels.broadcaster.close()
    assert 0 == harness.ends()
    harness.transcript.check(stopped=True)
    assert "stop" == harness.transcript.entries[-1].type
    assert [] == [event for event in harness.events if "exception" in event]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_the_supervisors_business(shared: Harness, number: int) -> None:
    ana = shared.json(20 + number, f"s{number}")
    os.kill(shared.pid, number)
    shared.say(20 + number, "ainda aqui", "1")
    ana.until(id="1")


def test_its_heart_beats_also_when_nothing_happens(shared: Harness) -> None:
    heart = shared.channels.broadcaster_heart
    eventually(lambda: heart.age() > 0.1, "it waits for something to do")
    eventually(lambda: heart.age() < 0.1, "it comes round all the same")


def test_after_a_quiet_second_everything_is_sealed(harness: Harness) -> None:
    harness.json(1, "ana")
    eventually(lambda: harness.transcript.sealed_to == harness.transcript.last_seq, "it is sealed")
    # The server's start, her hello, and her join.
    assert 3 == harness.transcript.last_seq


# The supervisor's orders.


def test_it_tells_who_is_there(harness: Harness) -> None:
    send(harness.channels.broadcaster, ListMembers())
    assert Told(["nobody is there"]) == harness.news()
    harness.json(7, "beatriz")
    harness.json(8, "ana")
    harness.connect(9)
    harness.put(commands.Open(9, "json", ADDRESS))
    send(harness.channels.broadcaster, ListMembers())
    told = harness.news()
    assert isinstance(told, Told)
    ana, bia = told.lines
    assert ["ana", "geral", ADDRESS, "json", "conn", "8"] == ana.split()
    assert ["beatriz", "geral", ADDRESS, "json", "conn", "7"] == bia.split()


def kick(nick: str) -> Govern:
    return Govern(commands.pack([commands.Kick(commands.OPERATOR, nick)]))


def test_it_removes_whom_it_is_told_to(shared: Harness) -> None:
    carla, dora = shared.json(51, "carla"), shared.json(52, "dora")
    send(shared.channels.broadcaster, kick("DORA"))
    assert Told(["the server's operator has removed dora from the server"]) == shared.news()
    dora.until(type="error", code="kicked")
    assert [] == [line for line in dora.rest() if b'"message"' in line]
    assert "kicked" == carla.until(type="leave", nick="dora")["reason"]
    send(shared.channels.broadcaster, kick("ninguém"))
    assert Told(["nobody here is called ninguém"]) == shared.news()


# One who is silent.


def fill(harness: Harness, conn: int, sock: socket.socket) -> None:
    """Say so much that for a client that does not read some waits in the broadcaster."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for number in range(240):
        harness.say(conn, "x" * 4_000, f"{number}")


def test_one_who_is_silent_but_reads_is_not_taken_for_gone(shared: Harness) -> None:
    ana, slow = shared.json(61, "ana-maria"), shared.json(62, "lenta")
    fill(shared, 61, slow.sock)
    ana.until(id="239")
    slow.until(id="100")
    # With this the broadcaster has come round once more, and written to her.
    shared.say(61, "agora", "agora")
    ana.until(id="agora")
    shared.put(commands.Silent(62, 60, gone=True))
    slow.until(id="agora")
    slow.until(type="ping")


def test_one_who_is_silent_and_does_not_read_is_gone(shared: Harness) -> None:
    ana, gone = shared.json(71, "anabela"), shared.json(72, "parada")
    fill(shared, 71, gone.sock)
    ana.until(id="239")
    shared.put(commands.Silent(72, 60, gone=True))
    assert "timeout" == ana.until(type="leave", nick="parada")["reason"]


# A disk without room.

needs_prlimit = pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="only Linux can change another process's limits"
)


def limit_files(harness: Harness, size: int | None = None) -> None:
    """Let no file of the broadcaster's grow above ``size`` bytes: short writes, then EFBIG."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(harness.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


def size_of(harness: Harness) -> int:
    return sum(path.stat().st_size for path in harness.transcript.segments)


@needs_prlimit
def test_without_room_all_are_told_once_and_nothing_is_delivered_until_there_is(
    harness: Harness,
) -> None:
    ana, bia = harness.json(1, "ana"), harness.json(2, "bia")
    ana.until(nick="bia")
    size = size_of(harness)
    limit_files(harness, size + 250)
    for number in range(100):
        harness.say(1, f"frase {number}", f"{number}")
    told = bia.until(type="error")
    assert ("storage_full", True) == (told["code"], bool(told["text"]))
    ana.until(type="error", code="storage_full")
    # What is not on record has not been delivered, and nothing of it is half on record.
    bia.must_hear_nothing(0.8)
    assert size_of(harness) <= size + 250
    harness.transcript.check()
    limit_files(harness)
    ana.until(id="99")
    harness.say(2, "há lugar", "fim")
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["text"] != "há lugar":
        heard.append(json.loads(bia.line()))
    already = [each.said["id"] for each in harness.transcript.having(type="message")]
    assert [*map(str, range(100)), "fim"] == already
    assert already[-len(heard) :] == [each["id"] for each in heard]
    harness.is_well()


@needs_prlimit
@pytest.mark.parametrize("way", ["an order", "no supervisor"])
def test_without_room_it_can_be_stopped_and_what_is_on_record_is_sound(harness: Harness, way: str) -> None:
    ana = harness.json(1, "ana")
    limit_files(harness, size_of(harness))
    harness.say(1, "oi", "1")
    ana.until(type="error", code="storage_full")
    if way == "an order":
        send(harness.channels.broadcaster, ListMembers())
        told = harness.news()
        assert isinstance(told, Told)
        assert "ana" in told.lines[0]
        harness.channels.commands.put(END_OF_COMMANDS)
        eventually(lambda: not harness.channels.commands.empty(), "it is on the Queue")
        send(harness.channels.broadcaster, Stop())
    else:
        harness.channels.broadcaster.close()
    # By itself: there is no supervisor here that kills it.
    harness.process.join(DEADLINE)
    assert 0 == harness.process.exitcode
    harness.transcript.check()
    assert [] == harness.transcript.having(type="message")


@needs_prlimit
def test_a_segment_that_can_not_be_begun_is_begun_later(open_harness: Open) -> None:
    harness = open_harness(segment_size=4_096)
    harness.news()
    ana = harness.json(1, "ana")
    harness.say(1, "x" * 3_000, "1")
    ana.until(id="1")
    line = harness.transcript.entries[-1].line
    # Room for the record that fills the segment, and none for the seal with which it would end.
    limit_files(harness, size_of(harness) + len(line) + 20)
    harness.say(1, "x" * 3_000, "2")
    ana.until(id="2")
    eventually(
        lambda: "no new segment could be begun" in [each["event"] for each in harness.events], "it is told"
    )
    limit_files(harness)
    harness.say(1, "x", "3")
    ana.until(id="3")
    eventually(lambda: len(harness.transcript.segments) == 2, "the next segment begins")
    harness.is_well()


def test_a_segment_that_somebody_else_has_made_ends_it_with_its_last_words(open_harness: Open) -> None:
    harness = open_harness(segment_size=4_096)
    harness.news()
    harness.json(1, "ana")
    other = harness.logs / "transcript-000000000005.jsonl"
    other.write_text("")
    harness.say(1, "x" * 4_000, "1")
    news = harness.news()
    assert isinstance(news, Failed)
    assert str(other) in news.text
    assert 0 == harness.ends()


# Starting.


def test_after_a_crash_it_tells_where_the_log_stands_and_who_was_there_has_left(
    open_harness: Open,
) -> None:
    first = open_harness()
    began = first.ready()
    assert (1, 0, "") == (began.seq, began.last_conn, began.torn)
    first.json(41, "ana")
    first.process.kill()
    first.process.join()
    with first.transcript.segments[-1].open("ab") as file:
        file.write(b'{"seq":4,"at":"20')
    after = open_harness()
    goes_on = after.ready()
    # Her hello and join of before, and the start.
    assert (began.log, 4, 41) == (goes_on.log, goes_on.seq, goes_on.last_conn)
    assert "17 bytes" in goes_on.torn
    assert ".broken" in goes_on.torn
    # Her nick is kept for her: her session is known.
    ana = after.json(42, "ana")
    (leave,) = after.transcript.having(type="leave")
    assert (5, "ana", "crash") == (leave.said["seq"], leave.said["nick"], leave.said["reason"])
    after.say(42, "de volta", "1")
    ana.until(id="1")
    after.is_well()


def damage(logs: Path) -> None:
    logs.mkdir()
    (logs / "transcript-000000000001.jsonl").write_text("{}\nx\n")


def no_log_to_write(logs: Path) -> None:
    (logs / "server.jsonl").mkdir(parents=True)


@pytest.mark.parametrize("obstacle", [damage, no_log_to_write])
def test_when_it_can_not_begin_its_last_words_say_why(
    open_harness: Open, tmp_path: Path, obstacle: Callable[[Path], object]
) -> None:
    logs = tmp_path / "logs"
    obstacle(logs)
    harness = open_harness(logs)
    news = harness.news()
    assert isinstance(news, Failed)
    assert str(logs) in news.text
    assert 1 == len(news.text.splitlines())
    assert 0 == harness.ends()


def test_it_is_known_by_its_name(shared: Harness) -> None:
    shown = subprocess.run(
        ["ps", "-o", "args=", "-p", str(shared.pid)], capture_output=True, text=True, check=True
    )
    assert "chatsimples: broadcaster" == shown.stdout.strip()


# What the acceptor leaves behind.


def test_half_a_batch_of_an_acceptor_that_died_is_no_wait_without_end(harness: Harness) -> None:
    client = harness.json(1, "ana")
    harness.say(1, "oi")
    client.until(type="message", text="oi")
    writer = ends_of(harness.channels.commands)[1]
    # What a killed writer leaves of a batch of 1,000 bytes.
    os.write(writer.fileno(), struct.pack("!i", 1_000) + b"x" * 10)
    writer.close()
    send(harness.channels.broadcaster, Stop())
    assert 0 == harness.ends()
    harness.transcript.check(stopped=True)
    assert b'"text":"oi"' in b"".join(path.read_bytes() for path in harness.logs.glob("transcript-*.jsonl"))
