"""The client without its network: bytes come in and events go out, and the other way round.

The core keeps two promises, whatever happens to the connections beneath it:

1. Each text that it was given is said exactly once, in the order in which it was given.
2. The records that it tells are those of its rooms and its private ones: each once, in order, without a gap.
   Where the server can't keep that (its log is another one), `Welcomed.gap` says so.

**How the first is kept.** Every command has an id that nobody can guess. It stays *in flight* until its
answer comes: for a text its own record (which proves that it stands in the transcript), ``duplicate``, or an
error. What is in flight when a connection ends is sent again on the next, in order, and the server knows
which of it was recorded. The session's secret is made here and not taken from the welcome, so that this holds
even when the welcome itself was lost. At most ``window`` commands are in flight, well below the number of ids
that a server remembers; the others wait.

**How the second is kept.** The *position* is where the next connection has to go on. It comes

* from a welcome that begins anew (``resumed`` is false); not from one that resumes, as what was missed
  follows it;
* from each live record: a connection's stream is in order of ``seq``, so all before it has come. A record
  that was asked for with ``history`` is not live. It is told from a live one by being older than the
  position, or of a room that this client is not in;
* from a ping: it stands in the stream too, so all that concerns this connection up to its ``seq`` has been
  sent. But that holds only once the stream is live: a server that is still reading out what was missed may
  ping with its newest position. The stream is live when this connection's own first record has come, which
  is newer than the welcome's ``head``.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from chatsimples.chat.effects import Duplicate, HistoryEnd, Members, Ping, Pong, RoomList
from chatsimples.chat.identities import identity_of
from chatsimples.chat.names import DEFAULT_ROOM, heard_key
from chatsimples.chat.records import Record
from chatsimples.client.protocol import events
from chatsimples.client.protocol.events import Command, Event, Position
from chatsimples.client.protocol.replies import MAX_LINE, Error, Welcome, read_line
from chatsimples.dialects.base import LineBuffer
from chatsimples.errors import Refusal

WINDOW = 64

_GREETER = b"ChatSimples"
_PONG = b'{"type":"pong"}\n'
_encode = msgspec.json.Encoder().encode

_NICK_CODES = frozenset({"bad_nick", "nick_in_use"})
# Said before a welcome, these are no verdict on the hello: the next connection may have more luck.
# ``replaced`` is among them, as nobody else has the secret: what replaces a connection is an older one of
# this client, given up already, whose hello was read late.
_PASSING_CODES = frozenset(
    {
        "flood",
        "registration_timeout",
        "replaced",
        "server_full",
        "storage_failed",
        "storage_full",
        "timeout",
        "too_many_connections",
    }
)
_ANSWERS = {Members: "who", RoomList: "rooms", HistoryEnd: "history"}


class Core:
    """One client's side of the protocol, over any number of connections.

    Args:
        nick: what to be called; "" if that is not known yet (then `call_me` before `opened`).
        rooms: the rooms to enter.
        session: the secret that makes connections the same person.
        new_id: makes a command's id; what it makes must not be guessable.
        window: commands in flight at most; at least 1.
    """

    def __init__(
        self,
        nick: str,
        rooms: Sequence[str] = (DEFAULT_ROOM,),
        *,
        session: str = "",
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(9),
        window: int = WINDOW,
    ) -> None:
        self.nick = nick
        self.nick_wanted = not nick
        self.session = session or secrets.token_urlsafe(24)
        self.position: Position | None = None
        self.registered = False
        self._rooms = {heard_key(room): room for room in rooms}
        self._new_id = new_id
        self._window = window
        self._waiting: deque[Command] = deque()
        self._flight: dict[str, Command] = {}
        self._lines = LineBuffer(MAX_LINE)
        self._out: list[bytes] = []
        self._open = False
        self._over = False
        self._conn = 0
        self._identity = identity_of(self.session)
        self._head = 0
        self._leaving = False
        self._taken_for_visitor = False
        self._fed: frozenset[str] | None = None

    @property
    def rooms(self) -> list[str]:
        """The rooms that this client is in or, while there is no connection, will be in again."""
        return list(self._rooms.values())

    @property
    def unanswered(self) -> int:
        """How many commands are without an answer."""
        return len(self._flight) + len(self._waiting)

    @property
    def unsaid(self) -> list[Command]:
        """The texts that are not known to be on record, in the order in which they were given."""
        return [each for each in (*self._flight.values(), *self._waiting) if each.type == "message"]

    @property
    def missing(self) -> int:
        """How many of the log's records may still come before what is live; 0 if it is live."""
        if not self.registered or self._conn or self.position is None:
            return 0
        return max(0, self._head - self.position.seq)

    @property
    def full(self) -> bool:
        """Whether what is said now has to wait. Who can stop should."""
        return self.unanswered >= self._window

    # The connection, as its owner sees it.

    def opened(self) -> None:
        """Begin on a new connection.

        Raises:
            RuntimeError: no nick is known, or the last connection has not been told as `lost`.
        """
        if self.nick_wanted or self._open:
            raise RuntimeError("a connection needs a nick, and the last one to be over")
        self._open = True
        self._say_hello()

    def lost(self) -> None:
        """End the connection: what was not answered is for the next one."""
        self._open = self.registered = self._over = self._leaving = self._taken_for_visitor = False
        self._conn = 0
        self._lines.clear()
        self._out.clear()

    def receive(self, data: bytes) -> list[Event]:
        """Take in what was received; give what it means. However it is cut, it means the same."""
        told: list[Event] = []
        self._lines.feed(data)
        while not self._over:
            try:
                line = self._lines.next_line()
                if line is None:
                    break
                event = self._hear(line)
            except Refusal:
                event = self._stop_listening(f"a line of more than {MAX_LINE} bytes")
            except ValueError as error:
                event = self._stop_listening(str(error))
            if event is not None:
                told.append(event)
        if self._over:
            self._lines.clear()
        return told

    def to_send(self) -> bytes:
        """Give, once, what is to be sent now."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    # What the person, or the program, wants.

    def call_me(self, nick: str) -> None:
        """Say what to be called, before the first connection or after `NickRefused`."""
        if not self.nick_wanted:
            raise RuntimeError("the nick is known; change_nick changes it")
        self.nick = nick
        self.nick_wanted = False
        if self._open:
            self._say_hello()

    def say(self, text: str, *, room: str = "", to: str = "") -> Command:
        """Say a text in a room or to one person."""
        return self._ask("message", room=room, to=to, text=text)

    def join(self, room: str) -> Command:
        """Enter a further room."""
        return self._ask("join", room=room)

    def leave(self, room: str) -> Command:
        """Leave a room."""
        return self._ask("leave", room=room)

    def change_nick(self, nick: str) -> Command:
        """Take another nick."""
        return self._ask("nick", nick=nick)

    def who(self, room: str) -> Command:
        """Ask who is in a room."""
        return self._ask("who", room=room)

    def list_rooms(self) -> Command:
        """Ask which rooms there are."""
        return self._ask("rooms")

    def history(self, room: str, limit: int = 50, before: int = 0) -> Command:
        """Ask for the last ``limit`` (1 to 1,000) messages of a room, from before a seq (0: the end)."""
        return self._ask("history", room=room, before=before, limit=limit)

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self.registered:
            self._out.append(b'{"type":"ping"}\n')

    def stay(self) -> None:
        """Give a sign of life that asks for none."""
        if self.registered:
            self._out.append(_PONG)

    def bye(self) -> None:
        """Leave: what is in flight is still answered, what waits is not sent any more."""
        if self.registered and not self._leaving:
            self._leaving = True
            self._out.append(b'{"type":"bye"}\n')

    # Sending.

    def _ask(self, kind: str, **fields: Any) -> Command:
        command = Command(kind, self._new_id(), **fields)
        self._waiting.append(command)
        self._send_waiting()
        return command

    def _say_hello(self) -> None:
        rooms = list(self._rooms.values())
        self._fed = frozenset(self._rooms)
        self._put(events.Hello("hello", self.nick, rooms, self.session, self.position))

    def _send_waiting(self) -> None:
        while self.registered and not self._leaving and self._waiting and len(self._flight) < self._window:
            command = self._waiting.popleft()
            self._flight[command.id] = command
            self._put(command)

    def _put(self, command: Command | events.Hello) -> None:
        self._out.append(_encode(command) + b"\n")

    # Hearing.

    def _hear(self, line: bytes) -> Event | None:
        if not self.registered and self._is_for_a_visitor(line):
            return None
        heard = read_line(line)
        match heard:
            case Record():
                return self._record(heard, line)
            case Welcome():
                return self._welcome(heard)
            case Error():
                return self._error(heard)
            case Members() | RoomList() | HistoryEnd():
                asked = self._answer(self._asked(_ANSWERS[type(heard)], heard.id))
                return events.Answered(heard, asked, line)
            case Duplicate():
                return self._duplicate(heard)
            case Ping():
                self._out.append(_PONG)
                if self._conn and self.position and heard.seq > self.position.seq:
                    self.position = Position(self.position.log, heard.seq)
            case Pong() | None:
                pass
        return None

    def _is_for_a_visitor(self, line: bytes) -> bool:
        """Tell whether a line was meant for plain text: one whose hello is late is taken for a visitor.

        The server greets him and lets him hear the room until the hello comes; what follows is JSON.
        """
        greeted = line.startswith(b"* ") and _GREETER in line
        self._taken_for_visitor = (self._taken_for_visitor or greeted) and not line.startswith(b"{")
        return self._taken_for_visitor

    def _stop_listening(self, reason: str) -> Event:
        self._over = True
        return events.Garbled(reason)

    def _welcome(self, welcome: Welcome) -> Event | None:
        if self.registered:
            return None
        since = self.position
        kept = since is not None and welcome.resumed and welcome.log == since.log
        if not kept:
            self.position = Position(welcome.log, welcome.seq)
            self._fed = None
        self.registered = True
        self.nick = welcome.nick
        self.session = welcome.session or self.session
        self._identity = identity_of(self.session)
        self._head = welcome.head
        for command in self._flight.values():
            self._put(command)
        self._send_waiting()
        return events.Welcomed(welcome, again=since is not None, gap=since is not None and not kept)

    def _record(self, record: Record, line: bytes) -> Event | None:
        if self.position is None:
            return None
        first = bool(record.identity) and record.identity == self._identity
        if first and record.seq > max(self._head, self.position.seq):
            self._conn = record.conn
        own = first or (record.conn == self._conn != 0) or record.id in self._flight
        live = record.seq > self.position.seq and (
            own or not record.room or heard_key(record.room) in self._rooms
        )
        if live:
            self.position = Position(self.position.log, record.seq)
            if record.conn == self._conn:
                self._follow_own(record)
        command = self._answer(record.id)
        return events.Happened(record, own or command is not None, not live, command, line)

    def _follow_own(self, record: Record) -> None:
        """Take over what this connection's own record says about it."""
        self.nick = record.new or record.nick
        if record.type == "join":
            self._rooms[heard_key(record.room)] = record.room
        elif record.type == "leave" and record.reason == "left":
            self._rooms.pop(heard_key(record.room), None)

    def _duplicate(self, duplicate: Duplicate) -> Event | None:
        command = self._answer(duplicate.id)
        if command is None:
            return None
        fed = self._fed is not None and (not command.room or heard_key(command.room) in self._fed)
        return events.Known(command, duplicate.seq, unseen=not fed)

    def _error(self, error: Error) -> Event | None:
        told: dict[str, Any] = {"code": error.code, "text": error.text, "detail": error.detail}
        if error.code == "kicked":
            return events.Dismissed(**told)
        if not self.registered:
            if error.code in _NICK_CODES:
                self.nick_wanted = True
                return events.NickRefused(**told, nick=self.nick)
            if error.code not in _PASSING_CODES:
                return events.Dismissed(**told)
            return events.Refused(**told)
        if error.code == "storage_full":
            # Not refused: recorded as soon as there is room, or asked again on the next connection.
            return events.Refused(**told)
        command = self._answer(error.id or self._too_long(error.code))
        if command is None:
            # To an answer that came before, for a command that had been sent twice, there is nothing to add.
            return None if error.id else events.Refused(**told)
        return self._refused(error, command)

    def _refused(self, error: Error, command: Command) -> Event | None:
        # A command that was sent again may have been carried out the first time: then all is well.
        if error.code == "already_in_room":
            self._rooms.setdefault(heard_key(command.room), command.room)
            return None
        if error.code == "not_in_room" and command.type == "leave":
            self._rooms.pop(heard_key(command.room), None)
            return None
        return events.Refused(error.code, error.text, command, error.detail)

    def _too_long(self, code: str) -> str:
        """Find which command a ``line_too_long`` means: it names none, and ends every connection anew."""
        if code != "line_too_long" or not self._flight:
            return ""
        return max(self._flight.values(), key=lambda command: len(_encode(command))).id

    def _asked(self, kind: str, command_id: str) -> str:
        """Find which question an answer means; questions are answered in order."""
        if command_id:
            return command_id
        return next((each.id for each in self._flight.values() if each.type == kind), "")

    def _answer(self, command_id: str) -> Command | None:
        command = self._flight.pop(command_id, None) if command_id else None
        if command is not None:
            self._send_waiting()
        return command
