"""``replay serve``: a server on which a recorded chat goes on as it went, for all who come to listen."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec

from chatsimples.chat.names import DEFAULT_ROOM, name_key
from chatsimples.config.replay import ServeSettings
from chatsimples.config.server import ServerSettings
from chatsimples.dialects.base import InputLimits, new_session
from chatsimples.dialects.every import every_dialect
from chatsimples.i18n import N_, Translate
from chatsimples.net.doors import listen
from chatsimples.net.open_files import raise_open_files_limit
from chatsimples.replay.recording.rhythm import limit_idle, speed_up, timed
from chatsimples.replay.recording.selection import place
from chatsimples.replay.recording.source import lines, opened
from chatsimples.replay.serve.loop import Loop
from chatsimples.replay.serve.responder import Responder
from chatsimples.replay.serve.timeline import Timeline
from chatsimples.transcript.reader import Line, TranscriptReader

_NOTICE = N_("This is a recorded chat: you hear it as it went, and nothing can be said here.")

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_BLOCKS_KEPT = 64


def serve(path: str, settings: ServeSettings, translate: Translate) -> int:
    """Serve a recorded chat until stopped; return the exit code.

    Raises:
        SettingError: the place where it is to begin can't be read.
        ChatSimplesError: there is no transcript, it can't be read, or the port can't be had.
    """
    at = place(settings.at, translate)
    raise_open_files_limit()
    with opened(path, translate) as found:
        timeline = Timeline(found, at, _pace(settings), translate, loop=settings.loop)
        reader = TranscriptReader(found, blocks_kept=_BLOCKS_KEPT)
        responder = Responder(timeline, reader, _first_room(found), translate)
        # What a listener may send is what it may send to a server that nobody has set otherwise.
        limits = msgspec.convert(ServerSettings(), InputLimits, from_attributes=True)
        dialects = every_dialect(limits, translate, new_session, _NOTICE)
        doors = listen(settings.host, settings.port)
        with _noted_signals() as signals:
            loop = Loop(doors, signals, responder, dialects)
            try:
                loop.run(translate)
            finally:
                loop.close()
    return 0


def _pace(settings: ServeSettings) -> Callable[[Iterable[Line]], Iterator[tuple[float, Line]]]:
    return lambda lines: speed_up(limit_idle(timed(lines), settings.max_idle), settings.speed)


def _first_room(path: Path) -> str:
    """Return the room that visitors hear: the default one or, if nobody was ever there, the first."""
    first = ""
    for record, _ in lines(path):
        if record.room and name_key(record.room) == name_key(DEFAULT_ROOM):
            return record.room
        first = first or record.room
    return first or DEFAULT_ROOM


@contextmanager
def _noted_signals() -> Iterator[socket.socket]:
    """Give a socket that becomes readable when it is time to stop, instead of being stopped."""
    arrived, arrive = socket.socketpair()
    arrive.setblocking(False)
    before = signal.set_wakeup_fd(arrive.fileno(), warn_on_full_buffer=False)
    handlers = [signal.signal(number, _only_note) for number in _STOP_SIGNALS]
    try:
        yield arrived
    finally:
        for number, handler in zip(_STOP_SIGNALS, handlers, strict=True):
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        arrived.close()
        arrive.close()


def _only_note(number: int, frame: FrameType | None) -> None:
    """Do nothing here: the signal's number goes into the socket, and the loop acts on it."""
