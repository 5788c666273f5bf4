"""``replay serve``: a server on which a recorded chat goes on as it went, for all who come to listen.

One loop does it all: it lets happen what is due (`Broadcast`), and gives each connection what it has not
heard of it yet (`Listener`). Nobody waits for anybody: each listener reads the transcript at its own speed.
"""

from __future__ import annotations

import errno
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec

from chatsimples.chat.names import DEFAULT_ROOM, name_key
from chatsimples.config.replay import ServeSettings
from chatsimples.config.server import ServerSettings
from chatsimples.dialects.base import Dialect, InputLimits, new_session
from chatsimples.dialects.every import every_dialect
from chatsimples.dialects.jsonl import NOTICE
from chatsimples.i18n import N_, Translate
from chatsimples.net.listener import listen, place
from chatsimples.net.open_files import open_files_limit, raise_open_files_limit
from chatsimples.replay.recording.rhythm import limit_idle, speed_up, timed
from chatsimples.replay.recording.selection import place as place_in
from chatsimples.replay.recording.source import lines, opened
from chatsimples.replay.serve.answers import HAS_ENDED, Desk
from chatsimples.replay.serve.broadcast import Broadcast
from chatsimples.replay.serve.listener import Listener
from chatsimples.replay.serve.sockets import tune
from chatsimples.standard_output import print_line
from chatsimples.transcript.reader import Line, TranscriptReader

_LISTENING = N_("This is a recorded chat: you hear it as it went, and nothing can be said here.")

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LONGEST_WAIT = 1.0
_ACCEPTS_PER_TURN = 64
_FILES_OF_ITS_OWN = 32
_PIECES_KEPT = 64
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def serve(path: str, settings: ServeSettings, translate: Translate) -> int:
    """Serve a recorded chat until stopped; return the exit code.

    Raises:
        SettingError: the place where it is to begin can't be read.
        ChatSimplesError: there is no transcript, it can't be read, or the port can't be had.
    """
    at = place_in(settings.at, translate)
    raise_open_files_limit()
    with opened(path, translate) as found:
        broadcast = Broadcast(found, at, _pace(settings), translate, loop=settings.loop)
        reader = TranscriptReader(found, blocks_kept=_PIECES_KEPT)
        desk = Desk(broadcast, reader, _first_room(found), translate)
        # What a listener may send is what it may send to a server that nobody has set otherwise.
        limits = msgspec.convert(ServerSettings(), InputLimits, from_attributes=True)
        dialects = every_dialect(limits, _words(translate), new_session)
        doors = listen(settings.host, settings.port)
        for door in doors:
            door.setblocking(False)
        with _noted_signals() as signals:
            host = Host(doors, signals, desk, dialects)
            try:
                host.run(translate)
            finally:
                host.close()
    return 0


