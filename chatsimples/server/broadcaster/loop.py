"""The broadcaster process: takes a batch, decides, appends, fans out.

It alone gives records their order, writes the transcript, and writes to clients. It has one thread.
"""

from __future__ import annotations

import os
import select
import selectors
import socket
import time
from pathlib import Path

import msgspec

from chatsimples import __version__
from chatsimples.chat import commands, effects
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, to_lines
from chatsimples.chat.rules import Chat, Decided
from chatsimples.chat.state import State
from chatsimples.dialects.base import InputLimits, new_session
from chatsimples.dialects.every import every_dialect
from chatsimples.errors import ChatSimplesError, StorageError, StorageFullError, explain
from chatsimples.i18n import N_, language, translator
from chatsimples.server import oplog
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.broadcaster.outlet import Outlet
from chatsimples.server.channels import (
    END_OF_COMMANDS,
    Failed,
    HandOver,
    ListMembers,
    Ready,
    Remove,
    Stop,
    Told,
    receive_order,
    send,
)
from chatsimples.server.oplog import log
from chatsimples.server.process import be_a_child
from chatsimples.server.tasks import BroadcasterTask
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import Recovery, new_log_id, recover

_BATCHES_PER_TURN = 64
_BLOCKS_KEPT = 16
_LONGEST_WAIT = 0.5
_SEAL_AFTER = 1.0
_RETRY_AFTER = 0.5
_LAST_WORDS = 0.5


def run(task: BroadcasterTask) -> None:
    """Be the broadcaster process, until told to stop or the supervisor is gone."""
    be_a_child("broadcaster")
    try:
        folder = Path(task.settings.logs)
        state = State()
        recovery = recover(
            folder,
            rules=_Replayed(state),
            new_log=_new_log,
            durability=task.settings.durability,
            segment_size=task.settings.segment_size,
            verify_all=task.verify_all,
        )
        oplog.configure(folder, "broadcaster")
    except ChatSimplesError as error:
        send(task.supervisor, Failed(str(error)))
        return
    except OSError as error:
        send(task.supervisor, Failed(f"{task.settings.logs} can't be used for the transcript: {error}"))
        return
    try:
        broadcaster = Broadcaster(task, recovery, state)
        broadcaster.run()
    except StorageError as error:
        log.critical("the transcript can't be trusted any more", why=str(error))
        broadcaster.give_up()
        send(task.supervisor, Failed(str(error)))
    except Exception:
        log.exception("the broadcaster has failed")
        raise


class _Replayed:
    """Adds the records of a transcript to a state."""

    def __init__(self, state: State) -> None:
        self.restore = state.restore
        self.replay = state.evolve
        self.snapshot = state.snapshot


