"""One caller's session in the chat: what they ask goes by one connection, made again whenever it is cut.

How each message is recorded once:

1. A message has an id: the caller's ``Idempotency-Key``, or one that nobody can guess. The chat knows of a
   session which ids stand on record, and answers a resend by ``duplicate``.
2. The session's secret is derived from the caller, so the next connection belongs to the same session: be it
   this process that makes it, or the one that follows it.
3. What is not answered when a connection ends is sent again on the next one, in order. At most
   `outbox.MOST_WAITING` commands are under way: so many ids of a session are known at least.

How whoever follows a room misses nothing: a connection that follows another one begins after the last record
that this one has brought. Records that answer a question are told from live ones by their place: the live
stream of a connection is in order of ``seq``.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from chatsimples.chat.names import name_key
from chatsimples.net.peers import Peer
from chatsimples.server.web.api.callers import Caller
from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.heard import NICK_CODES, PASSING_CODES, ROOM_CODES, Heard, read
from chatsimples.server.web.api.outbox import Answer, LinkBounds, Outbox
from chatsimples.server.web.api.recent import Recent, event
from chatsimples.server.web.chat_link import ChatLink

PATIENCE = 15.0
"""Seconds in which the chat answers, connections that have to be made included."""

_SOONEST, _LATEST = 0.05, 2.0
_LONGEST_NICK = 24
_NICKS_TRIED = 4

K = TypeVar("K")
Connect = Callable[[Peer], Awaitable[ChatLink]]


class ChatSession:
    """A session.

    Args:
        caller: whose it is.
        connect: makes a connection in a peer's name.
        bounds: what the chat takes of a connection.
        clock: tells the time, in seconds that never go back.

    Attributes:
        rooms: those that it is in, by the keys of their names.
        used: when something was asked last.
        failed: why it has ended for good; None as long as it has not.
        log: which log the chat writes; empty before the first welcome.
        position: seq of the last record that has come.
    """

    def __init__(
        self,
        caller: Caller,
        connect: Connect,
        bounds: LinkBounds,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caller = caller
        self.rooms: dict[str, Recent] = {}
        self.used = clock()
        self.failed: RequestError | None = None
        self.log = ""
        self.position = 0
        self._connect = connect
        self._clock = clock
        self._link: ChatLink | None = None
        self._is_welcome = False
        self._conn = 0
        self._nick = caller.nick
        self._outbox = Outbox(bounds, self._write, clock)
        self._past: list[tuple[int, bytes]] = []
        self._looked_up: dict[tuple[str, int], asyncio.Task[Answer]] = {}
        self._entering: dict[str, asyncio.Task[Answer]] = {}
        self._running = asyncio.create_task(self._run())

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for it, or follows a room."""
        return not self._outbox and not any(room.followers for room in self.rooms.values())

    def close(self) -> None:
        """End it. What is under way fails, and can be asked again of the session that follows."""
        self._running.cancel()
        self._end(RequestError("unavailable"))

    # What is asked.

    async def say(self, room: str, text: str, mark: str) -> Answer:
        """Say something in a room, entering it if need be.

        Raises:
            RequestError: it can't be said, or it is not known whether it was.
        """
        await self.enter(room)
        command = {"type": "message", "room": room, "text": text, "id": mark}
        answer = await self._ask(command)
        if answer.failed is not None and answer.failed.code == "not_in_room":
            # Somebody has removed it meanwhile: coming back is for the room's rules to say.
            self._leave_behind(name_key(room), "not_in_room")
            await self.enter(room)
            answer = await self._ask(command)
        return answer.or_fail()

    async def enter(self, room: str, key: str = "") -> Recent:
        """Be in a room.

        Raises:
            RequestError: that can't be.
        """
        name = name_key(room)
        if name not in self.rooms:
            entering = self._entering.get(name)
            if entering is None:
                command = {"type": "join", "room": room, **({"key": key} if key else {})}
                entering = self._entering[name] = asyncio.create_task(self._ask(command))
                entering.add_done_callback(lambda done: _forget(self._entering, name, done))
            answer = await asyncio.shield(entering)
            if name not in self.rooms:
                answer.or_fail()
                raise RequestError("unavailable")
        recent = self.rooms[name]
        recent.used = self._clock()
        return recent

    async def ask(self, command: dict[str, Any]) -> Answer:
        """Ask something that changes nothing.

        Raises:
            RequestError: it can't be had.
        """
        return (await self._ask(command)).or_fail()

    async def past(self, room: str, after: int) -> Answer:
        """Return the first records of a room after a seq; asked once for all who ask at the same time.

        Raises:
            RequestError: they can't be had.
        """
        asked = (name_key(room), after)
        looking = self._looked_up.get(asked)
        if looking is None:
            command = {"type": "history", "room": room, "after": after, "limit": 1_000, "all": True}
            looking = self._looked_up[asked] = asyncio.create_task(self._ask(command))
            looking.add_done_callback(lambda done: _forget(self._looked_up, asked, done))
        return (await asyncio.shield(looking)).or_fail()

    def leave_unused(self, before: float) -> None:
        """Leave the rooms in which nobody has needed to be since then."""
        for name, room in list(self.rooms.items()):
            if not room.followers and room.used < before and self._link is not None:
                del self.rooms[name]
                self._write({"type": "leave", "room": room.room})

    async def _ask(self, command: dict[str, Any]) -> Answer:
        """Send a command, and wait for what answers it."""
        if self.failed is not None:
            raise self.failed
        self.used = self._clock()
        command = {"id": secrets.token_hex(12), **command}
        answer = self._outbox.put(command)
        try:
            async with asyncio.timeout(2 * PATIENCE):
                return await asyncio.shield(answer)
        except TimeoutError:
            if command["type"] != "message":
                self._outbox.drop(command["id"])
            raise RequestError("unavailable") from None

    def _write(self, command: Mapping[str, Any]) -> None:
        if self._link is not None:
            self._link.write(command)

    # Its connection.

    async def _run(self) -> None:
        """Hold a connection, as long as somebody may need it."""
        pause, silent_since = _SOONEST, self._clock()
        while self.failed is None:
            last = RequestError("unavailable")
            try:
                await self._converse()
            except (OSError, TimeoutError, EOFError):
                pass
            except RequestError as failed:
                last = failed
                if failed.code not in PASSING_CODES:
                    self._end(failed)
                    return
            if self._is_welcome:
                self._is_welcome = False
                pause, silent_since = _SOONEST, self._clock()
            elif self._clock() - silent_since > PATIENCE:
                self._end(last)
                return
            await asyncio.sleep(pause)
            pause = min(_LATEST, 2 * pause)

    async def _converse(self) -> None:
        """Make a connection, and take what it brings until it ends.

        Raises:
            EOFError: it has ended; `OSError`: it can't be made.
            RequestError: the chat has said why it ends.
        """
        link = self._link = await self._connect(self.caller.peer)
        # What its predecessor has left behind is not its own.
        self._conn = 0
        last = RequestError("unavailable")
        self._past.clear()
        try:
            await self._register(link)
            while True:
                line = await link.line()
                heard = read(line)
                if heard is not None and self._take(heard, line):
                    last = RequestError(heard.code, heard.text)
        except EOFError:
            if last.code != "unavailable":
                raise last from None
            raise
        finally:
            self._link = None
            self._outbox.close()
            link.close()

    async def _register(self, link: ChatLink) -> None:
        """Say hello, under another nick if that of the account is taken by another connection of it."""
        tried = 0
        nick = self._nick
        async with asyncio.timeout(PATIENCE):
            while True:
                hello = self.caller.hello(nick) | {"rooms": [room.room for room in self.rooms.values()]}
                if self.log:
                    hello["since"] = {"log": self.log, "seq": self.position}
                await link.send(hello)
                heard = None
                while heard is None or heard.type not in {"welcome", "error"}:
                    heard = read(await link.line())
                if heard.type == "welcome":
                    break
                tried += 1
                if heard.code not in NICK_CODES or not self.caller.token or tried > _NICKS_TRIED:
                    raise RequestError(heard.code, heard.text)
                taken = heard.detail.get("nick", "").partition(".api")[0]
                nick = f"{taken[:_LONGEST_NICK]}.api{tried if tried > 1 else ''}"
        self._nick = heard.nick
        if not (heard.resumed and heard.log == self.log):
            self.log, self.position = heard.log, heard.seq
            # What was missed is not told: whoever follows looks it up.
            self.rooms = {name: self._afresh(room) for name, room in self.rooms.items()}
        self._is_welcome = True
        self._outbox.open()

    def _afresh(self, room: Recent) -> Recent:
        room.end("gap")
        return Recent(room.room, self.position)

    def _take(self, heard: Heard, line: bytes) -> bool:
        """Take in what the chat has said; tell whether it is why the connection will end, if it ends."""
        if heard.is_record:
            self._record(heard, line)
            return False
        match heard.type:
            case "ping":
                self._write({"type": "pong"})
            case "history_end":
                past, self._past = self._past, []
                self._outbox.answer(heard.id, Answer(heard, past))
            case "error":
                return self._refused(heard)
            case _:
                self._outbox.answer(heard.id, Answer(heard))
        return False

    def _refused(self, heard: Heard) -> bool:
        failed = RequestError(heard.code, heard.text)
        if heard.code == "storage_full":
            # It is recorded when there is room.
            return False
        if heard.id:
            self._outbox.answer(heard.id, Answer(heard, failed=failed))
            return False
        room = heard.detail.get("room", "")
        if room and heard.code in ROOM_CODES:
            self._leave_behind(name_key(room), heard.code)
            return False
        return True

    def _record(self, heard: Heard, line: bytes) -> None:
        name = name_key(heard.room) if heard.room else ""
        is_own = heard.type == "hello" or heard.conn == self._conn != 0
        is_live = heard.seq > self.position and (is_own or not name or heard.quiet or name in self.rooms)
        if not is_live:
            self._past.append((heard.seq, line))
            return
        self.position = heard.seq
        if heard.type == "hello":
            self._conn = heard.conn
            return
        if is_own and heard.type == "join" and name not in self.rooms:
            self.rooms[name] = Recent(heard.room, heard.seq - 1)
            self.rooms[name].used = self._clock()
        if name in self.rooms and not heard.quiet:
            self.rooms[name].add(heard.seq, event(self.log, heard.seq, line))
        if is_own and heard.type == "leave":
            self._leave_behind(name, heard.reason)
        if is_own and heard.type == "nick":
            self._nick = heard.new
        if is_own and heard.id and not heard.by:
            self._outbox.answer(heard.id, Answer(heard))

    def _leave_behind(self, name: str, why: str) -> None:
        room = self.rooms.pop(name, None)
        if room is not None:
            room.end(why)

    def _end(self, failed: RequestError) -> None:
        self.failed = self.failed or failed
        for name in list(self.rooms):
            self._leave_behind(name, failed.code)
        self._outbox.fail(failed)
        if self._link is not None:
            with suppress(OSError):
                self._link.close()


def _forget(tasks: dict[K, asyncio.Task[Answer]], key: K, done: asyncio.Task[Answer]) -> None:
    tasks.pop(key, None)
    if not done.cancelled():
        # Whoever asked may have gone: then nobody else looks at it.
        done.exception()
