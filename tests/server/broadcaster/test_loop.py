"""The broadcaster process: commands in, records on the disk, and only then to the sockets."""

import json
import os
import resource
import signal
import socket
import struct
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.transcript import Transcript
from support.waiting import eventually

from chatsimples.chat import commands
from chatsimples.chat.state import State
from chatsimples.config.server import ServerSettings
from chatsimples.server.broadcaster.loop import Broadcaster, _new_log, _Replayed, run
from chatsimples.server.channels import (
    END_OF_COMMANDS,
    Channels,
    Failed,
    HandOver,
    ListMembers,
    Ready,
    Remove,
    Stop,
    Told,
    receive_news,
    send,
    spawn_context,
)
from chatsimples.server.tasks import BroadcasterTask
from chatsimples.transcript.recovery import recover

ADDRESS = "192.0.2.1"


@contextmanager
def stderr_to_nowhere():
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

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(15)
        self._file = sock.makefile("rb")

    def line(self):
        """Return the next line; none is the end."""
        return self._file.readline()

    def until(self, **fields):
        """Read on until something with these fields comes; return it."""
        while line := self.line():
            said = json.loads(line)
            if fields.items() <= said.items():
                return said
        raise AssertionError(f"ended before {fields} came")

    def rest(self):
        """Read to the end."""
        return self._file.readlines()

    def close(self):
        self._file.close()
        self.sock.close()