class Broadcaster:
    """The loop: take a batch, decide, append, fan out."""

    def __init__(self, task: BroadcasterTask, recovery: Recovery, state: State) -> None:
        settings = task.settings
        self._settings = settings
        self._commands = task.commands
        # The Queue's own pipe: waiting for it together with the sockets needs no second thread. This is the
        # only reader; a batch of which a part is readable is waited for, until it is there or its writer is
        # gone. That can only be seen if nobody else holds the writing end.
        self._commands_pipe = task.commands._reader  # type: ignore[attr-defined]
        task.commands._writer.close()  # type: ignore[attr-defined]
        self._commands_lost = False
        self._commands_ready = select.poll()
        self._commands_ready.register(self._commands_pipe, select.POLLIN)
        self._hand_over = task.hand_over
        self._hand_over.setblocking(False)
        self._supervisor = task.supervisor
        self._heart = task.heart
        self._translate = translator(language(settings.lang))
        self._recovery = recovery
        self._writer = recovery.writer
        self._chat = Chat(recovery.log, state)
        self._selector = selectors.DefaultSelector()
        self._fanout = Fanout(
            self._selector,
            every_dialect(
                msgspec.convert(settings, InputLimits, from_attributes=True), self._translate, new_session
            ),
            TranscriptReader(Path(settings.logs), _BLOCKS_KEPT),
            settings.max_backlog,
        )
        self._unwritten: Decided | None = None
        self._ended_now: set[int] = set()
        self._retry_at = 0.0
        self._news_at = time.monotonic()
        self._swept_at = 0.0
        self._stopping = False
        self._input_ended = False

    def run(self) -> None:
        """Serve until the end of commands, then stop cleanly."""
        limits = Limits(self._settings.max_rooms, self._settings.quiet_room, self._settings.nick_hold)
        self._carry_out(
            self._chat.apply(commands.Start(commands.OPERATOR, f"chatsimples {__version__}", limits), _now())
        )
        if self._unwritten is not None:
            raise StorageError("the transcript can't be written: the disk takes no more")
        self._tell_ready()
        self._wait_for_commands(wait=True)
        self._selector.register(self._supervisor, selectors.EVENT_READ, self._supervisor)
        self._selector.register(self._hand_over, selectors.EVENT_READ, self._hand_over)
        try:
            while not self._input_ended:
                self._turn()
        except EOFError:
            log.warning("the supervisor is gone: the broadcaster ends")
        self._finish()

    def give_up(self) -> None:
        """Tell everybody that the disk has failed; what was not delivered is not delivered any more."""
        self._wait_for_commands(wait=False)
        self._fanout.tell_all(effects.Error("storage_failed", {}))
        self._deliver_rest(time.monotonic() + _LAST_WORDS)
        self._fanout.close()

    def _turn(self) -> None:
        self._heart.beat()
        waited = self._selector.select(0 if self._fanout.busy else _LONGEST_WAIT)
        commands_wait = False
        for key, _ in waited:
            if isinstance(key.data, Outlet):
                self._fanout.ready(key.data)
            elif key.data is self._commands:
                commands_wait = True
            elif key.data is self._hand_over:
                self._take_sockets()
            else:
                self._obey()
        if self._unwritten is not None:
            self._retry()
        elif commands_wait:
            self._take_batch()
        if self._fanout.busy:
            self._fanout.catch_up()
        self._keep_house(time.monotonic())
        # A killed acceptor could not put the end of commands on the Queue, and on a full disk nothing more is
        # taken from it: then this is the end.
        if self._stopping and (self._unwritten is not None or not self._more_commands()):
            self._input_ended = True

    def _take_batch(self) -> None:
        """Take a batch, decide, append, fan out."""
        batch = self._receive()
        decided: Decided = []
        now = _now()
        self._ended_now.clear()
        for command in batch:
            decided += self._decide(command, now)
        self._carry_out(decided)

    def _receive(self) -> list[commands.Command]:
        received: list[commands.Command] = []
        for _ in range(_BATCHES_PER_TURN):
            try:
                item = self._commands.get()
            except (EOFError, OSError):
                # The acceptor has died, perhaps in the middle of a batch: the supervisor will say what now.
                self._commands_lost = True
                self._wait_for_commands(wait=False)
                break
            if item == END_OF_COMMANDS:
                self._input_ended = True
                break
            received += commands.unpack(item)
            if not self._more_commands():
                break
        return received

    def _take_sockets(self) -> None:
        for conn, descriptor in HandOver.take(self._hand_over):
            self._fanout.add(conn, socket.socket(fileno=descriptor))

    def _more_commands(self) -> bool:
        # Connection.poll() would make a selector each time.
        return not self._commands_lost and bool(self._commands_ready.poll(0))

    def _decide(self, command: commands.Command, now: int) -> Decided:
        if type(command) is commands.Say and not self._ended_now:
            # Most are: they need not be asked what else they could be.
            return self._chat.apply(command, now) if self._fanout.is_open(command.conn) else []
        match command:
            case commands.Open():
                # The socket was sent before the connection's first command was.
                self._take_sockets()
                self._fanout.note_address(command.conn, command.address)
            case commands.Close():
                if command.conn not in self._fanout.outlets:
                    # It came and went without a word: its socket may still be on the way, and nothing else
                    # would ever close it.
                    self._take_sockets()
                self._fanout.peer_gone(command.conn)
            case commands.Silent():
                # Whoever says nothing but reads is slow, not gone. Asked at each ping, so that what was read
                # before the last one counts no more.
                reads = self._fanout.has_moved(command.conn)
                command = commands.Silent(command.conn, command.seconds, command.gone and not reads)
        if type(command) is not commands.Close and (
            command.conn in self._ended_now or not self._fanout.is_open(command.conn)
        ):
            # Its worker did not know yet that this connection has been ended.
            return []
        decided = self._chat.apply(command, now)
        self._ended_now.update(each.conn for each in decided if isinstance(each, effects.End))
        return decided

    def _carry_out(self, decided: Decided) -> None:
        """Append, then fan out: nothing is delivered that is not on record."""
        if self._unwritten is not None:
            self._unwritten += decided
            return
        records = [each for each in decided if isinstance(each, Record)]
        data = to_lines(records)
        seq = self._chat.state.seq
        if records:
            try:
                self._writer.append(data, seq, len(records))
            except StorageFullError as error:
                self._wait_for_storage(decided, error)
                return
            self._news_at = time.monotonic()
        # JSON escapes every line end that a text could hold: a line here is a record.
        self._fanout.deliver(decided, data.splitlines(keepends=True), seq)
        if records and self._writer.should_roll:
            self._roll()

    def _roll(self) -> None:
        try:
            self._writer.roll(self._chat.state.snapshot())
        except StorageFullError as error:
            # The segment goes on a little longer; the next batch tries again.
            log.warning("no new segment could be begun", why=str(error))

    # A disk without room: nothing is taken from the Queue until what was decided is on record.

    def _wait_for_storage(self, decided: Decided, error: StorageFullError) -> None:
        self._unwritten = decided
        if not self._retry_at:
            log.warning("the transcript can't be written: nothing is delivered until it can", why=str(error))
            self._fanout.tell_all(effects.Error("storage_full", {}))
            self._wait_for_commands(wait=False)
        self._retry_at = time.monotonic() + _RETRY_AFTER

    def _retry(self) -> None:
        if self._unwritten is None or time.monotonic() < self._retry_at:
            return
        decided, self._unwritten = self._unwritten, None
        self._carry_out(decided)
        if self._unwritten is None:
            self._retry_at = 0.0
            self._wait_for_commands(wait=True)
            log.info("the transcript can be written again")

    def _wait_for_commands(self, *, wait: bool) -> None:
        registered = self._commands_pipe in self._selector.get_map()
        if wait and not registered and not self._commands_lost:
            self._selector.register(self._commands_pipe, selectors.EVENT_READ, self._commands)
        elif registered and not wait:
            self._selector.unregister(self._commands_pipe)

    # The supervisor's orders.

    def _obey(self) -> None:
        match receive_order(self._supervisor):
            case ListMembers():
                send(self._supervisor, Told(self._who_is_there()))
            case Remove(nick=nick):
                send(self._supervisor, Told([self._remove(nick)]))
            case Stop():
                self._stopping = True

    def _who_is_there(self) -> list[str]:
        lines = []
        for connection in sorted(self._chat.state.connections.values(), key=lambda each: each.nick):
            if connection.nick:
                rooms = ", ".join(sorted(room.name for room in connection.rooms.values()))
                outlet = self._fanout.outlets.get(connection.conn)
                waiting = outlet.waiting if outlet else 0
                lines.append(
                    f"{connection.nick:<20} {rooms:<24} {outlet.address if outlet else '':<20} "
                    f"{connection.dialect:<5} conn {connection.conn}"
                    + (f", {waiting} bytes waiting" if waiting else "")
                )
        if not lines:
            return [self._translate(N_("nobody is there"))]
        return lines

    def _remove(self, nick: str) -> str:
        decided = self._chat.apply(commands.Kick(commands.OPERATOR, nick), _now())
        self._carry_out(decided)
        match decided:
            case [effects.Reply(conn=0, answer=effects.Error() as error)]:
                return explain(error.code, error.detail, self._translate)
        log.info("somebody was removed", nick=nick)
        return self._translate(N_("{nick} has been removed")).format(nick=nick)

    # What time brings, and the end.

    def _keep_house(self, now: float) -> None:
        if self._writer.unsealed and now - self._news_at >= _SEAL_AFTER:
            self._seal()
        if now - self._swept_at >= _LONGEST_WAIT:
            self._swept_at = now
            self._fanout.sweep(now)

    def _seal(self) -> None:
        try:
            self._writer.seal()
        except StorageFullError as error:
            self._news_at = time.monotonic()
            log.warning("the transcript could not be sealed yet", why=str(error))

    def _tell_ready(self) -> None:
        torn = self._recovery.torn
        kept = ""
        if torn is not None:
            kept = f"{torn.size} bytes of a torn write were cut off and kept in {torn.kept_at}"
            log.warning("the transcript ended in a torn write", bytes=torn.size, kept_at=str(torn.kept_at))
        state = self._chat.state
        send(self._supervisor, Ready(self._recovery.log, state.seq, state.last_conn, kept))

    def _finish(self) -> None:
        deadline = time.monotonic() + self._settings.stop_timeout
        if self._unwritten is not None:
            self._retry_at = 0.0
            self._retry()
        # Only clients are waited for from here on; a last retry may have waited for commands again.
        self._wait_for_commands(wait=False)
        for other in (self._supervisor, self._hand_over):
            self._selector.unregister(other)
        self._carry_out(self._chat.apply(commands.Stop(commands.OPERATOR), _now()))
        self._deliver_rest(deadline)
        self._fanout.close()
        try:
            self._writer.close()
        except StorageFullError as error:
            log.warning("the transcript could not be sealed at the end", why=str(error))
        log.info("the transcript is closed", seq=self._writer.last_seq)

    def _deliver_rest(self, deadline: float) -> None:
        while self._fanout.pending and time.monotonic() < deadline:
            self._heart.beat()
            for key, _ in self._selector.select(0 if self._fanout.busy else 0.05):
                if isinstance(key.data, Outlet):
                    self._fanout.ready(key.data)
            self._fanout.catch_up()


def _now() -> int:
    return time.time_ns() // 1000


def _new_log() -> str:
    return new_log_id(time.time_ns() // 1_000_000, os.urandom(10))
