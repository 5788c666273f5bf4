"""Where a chat is done again: its live connections, who of them hears a record, and waiting for it.

A record is waited for at one connection that hears it, its witness. That is one which speaks JSON, if there
is one, and as long as it is there always the same for a room. The others are not read, so that the server
need not deliver to each of them at once.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec

from chatsimples.chat import commands
from chatsimples.chat.audience import SAID
from chatsimples.chat.names import name_key, printable
from chatsimples.chat.records import Record, from_line, to_line
from chatsimples.chat.rooms import Room
from chatsimples.dialects.base import InputLimits
from chatsimples.dialects.text import TextDialect
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate, translator
from chatsimples.net.trust import Tls
from chatsimples.replay.reenact.comparison import Comparison, DifferenceError
from chatsimples.replay.reenact.participants import PONG, EndedError, Participant, connect, request

ALIVE_SECONDS = 10.0
"""How often each connection gives a sign of life."""

_RECORD_START = b'{"seq":'
_ERROR_START = b'{"type":"error"'
_WELCOME_START = b'{"type":"welcome"'
_SYNC = b"/quem\n"
_JSON_SYNC = b'{"type":"ping"}\n'
_OWN = frozenset({"hello", "bye"})
_UNTOLD = _OWN | SAID
_FAREWELLS = frozenset({"kicked", "line_too_long", "replaced", "timeout"})


class _Error(msgspec.Struct):
    code: str
    text: str = ""


class _Welcome(msgspec.Struct, tag_field="type", tag="welcome"):
    seq: int


class _Hello(msgspec.Struct, tag_field="type", tag="hello"):
    seq: int


class LiveChat:
    """The connections, by the recorded connection's number.

    Args:
        host, port: the server's.
        patience: seconds to wait for a record.
        comparison: is told of each record that comes.
        translate: for the errors.
        tls: whom its connections trust; None without TLS.
    """

    def __init__(
        self,
        host: str,
        port: int,
        patience: float,
        comparison: Comparison,
        translate: Translate,
        *,
        tls: Tls | None = None,
    ) -> None:
        self.participants: dict[int, Participant] = {}
        self._host = host
        self._port = port
        self._tls = tls
        self._patience = patience
        self._comparison = comparison
        self._translate = translate
        self._witnesses: dict[str, int] = {}
        unbound = InputLimits(max_line=0, max_text=0, max_name=0)
        self._renderings = [TextDialect(unbound, translator(language)) for language in ("en", "pt")]
        self._alive_at = time.monotonic() + ALIVE_SECONDS
        self._observer: Participant | None = None
        self._outside = ""

    def open_observer(self, nick: str, session: str) -> int:
        """Let somebody come who is in no room; return the seq of its hello, behind which all else comes.

        Raises:
            ChatSimplesError: the server can't be reached, or does not let him in.
        """
        observer = connect(self._host, self._port, self._patience, self._translate, tls=self._tls)
        self._observer = observer
        self._outside = nick
        try:
            hello = commands.Hello(0, nick, (), session)
            observer.send(request(hello, visitor=False, session=session))
            deadline = time.monotonic() + self._patience
            msgspec.json.decode(observer.next_line(deadline) or b"{}", type=_Welcome)
            return msgspec.json.decode(observer.next_line(deadline) or b"{}", type=_Hello).seq
        except (EndedError, ValueError):
            text = self._translate(N_("what answers at {host}:{port} is no ChatSimples server"))
            raise ChatSimplesError(text.format(host=self._host, port=self._port)) from None

    def connect(self, conn: int, *, visitor: bool) -> Participant:
        """Let a connection come.

        Raises:
            ChatSimplesError: the server can't be reached.
        """
        participant = connect(
            self._host, self._port, self._patience, self._translate, visitor=visitor, tls=self._tls
        )
        self.participants[conn] = participant
        return participant

    def say(self, conn: int, data: bytes) -> None:
        """Let a connection send something.

        Raises:
            ChatSimplesError: the server has ended it.
        """
        try:
            self.participants[conn].send(data)
        except EndedError:
            text = self._translate(N_("the server has ended the connection that stands for {conn}"))
            raise ChatSimplesError(text.format(conn=conn)) from None

    def welcome(self, conn: int, nick: str) -> None:
        """Wait for the answer to a hello.

        Raises:
            DifferenceError: it is refused.
        """
        participant = self.participants[conn]
        line = self._wait_for(participant, lambda line: line.startswith((_WELCOME_START, _ERROR_START)))
        if line is not None and line.startswith(_WELCOME_START):
            participant.registered = True
            return
        why = _refused(line) if line else f"no answer within {self._patience:g} s"
        raise DifferenceError(None, "", f"the hello of {nick} (connection {conn}): {why}")

    def idle(self, until: float) -> None:
        """Wait until a time (`time.monotonic`), taking in what comes."""
        while (left := until - time.monotonic()) > 0:
            poll = select.poll()
            by_fd = {each.sock.fileno(): conn for conn, each in self.participants.items() if not each.ended}
            for fd in by_fd:
                poll.register(fd, select.POLLIN)
            # What a witness hears now that is not in the recording must be found.
            witnesses = set(self._witnesses.values())
            for fd, _ in poll.poll(min(left, ALIVE_SECONDS) * 1_000):
                participant = self.participants[by_fd[fd]]
                participant.drain()
                if by_fd[fd] not in witnesses:
                    participant.forget()
            self.keep_alive()

    def keep_alive(self) -> None:
        """Give a sign of life for everybody, if it is time: the server's pings may not have been read."""
        now = time.monotonic()
        if now >= self._alive_at:
            self._alive_at = now + ALIVE_SECONDS
            for participant in self.participants.values():
                if participant.registered:
                    with suppress(EndedError):
                        participant.send(PONG)

    def witness(self, record: Record, room: Room | None) -> int:
        """Choose a connection that hears the record; 0 if there is none.

        Args:
            record: one that is due.
            room: the record's, as it is when it has happened; None if nobody is in it then.
        """
        if record.quiet or not record.room:
            # A private message is heard by both; whoever speaks JSON hears his own, too.
            heard_by = (record.conn, record.to_conn) if record.type in SAID else (record.conn,)
            return self._choose(heard_by, record)
        key = name_key(record.room)
        chosen = self._witnesses.get(key, 0)
        if room is not None and chosen in room.members and chosen in self.participants:
            return chosen
        members = room.members if room is not None else ()
        chosen = self._choose((*members, record.conn), record)
        if chosen and not self.participants[chosen].visitor:
            self._witnesses[key] = chosen
        return chosen

    def hear(self, record: Record, witness: int) -> None:
        """Wait for a record at its witness, and compare it.

        Raises:
            DifferenceError: something else comes, or nothing.
        """
        participant = self.participants[witness]
        author = self.participants.get(record.conn)
        try:
            if not participant.visitor:
                self._comparison.compare(record, self._next_record(record, participant, author))
            else:
                self._next_text(record, participant, own=participant is author)
                self.heard(record)
        except EndedError:
            why = self._refusal(author) or "the server ended the connection"
            raise DifferenceError(record, "", why) from None

    def heard(self, record: Record) -> None:
        """Note that a record has come, as something shows that came after it."""
        self._comparison.take_for_same(record)

    def catch_up(self, conn: int) -> None:
        """Let a plain-text connection take in all that it has heard up to now.

        Raises:
            ChatSimplesError: it does not get there.
        """
        self.say(conn, _SYNC)
        self._await(self.participants[conn], _is_member_list)

    def look_up(self, due: Record) -> None:
        """Find a message that nobody but its author was there for, in the room's history.

        Raises:
            DifferenceError: it is not there.
        """
        if due.type in _OWN:
            # What follows it shows it: no seq is missing.
            self.heard(due)
            return
        # The server takes one connection's commands in their order: what was said before is on record.
        self.catch_up(due.conn)
        observer = self._observer
        if observer is None or not due.room:
            self.heard(due)
            return
        asked = {"type": "history", "room": due.room, "limit": 1}
        try:
            observer.send(msgspec.json.encode(asked) + b"\n")
            self._comparison.compare(due, self._next_record(due, observer, None))
        except EndedError:
            raise DifferenceError(due, "", "the server ended the connection") from None

    def outside(self, conn: int) -> str:
        """Return the room of its own for a connection that is to be in no room; nobody else is there."""
        room = f"{self._outside}-{conn}"
        self._comparison.outside.add(room)
        return room

    def pass_over(self) -> None:
        """Pass over the next record: that somebody comes into such a room, or goes."""
        self._comparison.pass_over()

    def switch(self, conn: int) -> None:
        """Let a visitor speak JSON, and wait until the server has taken that in.

        Raises:
            ChatSimplesError: it does not.
        """
        self.say(conn, _JSON_SYNC)
        participant = self.participants[conn]
        participant.visitor = False
        participant.silent = False
        # It is answered, even if by a refusal, as nobody has said hello yet.
        self._await(participant, lambda line: line.startswith(_ERROR_START))

    def leave(self, conn: int) -> None:
        """Let go of a connection."""
        participant = self.participants.pop(conn, None)
        if participant is not None:
            participant.close()

    def end_unheard(self, conn: int) -> None:
        """End a connection that is in no room, and wait until the server has let go of it."""
        participant = self.participants.get(conn)
        if participant is not None:
            participant.finish_sending()
            self.await_end(conn)
            self.leave(conn)

    def await_end(self, conn: int) -> None:
        """Wait until the server has let go of a connection, or the patience is over."""
        self._wait_for(self.participants[conn], lambda _: False)

    def close(self) -> None:
        """Let go of all."""
        for conn in list(self.participants):
            self.leave(conn)
        if self._observer is not None:
            self._observer.close()

    def _choose(self, heard_by: Iterable[int], record: Record) -> int:
        """Choose one of those who hear it: one who speaks JSON, else one who is told it in plain text."""
        chosen = 0
        for conn in heard_by:
            participant = self.participants.get(conn)
            if participant is None:
                continue
            if not participant.visitor:
                return conn
            # Plain text does not give one's own words back, and does not tell of connections.
            # Of a visitor that must be silent it can't be found out what it has heard up to now.
            if record.type not in _UNTOLD if conn == record.conn else not participant.silent:
                chosen = conn
        return chosen

    def _wait_for(self, participant: Participant, fits: Callable[[bytes], bool]) -> bytes | None:
        """Return the next line that fits; None if the connection ends before, or none has come in time."""
        deadline = time.monotonic() + self._patience
        with suppress(EndedError):
            while (line := participant.next_line(deadline)) is not None:
                if fits(line):
                    return line
        return None

    def _await(self, participant: Participant, fits: Callable[[bytes], bool]) -> None:
        if self._wait_for(participant, fits) is None:
            text = self._translate(N_("the server does not answer a connection any more"))
            raise ChatSimplesError(text)

    def _next_record(self, due: Record, participant: Participant, author: Participant | None) -> Record:
        """Return the next record that the witness hears, past those that were heard elsewhere before."""
        until = 0.0
        while True:
            # One turn at a time: a refusal comes on the connection of whoever asked.
            line = participant.next_line(0.0)
            if line is None:
                now = time.monotonic()
                until = until or now + self._patience
                refused = self._refusal(author) if author is not participant else ""
                if refused or now >= until:
                    raise DifferenceError(due, "", refused or f"it did not come within {self._patience:g} s")
                continue
            if line.startswith(_RECORD_START):
                record = from_line(line)
                if record.seq > self._comparison.last_seq:
                    return record
            elif line.startswith(_ERROR_START) and participant is author and _code(line) not in _FAREWELLS:
                raise DifferenceError(due, printable(line.decode(), 400), _refused(line))

    def _next_text(self, due: Record, participant: Participant, *, own: bool) -> None:
        if due.type == "leave":
            # Whoever was removed goes by themselves now.
            due = msgspec.structs.replace(due, by="", text="")
        line = to_line(due)
        expected = {each.render(due, line).rstrip(b"\n") for each in self._renderings}
        deadline = time.monotonic() + self._patience
        while (heard := participant.next_line(deadline)) is not None:
            if heard in expected:
                return
            # Who comes is greeted before, and who is sent away is told why.
            greeted = due.type in {"join", "leave"} and heard.startswith(b"* ")
            if not (own and (greeted or participant.silent)):
                shown = printable(heard.decode("utf-8", "replace"), 400)
                raise DifferenceError(due, shown, "a plain-text client heard something else")
        raise DifferenceError(due, "", f"it did not come within {self._patience:g} s")

    def _refusal(self, author: Participant | None) -> str:
        if author is None:
            return ""
        author.drain()
        found = [line for line in author.lines if line.startswith(_ERROR_START)]
        author.forget()
        return next((_refused(line) for line in found if _code(line) not in _FAREWELLS), "")


def _code(line: bytes) -> str:
    return msgspec.json.decode(line, type=_Error).code


def _refused(line: bytes) -> str:
    error = msgspec.json.decode(line, type=_Error)
    return printable(f"the server refuses it ({error.code}): {error.text}", 400)


def _is_member_list(line: bytes) -> bool:
    """Tell whether a line answers ``/quem``: ``* room (2): ana, bia``. No record is rendered like it."""
    start, bracket, rest = line.partition(b" (")
    count, closing, _ = rest.partition(b"): ")
    return start.startswith(b"* ") and b" " not in start[2:] and bool(bracket and closing) and count.isdigit()
