"""The broadcaster's loop: takes a batch, decides, appends, fans out.

It alone gives records their order, writes the transcript, and writes to clients. It has one thread. What it
does in which condition is told by `conditions`.

No turn of it is long, however much there is to do: what can take longer is done in steps, and what is left is
gone on with in the next turn. So sockets are taken over and slow readers served in between. Nothing is taken
from the source, and no order obeyed, until the batch before has been delivered to everybody; and, after a
crash, until whoever was connected then has left on record.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from chatsimples.chat import commands, effects
from chatsimples.chat.deciding import Decided
from chatsimples.chat.records import Record
from chatsimples.chat.rooms import Connection as Connected
from chatsimples.chat.rules import Chat
from chatsimples.errors import StorageError, StorageFullError
from chatsimples.i18n import Translate
from chatsimples.server.broadcaster.admission import Admission
from chatsimples.server.broadcaster.answers import outcome, who_is_there
from chatsimples.server.broadcaster.conditions import (
    CONDITIONS,
    OVER,
    TAKING,
    Condition,
    Event,
    Lifecycle,
    after,
)
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.broadcaster.journal import Journal
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.broadcaster.source import Batch, Origin, Source
from chatsimples.server.broadcaster.turns import Turns
from chatsimples.server.channels import (
    FollowLog,
    Govern,
    Heartbeat,
    ListMembers,
    Stop,
    Told,
    receive_order,
    send,
)
from chatsimples.server.oplog.events import log

_LONGEST_WAIT = 0.5
_RETRY_AFTER = 0.5
_LAST_WORDS = 0.5
# Of a turn, in seconds from its beginning: until when slow readers are served, and until when is delivered.
_FLUSHING_ENDS = 0.002
_DELIVERING_ENDS = 0.006
_COMMANDS_BETWEEN_LOOKS = 16

DECIDING = 0.003
"""Seconds in which a batch of clients' commands is decided; what is left then comes with the next."""

LEAVING_AT_ONCE = 256
"""Records after which those who leave when the server stops, or whom a crash cut, leave in the next batch."""


