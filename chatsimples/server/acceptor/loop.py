"""The acceptor process: takes connections in and hands each to the broadcaster and to a worker thread.

The broadcaster gets the socket before the worker does: so when a client's first command arrives there, the
way to answer it is there already.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from chatsimples.chat.effects import Error
from chatsimples.dialects.base import InputLimits, new_session
from chatsimples.dialects.every import COMMON_DIALECT, every_dialect
from chatsimples.errors import AccountsError, ChatSimplesError
from chatsimples.i18n import language, translator
from chatsimples.irc.offer import Offer
from chatsimples.net import passing
from chatsimples.net.doors import Door, DoorKind
from chatsimples.net.intake import PAUSE, Intake
from chatsimples.net.open_files import most_connections
from chatsimples.net.peers import Peer
from chatsimples.net.proxies import TrustedProxies, Vestibule, Waiting
from chatsimples.net.tuning import keep_alive
from chatsimples.server.acceptor.admission import Admission, no_header, turn_away
from chatsimples.server.channels import (
    END_OF_COMMANDS,
    Failed,
    FollowLog,
    Go,
    HandOver,
    Ready,
    Stop,
    receive_order,
    send,
)
from chatsimples.server.hashing.remote import RemoteHasher
from chatsimples.server.hashing.roads import Roads
from chatsimples.server.items import ItemWriter
from chatsimples.server.logins.desk import LoginDesk
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
from chatsimples.server.process import be_a_child, leave_no_core
from chatsimples.server.tasks import AcceptorTask
from chatsimples.server.worker.ledger import Ledger
from chatsimples.server.worker.pacing import Pace, Rate
from chatsimples.server.worker.requests import Requests
from chatsimples.server.worker.thread import Worker

_FILES_PER_WORKER = 3
_BEAT_EVERY = 0.25
_SWITCH_INTERVAL = 0.0005

Arrival = tuple[socket.socket, Peer]
"""Who has come, and by which connection."""


def run(task: AcceptorTask) -> None:
    """Be the acceptor process, until told to stop or the supervisor is gone."""
    be_a_child("acceptor")
    # Passwords pass through here.
    leave_no_core()
    oplog.configure(task.settings, "acceptor")
    # A worker with much to read must not keep the others waiting for the usual 5 ms: they may have a message.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        most = most_connections(files_beside=_FILES_PER_WORKER * task.settings.workers)
        Acceptor(task, most).run()
    except ChatSimplesError as error:
        send(task.supervisor, Failed(str(error)))
    except Exception:
        log.exception("the acceptor has failed")
        raise
    log.flush()
    # All is on the Queue. To take apart what ten thousand connections were takes most of a second, on a busy
    # machine several, and the supervisor waits for it.
    os._exit(0)


class Acceptor:
    """Accepts, counts, and hands over.

    Args:
        task: what the process was given.
        most: how many connections there may be.
    """

    def __init__(self, task: AcceptorTask, most: int) -> None:
        settings = task.settings
        self._commands = ItemWriter(task.commands)
        self._hand_over = task.hand_over
        self._supervisor = task.supervisor
        self._heart = task.heart
        knocks = Rate(settings.connection_rate, settings.connection_burst)
        self._admission = Admission(most, settings.connections_per_address, knocks)
        self._accepted = 0
        self._followed_at = 0.0
        self._networks_read = 0
        self._next_conn = 0
        self._selector = selectors.DefaultSelector()
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
        roads = Roads(task.hashing, task.hashing_crowds)
        self._desk = LoginDesk(settings, self._commands.put, hasher=partial(RemoteHasher, roads))
        limits = msgspec.convert(settings, InputLimits, from_attributes=True)
        self._dialects = every_dialect(
            limits,
            translator(language(settings.lang)),
            new_session,
            irc_playback=settings.irc_playback,
            irc_offer=Offer(
                has_accounts=partial(bool, self._desk),
                registers=settings.registration == "open",
                sts_duration=settings.irc_sts,
                sts_port=settings.tls_port if settings.tls_cert else 0,
            ),
        )
        ledger = Ledger(msgspec.convert(settings, Pace, from_attributes=True))
        make_worker = partial(Worker, gate=self._desk)
        if task.web is not None:
            make_worker = partial(
                make_worker,
                requests=Requests(settings.origin),
                pass_on=partial(passing.give, task.web),
            )
        self._workers = [
            make_worker(
                f"worker-{number + 1}",
                self._dialects,
                ledger,
                self._commands.put,
                self._admission.leave,
            )
            for number in range(settings.workers)
        ]

    def run(self) -> None:
        """Work until told to stop; then put the end of commands on the Queue."""
        # What is wrong with the accounts is told before anybody comes.
        self._desk.follow()
        for worker in self._workers:
            worker.start()
        send(self._supervisor, Ready())
        try:
            while self._turn():
                self._heart.beat()
        except EOFError as error:
            log.warning("the acceptor ends", why=str(error) or "the supervisor is gone")
            return
        self._finish()

    def _turn(self) -> bool:
        was_paused = bool(self._intake.paused)
        for key, _ in self._selector.select(PAUSE if was_paused else _BEAT_EVERY):
            if isinstance(key.data, Waiting):
                self._let_in(self._read_header(key.data))
                continue
            if key.fileobj is not self._supervisor:
                self._let_in(self._accept(key.data))
                continue
            match receive_order(self._supervisor):
                case Go(first_conn=first):
                    self._next_conn = first
                    self._intake.open()
                case FollowLog():
                    log.follow_file()
                case Stop():
                    return False
        self._vestibule.end_overdue()
        self._follow_accounts()
        if self._intake.open_again():
            log.info("there is room for connections again")
        elif self._intake.paused and not was_paused:
            why, connections = self._intake.paused, len(self._admission)
            log.warning("no room for more connections: they wait", why=why, connections=connections)
        return True

    def _follow_accounts(self) -> None:
        now = time.monotonic()
        if now - self._followed_at < _BEAT_EVERY:
            return
        self._followed_at = now
        try:
            self._desk.follow()
        except AccountsError as error:
            log.error("the accounts can't be read", why=str(error))
        if self._desk.index.networks_read != self._networks_read:
            # Who is in from an address that is banned now, goes.
            self._networks_read = self._desk.index.networks_read
            for worker in self._workers:
                worker.look_again()

    def _accept(self, door: Door) -> Iterator[Arrival]:
        for sock, peer in self._intake.accept(door):
            if door.kind is not DoorKind.PASSED and self._vestibule.admits(peer):
                self._vestibule.enter(sock, peer)
            else:
                yield sock, peer

    def _read_header(self, waiting: Waiting) -> Iterator[Arrival]:
        peer = self._vestibule.read(waiting)
        if peer is not None:
            yield waiting.sock, peer

    def _let_in(self, arrivals: Iterable[Arrival]) -> None:
        accepted: list[tuple[int, socket.socket]] = []
        peers: list[Peer] = []
        for sock, peer in arrivals:
            why = self._desk.why_banned(peer.address)
            if why is not None:
                self._refuse(sock, peer, Error("banned", dict(why)))
                continue
            is_exempt = self._desk.network_of(peer.address) is not None
            broken = self._admission.admit(peer, is_exempt=is_exempt)
            if broken:
                self._refuse(sock, peer, Error("too_many_connections", {"limit": str(broken)}))
                continue
            accepted.append((self._next_conn, sock))
            peers.append(peer)
            self._next_conn += 1
        if not accepted:
            return
        try:
            HandOver.give(self._hand_over, accepted)
        except OSError:
            # The supervisor will see its death and start both of us anew.
            raise EOFError("the broadcaster is gone") from None
        for (conn, sock), peer in zip(accepted, peers, strict=True):
            self._workers[conn % len(self._workers)].give(conn, sock, peer)
        self._accepted += len(accepted)

    def _refuse(self, sock: socket.socket, peer: Peer, refusal: Error) -> None:
        log.info("a connection was refused", address=peer.address, code=refusal.code, **refusal.detail)
        # Nobody else writes to this socket: it has not been handed over.
        turn_away(sock, self._dialects[COMMON_DIALECT].reply(refusal))

    def _finish(self) -> None:
        self._intake.close()
        self._vestibule.close()
        for worker in self._workers:
            worker.stop()
        log.info("accepting no more", accepted=self._accepted, connections=len(self._admission))
        for worker in self._workers:
            worker.join()
        self._desk.stop()
        self._commands.put(END_OF_COMMANDS)
