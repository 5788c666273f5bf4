"""The loop on a scripted source: what it does in which condition, and what brings it into the next."""

from __future__ import annotations

import json
import selectors
import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from server.rig import BEGAN, DIALECTS, LOG
from support.transcript import Transcript
from support.waiting import DEADLINE

from chatsimples.chat import commands
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, to_lines
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.config.replay import CheckSettings
from chatsimples.errors import StorageError, StorageFullError
from chatsimples.replay.proof.check import check
from chatsimples.server.broadcaster.admission import Admission
from chatsimples.server.broadcaster.checkpointing import Checkpointing
from chatsimples.server.broadcaster.conditions import Condition, Event
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.broadcaster.journal import Journal
from chatsimples.server.broadcaster.loop import Broadcaster
from chatsimples.server.broadcaster.program import Replayed
from chatsimples.server.broadcaster.source import Batch, Origin
from chatsimples.server.broadcaster.turns import Turns
from chatsimples.server.channels import (
    Govern,
    HandOver,
    Heartbeat,
    ListMembers,
    Stop,
    Told,
    receive_news,
    send,
    spawn_context,
)
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import recover
from chatsimples.transcript.writer import TranscriptWriter

KICK_ANA = Govern(commands.pack([commands.Kick(commands.OPERATOR, "ana")]))