class Booth:
    """A broadcaster process, in a place where the test is both its acceptor and its supervisor."""

    def __init__(self, logs, **settings):
        self.logs = logs
        self.channels = Channels(spawn_context())
        settings = ServerSettings(logs=str(logs), lang="en", stop_timeout=5.0, **settings)
        task = BroadcasterTask(
            settings,
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
        self._clients = []

    def news(self):
        """Return the next news from it."""
        assert self.channels.broadcaster.poll(15), "no news"
        return receive_news(self.channels.broadcaster)

    def put(self, *asked):
        """Put a batch of commands on the Queue."""
        self.channels.commands.put(commands.pack(asked))

    def connect(self, *conns):
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

    def json(self, conn, nick):
        """Open a JSON connection and say hello."""
        (client,) = self.connect(conn)
        hello = commands.Hello(conn, nick, ("geral",), f"the-secret-of-{nick}")
        self.put(commands.Open(conn, "json", ADDRESS), hello)
        client.until(type="join", nick=nick)
        return client

    def say(self, conn, text, mark=""):
        self.put(commands.Say(conn, text, "geral", "", mark))

    @property
    def transcript(self):
        return Transcript.read(self.logs, growing=True)

    @property
    def events(self):
        """What it has logged."""
        return [json.loads(line) for line in (self.logs / "server.jsonl").read_bytes().splitlines()]

    def ends(self):
        """Wait until it has ended; return its exit code."""
        self.process.join(20)
        return self.process.exitcode

    def is_well(self):
        """Let its last command be the end of commands; it must end well and leave a sound transcript."""
        for client in self._clients:
            client.close()
        self.channels.commands.put(END_OF_COMMANDS)
        assert 0 == self.ends()
        self.transcript.check(stopped=True)
        assert [] == [event for event in self.events if "exception" in event]

    def close(self):
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        for client in self._clients:
            client.close()
        self.channels.acceptor_end.close()
        for each in (self.channels.hand_over.giving, self.channels.hand_over.taking):
            each.close()
        self.channels.close()


@pytest.fixture
def open_booth(tmp_path):
    opened = []

    def open_it(logs=tmp_path / "logs", **settings):
        opened.append(Booth(logs, **settings))
        return opened[-1]

    yield open_it
    for booth in opened:
        booth.close()


@pytest.fixture
def booth(open_booth):
    """Give a booth of the test's own."""
    booth = open_booth()
    assert isinstance(booth.news(), Ready)
    return booth


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Give a booth that tests share which neither end nor fill it; each has connections of its own."""
    booth = Booth(tmp_path_factory.mktemp("shared") / "logs")
    try:
        assert isinstance(booth.news(), Ready)
        yield booth
        booth.is_well()
    finally:
        booth.close()


def test_what_is_delivered_is_on_record_already_and_in_the_same_bytes(shared):
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


def test_sockets_are_there_before_the_first_command_of_their_connections(shared):
    conns = range(1_001, 1_301)
    clients = shared.connect(*conns)
    shared.put(*(commands.Open(conn, "json", ADDRESS) for conn in conns))
    shared.put(*(commands.Hello(conn, f"n{conn}", ("muitos",), f"the-secret-of-n{conn}") for conn in conns))
    for conn, client in zip(conns, clients, strict=True):
        assert f"n{conn}" == client.until(type="welcome")["nick"]
    joins = shared.transcript.having(type="join", room="muitos")
    assert [f"n{conn}" for conn in conns] == [each.said["nick"] for each in joins]


def test_a_command_of_a_connection_that_was_never_handed_over_harms_nobody(shared):
    ana = shared.json(11, "rui")
    shared.put(commands.Say(99, "oi"), commands.Open(98, "json", ADDRESS), commands.Close(97, "closed"))
    shared.say(11, "ainda aqui", "1")
    ana.until(id="1")


def test_the_end_of_commands_takes_leave_of_everybody_and_closes_the_transcript(booth):
    ana = booth.json(1, "ana")
    for number in range(200):
        booth.say(1, "x" * 500, f"{number}")
    booth.channels.commands.put(END_OF_COMMANDS)
    lines = ana.rest()
    assert 0 == booth.ends()
    said = [json.loads(line) for line in lines]
    assert [f"{number}" for number in range(200)] == [
        each["id"] for each in said if each["type"] == "message"
    ]
    assert ("leave", "shutdown") == (said[-1]["type"], said[-1]["reason"])
    transcript = booth.transcript
    transcript.check(stopped=True)
    assert "stop" == transcript.entries[-1].type
    assert transcript.last_seq == transcript.sealed_to


def test_a_stop_without_the_end_of_commands_comes_after_what_is_there(booth):
    ana = booth.json(1, "ana")
    for number in range(50):
        booth.say(1, f"frase {number}", f"{number}")
    ana.until(id="0")
    send(booth.channels.broadcaster, Stop())
    assert 0 == booth.ends()
    booth.transcript.check(stopped=True)
    marks = [each.said["id"] for each in booth.transcript.having(type="message")]
    assert [f"{number}" for number in range(len(marks))] == marks


@pytest.mark.parametrize("unread", [[], [ListMembers()]], ids=["all news read", "news unread"])
def test_when_the_supervisor_is_gone_it_ends_in_good_order(booth, unread):
    booth.json(1, "ana")
    for order in unread:
        send(booth.channels.broadcaster, order)
        assert booth.channels.broadcaster.poll(15)
    booth.channels.broadcaster.close()
    assert 0 == booth.ends()
    booth.transcript.check(stopped=True)
    assert "stop" == booth.transcript.entries[-1].type
    assert [] == [event for event in booth.events if "exception" in event]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_are_the_supervisors_business(shared, number):
    ana = shared.json(20 + number, f"s{number}")
    os.kill(shared.process.pid, number)
    shared.say(20 + number, "ainda aqui", "1")
    ana.until(id="1")


def test_its_heart_beats_also_when_nothing_happens(shared):
    heart = shared.channels.broadcaster_heart
    eventually(lambda: heart.age() > 0.1, "it waits for something to do")
    eventually(lambda: heart.age() < 0.1, "it comes round all the same")


def test_after_a_quiet_second_everything_is_sealed(booth):
    booth.json(1, "ana")
    eventually(lambda: booth.transcript.sealed_to == booth.transcript.last_seq, "it is sealed")
    assert booth.transcript.last_seq == 2


# The supervisor's orders.


def test_it_tells_who_is_there(booth):
    send(booth.channels.broadcaster, ListMembers())
    assert Told(["nobody is there"]) == booth.news()
    booth.json(7, "beatriz")
    booth.json(8, "ana")
    booth.connect(9)
    booth.put(commands.Open(9, "json", ADDRESS))
    send(booth.channels.broadcaster, ListMembers())
    ana, bia = booth.news().lines
    assert ["ana", "geral", ADDRESS, "json", "conn", "8"] == ana.split()
    assert ["beatriz", "geral", ADDRESS, "json", "conn", "7"] == bia.split()


def test_it_removes_whom_it_is_told_to(shared):
    carla, dora = shared.json(51, "carla"), shared.json(52, "dora")
    send(shared.channels.broadcaster, Remove("DORA"))
    (line,) = shared.news().lines
    assert "DORA has been removed" == line
    dora.until(type="error", code="kicked")
    assert [] == [line for line in dora.rest() if b'"message"' in line]
    assert "kicked" == carla.until(type="leave", nick="dora")["reason"]
    send(shared.channels.broadcaster, Remove("ninguém"))
    assert Told(["nobody here is called ninguém"]) == shared.news()


# One who is silent.


def fill(booth, conn, sock):
    """Say so much that for a client that does not read some waits in the broadcaster."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for number in range(240):
        booth.say(conn, "x" * 4_000, f"{number}")


def test_one_who_is_silent_but_reads_is_not_taken_for_gone(shared):
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


def test_one_who_is_silent_and_does_not_read_is_gone(shared):
    ana, gone = shared.json(71, "anabela"), shared.json(72, "parada")
    fill(shared, 71, gone.sock)
    ana.until(id="239")
    shared.put(commands.Silent(72, 60, gone=True))
    assert "timeout" == ana.until(type="leave", nick="parada")["reason"]


# A disk without room.

needs_prlimit = pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="only Linux can change another process's limits"
)


