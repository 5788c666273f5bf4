"""What every dialect offers: the same few methods, so that nobody else need know which one it is."""

from __future__ import annotations

import base64
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, cast, runtime_checkable

import msgspec

from chatsimples.chat.commands import Command, Fault
from chatsimples.chat.effects import Answer, ConversationList, HistoryEnd
from chatsimples.chat.records import Record
from chatsimples.dialects.attempts import Attempt, Finding, keys_in, without_keys
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

NOTICE = N_("Everything that is said here is recorded, private messages too.")
"""What whoever comes is told before anything else."""

PAUSE_ENDS_MESSAGE = 0.05
"""Seconds without a byte after which `Parser.pause` is to be called, where `Parser.awaits_pause`."""


class InputLimits(msgspec.Struct, frozen=True):
    """What one line may hold; 0 switches a bound off. Bytes, bytes, characters, and rooms.

    The fields are called as the server's settings are, from which they come.
    """

    max_line: int
    max_text: int
    max_name: int
    max_rooms: int = 0


class Parser(Protocol):
    """Bytes of one connection to its commands, however the bytes are cut."""

    def feed(self, data: bytes) -> None:
        """Take in what was received."""

    def take(self, limit: int) -> list[Command]:
        """Give at most ``limit`` commands of what is complete. Fewer means that there are no more.

        Nothing else gives commands: so whoever bounds these bounds all that a connection can say. If there is
        an `attempt` afterwards, it is one more, and nothing after it is given before it is taken.
        """

    def take_attempt(self) -> Attempt | None:
        """Give what needs secrets looked at, if the last `take` has met something of the kind."""

    def judge(self, finding: Finding) -> None:
        """Take in what was found out about an attempt that is no command; what follows, `take` gives."""

    def pause(self) -> None:
        """Note that nothing has come for a moment: what an unframed client has sent is complete."""

    def end(self) -> None:
        """Note the end of input, after `take` has given all: an unfinished line is complete."""

    @property
    def awaits_pause(self) -> bool:
        """Whether a pause would complete a command."""

    @property
    def held(self) -> int:
        """How many bytes wait for what completes their command; the limits bound them."""


@runtime_checkable
class RoadParser(Parser, Protocol):
    """A parser whose answers depend on the way by which its client has come."""

    def came(self, *, is_tls: bool, is_local: bool) -> None:
        """Take in, before anything is fed, whether it came by TLS, and whether it is on this machine."""


class Dialect(Protocol):
    """Records and replies to bytes; and a parser for each connection that speaks it.

    What else is different from one dialect to another is a capability, which is asked for; its name is for
    what is written about a connection, and to find the dialect again.
    """

    name: str
    """As it stands on record."""

    registers: bool
    """Whether its speakers say hello. Others are visitors: they have a nick and are in a room at once."""

    is_pinged: bool
    """Whether its speakers know pings, and answer them."""

    echoes: bool
    """Whether the sender of a message gets it back, when a connection begins to speak it."""

    resumes: bool
    """Whether its speakers know the seq of what they receive, and go on after it on another connection."""

    warning: str
    """What the operator is told of a connection that begins to speak it; empty for nothing."""

    hears_signals: bool
    """Whether its speakers are told what is on no record; it is rendered as a record of type ``signal``."""

    tells_oneself: bool
    """Whether what somebody says to themselves comes to them where nothing else of theirs comes back."""

    merges: bool
    """Whether some records are heard as one; see `merge`."""

    observes: bool
    """Whether it wants to know of all who come, go and change; see `observe`."""

    def claims(self, first: bytes) -> bool | None:
        """Tell whether a connection with these first bytes speaks it; None if they don't tell yet.

        The answer for some bytes stays the same whatever follows them, unless it is None. Two newlines one
        after the other always tell.
        """

    def parser(self, conn: int) -> Parser:
        """Make the parser of a connection."""

    def render(self, record: Record, line: bytes) -> bytes:
        """Write a record, of which ``line`` is the transcript's line."""

    def merge(self, record: Record) -> Hashable | None:
        """Give what is equal of records that are heard as one: of those in a row only the first is written.

        None for a record that is always heard by itself. Records of one command are neighbours.
        """

    def observe(self, record: Record) -> None:
        """Take in a record of who comes, goes or changes, in order, whoever hears it; others mean nothing."""

    def reply(self, answer: Answer, nick: str = "") -> bytes:
        """Write a reply to whoever is called so; without a nick, it is not registered."""

    def respond(self, mark: bytes, nick: str, parts: Sequence[Record | Answer]) -> bytes:
        """Write the answer to a `Request`, framed.

        Args:
            mark: the request's.
            nick: of whoever has asked, once all of it is done; empty if it is not registered.
            parts: the replies to it and the records of it that its connection hears, in order.
        """

    def recalled(
        self,
        mark: bytes,
        nick: str,
        found: Sequence[tuple[Record, bytes]],
        end: HistoryEnd | ConversationList,
    ) -> bytes:
        """Write what was looked up for a question that has a mark, framed.

        Args:
            mark: the question's.
            nick: of whoever has asked.
            found: the records, each with the transcript's line.
            end: what else there is to tell.
        """

    def styled(self, style: int) -> Dialect:
        """Give the variant of this dialect that a style means; the same one for the same style."""

    def notice(self, text: str) -> bytes:
        """Write a line of the server's own, for people; nothing if the dialect is not for people."""

    def frame(self, lines: Lines) -> Lines:
        """Write what was rendered as it goes to the socket: the same lines, in the dialect's own frames.

        What `reply`, `notice` and `goodbye` write is framed already.
        """

    def goodbye(self, why: str) -> bytes:
        """Write what is last on a connection that the server ends; nothing if the end alone tells.

        Args:
            why: the reason on record, or the code of the refusal.
        """


