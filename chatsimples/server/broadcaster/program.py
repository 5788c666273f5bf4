"""The broadcaster process: puts the broadcaster together, lets it serve, and tells the supervisor."""

from __future__ import annotations

import gc
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from chatsimples import __version__
from chatsimples.chat import commands
from chatsimples.chat.limits import Limits
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.dialects.base import InputLimits, new_session
from chatsimples.dialects.every import every_dialect
from chatsimples.errors import ChatSimplesError, StorageError
from chatsimples.i18n import language, translator
from chatsimples.net.selector import quick_selector
from chatsimples.server.broadcaster.admission import Admission
from chatsimples.server.broadcaster.checkpointing import Checkpointing
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.broadcaster.journal import Journal
from chatsimples.server.broadcaster.loop import Broadcaster
from chatsimples.server.broadcaster.meter import Meter, waiting_bytes
from chatsimples.server.broadcaster.source import QueueSource
from chatsimples.server.broadcaster.turns import Turns
from chatsimples.server.channels import Failed, Ready, ends_of, send
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
from chatsimples.server.process import be_a_child, collect_only_what_is_young
from chatsimples.server.tasks import BroadcasterTask
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import Recovery, new_log_id, recover

_BLOCKS_KEPT = 16


def run(task: BroadcasterTask) -> None:
    """Be the broadcaster process, until told to stop or the supervisor is gone."""
    be_a_child("broadcaster")
    folder = Path(task.settings.logs)
    state = State()
    began = time.monotonic()
    try:
        with _uncollected():
            recovery = recover(
                folder,
                rules=Replayed(state),
                new_log=_new_log,
                durability=task.settings.durability,
                segment_size=task.settings.segment_size,
                verify_all=task.verify_all,
            )
        oplog.configure(task.settings, "broadcaster")
    except ChatSimplesError as error:
        send(task.supervisor, Failed(str(error)))
        return
    except OSError as error:
        send(task.supervisor, Failed(f"{folder} can't be used for the transcript: {error}"))
        return
    log.info(
        "the transcript is read",
        seq=recovery.last_seq,
        records_told_again=recovery.replayed,
        checkpoint=recovery.checkpoint.name if recovery.checkpoint is not None else "",
        ms=round((time.monotonic() - began) * 1000),
    )
    broadcaster = assemble(task, recovery, state)
    # All that was recovered is young yet: nobody is to wait while it is looked at.
    collect_only_what_is_young()
    try:
        limits = msgspec.convert(task.settings, Limits, from_attributes=True)
        broadcaster.start(commands.Start(commands.OPERATOR, f"chatsimples {__version__}", limits))
        send(task.supervisor, _ready(recovery, state))
        broadcaster.serve()
    except StorageError as error:
        log.critical("the transcript can't be trusted any more", why=str(error))
        broadcaster.give_up()
        send(task.supervisor, Failed(str(error)))
    except Exception:
        log.exception("the broadcaster has failed")
        raise


@contextmanager
def _uncollected() -> Iterator[None]:
    """Make much that stays, without the garbage collector's looking through it time and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Replayed:
    """Adds the records of a transcript to a state."""

    def __init__(self, state: State) -> None:
        self.restore = state.restore
        self.replay = state.evolve
        self.snapshot = state.snapshot


def assemble(task: BroadcasterTask, recovery: Recovery, state: State) -> Broadcaster:
    """Put a broadcaster together from what a transcript has left and what the process is given."""
    settings = task.settings
    translate = translator(language(settings.lang))
    selector = quick_selector()
    limits = msgspec.convert(settings, InputLimits, from_attributes=True)
    index = LogIndex()
    reader = TranscriptReader(Path(settings.logs), _BLOCKS_KEPT, index)
    # A crash may have come before the last complete segment's index.
    index.mend(reader.segments()[-2:-1])
    turns = Turns()
    fanout = Fanout(
        selector,
        every_dialect(
            limits,
            translate,
            new_session,
            host=settings.server_name or socket.gethostname(),
            log=recovery.log,
            version=f"chatsimples-{__version__}",
        ),
        reader,
        settings.max_backlog,
        meter=Meter(turns, lambda: waiting_bytes(ends_of(task.commands)[0].fileno())),
    )
    admission = Admission(fanout, task.hand_over)
    return Broadcaster(
        chat=Chat(recovery.log, state),
        source=QueueSource(task.commands, admission.settle, _now),
        admission=admission,
        journal=Journal(recovery.writer, Checkpointing(recovery, state), index),
        fanout=fanout,
        selector=selector,
        supervisor=task.supervisor,
        heart=task.heart,
        translate=translate,
        now=_now,
        stop_timeout=settings.stop_timeout,
        turns=turns,
    )


def _ready(recovery: Recovery, state: State) -> Ready:
    torn = recovery.torn
    kept = ""
    if torn is not None:
        kept = f"{torn.size} bytes of a torn write were cut off and kept in {torn.kept_at}"
        log.warning("the transcript ended in a torn write", bytes=torn.size, kept_at=str(torn.kept_at))
    unread = recovery.unread
    place = (unread.first_seq, unread.offset) if unread is not None else None
    return Ready(recovery.log, state.seq, state.last_conn, kept, place)


def _now() -> int:
    return time.time_ns() // 1000


def _new_log() -> str:
    return new_log_id(time.time_ns() // 1_000_000, os.urandom(10))
