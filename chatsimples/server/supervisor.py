"""The supervisor: the server's main process. It starts the others, watches them, and mends what breaks.

It touches neither messages nor clients. When a child dies, what the children shared may be locked or torn: so
both are ended, everything shared is made anew, and both start again, from the transcript, on the listening
sockets that the supervisor has kept open. A child that could not even start would only fail again: then the
server ends, with the child's words.

Stopping (SIGTERM, SIGINT, a closed terminal, ``/sair``), step by step; a second SIGTERM or SIGINT ends it at
once:

1. The web process, if there is one, ends what it does. The TLS process, if there is one, lets nobody in any
   more; it ends when all its clients have gone.
2. The acceptor stops accepting, queues what its workers have read, and ends.
3. The broadcaster takes the rest of the Queue, lets everybody leave, records ``stop``, delivers, seals, ends.
4. Whoever is not done by the deadline is killed: the transcript stands that.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import NamedTuple

import setproctitle

from chatsimples.config.server import ServerSettings
from chatsimples.errors import ChatSimplesError, Refusal, StartError, explain
from chatsimples.i18n import N_, language, translator
from chatsimples.net.doors import Door, listen, places
from chatsimples.net.open_files import raise_open_files_limit
from chatsimples.net.peers import Peer
from chatsimples.net.proxies import TrustedProxies
from chatsimples.net.unix_door import UnixListener, permissions
from chatsimples.server.channels import (
    Channels,
    Failed,
    FollowLog,
    Go,
    Govern,
    ListMembers,
    Ready,
    Stop,
    Told,
    receive_news,
    send,
    spawn_context,
)
from chatsimples.server.children import be_acceptor, be_broadcaster, be_hashing, be_tls, be_verifier, be_web
from chatsimples.server.console import HELP, NOTE, Console, order, understand
from chatsimples.server.folder import prepare_folder
from chatsimples.server.hashing_on_demand import HashingOnDemand
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
from chatsimples.server.process import signals_held
from chatsimples.server.signals import STOP_SIGNALS, Signals, Wish
from chatsimples.server.tasks import (
    AcceptorTask,
    BroadcasterTask,
    HashingTask,
    TlsTask,
    VerifierTask,
    WebTask,
)
from chatsimples.server.termination import Termination, check
from chatsimples.server.verification import Verification
from chatsimples.server.watching import continue_if_stopped
from chatsimples.server.web_service import WebService
from chatsimples.standard_output import print_line
from chatsimples.web.origins import read_origins
from chatsimples.words.governing import COMMANDS, NameLimits

_LONGEST_WAIT = 1.0
_GLANCE = 0.2


class Bounds(NamedTuple):
    """What the supervisor bears.

    Attributes:
        silence: seconds without a beat of a child's heart after which it counts as hanging.
        restarts: how often it starts its children again when that does not help.
        stop_margin: seconds that stopping may take beyond the clients' own time.
    """

    silence: float = 20.0
    restarts: int = 5
    stop_margin: float = 5.0


BOUNDS = Bounds()


def serve(settings: ServerSettings) -> int:
    """Run the server until it is stopped; return the exit code.

    Raises:
        ChatSimplesError: it can't start, or can't go on.
    """
    return Supervisor(settings).run()


class Supervisor:
    """Starts, watches, mends, stops.

    Args:
        settings: the server's.
        acceptor, broadcaster, verifier, tls, hashing, web: what its children's processes run.
        bounds: what it bears.
    """

    def __init__(
        self,
        settings: ServerSettings,
        acceptor: Callable[[AcceptorTask], None] = be_acceptor,
        broadcaster: Callable[[BroadcasterTask], None] = be_broadcaster,
        bounds: Bounds = BOUNDS,
        verifier: Callable[[VerifierTask], None] = be_verifier,
        *,
        tls: Callable[[TlsTask], None] = be_tls,
        hashing: Callable[[HashingTask], None] = be_hashing,
        web: Callable[[WebTask], None] = be_web,
    ) -> None:
        self._settings = settings
        self._be_acceptor = acceptor
        self._be_broadcaster = broadcaster
        self._bounds = bounds
        self._translate = translator(language(settings.lang))
        self._context = spawn_context()
        self._verification = Verification(self._context, settings, verifier)
        self._hashing = HashingOnDemand(self._context, settings, hashing)
        self._hashing_crowds = HashingOnDemand(self._context, settings, hashing, gives_way=True)
        self._console = Console()
        self._signals = Signals()
        self._doors: list[Door] = []
        self._unix: UnixListener | None = None
        self._be_tls = tls
        self._tls: Termination | None = None
        self._be_web = web
        self._web: WebService | None = None
        self._channels: Channels | None = None
        self._acceptor: BaseProcess | None = None
        self._broadcaster: BaseProcess | None = None
        self._broadcaster_ready: Ready | None = None
        self._acceptor_ready = False
        self._served = False
        self._in_vain = 0
        self._stop_asked = False

    def run(self) -> int:
        """Run until stopped."""
        setproctitle.setproctitle("chatsimples: supervisor")
        self._signals.note()
        prepare_folder(self._settings)
        raise_open_files_limit()
        try:
            self._open_doors()
            self._start(verify_all=self._settings.verify == "all")
            self._console.start()
            while not self._stop_asked:
                self._turn()
            self._stop()
        finally:
            self._end_all()
            # Whoever called this may have a last word on stderr.
            log.flush()
        return 0

    # Starting.

    def _open_doors(self) -> None:
        settings = self._settings
        # A proxy that can't be trusted is told now, and not by a child.
        TrustedProxies(settings.trusted_proxy)
        with_tls = check(settings)
        # So is an origin that is none.
        read_origins(settings.origin)
        self._doors = listen(settings.host, settings.port)
        if settings.unix:
            self._unix = UnixListener(settings.unix, permissions(settings.unix_mode))
            self._doors.append(self._unix.door)
        if with_tls:
            self._tls = Termination(self._context, settings, self._bounds.silence, self._be_tls)
            self._doors.append(self._tls.door)
            self._tls.start()
        if settings.web:
            self._web = WebService(self._context, settings, self._bounds.silence, self._be_web)
            self._doors.append(self._web.door)

    def _end_all(self) -> None:
        self._verification.end()
        self._kill()
        for hashing in (self._hashing, self._hashing_crowds):
            hashing.end()
        for process in (self._web, self._tls):
            if process is not None:
                process.end()
        if self._unix is not None:
            self._unix.remove()

    def _start(self, *, verify_all: bool) -> None:
        with signals_held():
            self._channels = channels = Channels(self._context)
        self._broadcaster_ready = None
        self._acceptor_ready = False
        given = BroadcasterTask(
            self._settings,
            channels.commands,
            channels.hand_over.taking,
            channels.broadcaster_end,
            channels.broadcaster_heart,
            verify_all,
        )
        self._broadcaster = self._context.Process(
            target=self._be_broadcaster, args=(given,), name="broadcaster"
        )
        taken = AcceptorTask(
            self._settings,
            self._doors,
            channels.commands,
            channels.hand_over.giving,
            channels.acceptor_end,
            channels.acceptor_heart,
            self._hashing.asking,
            self._hashing_crowds.asking,
            None if self._web is None else self._web.giving,
        )
        self._acceptor = self._context.Process(target=self._be_acceptor, args=(taken,), name="acceptor")
        with signals_held():
            self._broadcaster.start()
            self._acceptor.start()
        channels.children_have_theirs()

    def _ready(self) -> None:
        if self._channels is None or self._broadcaster_ready is None or not self._acceptor_ready:
            return
        if self._tls is not None and not self._tls.is_ready and not self._served:
            return
        ready = self._broadcaster_ready
        send(self._channels.acceptor, Go(ready.last_conn + 1))
        self._in_vain = 0
        if not self._served:
            self._served = True
            where = self._places()
            log.info("serving", address=where, log=ready.log, seq=ready.seq, logs=self._settings.logs)
            if ready.torn:
                log.warning("the last run ended in a torn write", what=ready.torn)
            print_line(f"chatsimples: listening on {where}")
            if is_unprotected(self._settings, self._doors):
                text = N_(
                    "chatsimples: anybody who reaches this address can come in, and what is said can be read "
                    "on the way; see --access accounts and --tls-cert"
                )
                print_line(self._translate(text))
            if ready.unread is not None:
                self._verification.start(*ready.unread)
        else:
            log.info("serving again", seq=ready.seq)

    def _places(self) -> str:
        where = places(self._doors)
        return where if self._tls is None else f"{where}, {places(self._tls.doors)} (TLS)"

    # Watching.

    def _turn(self) -> None:
        if self._channels is None or self._acceptor is None or self._broadcaster is None:
            return
        with selectors.DefaultSelector() as selector:
            for file in (
                self._signals.readable, self._console.wakeful, self._channels.acceptor,
                self._channels.broadcaster, self._acceptor.sentinel, self._broadcaster.sentinel,
                *self._verification.wakeful, *self._hashing.wakeful, *self._hashing_crowds.wakeful,
                *(self._tls.wakeful if self._tls else ()), *(self._web.wakeful if self._web else ()),
            ):  # fmt: skip
                selector.register(file, selectors.EVENT_READ)
            woken = {key.fileobj for key, _ in selector.select(_LONGEST_WAIT)}
        if self._signals.readable in woken:
            self._take_signals()
        if self._console.wakeful in woken:
            for line in self._console.lines():
                self._operate(line)
        for pipe in (self._channels.broadcaster, self._channels.acceptor):
            if pipe in woken:
                self._hear(pipe)
        for line in self._verification.hear():
            print_line(line)
        self._watch_tls()
        for hashing in (self._hashing, self._hashing_crowds):
            hashing.watch()
        if self._web is not None:
            self._web.watch()
        self._watch()

    def _hear(self, pipe: object) -> None:
        if self._channels is None:
            return
        from_broadcaster = pipe is self._channels.broadcaster
        try:
            news = receive_news(self._channels.broadcaster if from_broadcaster else self._channels.acceptor)
        except EOFError:
            # It has died: _watch sees to that.
            return
        match news:
            case Failed(text=text):
                raise StartError(text)
            case Told(lines=lines):
                for line in lines:
                    print_line(line)
            case Ready():
                if from_broadcaster:
                    self._broadcaster_ready = news
                else:
                    self._acceptor_ready = True
                self._ready()

    def _watch_tls(self) -> None:
        if self._tls is None:
            return
        was_ready = self._tls.is_ready
        for line in self._tls.hear():
            print_line(line)
        self._tls.watch()
        if self._tls.is_ready and not was_ready and not self._served:
            self._ready()

    def _watch(self) -> None:
        if self._channels is None or self._acceptor is None or self._broadcaster is None:
            return
        for child, heart, ready in (
            (self._broadcaster, self._channels.broadcaster_heart, self._broadcaster_ready is not None),
            (self._acceptor, self._channels.acceptor_heart, self._acceptor_ready),
        ):
            if not child.is_alive():
                # What it has said before it died may explain it.
                self._hear_last_words()
                self._mend(f"the {child.name} has died", code=child.exitcode)
                return
            continue_if_stopped(child)
            if ready and heart.age() > self._bounds.silence:
                self._mend(f"the {child.name} hangs", silent_for=round(heart.age(), 1))
                return

    def _hear_last_words(self) -> None:
        if self._channels is not None and self._channels.broadcaster.poll():
            self._hear(self._channels.broadcaster)

    def _mend(self, what: str, **details: object) -> None:
        began = time.monotonic()
        log.error(what, **details)
        self._in_vain += 1
        if self._in_vain > self._bounds.restarts or not self._served:
            raise ChatSimplesError(f"{what}, and starting again does not help; see {oplog.FILE_NAME}")
        self._kill()
        self._start(verify_all=False)
        log.info("both children are started again", after_ms=round((time.monotonic() - began) * 1000))

    # What the operator types.

    def _operate(self, line: str) -> None:
        _ = self._translate
        if self._channels is None or not line.strip():
            return
        match understand(line):
            case "quit", "":
                self._stop_asked = True
            case "who", "":
                send(self._channels.broadcaster, ListMembers())
            case "help", _rest:
                for usage, meaning in HELP:
                    print_line(f"{usage:<48} {_(meaning)}")
                print_line(_(NOTE))
            case name, rest if name in COMMANDS:
                self._govern(self._channels, name, rest)
            case _other:
                print_line(_(N_("not understood; /ajuda shows what can be typed here")))

    def _govern(self, channels: Channels, name: str, rest: str) -> None:
        limits = NameLimits(self._settings.max_name, self._settings.max_text)
        try:
            send(channels.broadcaster, Govern(order(name, rest, limits)))
        except Refusal as refusal:
            print_line(explain(refusal.code, refusal.detail, self._translate))

    # What signals ask for.

    def _take_signals(self) -> None:
        wishes = self._signals.take()
        if Wish.STOP in wishes:
            self._stop_asked = True
        if Wish.RELOAD in wishes:
            log.info("reloading")
            if self._tls is not None:
                self._tls.reload()
        if wishes & {Wish.RELOAD, Wish.FOLLOW_LOG}:
            log.follow_file()
            self._verification.follow_log()
            for hashing in (self._hashing, self._hashing_crowds):
                hashing.follow_log()
            for process in (self._web, self._tls):
                if process is not None:
                    process.follow_log()
            if self._channels is not None:
                send(self._channels.acceptor, FollowLog())
                send(self._channels.broadcaster, FollowLog())

    # Stopping.

    def _stop(self) -> None:
        if self._channels is None or self._acceptor is None or self._broadcaster is None:
            return
        log.info("stopping")
        self._verification.end()
        margin = self._bounds.stop_margin / 2
        for process in (self._web, self._tls):
            if process is not None:
                process.stop()
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop_at_once)
        for child, pipe, patience in (
            (self._acceptor, self._channels.acceptor, margin),
            (self._broadcaster, self._channels.broadcaster, self._settings.stop_timeout + margin),
        ):
            send(pipe, Stop())
            deadline = time.monotonic() + patience
            while child.is_alive() and time.monotonic() < deadline:
                # Both: the one cannot finish while the other takes nothing.
                for each in (self._acceptor, self._broadcaster):
                    continue_if_stopped(each)
                child.join(_GLANCE)
            if child.is_alive():
                log.warning("it did not end in time and is killed", process_name=child.name)
                child.kill()
        for process in (self._web, self._tls):
            if process is not None:
                process.join(margin)
        log.info("stopped")

    def _stop_at_once(self, number: int, _: FrameType | None) -> None:
        self._end_all()
        log.flush()
        os._exit(128 + number)

    def _kill(self) -> None:
        for child in (self._acceptor, self._broadcaster):
            if child is not None and child.is_alive():
                child.kill()
        for child in (self._acceptor, self._broadcaster):
            if child is not None:
                child.join()
        if self._channels is not None:
            self._channels.close()
            self._channels = None


def is_unprotected(settings: ServerSettings, doors: Iterable[Door]) -> bool:
    """Tell whether anybody may come from other machines, without an account and without TLS."""
    return settings.access == "open" and not settings.tls_cert and any(map(_is_reachable, doors))


def _is_reachable(door: Door) -> bool:
    """Tell whether other machines can come to a door."""
    if door.sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    return not Peer.at(str(door.sock.getsockname()[0])).is_local
