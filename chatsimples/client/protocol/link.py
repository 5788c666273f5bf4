"""The connection beneath the core: made, kept alive, and made again when it is lost."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections.abc import Awaitable, Callable

import msgspec

from chatsimples.chat.names import printable
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Dismissed, Event, Garbled, Welcomed
from chatsimples.client.words import own_words
from chatsimples.errors import LinkError
from chatsimples.i18n import Translate

_CHUNK = 65_536


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long a link waits for what, in seconds.

    Attributes:
        connect: for a connection, and for the welcome on it.
        first_retry: before the first attempt after a loss; each further one waits twice as long.
        longest_retry: before an attempt, at most.
        steady: after a connection that lasted this long, waiting begins anew.
        quiet: without a sign of life before the link asks for one. Above the server's own interval, so
            that usually the server asks.
        unanswered: the same, while an answer is due.
        dead: for the sign of life that was asked for.
        asleep: by which the time of day may run ahead; beyond it the machine has slept.
        awake: for a sign of life after a sleep, in which the connection has often died.
        leave: for the server to close after ``bye``.
        look: between two looks at all this.
    """

    connect: float = 10.0
    first_retry: float = 0.1
    longest_retry: float = 10.0
    steady: float = 5.0
    quiet: float = 90.0
    unanswered: float = 10.0
    dead: float = 15.0
    asleep: float = 10.0
    awake: float = 5.0
    leave: float = 2.0
    look: float = 1.0


DEFAULT_TIMING = Timing()


class Connecting(msgspec.Struct, frozen=True):
    """An attempt is being made."""


class Connected(msgspec.Struct, frozen=True):
    """The server has said welcome."""


class Waiting(msgspec.Struct, frozen=True):
    """There is no connection; the next attempt is at ``until``, by the loop's clock.

    ``attempts`` were made in vain since the last welcome; 0 says that a connection was lost just now.
    """

    reason: str
    until: float
    attempts: int


LinkState = Connecting | Connected | Waiting


async def _always_ready() -> None:
    pass


