"""Holds what clients sent, saw acked and received against the transcript.

It knows docs/protocol.md and docs/transcript.md, and shares no code with the server or the client:

1. The transcript is sound, dense and sealed, and tells a story that can be (`support.transcript`).
2. What a client saw acked is on record exactly once; what it sent and did not see acked, at most once; in the
   order in which it was sent, and word for word.
3. What a client that resumes has received, over all its connections, are the records of its rooms, the
   private ones of its session, and those that are for one connection alone: byte for byte, each once, in
   order, from where it began to the last, without a gap.
4. What a connection had begun to receive when it was cut is the beginning of what comes next: no line is torn
   in its middle, and none that was torn is taken for a record.
5. What a plain-text connection was shown is what was said in its room while it was there.

Faults are returned, not raised, so that one run tells all that is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from support.transcript import Entry, Transcript

_REPLY = b'{"type":"'


@dataclass
class Stream:
    """What one JSON connection received after its welcome.

    Attributes:
        rooms: those of its hello.
        resumed, start, head: the welcome's ``resumed``, ``seq`` and ``head``.
        lines: the records, newlines included; replies are not kept.
        torn: what came of a line that was never finished.
    """

    rooms: list[str]
    resumed: bool
    start: int
    head: int
    lines: list[bytes] = field(default_factory=list)
    torn: bytes = b""


@dataclass
class Account:
    """What one JSON client did and saw over all its connections. Its nick is nobody else's.

    Attributes:
        sent: the texts by id, in the order in which they were said.
        acked: ids whose record or ``duplicate`` came.
        refused: ids that were answered with an error.
    """

    nick: str
    sent: dict[str, str] = field(default_factory=dict)
    acked: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    streams: list[Stream] = field(default_factory=list)


@dataclass
class Visit:
    """One plain-text connection, under a nick of its own: the texts that it said and those it was shown."""

    nick: str
    said: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


class Checker:
    """Judges by a transcript that is complete.

    Args:
        transcript: of a server that was stopped.
    """

    def __init__(self, transcript: Transcript) -> None:
        self._entries = transcript.entries
        self._first = transcript.entries[0].seq
        self._by_nick: dict[str, list[Entry]] = defaultdict(list)
        self._hellos: dict[str, list[Entry]] = defaultdict(list)
        self._conns: dict[str, int] = {}
        self._stays: dict[int, tuple[int, int]] = {}
        for place, entry in enumerate(self._entries):
            self._note(place, entry.type, entry)

    def _note(self, place: int, kind: str, entry: Entry) -> None:
        said = entry.said
        if "conn" not in said:
            return
        first, _ = self._stays.get(said["conn"], (place, place))
        self._stays[said["conn"]] = first, place
        if kind == "message":
            self._by_nick[said["nick"]].append(entry)
        elif kind == "hello":
            self._hellos[said["nick"]].append(entry)
        elif kind == "nick":
            self._conns[said["new"]] = said["conn"]

    # What was said.

    def account(self, account: Account, until: int) -> Iterator[str]:
        """Yield what is wrong with what a client holds, which stayed until the record ``until`` came."""
        for fault in self._said(account):
            yield f"{account.nick}: {fault}"
        for number, stream in enumerate(account.streams):
            following = account.streams[number + 1] if number + 1 < len(account.streams) else None
            place = f"{account.nick}, connection {number + 1}"
            reached, faults = self._received(account, stream, following.start if following else until)
            yield from (f"{place}: {fault}" for fault in faults)
            if following is not None and following.start < reached:
                yield f"{place}: it had {reached}, but the next went on from {following.start}"
            if following is not None and not following.resumed:
                yield f"{place}: the next was not resumed"

    def _said(self, account: Account) -> Iterator[str]:
        recorded = [entry.said for entry in self._by_nick[account.nick]]
        counts = Counter(said.get("id") for said in recorded)
        yield from (f"{mark} is on record {count} times" for mark, count in counts.items() if count > 1)
        yield from (f"{mark} was acked and is not on record" for mark in account.acked if not counts[mark])
        yield from (f"{mark} was refused and is on record" for mark in account.refused if counts[mark])
        places = {mark: place for place, mark in enumerate(account.sent)}
        last = -1
        for said in recorded:
            mark = said.get("id")
            if mark not in places:
                yield f"{said['seq']} is on record under its nick, but it never said that"
                continue
            if said["text"] != account.sent[mark]:
                yield f"{mark} is on record with another text"
            if places[mark] < last:
                yield f"{mark} is on record after what was said later"
            last = max(last, places[mark])

    # What was received.

    def _received(self, account: Account, stream: Stream, until: int) -> tuple[int, list[str]]:
        """Tell how far a connection came, and what is wrong with what it received."""
        hello = self._hello(account.nick, stream)
        if hello is None:
            return stream.start, ["it was welcomed, and no hello of it is on record"]
        expected = self._due(stream, hello)
        reached = stream.start
        for number, line in enumerate(stream.lines):
            entry = next(expected, None)
            if entry is None or entry.line != line:
                due = entry.line if entry is not None else b"nothing"
                return reached, [f"record {number + 1} should be {due!r}, but it received {line!r}"]
            reached = entry.seq
        faults = []
        entry = next(expected, None)
        # Whoever has gone is not told of its end any more.
        if entry is not None and entry.seq <= until and entry.type != "bye":
            faults.append(f"record {entry.seq} is missing: it had {reached} and should have come to {until}")
        if stream.torn and not _could_begin(stream.torn, entry):
            faults.append(f"its end {stream.torn!r} is not the beginning of what came next")
        return reached, faults

    def _hello(self, nick: str, stream: Stream) -> Entry | None:
        """Return the record of a connection's arrival: what was welcomed is on record, behind its head."""
        return next((entry for entry in self._hellos[nick] if entry.seq > stream.head), None)

    def _due(self, stream: Stream, hello: Entry) -> Iterator[Entry]:
        """Give the records that a connection has to receive, in order.

        Who resumes hears its rooms from where it went on; who begins anew, from its joins.
        """
        rooms = set(stream.rooms) if stream.resumed else set()
        for place in range(max(0, stream.start + 1 - self._first), len(self._entries)):
            entry = self._entries[place]
            said = entry.said
            # Whose hello is late is a visitor in plain text until it comes, and another person to itself.
            acts = entry.is_from(hello.said["conn"]) and entry.seq >= hello.seq
            if acts and entry.type == "join":
                rooms.add(said["room"])
            if _is_for(said, hello.said) if "to" in said else acts or _is_told(said, rooms):
                yield entry
            if acts and entry.type == "leave":
                rooms.discard(said["room"])
            elif acts and entry.type == "bye":
                return

    # Plain text.

    def visit(self, visit: Visit) -> Iterator[str]:
        """Yield what is wrong with what a plain-text connection said and was shown."""
        recorded = [entry.said["text"] for entry in self._by_nick[visit.nick]]
        counts = Counter(recorded)
        yield from (f"{visit.nick}: {text!r} is on record twice" for text in counts if counts[text] > 1)
        if recorded != visit.said[: len(recorded)]:
            yield f"{visit.nick}: on record is not what it said: {recorded[-3:]}"
        conn = self._conns.get(visit.nick)
        if conn is None:
            if recorded or visit.shown:
                yield f"{visit.nick}: it was there, but is not on record"
            return
        for number, (due, line) in enumerate(zip(self._shown(conn), visit.shown, strict=False)):
            if due != line:
                yield f"{visit.nick}: line {number + 1} should be {due!r}, but it was shown {line!r}"
                return
        if len(visit.shown) > sum(1 for _ in self._shown(conn)):
            yield f"{visit.nick}: it was shown more than was said: {visit.shown[-1]!r}"

    def _shown(self, conn: int) -> Iterator[str]:
        first, last = self._stays[conn]
        there = Transcript(entries=self._entries[first : last + 1])
        yield from there.shown_to(conn)