class Broadcaster:
    """The loop.

    Args:
        chat: the rules.
        source: where the clients' commands come from.
        admission: what is known of connections before a command is decided.
        journal: the way into the transcript.
        fanout: the ways to the clients.
        selector: waits for all of them.
        supervisor: gives orders, and is answered.
        heart: beats at each turn.
        translate: into the operator's language.
        now: tells the time, in microseconds since 1970.
        stop_timeout: how many seconds clients have at the end to take what is on its way.
        turns: notes how long they take.
    """

    def __init__(
        self,
        *,
        chat: Chat,
        source: Source,
        admission: Admission,
        journal: Journal,
        fanout: Fanout,
        selector: selectors.BaseSelector,
        supervisor: Connection[Any, Any],
        heart: Heartbeat,
        translate: Translate,
        now: Callable[[], int],
        stop_timeout: float,
        turns: Turns,
    ) -> None:
        self._chat = chat
        self._source = source
        self._admission = admission
        self._journal = journal
        self._fanout = fanout
        self._selector = selector
        self._supervisor = supervisor
        self._heart = heart
        self._translate = translate
        self._now = now
        self._stop_timeout = stop_timeout
        self._turns = turns
        self._condition = Condition.STARTING
        self._undelivered: Decided = []
        # Whom a crash left connected, and when that was found.
        self._cut_off: deque[Connected] = deque()
        self._started_at = 0
        self._retry_at = 0.0
        self._sweep_at = 0.0
        self._is_ordered = False

    @property
    def condition(self) -> Condition:
        """What it does."""
        return self._condition

    def start(self, start: commands.Start) -> None:
        """Record the start; that those leave whom a crash left connected is recorded in the next turns.

        Raises:
            StorageError: that can't be written.
        """
        self._started_at = self._now()
        self._cut_off.extend(self._chat.state.connections.values())
        self._carry_out(Batch((msgspec.structs.replace(start, ends=False),), self._started_at, Origin.SERVER))
        if self._condition is Condition.FAILED:
            raise StorageError("the transcript can't be written: the disk takes no more")
        self._fanout.go_on()
        self._selector.register(self._supervisor, selectors.EVENT_READ, self._obey)
        self._selector.register(self._admission.hand_over, selectors.EVENT_READ, self._admission.take_sockets)
        self._note(Event.STARTED)

    def serve(self) -> None:
        """Serve until the end of commands, then stop cleanly.

        Raises:
            StorageError: the disk failed, for good.
        """
        while self._condition not in OVER:
            self._turn()
        self._finish()

    def give_up(self) -> None:
        """Tell everybody that the disk has failed; what was not delivered is not delivered any more."""
        self._note(Event.STORAGE_FAILED)
        self._fanout.tell_all(effects.Error("storage_failed", {}))
        self._deliver_rest(time.monotonic() + _LAST_WORDS)
        self._fanout.close(self._heart.beat)

    def _turn(self) -> None:
        fanout, source, turns = self._fanout, self._source, self._turns
        self._heart.beat()
        waits = not (
            fanout.delivering or fanout.busy or source.holds or self._journal.busy or self._is_ending
        )
        events = self._selector.select(_LONGEST_WAIT if waits else 0)
        began = turns.begin()
        self._attend(events, began)
        if source.holds:
            self._take_batch()
        if self._is_ending and not fanout.delivering:
            self._end_some()
        if fanout.delivering:
            fanout.go_on(began + _DELIVERING_ENDS)
            turns.did("delivering")
        if self._is_ordered and not self._is_occupied:
            self._obey()
            turns.did("obeying")
        if fanout.busy and not fanout.delivering:
            fanout.catch_up()
            turns.did("catching up")
        self._keep_house(time.monotonic())
        turns.did("keeping house")
        turns.end()

    def _attend(self, events: list[tuple[selectors.SelectorKey, int]], began: float) -> None:
        """Do what the sockets and pipes ask for that are ready. What is left stays ready."""
        writable: list[Outlet] = []
        for key, _ in events:
            if isinstance(key.data, Outlet):
                writable.append(key.data)
            else:
                key.data()
        if writable:
            self._flush(writable, began + _FLUSHING_ENDS)

    def _flush(self, writable: list[Outlet], until: float) -> None:
        for outlet in writable:
            # It may have been closed in this turn.
            if outlet.lifecycle is not Lifecycle.CLOSED:
                self._fanout.ready(outlet)
            if self._turns.did("serving slow readers") >= until:
                return

    def _take_batch(self) -> None:
        """Take a batch, decide, append, fan out."""
        # What else was ready in this turn may have changed the condition.
        if self._condition in TAKING and not self._is_occupied:
            batch = self._source.take()
            if batch.event is not None:
                self._note(batch.event)
            self._carry_out(batch)

    @property
    def _is_occupied(self) -> bool:
        """Whether something is to be brought to its end before anything else is decided."""
        return self._fanout.delivering or self._is_ending

    @property
    def _is_ending(self) -> bool:
        """Whether there are still some whom a crash left connected, and their ends can be written."""
        return bool(self._cut_off) and self._condition is not Condition.STORAGE_FULL

    def _end_some(self) -> None:
        """Record the ends of some whom a crash left connected, as of the start."""
        self._carry_out(Batch(_leaving(self._cut_off, "crash"), self._started_at, Origin.SERVER))

    def _carry_out(self, batch: Batch) -> None:
        decided = self._decide(batch)
        self._turns.did("deciding")
        self._publish(decided)
        if batch.origin is Origin.OPERATOR:
            send(self._supervisor, Told(outcome(decided, self._translate)))

    def _decide(self, batch: Batch) -> Decided:
        decided: Decided = []
        # Local names: this is done for every message.
        apply, at, say = self._chat.apply, batch.at, commands.Say
        until = time.monotonic() + DECIDING
        before_look = _COMMANDS_BETWEEN_LOOKS
        for command in batch.commands:
            made = apply(command, at)
            if type(command) is not say:
                # What is said ends nobody, and makes one record; of others few can be much.
                self._admission.note_ends(made)
                before_look -= _COMMANDS_BETWEEN_LOOKS // 2
            decided += made
            before_look -= 1
            if before_look <= 0:
                before_look = _COMMANDS_BETWEEN_LOOKS
                if batch.origin is Origin.CLIENTS and time.monotonic() >= until:
                    # The source keeps the rest.
                    break
        return decided

    def _publish(self, decided: Decided) -> None:
        """Append, then fan out: nothing is delivered that is not on record."""
        if self._undelivered:
            # This comes after it.
            self._undelivered += decided
            return
        try:
            self._append_then_fan_out(decided)
        except StorageFullError as error:
            log.warning("the transcript can't be written: nothing is delivered until it can", why=str(error))
            self._fanout.tell_all(effects.Error("storage_full", {}))
            self._undelivered = decided
            self._not_written()

    def _append_then_fan_out(self, decided: Decided) -> None:
        lines = self._journal.append([each for each in decided if isinstance(each, Record)])
        self._turns.did("appending")
        self._fanout.deliver(decided, lines, self._chat.state.seq)
        if not self._cut_off:
            # What comes of a start is in one segment, so that whoever reads it finds what it comes of.
            self._journal.keep_segments_small()
        self._turns.did("sorting, beginning a segment")

    # A disk without room: nothing is taken from the source until what was decided is on record.

    def _not_written(self) -> None:
        self._retry_at = time.monotonic() + _RETRY_AFTER
        self._note(Event.NOT_WRITTEN)

    def _retry(self) -> None:
        try:
            self._append_then_fan_out(self._undelivered)
        except StorageFullError:
            self._not_written()
            return
        self._undelivered = []
        self._note(Event.WRITTEN)
        log.info("the transcript can be written again")

    # The supervisor's orders.

    def _obey(self) -> None:
        # What an order brings is delivered after what is being delivered.
        self._is_ordered = self._is_occupied
        if self._is_ordered:
            return
        try:
            order = receive_order(self._supervisor)
        except EOFError:
            log.warning("the supervisor is gone: the broadcaster ends")
            self._note(Event.SUPERVISOR_GONE)
            return
        match order:
            case ListMembers():
                lines = who_is_there(self._chat.state, self._fanout.outlets, self._translate)
                send(self._supervisor, Told(lines))
            case Govern(item=item):
                self._carry_out(Batch(tuple(commands.unpack(item)), self._now(), Origin.OPERATOR))
            case FollowLog():
                log.follow_file()
            case Stop():
                if self._undelivered:
                    # With room, what is left in the source can still be taken.
                    self._retry()
                self._note(Event.STOP_ORDERED)

    # What happens, what time brings, and the end.

    def _note(self, event: Event) -> None:
        self._condition = after(CONDITIONS, self._condition, event)
        registered = self._source.readable in self._selector.get_map()
        if self._condition in TAKING and not registered:
            self._selector.register(self._source.readable, selectors.EVENT_READ, self._take_batch)
        elif self._condition not in TAKING and registered:
            self._selector.unregister(self._source.readable)

    def _keep_house(self, now: float) -> None:
        delivering = self._fanout.delivering
        if self._condition is Condition.STORAGE_FULL and now >= self._retry_at and not delivering:
            self._retry()
        if self._condition is Condition.STOPPING and self._source.is_empty():
            self._note(Event.SOURCE_EMPTY)
        if not self._is_ending:
            # A checkpoint in between would tell of all whose ends come next.
            self._journal.keep_house(now)
        if now >= self._sweep_at and not self._fanout.sweep(now):
            self._sweep_at = now + _LONGEST_WAIT

    def _finish(self) -> None:
        deadline = time.monotonic() + self._stop_timeout
        self._deliver_all()
        if self._undelivered:
            self._retry()
        while self._is_ending:
            self._heart.beat()
            self._end_some()
            self._deliver_all()
        # Only clients are waited for from here on.
        for other in (self._supervisor, self._admission.hand_over):
            self._selector.unregister(other)
        self._say_goodbye()
        self._deliver_rest(deadline)
        self._fanout.close(self._heart.beat)
        self._journal.close()
        self._turns.close()

    def _say_goodbye(self) -> None:
        """Record the stop: that everybody leaves comes before it, some at a time, all at the same moment."""
        now = self._now()
        leaving = deque(self._chat.state.connections.values())
        stop = commands.Stop(commands.OPERATOR)
        asked: list[commands.Command] = []
        while not asked or asked[-1] is not stop:
            asked = _leaving(leaving, "shutdown")
            if not leaving:
                asked.append(stop)
            self._heart.beat()
            self._turns.begin()
            self._carry_out(Batch(asked, now, Origin.SERVER))
            self._turns.end()
            self._deliver_all()

    def _deliver_all(self) -> None:
        while self._fanout.delivering:
            self._heart.beat()
            self._fanout.go_on(self._turns.begin() + _DELIVERING_ENDS)
            self._turns.did("delivering")
            self._turns.end()

    def _deliver_rest(self, deadline: float) -> None:
        self._deliver_all()
        while self._fanout.pending and time.monotonic() < deadline:
            self._heart.beat()
            events = self._selector.select(0 if self._fanout.busy else 0.05)
            began = self._turns.begin()
            writable = [key.data for key, _ in events if isinstance(key.data, Outlet)]
            self._flush(writable, began + _FLUSHING_ENDS)
            self._fanout.catch_up()
            self._turns.did("catching up")
            self._turns.end()


def _leaving(connections: deque[Connected], reason: str) -> list[commands.Command]:
    """Return the ends of the first few connections, and take these away."""
    asked: list[commands.Command] = []
    records = 0
    while connections and records < LEAVING_AT_ONCE:
        connection = connections.popleft()
        records += len(connection.rooms) + 1
        asked.append(commands.Close(connection.conn, reason))
    return asked