class Host:
    """The loop.

    Args:
        doors: the listening sockets; owned from here on.
        signals: is readable once it is to stop.
        desk: answers the listeners.
        dialects: what they may speak, by name.
    """

    def __init__(
        self,
        doors: Sequence[socket.socket],
        signals: socket.socket,
        desk: Desk,
        dialects: Mapping[str, Dialect],
    ) -> None:
        self._doors = doors
        self._signals = signals
        self._desk = desk
        self._dialects = dialects
        self._broadcast = desk.broadcast
        self._selector = selectors.DefaultSelector()
        self._selector.register(signals, selectors.EVENT_READ)
        self._listeners: dict[socket.socket, Listener] = {}
        self._busy: set[Listener] = set()
        self._timed: set[Listener] = set()
        self._most = max(1, open_files_limit() - _FILES_OF_ITS_OWN)
        self._came = 0
        self._closed_until = 0.0

    def run(self, translate: Translate) -> None:
        """Say where it listens, and go on until stopped.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        self._open_doors()
        self._broadcast.begin(time.monotonic())
        print_line(f"chatsimples: listening on {', '.join(place(door) for door in self._doors)}")
        told = False
        while self._turn():
            if self._broadcast.ended and not told:
                told = True
                print_line(f"chatsimples: {translate(HAS_ENDED)}")

    def close(self) -> None:
        """Close everything."""
        for door in self._doors:
            door.close()
        for listener in self._listeners.values():
            listener.close()
        self._selector.close()

    def _turn(self) -> bool:
        ready = self._selector.select(self._patience())
        now = time.monotonic()
        touched = set(self._busy)
        for key, events in ready:
            if key.fileobj is self._signals:
                return False
            if isinstance(key.data, Listener):
                if events & selectors.EVENT_READ:
                    key.data.read(now)
                touched.add(key.data)
            elif isinstance(key.fileobj, socket.socket):
                self._accept(key.fileobj, now)
        for each in [each for each in self._timed if each.deadline <= now]:
            each.passed(now)
            touched.add(each)
        if self._broadcast.release(now):
            touched.update(self._listeners.values())
        self._go_on(touched, now)
        if self._closed_until and now >= self._closed_until:
            self._open_doors()
        return True

    def _patience(self) -> float:
        if self._busy:
            return 0.0
        moments = [each.deadline for each in self._timed]
        if self._broadcast.due is not None:
            moments.append(self._broadcast.due)
        return min(_LONGEST_WAIT, max(0.0, min(moments, default=_LONGEST_WAIT) - time.monotonic()))

    def _go_on(self, listeners: Iterable[Listener], now: float) -> None:
        for each in listeners:
            busy = not each.gone and each.go_on(now)
            if each.gone:
                self._see_out(each)
                continue
            _keep(self._busy, each, wanted=busy)
            _keep(self._timed, each, wanted=each.deadline > 0)
            wanted = selectors.EVENT_READ if each.reads else selectors.EVENT_WRITE
            if self._selector.get_key(each.sock).events != wanted:
                self._selector.modify(each.sock, wanted, each)

    def _see_out(self, listener: Listener) -> None:
        self._selector.unregister(listener.sock)
        del self._listeners[listener.sock]
        self._busy.discard(listener)
        self._timed.discard(listener)
        listener.close()
        if self._closed_until:
            self._open_doors()

    # Who comes.

    def _open_doors(self) -> None:
        self._closed_until = 0.0
        for door in self._doors:
            self._selector.register(door, selectors.EVENT_READ)

    def _shut_doors(self, now: float) -> None:
        # Who comes now waits in the kernel's queue; waiting for the doors would be a busy loop.
        if not self._closed_until:
            self._closed_until = now + _LONGEST_WAIT
            for door in self._doors:
                self._selector.unregister(door)

    def _accept(self, door: socket.socket, now: float) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            if len(self._listeners) >= self._most:
                self._shut_doors(now)
                return
            try:
                sock, _address = door.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _OUT_OF_FILES:
                    raise
                self._shut_doors(now)
                return
            try:
                tune(sock)
            except OSError:
                # It has gone already; some systems say so here.
                sock.close()
                continue
            self._came += 1
            listener = Listener(self._came, sock, self._dialects, self._desk, now)
            self._listeners[sock] = listener
            self._timed.add(listener)
            self._selector.register(sock, selectors.EVENT_READ, listener)


def _keep(group: set[Listener], listener: Listener, *, wanted: bool) -> None:
    if wanted:
        group.add(listener)
    else:
        group.discard(listener)


def _pace(settings: ServeSettings) -> Callable[[Iterable[Line]], Iterator[tuple[float, Line]]]:
    return lambda lines: speed_up(limit_idle(timed(lines), settings.max_idle), settings.speed)


def _first_room(path: Path) -> str:
    """Return the room that plain text hears: the default one or, if nobody was ever there, the first."""
    first = ""
    for record, _ in lines(path):
        if record.room and name_key(record.room) == name_key(DEFAULT_ROOM):
            return record.room
        first = first or record.room
    return first or DEFAULT_ROOM


def _words(translate: Translate) -> Translate:
    """Let dialects greet with what is true here."""
    return lambda text: translate(_LISTENING if text == NOTICE else text)


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
