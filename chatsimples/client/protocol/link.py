"""The connection beneath the core: made, kept alive, and made again when it is lost."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import ssl
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from chatsimples.chat.names import printable
from chatsimples.client import server_texts
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Dismissed, Event, ProtocolViolated, Welcomed
from chatsimples.client.protocol.heartbeat import Heartbeat
from chatsimples.client.protocol.timing import DEFAULT_TIMING, Timing, retry_delay
from chatsimples.errors import LinkError, UntrustedError
from chatsimples.i18n import N_, Translate
from chatsimples.net.trust import Tls

_CHUNK = 65_536
_NO_ANSWER = N_("{address} does not answer")


class Connecting(msgspec.Struct, frozen=True):
    """A connection is being made."""


class Connected(msgspec.Struct, frozen=True):
    """The server has said welcome."""


class Waiting(msgspec.Struct, frozen=True):
    """There is no connection.

    Attributes:
        reason: why, for people.
        until: when the next attempt is made, by the loop's clock.
        attempts: how many were made in vain since the last welcome; 0: a connection was lost just now.
    """

    reason: str
    until: float
    attempts: int


LinkState = Connecting | Connected | Waiting


class LinkListener(Protocol):
    """Is told what happens on a link."""

    def event_received(self, event: Event) -> None:
        """Take an event of the core."""

    def link_changed(self) -> None:
        """Note that `Link.state` has changed."""

    async def ready(self) -> None:
        """Return when more can be received; called after each piece of data."""


class Link:
    """Keeps a core connected.

    Args:
        core: the protocol.
        host, port: of the server.
        listener: is told what happens.
        translate: the language of the reasons, which people see.
        patient: go on trying even if the first attempt fails.
        tls: whom it trusts; None for a connection without TLS.
        once: give up when a connection is lost or can't be made.
        timing: how long to wait.
        chance: gives numbers from 0 to 1, so that many clients don't come back at the same moment.
        wall: the time of day in seconds, which goes on while the machine sleeps.

    Attributes:
        address: of the server, for people.
        state: of the connection.
        was_connected: there has been a welcome.
    """

    def __init__(
        self,
        core: Core,
        host: str,
        port: int,
        listener: LinkListener,
        translate: Translate,
        *,
        patient: bool = False,
        once: bool = False,
        tls: Tls | None = None,
        timing: Timing = DEFAULT_TIMING,
        chance: Callable[[], float] = random.random,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.state: LinkState = Connecting()
        self.was_connected = False
        self._core = core
        self._host = host
        self._port = port
        self._listener = listener
        self._translate = translate
        self._patient = patient
        self._once = once
        self._tls = tls
        self._timing = timing
        self._chance = chance
        self._wall = wall
        self._wakeup = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._leaving = False

    async def run(self) -> None:
        """Connect and stay connected until `leave`.

        Raises:
            LinkError: the server is not there or does not want this client, and trying again is not asked
                for or would not help.
        """
        self._task = asyncio.current_task()
        clock = asyncio.get_running_loop().time
        attempts = 0
        while True:
            await self._nick_known()
            self._enter(Connecting())
            began = clock()
            reason = await self._one_connection()
            if self._leaving:
                return
            if reason is None:
                continue
            if self._once or not (self._patient or self.was_connected):
                raise LinkError(reason)
            lost = isinstance(self.state, Connected)
            attempts = 0 if lost and clock() - began >= self._timing.steady else attempts + 1
            delay = retry_delay(self._timing, max(attempts - 1, 0), self._chance())
            self._enter(Waiting(reason, clock() + delay, 0 if lost else attempts))
            await asyncio.sleep(delay)

    async def leave(self) -> None:
        """Say goodbye on the connection, if there is one, and end `run`."""
        self._leaving = True
        if self._task is None or self._task.done():
            return
        if self._core.registered:
            self._core.bye()
            self.wake()
            await asyncio.wait({self._task}, timeout=self._timing.leave)
        self._task.cancel()
        await asyncio.wait({self._task})

    def wake(self) -> None:
        """Note that the core has something to send, or now knows its nick."""
        self._wakeup.set()

    async def _one_connection(self) -> str | None:
        """Connect, and serve the connection to its end.

        Returns:
            Why it ended; None if a nick or a password is needed.
        """
        try:
            async with asyncio.timeout(self._timing.connect):
                reader, writer = await self._connect()
        except TimeoutError:
            return self._translate(_NO_ANSWER).format(address=self.address)
        except (UntrustedError, ssl.SSLError) as error:
            return self._untrusted(error)
        except (OSError, UnicodeError) as error:
            return self._translate("can't connect to {address}: {why}").format(
                address=self.address, why=_why(error)
            )
        try:
            return await self._serve(reader, writer)
        finally:
            self._core.connection_lost()
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        # One address after the other, for the sake of a clear error: asyncio would put them all into one.
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        for number, (family, _, _, _, address) in enumerate(found, 1):
            try:
                return await self._open(str(address[0]), family)
            except OSError:
                if number == len(found):
                    raise
        raise OSError(self._translate("it has no address"))

    async def _open(self, host: str, family: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._tls is None:
            return await asyncio.open_connection(host, self._port, family=family)
        reader, writer = await asyncio.open_connection(
            host, self._port, family=family, ssl=self._tls.context, server_hostname=self._host
        )
        try:
            self._tls.check(writer.get_extra_info("ssl_object"))
        except UntrustedError:
            # Not a byte has been said to it.
            writer.transport.abort()
            raise
        return reader, writer

    def _untrusted(self, error: UntrustedError | ssl.SSLError) -> str:
        why = self._tls.why(error, self._host) if self._tls and isinstance(error, ssl.SSLError) else error
        text = self._translate("no safe connection to {address}: {why}").format(address=self.address, why=why)
        if not self.was_connected:
            # Time will not make it another one.
            raise LinkError(text)
        return text

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str | None:
        self._core.connection_made()
        self.wake()
        heartbeat = Heartbeat(self._core, self._timing, asyncio.get_running_loop().time, self._wall)
        tasks: list[asyncio.Task[str | None]] = [
            asyncio.create_task(self._receive(reader, heartbeat), name="receive"),
            asyncio.create_task(self._send(writer), name="send"),
            asyncio.create_task(self._watch(heartbeat), name="watch"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(task.result() for task in tasks if task.done())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, writer: asyncio.StreamWriter) -> str:
        try:
            while True:
                await self._wakeup.wait()
                self._wakeup.clear()
                data = self._core.data_to_send()
                if data:
                    writer.write(data)
                    await writer.drain()
        except OSError as error:
            return self._lost(error)

    async def _receive(self, reader: asyncio.StreamReader, heartbeat: Heartbeat) -> str | None:
        while True:
            try:
                data = await reader.read(_CHUNK)
            except OSError as error:
                return self._lost(error)
            if not data:
                return self._translate("the connection was lost")
            heartbeat.heard()
            for event in self._core.receive_data(data):
                if isinstance(event, Dismissed):
                    refusal = server_texts.refusal(event.code, event.text, event.detail, self._translate)
                    if event.code == "login_required":
                        refusal += self._translate(
                            ": --account NAME logs you in, --password-stdin gives a password that all share"
                        )
                    raise LinkError(refusal)
                if isinstance(event, ProtocolViolated):
                    return self._no_chat_server(event.reason)
                if isinstance(event, Welcomed):
                    self.was_connected = True
                    self._enter(Connected())
                self._listener.event_received(event)
            if self._core.waits:
                return None
            self.wake()
            heartbeat.held = True
            await self._listener.ready()
            heartbeat.held = False

    async def _watch(self, heartbeat: Heartbeat) -> str:
        while True:
            await asyncio.sleep(self._timing.look)
            match heartbeat.check():
                case "no welcome":
                    return self._translate(_NO_ANSWER).format(address=self.address)
                case "no sign of life":
                    return self._translate("the connection gave no sign of life")
            self.wake()

    async def _nick_known(self) -> None:
        while self._core.waits:
            self._wakeup.clear()
            await self._wakeup.wait()

    def _enter(self, state: LinkState) -> None:
        self.state = state
        self._listener.link_changed()

    def _lost(self, error: OSError) -> str:
        return self._translate("the connection was lost: {why}").format(why=_why(error))

    def _no_chat_server(self, reason: str) -> str:
        text = self._translate("{address} is no ChatSimples server: {why}")
        text = text.format(address=self.address, why=printable(reason))
        if not self.was_connected:
            raise LinkError(text)
        return text


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return printable(getattr(error, "strerror", None) or str(error))
