"""The TLS process: shakes hands, and passes bytes on between clients and the plain sides they have.

It knows nothing of the chat. A connection that has shaken hands is given to the acceptor as any other, with
the client's address and what TLS tells of it. One loop serves all; handshakes, which cost a hundred times
what a message does, are rationed, so that a crowd that comes delays nobody who is there.

If it dies, its clients' connections end with it, and they come back; the others notice nothing. If the other
processes die, the plain sides end, and this process says goodbye to the clients.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import OrderedDict, deque
from typing import NamedTuple

from chatsimples.errors import StartError
from chatsimples.i18n import N_, language, translator
from chatsimples.net import passing
from chatsimples.net.doors import Door
from chatsimples.net.intake import PAUSE, Intake
from chatsimples.net.open_files import most_connections
from chatsimples.net.peers import Peer
from chatsimples.net.proxies import TrustedProxies, Vestibule, Waiting
from chatsimples.net.selector import quick_selector
from chatsimples.net.tuning import keep_alive, was_closed
from chatsimples.server.acceptor.admission import Admission, no_header
from chatsimples.server.channels import Failed, FollowLog, Ready, Reload, Stop, Told, receive_order, send
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
from chatsimples.server.process import be_a_child, leave_no_core
from chatsimples.server.tasks import TlsTask
from chatsimples.server.tls.certificates import Files, days_left, make_context
from chatsimples.server.tls.connection import Condition, TlsConnection
from chatsimples.server.tls.handshake import Handshake
from chatsimples.server.worker.pacing import Rate

HANDSHAKES_PER_TURN = 4
"""How many handshakes go on in a turn of the loop: some milliseconds."""

_FILES_PER_CONNECTION = 2
_BEAT_EVERY = 0.5
FAREWELL = 10.0
"""Seconds in which a client's goodbye is waited for."""

_DAYS_TO_WARN = 14
_LOOK_AT_STALLED_EVERY = 1.0
_STALLED_AT_ONCE = 500
_LOOK_EVERY = 43_200.0


def run(task: TlsTask) -> None:
    """Be the TLS process, until told to stop or the supervisor is gone."""
    be_a_child("tls")
    # Passwords and the private key are here.
    leave_no_core()
    oplog.configure(task.settings, "tls")
    most = most_connections(_FILES_PER_CONNECTION)
    try:
        terminator = Terminator(task, most)
    except StartError as error:
        send(task.supervisor, Failed(str(error)))
        return
    try:
        terminator.run()
    except Exception:
        log.exception("the TLS process has failed")
        raise


class Side(NamedTuple):
    """One side of a connection, as the selector knows it."""

    connection: TlsConnection
    is_tls: bool


