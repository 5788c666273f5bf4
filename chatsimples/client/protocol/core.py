"""The client without its network: bytes come in and events go out, commands come in and bytes go out.

This module is public, with `chatsimples.client.protocol.events`, `chatsimples.client.protocol.commands` and
`chatsimples.client.protocol.replies`: programs of others may build on it. `Core` is to be driven so::

    core = Core("ana", ["geral"])
    core.connection_made()                      # after each connect, also after a cut
    sock.sendall(core.data_to_send())           # after every call of a method
    for event in core.receive_data(sock.recv(65536)):
        ...                                     # Welcomed, RecordReceived, Refused, ...
    core.connection_lost()                      # at end of file or an error; then connect again

The core promises, whatever happens to the connections beneath it:

1. Each text that it was given is said exactly once, in the order in which it was given.
2. The records that it gives are those of its rooms and its private ones: each once, in order, without a gap.
   Where the server can't keep that (its log is another one), `Welcomed.gap` says so.
3. A server of any version is understood: what it does not send yet is not needed, and types and fields that
   this client does not know are ignored.

**How the first is kept.** Every command has an id that nobody can guess. It stays *in flight* until its
answer comes: for a text its own record (which proves that it stands in the transcript), ``duplicate``, or an
error. What is in flight when a connection ends is sent again on the next, in order, and the server knows
which of it was recorded. The session's secret is made here and not taken from the welcome, so that this holds
even when the welcome itself was lost. At most ``window`` commands are in flight, well below the number of ids
that a server remembers; the others wait.

**How the second is kept.** The *position* is where the next connection has to go on. It comes

* from a welcome that begins anew (``resumed`` is false); not from one that resumes, as the missed records
  follow it;
* from each live record: a connection's stream is in order of ``seq``, so all records before it have come. A
  record that answers ``history`` is not live: it is older than the position, or was told to all in a room
  that this client is not in;
* from a ping: it stands in the stream too, so every record for this connection up to its ``seq`` has been
  sent. But that holds only once the stream is live: a server that still sends missed records may ping with
  its newest position. The stream is live when this connection's own first record has come (a ``hello``;
  before version 2 the first one with this session's identity), which is newer than the welcome's ``head``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from chatsimples.chat.effects import Duplicate, HistoryEnd, IsAway, Members, Ping, RoomList, Status
from chatsimples.chat.identities import identity_of
from chatsimples.chat.names import DEFAULT_ROOM, heard_key
from chatsimples.chat.records import Record
from chatsimples.client.protocol import events
from chatsimples.client.protocol.commands import Command, Hello, Position, to_line
from chatsimples.client.protocol.events import Event
from chatsimples.client.protocol.outbox import Outbox
from chatsimples.client.protocol.refusal_codes import NICK_CODES, PASSING_CODES, ROOM_CODES
from chatsimples.client.protocol.replies import MAX_LINE, Error, ServerLimits, Welcome, read_line
from chatsimples.dialects.base import LineBuffer
from chatsimples.errors import Refusal
from chatsimples.words.telling import DONE_BY

WINDOW = 64
_GREETER = b"ChatSimples"
_PING, _PONG, _BYE = b'{"type":"ping"}\n', b'{"type":"pong"}\n', b'{"type":"bye"}\n'

_QUESTIONS = {Members: "who", RoomList: "rooms", HistoryEnd: "history", Status: "status"}


class Login(msgspec.Struct, frozen=True):
    """As whom a client logs in, and what proves it; what is printed of it does not have that.

    Attributes:
        account: the account's name; "" for a token, which tells it, or for one password for everybody.
        password, token: one of them; neither if the person is to be asked for the password.
        certificate: whether the connection's certificate proves it, so that neither is needed.
    """

    account: str = ""
    password: str = ""
    token: str = ""
    certificate: bool = False

    def __repr__(self) -> str:
        """Tell the account."""
        return f"Login({self.account!r})"


class Core:
    """One client's side of the protocol, over any number of connections.

    Args:
        nick: the nick to take; "" if it is not known yet (then `set_nick` before `connection_made`).
        rooms: the rooms to enter.
        session: the secret that makes connections the same client.
        login: as whom to log in, on each connection; None for a guest.
        new_id: makes a command's id; nobody must be able to guess it.
        window: commands in flight at most; at least 1.

    Attributes:
        nick: the nick, as the server has it.
        nick_wanted: a nick is needed before anything else.
        login_wanted: a password is needed (`set_password`).
        account: as which this client logs in; "" for none. A token's is known from the welcome on.
        session: the secret.
        position: where the next connection goes on; None before the first welcome.
        registered: a connection stands, and the server has said welcome on it.
        limits: what the server accepts, as its last welcome said.
    """

    def __init__(
        self,
        nick: str,
        rooms: Sequence[str] = (DEFAULT_ROOM,),
        *,
        session: str = "",
        login: Login | None = None,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(9),
        window: int = WINDOW,
    ) -> None:
        self.nick = nick
        self.nick_wanted = not nick
        self._login = login or Login()
        self.account = self._login.account
        self.login_wanted = login is not None and not (login.password or login.token or login.certificate)
        self.session = session or secrets.token_urlsafe(24)
        self.position: Position | None = None
        self.registered = False
        self.limits = ServerLimits()
        self._rooms = {heard_key(room): room for room in rooms}
        self._keys: dict[str, str] = {}
        self._new_id = new_id
        self._window = window
        self._outbox = Outbox(window)
        self._lines = LineBuffer(MAX_LINE)
        self._out: list[bytes] = []
        self._connected = False
        self._ignoring = False
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
    def waits(self) -> bool:
        """Whether the person has to say something before there can be a connection: a nick or a password."""
        return self.nick_wanted or self.login_wanted

    def is_in(self, room: str) -> bool:
        """Tell whether this client is in a room or, while there is no connection, will be in it again."""
        return heard_key(room) in self._rooms

    @property
    def unanswered(self) -> int:
        """How many commands are not answered yet."""
        return len(self._outbox)

    @property
    def unconfirmed(self) -> list[Command]:
        """The texts that are not known to be on record, in the order in which they were given."""
        return [each for each in self._outbox if each.type == "message"]

    @property
    def records_behind(self) -> int:
        """How many of the log's records may still come before the live ones; 0 if the stream is live."""
        if not self.registered or self._conn or self.position is None:
            return 0
        return max(0, self._head - self.position.seq)

    @property
    def full(self) -> bool:
        """Whether a text that is said now has to wait. Who can pause should."""
        return self.unanswered >= self._window

    # The connection.

    def connection_made(self) -> None:
        """Begin on a new connection.

        Raises:
            RuntimeError: a nick or a password is wanted, or `connection_lost` was not called for the last
                connection.
        """
        if self.waits or self._connected:
            raise RuntimeError("a connection needs a nick, and the last one to be over")
        self._connected = True
        self._say_hello()

    def connection_lost(self) -> None:
        """End the connection. Unanswered commands are sent on the next one."""
        self._connected = self.registered = self._ignoring = self._leaving = self._taken_for_visitor = False
        self._conn = 0
        self._lines.clear()
        self._out.clear()

    def receive_data(self, data: bytes) -> list[Event]:
        """Take bytes that were received, cut anywhere; return the events in them."""
        found: list[Event] = []
        self._lines.feed(data)
        while not self._ignoring:
            try:
                line = self._lines.next_line()
                if line is None:
                    break
                event = self._read(line)
            except Refusal:
                event = self._violated(f"a line of more than {MAX_LINE} bytes")
            except ValueError as error:
                event = self._violated(str(error))
            if event is not None:
                found.append(event)
        if self._ignoring:
            self._lines.clear()
        return found

    def data_to_send(self) -> bytes:
        """Return, once, the bytes that are to be sent now."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    # Commands.

    def set_nick(self, nick: str) -> None:
        """Say which nick to take, before the first connection or after `NickRefused`.

        Raises:
            RuntimeError: the nick is known; `change_nick` changes it.
        """
        if not self.nick_wanted:
            raise RuntimeError("the nick is known; change_nick changes it")
        self.nick = nick
        self.nick_wanted = False
        if self._connected:
            self._say_hello()

    def set_password(self, password: str) -> None:
        """Say the password, before the first connection or after `LoginRefused`.

        Raises:
            RuntimeError: none is wanted.
        """
        if not self.login_wanted:
            raise RuntimeError("no password is wanted")
        self._login = Login(self.account, password)
        self.login_wanted = False
        if self._connected:
            self._say_hello()

    def say(self, text: str, *, room: str = "", to: str = "", kind: str = "") -> Command:
        """Say a text in a room or to one person; ``kind`` is "action", "notice", or none."""
        return self._command("message", room=room, to=to, text=text, kind=kind)

    def join(self, room: str, key: str = "") -> Command:
        """Enter a further room; with its key, if it has one. It is known for as long as this client runs."""
        if key:
            self._keys[heard_key(room)] = key
        return self._command("join", room=room, key=key)

    def leave(self, room: str) -> Command:
        """Leave a room."""
        return self._command("leave", room=room)

    def change_nick(self, nick: str) -> Command:
        """Take another nick."""
        return self._command("nick", nick=nick)

    def be_away(self, text: str) -> Command:
        """Be away, and say why; without a text, be back."""
        return self._command("away", text=text)

    def tell_name(self, realname: str) -> Command:
        """Tell what the person's name is beside the nick."""
        return self._command("setname", realname=realname)

    def who(self, room: str, after: str = "", limit: int = 0) -> Command:
        """Ask who is in a room, after a nick; at most so many, or (0) as many as the server tells."""
        return self._command("who", room=room, after=after, limit=limit)

    def list_rooms(self, after: str = "", limit: int = 0) -> Command:
        """Ask which rooms there are, after one; at most so many, or (0) as many as the server tells."""
        return self._command("rooms", after=after, limit=limit)

    def history(
        self,
        room: str,
        limit: int = 50,
        before: int = 0,
        *,
        after: int | None = None,
        at: str = "",
        all_records: bool = False,
        until: str = "",
        to: str = "",
    ) -> Command:
        """Ask for messages of a room, or between two people; the answer are past records, in order of seq.

        Args:
            room: the room; empty with ``to``.
            limit: how many at most, from 1 to 1,000: the last ones or, with ``after`` or ``at``, the first.
            before: the seq before which; 0 for the end.
            after: the seq after which, instead.
            at: a time in the form of RFC 3339 from which on, instead.
            all_records: not messages alone, but all records that all members of the room were given.
            until: a time before which all of them are, too.
            to: the nick of whoever it was said to, or by, in private.
        """
        where: dict[str, Any] = {"before": before, "at": at, "all": all_records, "until": until, "to": to}
        if after is not None:
            where["after"] = after
        return self._command("history", room=room, limit=limit, **where)

    def status(self) -> Command:
        """Ask how the server does, which it tells admins."""
        return self._command("status")

    def govern(self, kind: str, **fields: Any) -> Command:
        """Ask for something that not everybody may do: of a type such as ``topic``, with its fields."""
        return self._command(kind, **fields)

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self.registered:
            self._out.append(_PING)

    def pong(self) -> None:
        """Give a sign of life that was not asked for."""
        if self.registered:
            self._out.append(_PONG)

    def bye(self) -> None:
        """Leave: commands in flight are still answered, those that wait are not sent any more."""
        if self.registered and not self._leaving:
            self._leaving = True
            self._out.append(_BYE)

    # Sending.

    def _command(self, type_: str, /, **fields: Any) -> Command:
        command = Command(type_, self._new_id(), **fields)
        self._outbox.add(command)
        self._send_waiting()
        return command

    def _say_hello(self) -> None:
        self._fed = frozenset(self._rooms)
        keys = {room: key for room, key in self._keys.items() if room in self._rooms}
        login = self._login
        hello = Hello(
            "hello", self.nick, self.rooms, self.session, self.position, keys,
            login.account, login.password, login.token,
        )  # fmt: skip
        self._out.append(to_line(hello))

    def _send_waiting(self) -> None:
        if self.registered and not self._leaving:
            self._out += [to_line(command) for command in self._outbox.send_waiting()]

    # Receiving.

    def _read(self, line: bytes) -> Event | None:
        if not self.registered and self._is_for_visitor(line):
            return None
        read = read_line(line)
        match read:
            case Record():
                return self._record(read, line)
            case Welcome():
                return self._welcome(read)
            case Error():
                return self._error(read)
            case Members() | RoomList() | HistoryEnd() | Status():
                # Questions are answered in order, and servers may leave out the id.
                asked = self._answered(read.id or self._outbox.oldest(_QUESTIONS[type(read)]))
                return events.ReplyReceived(read, asked, line)
            case IsAway():
                return events.ReplyReceived(read, None, line)
            case Duplicate():
                return self._duplicate(read)
            case Ping():
                self._out.append(_PONG)
                if self._conn and self.position and read.seq > self.position.seq:
                    self.position = Position(self.position.log, read.seq)
        return None

    def _is_for_visitor(self, line: bytes) -> bool:
        """Tell whether a line is plain text: a client whose hello is late is taken for a visitor.

        The server greets the visitor and sends it the room's messages until the hello comes; then JSON
        follows.
        """
        greeted = line.startswith(b"* ") and _GREETER in line
        self._taken_for_visitor = (self._taken_for_visitor or greeted) and not line.startswith(b"{")
        return self._taken_for_visitor

    def _violated(self, reason: str) -> Event:
        self._ignoring = True
        return events.ProtocolViolated(reason)

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
        self.limits = welcome.limits or ServerLimits()
        self.session = welcome.session or self.session
        self.account = welcome.account or self.account
        self._identity = identity_of(self.session, welcome.account)
        self._head = welcome.head
        self._out += [to_line(command) for command in self._outbox.in_flight]
        self._send_waiting()
        return events.Welcomed(welcome, again=since is not None, gap=since is not None and not kept)

    def _record(self, record: Record, line: bytes) -> Event | None:
        if self.position is None:
            return None
        identified = bool(record.identity) and record.identity == self._identity
        if identified and record.seq > max(self._head, self.position.seq):
            self._conn = record.conn
        done_by = record.by_conn if record.type in DONE_BY else record.conn
        own = identified or (done_by == self._conn != 0) or record.id in self._outbox
        live = record.seq > self.position.seq and (
            own or not record.room or record.quiet or heard_key(record.room) in self._rooms
        )
        if live:
            self.position = Position(self.position.log, record.seq)
            if record.conn == self._conn:
                self._follow_own(record)
        command = self._answered(record.id)
        return events.RecordReceived(record, own or command is not None, not live, command, line)

    def _follow_own(self, record: Record) -> None:
        """Take over what this connection's own record says about it."""
        self.nick = record.new or record.nick
        if record.type == "join":
            self._rooms[heard_key(record.room)] = record.room
        elif record.type == "leave" and (record.reason == "left" or record.by):
            self._rooms.pop(heard_key(record.room), None)

    def _duplicate(self, duplicate: Duplicate) -> Event | None:
        command = self._answered(duplicate.id)
        if command is None:
            return None
        fed = self._fed is not None and (not command.room or heard_key(command.room) in self._fed)
        return events.AlreadyRecorded(command, duplicate.seq, unseen=not fed)

    def _error(self, error: Error) -> Event | None:
        fields: dict[str, Any] = {"code": error.code, "text": error.text, "detail": error.detail}
        if error.code == "kicked":
            return events.Dismissed(**fields)
        if not self.registered:
            if error.code in NICK_CODES:
                self.nick_wanted = True
                return events.NickRefused(**fields, nick=self.nick)
            if error.code == "login_failed" and self._login.password:
                self.login_wanted = True
                return events.LoginRefused(**fields)
            if error.code not in PASSING_CODES:
                return events.Dismissed(**fields)
            return events.Refused(**fields)
        if error.code == "storage_full":
            # No refusal: the command is recorded when there is room, or sent again on the next connection.
            return events.Refused(**fields)
        too_long = error.code == "line_too_long"
        # It names no command; if the command stayed, it would end every connection anew.
        command = self._answered(error.id or (self._outbox.longest() if too_long else ""))
        if command is None and error.code in ROOM_CODES and not error.id:
            self._rooms.pop(heard_key(error.detail.get("room", "")), None)
        if command is None:
            # An error with an id that is not in flight is a second answer to a command sent twice.
            return None if error.id else events.Refused(**fields)
        return self._refused(error, command)

    def _refused(self, error: Error, command: Command) -> Event | None:
        # A command that was sent again may have been carried out the first time.
        if error.code == "already_in_room":
            self._rooms.setdefault(heard_key(command.room), command.room)
            return None
        if error.code == "not_in_room" and command.type == "leave":
            self._rooms.pop(heard_key(command.room), None)
            return None
        return events.Refused(error.code, error.text, command, error.detail)

    def _answered(self, command_id: str) -> Command | None:
        command = self._outbox.answered(command_id)
        if command is not None:
            self._send_waiting()
        return command