class Script:
    """A source that gives what a test has written down, and is always readable."""

    def __init__(self, admission: Admission) -> None:
        self.readable, self._writing = socket.socketpair()
        self._writing.send(b"\0")
        self._admission = admission
        self._steps: deque[tuple[commands.Command, Callable[[], object], Event | None]] = deque()
        self._event: Event | None = None
        self._left: deque[commands.Command] = deque()

    def add(
        self,
        command: commands.Command,
        event: Event | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Add a batch, what happens to the source after it, and what else happens when it is taken."""
        self._steps.append((command, meanwhile, event))

    @property
    def holds(self) -> bool:
        """Tell whether commands are left, or an event."""
        return bool(self._left) or self._event is not None

    def add_all(self, asked: list[commands.Command], event: Event) -> None:
        """Add a batch of several commands."""
        self.add(asked[0], event)
        self._steps[-1] = (asked[0], lambda: self._left.extend(asked[1:]), event)

    def take(self) -> Batch:
        """Give the next batch, or the event after it."""
        if self._left:
            return Batch(self._admission.settle(self._rest()), BEGAN, Origin.CLIENTS)
        if self._event is not None:
            event, self._event = self._event, None
            return Batch(iter(()), BEGAN, Origin.CLIENTS, event)
        command, meanwhile, self._event = self._steps.popleft()
        meanwhile()
        self._left.appendleft(command)
        return Batch(self._admission.settle(self._rest()), BEGAN, Origin.CLIENTS)

    def _rest(self) -> Iterator[commands.Command]:
        while self._left:
            yield self._left.popleft()

    def is_empty(self) -> bool:
        """Tell whether nothing is left."""
        return not self._steps

    def close(self) -> None:
        """Let go of what is waited for."""
        self.readable.close()
        self._writing.close()


class Disk:
    """Stands before a writer: refuses what it is told to, and notes in which condition it was asked."""

    def __init__(self, writer: TranscriptWriter) -> None:
        self.refusals = 0
        self.failed = False
        self.asked_in: list[Condition] = []
        self.broadcaster: Broadcaster | None = None
        self._append = writer.append
        writer.append = self.append  # type: ignore[method-assign]

    def append(self, data: bytes, last_seq: int, count: int) -> None:
        """Append, or refuse."""
        if self.broadcaster is not None:
            self.asked_in.append(self.broadcaster.condition)
        if self.failed:
            raise StorageError("it has failed")
        if self.refusals:
            self.refusals -= 1
            raise StorageFullError("no room")
        self._append(data, last_seq, count)


class Scene:
    """A broadcaster on a script, with one client, ana, who is connection 1, and its supervisor's pipe."""

    def __init__(self, folder: Path, things: ExitStack) -> None:
        state = State()
        recovery = recover(
            folder, rules=Replayed(state), new_log=lambda: LOG, durability="os", segment_size=1 << 20
        )
        self.folder = folder
        self._things = things
        self.disk = Disk(recovery.writer)
        self.supervisor, theirs = spawn_context().Pipe()
        selector = selectors.DefaultSelector()
        fanout = Fanout(selector, DIALECTS, TranscriptReader(folder), 1 << 20)
        hand_over = HandOver()
        self.giving = hand_over.giving
        ours, self.client = socket.socketpair()
        ours.setblocking(False)
        HandOver.give(hand_over.giving, [(1, ours)])
        ours.close()
        admission = Admission(fanout, hand_over.taking)
        self.script = Script(admission)
        self.broadcaster = self.disk.broadcaster = Broadcaster(
            chat=Chat(recovery.log, state),
            source=self.script,
            admission=admission,
            journal=Journal(recovery.writer, Checkpointing(recovery, state), LogIndex()),
            fanout=fanout,
            selector=selector,
            supervisor=theirs,
            heart=Heartbeat(spawn_context()),
            translate=str,
            now=lambda: BEGAN,
            stop_timeout=5.0,
            turns=Turns(),
        )
        for each in (selector, self.script, self.client, self.supervisor, theirs):
            things.callback(each.close)
        for end in (hand_over.giving, hand_over.taking):
            things.callback(end.close)
        things.callback(fanout.close)
        self.script.add(commands.Open(1, "json", "::1"))
        self.script.add(commands.Hello(1, "ana", ("geral",), "a-secret-of-ana-0"))

    def say(
        self, text: str, event: Event | None = None, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        """Let ana say something."""
        self.script.add(commands.Say(1, text, "geral"), event, meanwhile)

    def add_client(self, conn: int) -> None:
        """Let one more come."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        HandOver.give(self.giving, [(conn, ours)])
        ours.close()
        self._things.callback(theirs.close)
        self.script.add(commands.Open(conn, "json", "::1"))
        self.script.add(commands.Hello(conn, f"n{conn}", ("geral",), f"a-secret-of-number-{conn}"))

    def order(self, *orders: Stop | Govern | ListMembers) -> Callable[[], None]:
        """Return what gives the broadcaster orders."""

        def give() -> None:
            for each in orders:
                send(self.supervisor, each)

        return give

    def refuse(self, times: int) -> Callable[[], None]:
        """Return what lets the disk refuse so many times."""

        def refuse() -> None:
            self.disk.refusals = times

        return refuse

    def start(self) -> None:
        """Let it record its start."""
        limits = Limits(max_rooms=32, quiet_room=0, nick_hold=600.0)
        self.broadcaster.start(commands.Start(commands.OPERATOR, "chatsimples test", limits))

    def run(self) -> None:
        """Let it go on until it ends."""
        self.start()
        self.broadcaster.serve()

    @property
    def recorded(self) -> list[str]:
        """What is on record, after ana came: the texts, the reasons, and the types of what has neither."""
        said = [entry.said for entry in Transcript.read(self.folder).entries if entry.type != "bye"]
        told = [each.get("text") or each.get("reason") or each["type"] for each in said]
        return told[told.index("join") + 1 :]

    @property
    def heard(self) -> list[dict[str, Any]]:
        """What ana has received."""
        self.client.settimeout(DEADLINE)
        received = b""
        while data := self.client.recv(1 << 16):
            received += data
        return [json.loads(line) for line in received.splitlines()]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as things:
        yield Scene(tmp_path, things)


def test_at_the_end_of_commands_everybody_leaves_and_all_is_closed(scene: Scene) -> None:
    scene.say("oi", Event.SOURCE_ENDED)
    scene.run()
    assert ["oi", "shutdown", "stop"] == scene.recorded
    assert ["welcome", "hello", "join", "message", "leave", "bye"] == [each["type"] for each in scene.heard]
    assert Condition.ENDING is scene.broadcaster.condition


def test_a_lost_source_is_left_alone_until_the_order_to_stop_comes(scene: Scene) -> None:
    scene.say("a última", Event.SOURCE_LOST, scene.order(Stop()))
    scene.say("fica lá")
    scene.run()
    assert ["a última", "shutdown", "stop"] == scene.recorded


def test_told_to_stop_it_takes_what_is_left_first(scene: Scene) -> None:
    scene.say("um", meanwhile=scene.order(Stop()))
    scene.say("dois")
    scene.say("três")
    scene.run()
    assert ["um", "dois", "três", "shutdown", "stop"] == scene.recorded


def test_while_stopping_a_lost_source_is_the_end(scene: Scene) -> None:
    scene.say("um", meanwhile=scene.order(Stop(), Stop()))
    scene.say("dois")
    scene.say("três")
    scene.say("quatro", Event.SOURCE_LOST)
    scene.say("fica lá")
    scene.run()
    assert ["um", "dois", "três", "quatro", "shutdown", "stop"] == scene.recorded


def test_without_its_supervisor_it_ends_soon(scene: Scene) -> None:
    scene.say("um", meanwhile=scene.supervisor.close)
    scene.say("na mesma volta, se a fonte é vista primeiro")
    scene.say("fica lá")
    scene.run()
    assert ["um", "shutdown", "stop"] == [text for text in scene.recorded if "volta" not in text]


def test_without_room_nothing_is_taken_until_what_was_decided_is_written(scene: Scene) -> None:
    scene.say("um", meanwhile=scene.refuse(2))
    scene.say("dois", Event.SOURCE_ENDED)
    scene.run()
    full = [Condition.STORAGE_FULL] * 2
    assert [
        Condition.STARTING,
        *[Condition.SERVING] * 2,
        *full,
        Condition.SERVING,
        Condition.ENDING,
    ] == scene.disk.asked_in
    assert ["um", "dois", "shutdown", "stop"] == scene.recorded
    told = [each["code"] if each["type"] == "error" else each.get("text") for each in scene.heard]
    assert ["storage_full", "um", "dois"] == [each for each in told if each]


def test_without_room_the_operator_is_obeyed_and_that_is_on_record_after_the_rest(scene: Scene) -> None:
    scene.say("um", meanwhile=lambda: (scene.refuse(1)(), scene.order(ListMembers(), KICK_ANA)()))
    scene.say("tarde demais", Event.SOURCE_ENDED)
    scene.run()
    assert ["um", "kicked", "stop"] == scene.recorded
    told = [receive_news(scene.supervisor), receive_news(scene.supervisor)]
    assert isinstance(told[0], Told)
    assert "ana" in told[0].lines[0]
    assert Told(["the server's operator has removed ana from the server"]) == told[1]


def test_told_to_stop_without_room_it_takes_the_rest_if_there_is_room_now(scene: Scene) -> None:
    scene.say("um", meanwhile=lambda: (scene.refuse(1)(), scene.order(Stop())()))
    scene.say("dois")
    scene.run()
    assert ["um", "dois", "shutdown", "stop"] == scene.recorded


def test_told_to_stop_without_room_it_ends_with_what_is_on_record(scene: Scene) -> None:
    scene.say("não escrita", meanwhile=lambda: (scene.refuse(99)(), scene.order(Stop())()))
    scene.say("fica lá")
    scene.run()
    assert [] == scene.recorded
    assert [] == [each for each in scene.heard if each["type"] == "message"]


def test_while_stopping_a_disk_without_room_is_the_end(scene: Scene) -> None:
    scene.say("um", meanwhile=scene.order(Stop()))
    scene.say("dois")
    scene.say("três", meanwhile=scene.refuse(1))
    scene.say("fica lá")
    scene.run()
    assert ["um", "dois", "três", "shutdown", "stop"] == scene.recorded


def test_a_disk_that_fails_ends_everything_and_everybody_is_told(scene: Scene) -> None:
    scene.say("um")
    scene.say("não escrita", meanwhile=lambda: setattr(scene.disk, "failed", True))
    with pytest.raises(StorageError):
        scene.run()
    scene.broadcaster.give_up()
    assert Condition.FAILED is scene.broadcaster.condition
    assert ["um", "storage_failed"] == [
        each.get("text") if each["type"] == "message" else each["code"]
        for each in scene.heard
        if each["type"] in ("message", "error")
    ]


def test_without_room_for_its_start_it_does_not_begin(scene: Scene) -> None:
    scene.refuse(1)()
    with pytest.raises(StorageError, match="no more"):
        scene.start()
    scene.broadcaster.give_up()
    assert Condition.FAILED is scene.broadcaster.condition


def test_what_is_left_of_a_batch_when_its_time_is_over_is_decided_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.loop.DECIDING", 0.0)
    with ExitStack() as things:
        scene = Scene(tmp_path, things)
        texts = [f"frase {number}" for number in range(100)]
        scene.script.add_all([commands.Say(1, text, "geral") for text in texts], Event.SOURCE_ENDED)
        scene.run()
        assert [*texts, "shutdown", "stop"] == scene.recorded
        assert texts == [each["text"] for each in scene.heard if each["type"] == "message"]
        # Some at a time, and not each by itself.
        assert 4 < len(scene.disk.asked_in) < 20


def test_at_the_stop_those_who_leave_do_so_some_at_a_time_and_at_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatsimples.server.broadcaster.loop.LEAVING_AT_ONCE", 2)
    with ExitStack() as things:
        scene = Scene(tmp_path, things)
        for conn in range(2, 6):
            scene.add_client(conn)
        scene.say("a última", Event.SOURCE_ENDED)
        scene.run()
        entries = [entry.said for entry in Transcript.read(scene.folder).entries]
        ends = entries[[each.get("text") for each in entries].index("a última") + 1 :]
        assert [1, 1, 2, 2, 3, 3, 4, 4, 5, 5] == [each["conn"] for each in ends[:-1]]
        assert "stop" == ends[-1]["type"]
        assert len({each["at"] for each in ends}) == 1
        assert scene.disk.asked_in[-3:] == [Condition.ENDING] * 3


# After a crash.


def crashed(folder: Path, *conns: int) -> None:
    """Leave a transcript of which the server was killed while so many were connected."""
    state = State()
    recovery = recover(
        folder, rules=Replayed(state), new_log=lambda: LOG, durability="os", segment_size=1 << 20
    )
    chat = Chat(LOG, state)
    limits = Limits(max_rooms=32, quiet_room=0, nick_hold=600.0)
    asked: list[commands.Command] = [commands.Start(commands.OPERATOR, "chatsimples test", limits)]
    for conn in conns:
        asked.append(commands.Open(conn, "json", "::1"))
        asked.append(commands.Hello(conn, f"n{conn}", ("geral",), f"a-secret-of-number-{conn}"))
    made = [each for command in asked for each in chat.apply(command, BEGAN - 1) if isinstance(each, Record)]
    recovery.writer.append(to_lines(made), made[-1].seq, len(made))
    recovery.writer.close()


@pytest.fixture
def after_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Give a scene with a past, of whose people two at most leave in one batch."""
    monkeypatch.setattr("chatsimples.server.broadcaster.loop.LEAVING_AT_ONCE", 4)
    crashed(tmp_path, 101, 102, 103, 104, 105)
    with ExitStack() as things:
        yield Scene(tmp_path, things)


CRASHED = [(conn, kind, "crash") for conn in range(101, 106) for kind in ("leave", "bye")]


def since_the_start(scene: Scene) -> list[tuple[int, str, str]]:
    """Return what is on record since the last start: whose, what, and why."""
    entries = [entry.said for entry in Transcript.read(scene.folder).entries]
    started = max(index for index, each in enumerate(entries) if each["type"] == "start")
    assert len({each["at"] for each in entries[started:]}) == 1
    return [(each.get("conn", 0), each["type"], each.get("reason", "")) for each in entries[started + 1 :]]


def test_after_a_crash_those_who_were_there_leave_first_a_few_at_a_time(
    after_a_crash: Scene,
) -> None:
    scene = after_a_crash
    scene.say("um", Event.SOURCE_ENDED)
    # It is obeyed when they have left.
    scene.order(ListMembers())()
    scene.run()
    told = since_the_start(scene)
    assert CRASHED == told[:10]
    assert (1, "hello", "") == told[10]
    assert [Condition.STARTING, *[Condition.SERVING] * 4] == scene.disk.asked_in[:5]
    members = receive_news(scene.supervisor)
    assert isinstance(members, Told)
    assert "n105" not in "".join(members.lines)
    assert 0 == check(str(scene.folder), CheckSettings(), str)


def test_without_room_for_the_ends_of_a_crash_these_come_first_when_there_is(after_a_crash: Scene) -> None:
    scene = after_a_crash
    scene.say("um", Event.SOURCE_ENDED)
    scene.start()
    scene.refuse(1)()
    scene.broadcaster.serve()
    told = since_the_start(scene)
    assert CRASHED == told[:10]
    assert (1, "hello", "") == told[10]
    assert scene.disk.asked_in.count(Condition.STORAGE_FULL) == 1


@pytest.mark.parametrize("is_ordered", [True, False], ids=["ordered", "alone"])
def test_an_end_right_after_a_crash_leaves_nobody_out(after_a_crash: Scene, is_ordered: bool) -> None:
    scene = after_a_crash
    scene.start()
    if is_ordered:
        scene.order(Stop())()
    else:
        scene.supervisor.close()
    scene.broadcaster.serve()
    told = since_the_start(scene)
    assert CRASHED == told[:10]
    assert (0, "stop", "") == told[-1]


def test_an_order_waits_until_the_batch_has_been_delivered_to_everybody(scene: Scene) -> None:
    scene.say("um", meanwhile=scene.order(KICK_ANA))
    # Whether this is taken first depends on which of both is seen first.
    scene.say("talvez", Event.SOURCE_ENDED)
    scene.run()
    assert ["kicked", "stop"] == scene.recorded[-2:]
    assert scene.recorded[:-2] in (["um"], ["um", "talvez"])
    assert scene.recorded[:-2] == [each["text"] for each in scene.heard if each["type"] == "message"]