class Link:
    """Keeps a core connected.

    Args:
        core: what is said and heard.
        host, port: where the server is.
        hear: is given each event.
        translate: for the reasons, which people see.
        changed: is called after each change of ``state``.
        ready: is awaited after each piece that was heard; nothing more is read until it returns.
        patient: go on trying even if the first attempt fails.
        once: give up when a connection is lost or can't be made.
        timing: how long to wait.
        chance: gives numbers from 0 to 1, so that many clients don't come back all at once.
        wall: the time of day in seconds, which goes on while the machine sleeps.
    """

    def __init__(
        self,
        core: Core,
        host: str,
        port: int,
        hear: Callable[[Event], None],
        translate: Translate,
        *,
        changed: Callable[[], None] = lambda: None,
        ready: Callable[[], Awaitable[None]] = _always_ready,
        patient: bool = False,
        once: bool = False,
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
        self._hear = hear
        self._translate = translate
        self._changed = changed
        self._ready = ready
        self._patient = patient
        self._once = once
        self._timing = timing
        self._chance = chance
        self._wall = wall
        self._wakeup = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._leaving = False
        self._held = False
        self._heard_at = 0.0

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
        """Say goodbye if there is somebody to hear it, and end `run`."""
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
        """Look at the core again: it has something to send, or now knows its nick."""
        self._wakeup.set()

    async def send_messages(self, writer: asyncio.StreamWriter) -> str:
        """Send what the core has to send, for as long as the connection takes it."""
        try:
            while True:
                await self._wakeup.wait()
                self._wakeup.clear()
                data = self._core.to_send()
                if data:
                    writer.write(data)
                    await writer.drain()
        except OSError as error:
            return self._lost(error)

    async def receive_messages(self, reader: asyncio.StreamReader) -> str | None:
        """Give the core what is received, and its owner what it means, until the connection ends.

        Returns:
            Why it ended; None if another nick is needed.
        """
        while True:
            try:
                data = await reader.read(_CHUNK)
            except OSError as error:
                return self._lost(error)
            if not data:
                return self._translate("the connection was lost")
            self._heard_at = asyncio.get_running_loop().time()
            for event in self._core.receive(data):
                if isinstance(event, Dismissed):
                    raise LinkError(own_words.refusal(event.code, event.text, event.detail, self._translate))
                if isinstance(event, Garbled):
                    return self._no_chat(event)
                if isinstance(event, Welcomed):
                    self.was_connected = True
                    self._enter(Connected())
                self._hear(event)
            if self._core.nick_wanted:
                return None
            self.wake()
            self._held = True
            await self._ready()
            self._held = False

    async def watch(self) -> str:
        """Look after signs of life; return when there are none."""
        timing = self._timing
        clock = asyncio.get_running_loop().time
        opened = clock()
        asked_at = 0.0
        patience = timing.dead
        ahead = self._wall() - opened
        while True:
            await asyncio.sleep(timing.look)
            now = clock()
            slept = self._wall() - now - ahead > timing.asleep
            ahead = self._wall() - now
            if self._held:
                # The reason for the silence is on this side: show the server that somebody is here.
                self._heard_at = now
                if now - asked_at > timing.quiet / 3:
                    asked_at = now
                    self._core.stay()
                    self.wake()
            elif not self._core.registered:
                if now - opened > timing.connect:
                    return self._translate("{address} does not answer").format(address=self.address)
            elif asked_at > self._heard_at:
                if now - asked_at > patience:
                    return self._translate("the connection gave no sign of life")
            elif slept or now - self._heard_at > (
                timing.unanswered if self._core.unanswered else timing.quiet
            ):
                patience = timing.awake if slept else timing.dead
                asked_at = now
                self._core.ping()
                self.wake()

    async def _one_connection(self) -> str | None:
        """Connect, talk until the connection ends, and return why it did; None if a nick is needed."""
        try:
            async with asyncio.timeout(self._timing.connect):
                reader, writer = await self._connect()
        except TimeoutError:
            return self._translate("{address} does not answer").format(address=self.address)
        except (OSError, UnicodeError) as error:
            return self._translate("can't connect to {address}: {why}").format(
                address=self.address, why=_why(error)
            )
        try:
            return await self._talk(reader, writer)
        finally:
            self._core.lost()
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        # One address after the other, for the sake of a clear error: asyncio would put them all into one.
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        for place, (family, _, _, _, address) in enumerate(found, 1):
            try:
                return await asyncio.open_connection(str(address[0]), self._port, family=family)
            except OSError:
                if place == len(found):
                    raise
        raise OSError(self._translate("it has no address"))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str | None:
        self._core.opened()
        self._held = False
        self.wake()
        sides: list[asyncio.Task[str | None]] = [
            asyncio.create_task(self.receive_messages(reader), name="receive messages"),
            asyncio.create_task(self.send_messages(writer), name="send messages"),
            asyncio.create_task(self.watch(), name="watch"),
        ]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
            return next(side.result() for side in sides if side.done())
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)

    async def _nick_known(self) -> None:
        while self._core.nick_wanted:
            self._wakeup.clear()
            await self._wakeup.wait()

    def _enter(self, state: LinkState) -> None:
        self.state = state
        self._changed()

    def _lost(self, error: OSError) -> str:
        return self._translate("the connection was lost: {why}").format(why=_why(error))

    def _no_chat(self, garbled: Garbled) -> str:
        text = self._translate("{address} is no ChatSimples server: {why}")
        text = text.format(address=self.address, why=printable(garbled.reason))
        if not self.was_connected:
            raise LinkError(text)
        return text


def retry_delay(timing: Timing, attempts: int, chance: float) -> float:
    """Give the seconds before the next attempt, after so many in vain; ``chance`` is from 0 to 1."""
    longest = min(timing.longest_retry, timing.first_retry * 2.0 ** min(attempts, 30))
    return longest * (0.5 + 0.5 * chance)


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return printable(getattr(error, "strerror", None) or str(error))