class Terminator:
    """Ends TLS.

    Args:
        task: what the process was given.
        most: how many connections there may be.

    Raises:
        StartError: the certificate or its key can't be used.
    """

    def __init__(self, task: TlsTask, most: int) -> None:
        settings = task.settings
        self._settings = settings
        self._files = Files(settings.tls_cert, settings.tls_key, settings.tls_client_ca)
        self._context = make_context(self._files)
        self._translate = translator(language(settings.lang))
        self._supervisor = task.supervisor
        self._giving = task.giving
        self._heart = task.heart
        knocks = Rate(settings.connection_rate, settings.connection_burst)
        self._admission = Admission(most, settings.connections_per_address, knocks)
        self._selector = quick_selector()
        self._selector.register(self._supervisor, selectors.EVENT_READ)
        self._vestibule = Vestibule(
            TrustedProxies(settings.trusted_proxy), self._selector, settings.handshake_timeout, no_header
        )
        self._intake = Intake(
            task.doors,
            self._selector,
            lambda: len(self._admission) + len(self._vestibule) < most,
            keep_alive(settings.ping_interval, settings.ping_timeout),
        )
        # Those who shake hands are watched apart: however many there are, they are one event of the loop.
        self._hands = selectors.DefaultSelector()
        self._hands_ready: deque[Handshake] = deque()
        self._selector.register(self._hands.fileno(), selectors.EVENT_READ)
        self._connections: set[TlsConnection] = set()
        # Each in the order of their times.
        self._shaking: OrderedDict[Handshake, None] = OrderedDict()
        self._leaving: OrderedDict[TlsConnection, None] = OrderedDict()
        self._introduced: deque[Handshake] = deque()
        # Those whose client does not read: the plain side is not watched, so its end is looked for.
        self._stalled: OrderedDict[TlsConnection, None] = OrderedDict()
        self._look_at_stalled = 0.0
        self._look_at = 0.0
        self._stop_by = 0.0

    def run(self) -> None:
        """Work until told to stop, and then until all connections have ended, or time is over."""
        self._look_at_certificate(time.monotonic())
        self._intake.open()
        send(self._supervisor, Ready())
        try:
            while self._turn():
                self._heart.beat()
        except EOFError:
            log.warning("the TLS process ends", why="the supervisor is gone")
        for connection in list(self._connections):
            connection.close()

    # The loop.

    def _turn(self) -> bool:
        was_paused = bool(self._intake.paused)
        for key, _ in self._selector.select(PAUSE if was_paused else _BEAT_EVERY):
            data = key.data
            if type(data) is Side:
                connection = data.connection
                if data.is_tls:
                    connection.tls_ready()
                else:
                    connection.plain_ready()
                self._follow(connection)
            elif isinstance(data, Waiting):
                self._read_header(data)
            elif isinstance(data, Door):
                self._accept(data)
            elif key.fileobj is self._supervisor:
                self._obey()
        self._shake_hands()
        self._introduce()
        self._end_overdue(time.monotonic())
        if self._stop_by:
            return bool(self._connections) and time.monotonic() < self._stop_by
        if self._intake.open_again():
            log.info("there is room for TLS connections again")
        elif self._intake.paused and not was_paused:
            why = self._intake.paused
            log.warning(
                "no room for more TLS connections: they wait", why=why, connections=len(self._admission)
            )
        return True

    def _obey(self) -> None:
        match receive_order(self._supervisor):
            case FollowLog():
                log.follow_file()
            case Reload():
                self._reload()
            case Stop():
                self._stop()

    def _follow(self, connection: TlsConnection) -> None:
        """Wait for what a connection waits for, or let go of it."""
        wanted = connection.wants_tls
        if wanted != connection.waits_tls:
            self._wait(connection.tls, connection.waits_tls, wanted, Side(connection, is_tls=True))
            connection.waits_tls = wanted
        wanted = connection.wants_plain
        if wanted != connection.waits_plain:
            self._wait(connection.plain, connection.waits_plain, wanted, Side(connection, is_tls=False))
            connection.waits_plain = wanted
            if wanted:
                self._stalled.pop(connection, None)
            else:
                self._stalled[connection] = None
        condition = connection.condition
        if condition is Condition.OPEN:
            return
        if condition is Condition.GONE:
            self._let_go(connection)
        elif condition in {Condition.LEAVING, Condition.FLUSHING} and connection not in self._leaving:
            connection.since = time.monotonic()
            self._leaving[connection] = None

    def _wait(self, sock: socket.socket, before: int, wanted: int, side: Side) -> None:
        if before:
            self._selector.unregister(sock)
        if wanted:
            self._selector.register(sock, wanted, side)

    def _let_go(self, connection: TlsConnection) -> None:
        # Both of its sides may have been told of in one turn.
        if connection in self._connections:
            self._connections.remove(connection)
            self._leaving.pop(connection, None)
            self._stalled.pop(connection, None)
            self._admission.leave(connection.peer.network)

    def _end_overdue(self, now: float) -> None:
        self._vestibule.end_overdue()
        timeout = self._settings.handshake_timeout
        while timeout and self._shaking and (first := next(iter(self._shaking))).since + timeout <= now:
            self._give_up(first, "it has taken too long")
        while self._leaving and (oldest := next(iter(self._leaving))).since + FAREWELL <= now:
            oldest.close()
            self._follow(oldest)
        if self._stalled and now >= self._look_at_stalled:
            self._look_at_stalled = now + _LOOK_AT_STALLED_EVERY
            self._find_abandoned(now)
        if now >= self._look_at:
            self._look_at_certificate(now)

    def _find_abandoned(self, now: float) -> None:
        """Give those a last time of which the plain side is closed, and whose client takes nothing."""
        for _ in range(min(len(self._stalled), _STALLED_AT_ONCE)):
            connection, _ = self._stalled.popitem(last=False)
            if connection.condition is Condition.OPEN and was_closed(connection.plain):
                connection.since = now
                self._leaving[connection] = None
            else:
                self._stalled[connection] = None

    # Who comes.

    def _accept(self, door: Door) -> None:
        for sock, peer in self._intake.accept(door):
            if self._vestibule.admits(peer):
                self._vestibule.enter(sock, peer)
            else:
                self._let_in(sock, peer)

    def _read_header(self, waiting: Waiting) -> None:
        peer = self._vestibule.read(waiting)
        if peer is not None:
            self._let_in(waiting.sock, peer)

    def _let_in(self, sock: socket.socket, peer: Peer) -> None:
        broken = self._admission.admit(peer)
        if broken:
            # To tell it why, a handshake would be needed: that is what the limit is to save.
            log.info("a TLS connection was refused", address=peer.address, limit=broken)
            sock.close()
            return
        try:
            tls = self._context.wrap_socket(
                sock, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=False
            )
        except OSError:
            # It has gone already.
            sock.close()
            self._admission.leave(peer.network)
            return
        handshake = Handshake(tls, peer, time.monotonic())
        self._shaking[handshake] = None
        self._hands.register(tls, handshake.wants, handshake)

    def _shake_hands(self) -> None:
        """Go on with some of those whose handshake can go on."""
        ready = self._hands_ready
        if not ready and self._shaking:
            ready.extend(key.data for key, _ in self._hands.select(0))
        for _ in range(min(HANDSHAKES_PER_TURN, len(ready))):
            handshake = ready.popleft()
            if handshake not in self._shaking:
                continue
            before = handshake.wants
            if handshake.go_on():
                self._watch_no_more(handshake)
                self._introduced.append(handshake)
            elif handshake.failed:
                self._give_up(handshake, handshake.failed)
            elif handshake.wants != before:
                self._hands.modify(handshake.tls, handshake.wants, handshake)

    def _watch_no_more(self, handshake: Handshake) -> None:
        del self._shaking[handshake]
        self._hands.unregister(handshake.tls)

    def _give_up(self, handshake: Handshake, why: str) -> None:
        if handshake in self._shaking:
            self._watch_no_more(handshake)
        handshake.tls.close()
        self._admission.leave(handshake.peer.network)
        log.info("a TLS handshake has failed", address=handshake.peer.address, why=why)

    def _introduce(self) -> None:
        """Give those who have shaken hands to the acceptor."""
        while self._introduced:
            handshake = self._introduced[0]
            try:
                ours, theirs = socket.socketpair()
            except OSError as error:
                self._introduced.popleft()
                self._give_up(handshake, error.strerror or str(error))
                continue
            with theirs:
                if not passing.give(self._giving, theirs, handshake.peer):
                    # The acceptor takes them at its own pace.
                    ours.close()
                    break
            self._introduced.popleft()
            connection = TlsConnection(handshake.tls, ours, handshake.peer)
            self._connections.add(connection)
            self._follow(connection)
        waiting = self._giving in self._selector.get_map()
        if waiting != bool(self._introduced):
            if waiting:
                self._selector.unregister(self._giving)
            else:
                self._selector.register(self._giving, selectors.EVENT_WRITE)

    # The certificate.

    def _reload(self) -> None:
        _ = self._translate
        try:
            context = make_context(self._files)
            days_left(context, self._files)
        except StartError as error:
            log.error("the certificate was not reloaded: the old one stays", why=str(error))
            text = _(N_("The certificate was not reloaded, and the old one stays: {why}")).format(why=error)
            send(self._supervisor, Told([f"chatsimples: {text}"]))
            return
        # Whoever is there stays with what there was.
        self._context = context
        log.info("the certificate was reloaded", connections=len(self._connections))
        self._look_at_certificate(time.monotonic())
        text = _(N_("The certificate was reloaded."))
        send(self._supervisor, Told([f"chatsimples: {text}"]))

    def _look_at_certificate(self, now: float) -> None:
        self._look_at = now + _LOOK_EVERY
        days = days_left(self._context, self._files)
        if days < 0:
            log.error("the certificate is not valid now: clients will refuse it", path=self._files.cert)
        elif days < _DAYS_TO_WARN:
            log.warning("the certificate will expire soon", path=self._files.cert, days=round(days, 1))

    # The end.

    def _stop(self) -> None:
        """Let nobody in any more; those who are there stay until the other processes have ended them."""
        self._intake.close()
        self._vestibule.close()
        self._stop_by = time.monotonic() + self._settings.stop_timeout + FAREWELL / 2
        for handshake in [*self._shaking, *self._introduced]:
            self._give_up(handshake, "the server is stopping")
        self._introduced.clear()
        log.info("accepting no more TLS", connections=len(self._connections))