def _is_for(said: dict[str, Any], hello: dict[str, Any]) -> bool:
    """Tell whether a private message is for whoever said a hello: the connection, or its session."""
    if hello["conn"] in (said["conn"], said["to_conn"]):
        return True
    return hello["identity"] in (said.get("identity"), said.get("to_identity"))


def _is_told(said: dict[str, Any], rooms: set[str]) -> bool:
    return said.get("room") in rooms and not said.get("quiet")


def _could_begin(torn: bytes, entry: Entry | None) -> bool:
    if torn.startswith(_REPLY) or _REPLY.startswith(torn):
        return True
    return entry is not None and entry.line.startswith(torn)


def judge(
    transcript: Transcript, accounts: Sequence[Account], visits: Sequence[Visit], until: int
) -> list[str]:
    """Return all that is wrong, held against the transcript of a server that was stopped.

    Args:
        transcript: what is on record; its form, chain and seals are judged where it is read.
        accounts: of clients that stayed until they received the record ``until``.
        visits: of plain-text connections.
        until: seq of the last record that everybody has to have.
    """
    try:
        transcript.check(stopped=True)
    except AssertionError as error:
        return [f"the transcript: {error}"]
    checker = Checker(transcript)
    faults = [fault for account in accounts for fault in checker.account(account, until)]
    return faults + [fault for visit in visits for fault in checker.visit(visit)]