def limit_files(booth, size=None):
    """Let no file of the broadcaster's grow above ``size`` bytes: short writes, then EFBIG."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(booth.process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


def size_of(booth):
    return sum(path.stat().st_size for path in booth.transcript.segments)


@needs_prlimit
def test_without_room_nothing_is_delivered_everybody_is_told_once_and_with_room_it_goes_on(booth):
    ana, bia = booth.json(1, "ana"), booth.json(2, "bia")
    ana.until(nick="bia")
    size = size_of(booth)
    limit_files(booth, size + 250)
    for number in range(100):
        booth.say(1, f"frase {number}", f"{number}")
    told = bia.until(type="error")
    assert ("storage_full", True) == (told["code"], bool(told["text"]))
    ana.until(type="error", code="storage_full")
    # What is not on record has not been delivered, and nothing of it is half on record.
    bia.sock.settimeout(0.8)
    with pytest.raises(TimeoutError):
        bia.line()
    assert size_of(booth) <= size + 250
    booth.transcript.check()
    limit_files(booth)
    bia.sock.settimeout(15)
    bia._file = bia.sock.makefile("rb")
    ana.until(id="99")
    booth.say(2, "há lugar", "fim")
    heard = []
    while not heard or heard[-1]["text"] != "há lugar":
        heard.append(json.loads(bia.line()))
    already = [each.said["id"] for each in booth.transcript.having(type="message")]
    assert [*map(str, range(100)), "fim"] == already
    assert already[-len(heard) :] == [each["id"] for each in heard]
    booth.is_well()


@needs_prlimit
@pytest.mark.parametrize("way", ["an order", "no supervisor"])
def test_without_room_orders_are_obeyed_it_can_be_stopped_and_what_is_on_record_is_sound(booth, way):
    ana = booth.json(1, "ana")
    limit_files(booth, size_of(booth))
    booth.say(1, "oi", "1")
    ana.until(type="error", code="storage_full")
    if way == "an order":
        send(booth.channels.broadcaster, ListMembers())
        assert "ana" in booth.news().lines[0]
        booth.channels.commands.put(END_OF_COMMANDS)
        eventually(lambda: not booth.channels.commands.empty(), "it is on the Queue")
        send(booth.channels.broadcaster, Stop())
    else:
        booth.channels.broadcaster.close()
    # Sooner than the supervisor, which kills it five seconds after its own time to stop.
    booth.process.join(10)
    assert 0 == booth.process.exitcode
    booth.transcript.check()
    assert [] == booth.transcript.having(type="message")


@needs_prlimit
def test_a_segment_that_can_not_be_begun_is_begun_later(open_booth):
    booth = open_booth(segment_size=4_096)
    booth.news()
    ana = booth.json(1, "ana")
    booth.say(1, "x" * 3_000, "1")
    ana.until(id="1")
    line = booth.transcript.entries[-1].line
    # Room for the record that fills the segment, and none for the seal with which it would end.
    limit_files(booth, size_of(booth) + len(line) + 20)
    booth.say(1, "x" * 3_000, "2")
    ana.until(id="2")
    warned = eventually(lambda: [each["event"] for each in booth.events], "it is told")
    assert ["no new segment could be begun"] == warned
    limit_files(booth)
    booth.say(1, "x", "3")
    ana.until(id="3")
    eventually(lambda: len(booth.transcript.segments) == 2, "the next segment begins")
    booth.is_well()


def test_a_segment_that_somebody_else_has_made_ends_it_with_its_last_words(open_booth):
    booth = open_booth(segment_size=4_096)
    booth.news()
    booth.json(1, "ana")
    other = booth.logs / "transcript-000000000004.jsonl"
    other.write_text("")
    booth.say(1, "x" * 4_000, "1")
    news = booth.news()
    assert isinstance(news, Failed)
    assert str(other) in news.text
    assert 0 == booth.ends()


# Starting.


def test_the_first_news_tell_where_the_log_stands_and_what_was_torn_and_who_was_there_then_has_left(
    open_booth,
):
    first = open_booth()
    began = first.news()
    assert (1, 0, "") == (began.seq, began.last_conn, began.torn)
    first.json(41, "ana")
    first.process.kill()
    first.process.join()
    with first.transcript.segments[-1].open("ab") as file:
        file.write(b'{"seq":3,"at":"20')
    after = open_booth()
    goes_on = after.news()
    # The join of before, the leave that was missing, and the start.
    assert (began.log, 4, 41) == (goes_on.log, goes_on.seq, goes_on.last_conn)
    assert "17 bytes" in goes_on.torn
    assert ".broken" in goes_on.torn
    (leave,) = after.transcript.having(type="leave")
    assert ("ana", "crash") == (leave.said["nick"], leave.said["reason"])
    # Her nick is kept for her: her session is known.
    ana = after.json(42, "ana")
    after.say(42, "de volta", "1")
    ana.until(id="1")
    after.is_well()


OBSTACLES = {
    "damage": lambda logs: (logs.mkdir(), (logs / "transcript-000000000001.jsonl").write_text("{}\nx\n")),
    "no log to write": lambda logs: (logs / "server.jsonl").mkdir(parents=True),
}


@pytest.mark.parametrize("obstacle", OBSTACLES.values(), ids=OBSTACLES.keys())
def test_when_it_can_not_begin_its_last_words_say_why(open_booth, tmp_path, obstacle):
    logs = tmp_path / "logs"
    obstacle(logs)
    booth = open_booth(logs)
    news = booth.news()
    assert isinstance(news, Failed)
    assert str(logs) in news.text
    assert 1 == len(news.text.splitlines())
    assert 0 == booth.ends()


def test_it_is_known_by_its_name(shared):
    shown = subprocess.run(
        ["ps", "-o", "args=", "-p", str(shared.process.pid)], capture_output=True, text=True, check=True
    )
    assert "chatsimples: broadcaster" == shown.stdout.strip()


# What the acceptor leaves behind.


def test_a_connection_that_ends_without_a_word_is_let_go_of_though_its_socket_comes_later(tmp_path):
    channels = Channels(spawn_context())
    state = State()
    task = BroadcasterTask(
        ServerSettings(logs=str(tmp_path)),
        channels.commands,
        channels.hand_over.taking,
        channels.broadcaster_end,
        channels.broadcaster_heart,
        True,
    )
    recovery = recover(
        tmp_path,
        rules=_Replayed(state),
        new_log=_new_log,
        durability="os",
        segment_size=1 << 20,
        verify_all=True,
    )
    broadcaster = Broadcaster(task, recovery, state)
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        # On its way after the broadcaster has looked for sockets, and before it takes the batch.
        HandOver.give(channels.hand_over.giving, [(1, ours)])
        ours.close()
        broadcaster._carry_out(broadcaster._decide(commands.Close(1, "closed"), 1))
        theirs.settimeout(10)
        assert b"" == theirs.recv(1)
        assert {} == broadcaster._fanout.outlets
    recovery.writer.close()
    channels.children_have_theirs()
    channels.close()


def test_half_a_batch_of_an_acceptor_that_died_is_no_wait_without_end(booth):
    client = booth.json(1, "ana")
    booth.say(1, "oi")
    client.until(type="message", text="oi")
    writer = booth.channels.commands._writer
    # What a killed writer leaves of a batch of 1,000 bytes.
    os.write(writer.fileno(), struct.pack("!i", 1_000) + b"x" * 10)
    writer.close()
    send(booth.channels.broadcaster, Stop())
    assert 0 == booth.ends()
    booth.transcript.check(stopped=True)
    assert b'"text":"oi"' in b"".join(path.read_bytes() for path in booth.logs.glob("transcript-*.jsonl"))
