"""The web process: takes connections whose requests are to be answered, and answers them.

It knows of the chat what any client can know, by connections of its own. One loop serves all. If it dies, its
clients' connections end with it, and the supervisor starts another one when the next client comes.
"""

from __future__ import annotations

import asyncio
import socket
from typing import NamedTuple

from chatsimples.i18n import language, translator
from chatsimples.net import passing
from chatsimples.net.open_files import most_connections
from chatsimples.net.own_names import OwnNames
from chatsimples.net.peers import Peer
from chatsimples.server.acceptor.admission import Admission
from chatsimples.server.channels import FollowLog, Ready, Stop, receive_order, send
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
from chatsimples.server.process import be_a_child, leave_no_core
from chatsimples.server.tasks import WebTask
from chatsimples.server.web.api.site import Api
from chatsimples.server.web.bounds import RequestRates
from chatsimples.server.web.chat_link import ChatDoor
from chatsimples.server.web.connection import Site, WebConnection
from chatsimples.server.web.files import PAGE, read_files, serve
from chatsimples.server.web.messages import Request, Response
from chatsimples.server.web.refusals import Refusals
from chatsimples.server.web.routes import Route, Router
from chatsimples.web.admittance import Admittance
from chatsimples.web.origins import read_origins

_FILES_PER_CONNECTION = 2
_TAKEN_AT_ONCE = 64
_BEAT_EVERY = 0.25
_LAST_ANSWERS = 1.0
_READ_BYTES = 65_536
_MOST_BODY = 1_048_576


def run(task: WebTask) -> None:
    """Be the web process, until told to stop or the supervisor is gone."""
    be_a_child("web")
    # Tokens pass through here.
    leave_no_core()
    oplog.configure(task.settings, "web")
    try:
        asyncio.run(WebServer(task).run())
    except Exception:
        log.exception("the web process has failed")
        raise


class Made(NamedTuple):
    """What all connections have in common, and what has to go on beside them."""

    site: Site
    api: Api


def make_site(task: WebTask) -> Made:
    """Make what all connections have in common."""
    settings = task.settings
    translate = translator(language(settings.lang))
    refusals = Refusals(translate)
    api = Api(ChatDoor(task.giving).connect, settings, task.secret, refusals, translate)
    files = read_files(PAGE)

    async def page(request: Request) -> Response:
        found = serve(files, request)
        return found or refusals.response("not_found", as_page=request.wants_page)

    site = Site(
        Router([*api.routes, Route("GET", "/{path...}", page)]),
        refusals,
        Admittance(read_origins(settings.origin), OwnNames()),
        RequestRates(),
        settings.max_line or _MOST_BODY,
    )
    return Made(site, api)


class WebServer:
    """Takes connections and answers their requests.

    Args:
        task: what the process was given.
    """

    def __init__(self, task: WebTask) -> None:
        self._task = task
        self._site, self._api = make_site(task)
        most = most_connections(_FILES_PER_CONNECTION)
        self._admission = Admission(most, task.settings.connections_per_address)
        self._connections: dict[asyncio.Task[None], WebConnection | None] = {}
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        taking, supervisor = self._task.taking, self._task.supervisor
        loop.add_reader(taking.fileno(), self._take)
        loop.add_reader(supervisor.fileno(), self._obey)
        send(supervisor, Ready())
        log.info("the web process serves")
        tidying = asyncio.create_task(self._api.tidy())
        while not self._stopped.is_set():
            self._task.heart.beat()
            try:
                async with asyncio.timeout(_BEAT_EVERY):
                    await self._stopped.wait()
            except TimeoutError:
                continue
        loop.remove_reader(taking.fileno())
        loop.remove_reader(supervisor.fileno())
        await self._finish()
        tidying.cancel()

    def _obey(self) -> None:
        try:
            order = receive_order(self._task.supervisor)
        except EOFError:
            log.warning("the web process ends", why="the supervisor is gone")
            self._stopped.set()
            return
        match order:
            case FollowLog():
                log.follow_file()
            case Stop():
                self._stopped.set()

    def _take(self) -> None:
        for _ in range(_TAKEN_AT_ONCE):
            if not self._admission.has_room:
                # The others wait on the channel, until somebody has gone.
                asyncio.get_running_loop().remove_reader(self._task.taking.fileno())
                return
            try:
                sock, peer, data = passing.take(self._task.taking)
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                log.warning("no file was free for a connection: it is lost")
                continue
            sock.setblocking(False)
            broken = self._admission.admit(peer)
            serving = asyncio.create_task(self._serve(sock, peer, data, broken))
            self._connections[serving] = None
            serving.add_done_callback(self._connections.pop)

    async def _serve(self, sock: socket.socket, peer: Peer, data: bytes, broken: int) -> None:
        try:
            reader, writer = await _streams(sock)
            connection = WebConnection(reader, writer, peer, data, self._site)
            if broken:
                log.info("a web connection was refused", address=peer.address, limit=broken)
                await connection.refuse("too_many_connections")
                return
            serving = asyncio.current_task()
            if serving is not None:
                self._connections[serving] = connection
            await connection.run()
        finally:
            if not broken:
                was_full = not self._admission.has_room
                self._admission.leave(peer.network)
                if was_full and not self._stopped.is_set():
                    asyncio.get_running_loop().add_reader(self._task.taking.fileno(), self._take)

    async def _finish(self) -> None:
        """End: what has no end at once, what is being answered when that is done."""
        waited: list[asyncio.Task[None]] = []
        for serving, connection in list(self._connections.items()):
            if connection is not None and connection.is_busy:
                connection.stop()
                waited.append(serving)
            else:
                serving.cancel()
        if waited:
            await asyncio.wait(waited, timeout=_LAST_ANSWERS)
        for serving in list(self._connections):
            serving.cancel()
        if self._connections:
            await asyncio.wait(list(self._connections))


async def _streams(sock: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the two sides of a socket, of TCP or of Unix, that was accepted by somebody."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_READ_BYTES)
    transport, protocol = await loop.connect_accepted_socket(
        lambda: asyncio.StreamReaderProtocol(reader), sock
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