Lines = bytes | memoryview
"""Whole lines, each with its end: bytes, or a part of some that others share."""


class Plain:
    """The part of a dialect that is the same wherever each line is a command or a record by itself."""

    hears_signals = False
    tells_oneself = False
    merges = False
    observes = False

    def merge(self, record: Record) -> Hashable | None:  # noqa: ARG002 - the shape of a dialect
        """Let every record be heard by itself."""
        return None

    def observe(self, record: Record) -> None:
        """Need not know it."""

    def respond(self, mark: bytes, nick: str, parts: Sequence[Record | Answer]) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write nothing: none of its parsers makes a request."""
        return b""

    def recalled(
        self,
        mark: bytes,  # noqa: ARG002 - the shape of a dialect
        nick: str,  # noqa: ARG002
        found: Sequence[tuple[Record, bytes]],  # noqa: ARG002
        end: HistoryEnd | ConversationList,  # noqa: ARG002
    ) -> bytes:
        """Write nothing: none of its questions has a mark."""
        return b""

    def styled(self, style: int) -> Dialect:  # noqa: ARG002 - the shape of a dialect
        """Give the dialect itself: it has one style."""
        return cast(Dialect, self)


class Unframed(Plain):
    """The part of a dialect that is the same wherever lines alone are written."""

    def frame(self, lines: Lines) -> Lines:
        """Give the lines themselves."""
        return lines

    def goodbye(self, why: str) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write nothing: the connection's end says it."""
        return b""


@runtime_checkable
class UpgradeDialect(Dialect, Protocol):
    """A dialect that a connection speaks after an HTTP request for it, and never by its first bytes."""

    def parser_for(self, conn: int, head: bytes) -> Parser:
        """Make the parser of a connection from the request's head, which was found right; it answers it."""


_EMPTY_LINES = re.compile(rb"(?:\r?\n)+")


class LineBuffer:
    r"""Bytes to lines that end with ``\n``, with a bound on what one line may hold.

    Args:
        limit: bytes in a line, its end not counted; 0 for no limit.
    """

    __slots__ = ("_buffer", "_limit", "_searched", "_start")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._start = 0
        self._searched = 0

    def __len__(self) -> int:
        """Count the bytes that wait."""
        return len(self._buffer) - self._start

    def feed(self, data: bytes) -> None:
        """Add bytes at the end."""
        self._buffer += data

    def next_line(self) -> bytes | None:
        """Take the next complete line, without its end; None if there is none. Empty ones may be left out.

        Raises:
            Refusal: ``line_too_long``; what has been taken in is then dropped.
        """
        end = self._buffer.find(b"\n", max(self._start, self._searched))
        if end < 0:
            self._drop_taken()
            self._searched = len(self._buffer)
            self._check(len(self._buffer))
            return None
        line = bytes(memoryview(self._buffer)[self._start : end])
        self._start = end + 1
        if len(line) <= 1:
            # Empty lines mean nothing, however many there are: those that follow are passed over at once.
            more = _EMPTY_LINES.match(self._buffer, self._start)
            self._start = more.end() if more else self._start
        self._check(len(line))
        return line

    def give_back(self, lines: Sequence[bytes]) -> None:
        """Put lines back that were the last to be taken."""
        if lines:
            self._buffer[: self._start] = b"".join([line + b"\n" for line in lines])
            self._start = self._searched = 0

    def next_lines(self, most: int) -> list[bytes]:
        """Take all complete lines at once, if they are no more than ``most`` and each is within the limit.

        Else nothing is taken: `next_line` gives them one by one, and says which is too long.
        """
        end = self._buffer.rfind(b"\n", max(self._start, self._searched))
        if end < 0 or self._buffer.count(b"\n", self._start, end) >= most:
            return []
        lines = bytes(memoryview(self._buffer)[self._start : end]).split(b"\n")
        if self._limit and max(map(len, lines)) > self._limit:
            return []
        self._start = end + 1
        return lines

    def rest(self) -> bytes:
        """Take all that is there, complete or not."""
        rest = bytes(memoryview(self._buffer)[self._start :])
        self.clear()
        return rest

    def clear(self) -> None:
        """Drop all that is there."""
        self._buffer.clear()
        self._start = self._searched = 0

    def _drop_taken(self) -> None:
        if self._start:
            del self._buffer[: self._start]
            self._start = 0

    def _check(self, size: int) -> None:
        if 0 < self._limit < size:
            self.clear()
            raise Refusal("line_too_long", limit=self._limit)


class LineParser(ABC):
    """The part of a parser that is the same wherever a line is a command.

    Args:
        conn: the connection.
        limits: what a line may hold.
    """

    # There is one for each connection.
    __slots__ = ("_attempt", "_conn", "_limits", "_lines", "_over")

    def __init__(self, conn: int, limits: InputLimits) -> None:
        self._conn = conn
        self._limits = limits
        self._lines = LineBuffer(limits.max_line)
        self._over = False
        self._attempt: Attempt | None = None

    def feed(self, data: bytes) -> None:
        """Take in what was received; nothing any more after a line that was too long."""
        if not self._over:
            self._lines.feed(data)

    def take(self, limit: int) -> list[Command]:
        """Give at most ``limit`` commands of what is complete."""
        understand = self._understand
        lines = self._lines.next_lines(limit)
        understood = [understand(line) for line in lines]
        taken = [command for command in understood if command is not None]
        if self._has_attempt():
            return self._up_to_attempt(lines, understood)
        return self._take_one_by_one(taken, limit)

    def _take_one_by_one(self, taken: list[Command], limit: int) -> list[Command]:
        """Give what was taken and, up to ``limit``, what else is complete."""
        understand = self._understand
        while len(taken) < limit:
            try:
                line = self._lines.next_line()
            except Refusal as refusal:
                self._over = True
                taken.append(Fault(self._conn, refusal.code, refusal.detail, fatal=True))
                break
            if line is None:
                break
            command = understand(line)
            if command is not None:
                taken.append(command)
            if self._has_attempt():
                break
        return taken

    def take_attempt(self) -> Attempt | None:
        """Give what needs secrets looked at, if the last `take` has met something of the kind."""
        attempt, self._attempt = self._attempt, None
        return attempt

    def judge(self, finding: Finding) -> None:  # noqa: B027 - most dialects have no use for it
        """Have nothing to make of it: each attempt is a command."""

    def end(self) -> None:
        """Take an unfinished line as complete."""
        if len(self._lines):
            self._lines.feed(b"\n")

    @property
    def held(self) -> int:
        """How many bytes wait for the end of their line."""
        return len(self._lines)

    @abstractmethod
    def _understand(self, line: bytes) -> Command | None:
        """Give the command of a line, or the fault in it; None for a line that means nothing.

        A line that needs secrets looked at is kept as the attempt, and gives nothing.
        """

    def _attempts(self, attempt: Attempt) -> None:
        """Keep what needs secrets looked at; of several lines that are understood together the first one."""
        if self._attempt is None:
            self._attempt = attempt

    def _unkeyed(self, command: Command) -> Command | None:
        """Give a command, unless the keys of rooms are in it: then it is an attempt, as proofs take time."""
        keys = keys_in(command)
        if not keys:
            return command
        self._attempts(Attempt(command=without_keys(command), keys=keys))
        return None

    def _has_attempt(self) -> bool:
        return self._attempt is not None

    def _up_to_attempt(self, lines: list[bytes], understood: list[Command | None]) -> list[Command]:
        """Give the commands of lines up to the one that was an attempt; those after it are taken later."""
        self._attempt = None
        for number, line in enumerate(lines):
            self._understand(line)
            if self._has_attempt():
                self._lines.give_back(lines[number + 1 :])
                return [command for command in understood[:number] if command is not None]
        return [command for command in understood if command is not None]


def new_session() -> str:
    """Make a session secret of 144 random bits."""
    # As secrets.token_urlsafe does it; that module brings all of OpenSSL, 4 MB of the acceptor's memory.
    return base64.urlsafe_b64encode(os.urandom(18)).decode()


SecretSource = Callable[[], str]
