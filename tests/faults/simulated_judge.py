"""Judges a simulated world by what its clients received and what its disk holds. It asks nobody else.

1. The transcript is sound (`support.transcript` and the product's own ``verify`` agree), and its records
   tell a story that can be: ``seq`` dense, one nick one holder, who speaks in a room is in it.
2. Each connection received the records that it hears, each once, in order, without a gap, to the byte; what
   was cut received a beginning of that. So nobody hears a room that it is not in, and whoever resumed missed
   nothing.
3. What was acked is on record, exactly once; what is not refused is acked in the end.
4. What one connection said is on record in the order in which it was said, as it was said.
5. Every command on a connection that lived was answered exactly once.
6. Whoever has received a ping has received all that it hears up to the ping's ``seq``.
7. An answer to a request for history is one piece, and what the transcript holds: see `simulated_histories`.
8. Nobody was cut because the transcript could not be read, and no process failed.

That everything comes to rest, and that what waits in memory is bounded, the world itself asserts as it goes.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from functools import partial
from itertools import takewhile
from typing import Any

from faults.simulated_clients import Client, Connection, JsonClient, TextClient
from faults.simulated_histories import Heard, begin_of, begin_of_part
from faults.simulation import World
from server.rig import DIALECTS, Listener, Oracle
from support.transcript import Entry, Transcript

from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import from_line
from chatsimples.transcript.verify import verify


def judge_world(seed: int) -> World:
    """Let the world with this seed go by, and judge it.

    Raises:
        AssertionError: a promise was broken; the text begins with the seed.
    """
    world = World(seed)
    try:
        world.run()
        judge(world)
    except Exception as error:
        raise AssertionError(f"in the world with the seed {seed}: {error!r}") from error
    return world


def judge(world: World) -> None:
    """Judge a world that has come to its end.

    Raises:
        AssertionError: a promise was broken.
    """
    transcript = Transcript.read(world.folder)  # type: ignore[arg-type] # a path of its disk
    entries = _with_torn_ends_mended(_without_torn_renames(_without_starts_in_vain(transcript.entries)))
    dataclasses.replace(transcript, entries=entries).check(stopped=True)
    assert transcript.last_seq == verify(world.folder).last_seq  # type: ignore[arg-type] # likewise
    allowed = {
        "the transcript ended in a torn write",
        "the transcript can't be written: nothing is delivered until it can",
        "no checkpoint could be written",
        "no index of a segment could be written",
        "no new segment could be begun",
        "the transcript could not be sealed yet",
    }
    unexpected = set(world.notes.warnings) - allowed
    assert not unexpected, unexpected
    court = _Court(transcript, world)
    for client in world.clients:
        for connection in client.connections:
            where = f"client {client.number} ({type(client).__name__}), connection {connection.conn}"
            try:
                court.judge_connection(client, connection)
            except AssertionError as error:
                raise AssertionError(f"{where}: {error}") from error
        if isinstance(client, JsonClient):
            court.judge_acks(client)


def _without_starts_in_vain(entries: list[Entry]) -> list[Entry]:
    """Leave out each ``start`` that a crash followed before all whom the last crash left open had left."""
    kept: list[Entry] = []
    closing = False
    for entry in entries:
        if entry.type == "start" and closing:
            continue
        closing = entry.type == "start" or (closing and entry.said.get("reason") == "crash")
        kept.append(entry)
    return kept


def _without_torn_renames(entries: list[Entry]) -> list[Entry]:
    """Leave out what is on record of a change of nick that a kill tore apart: for some of the rooms only.

    Who then leaves those rooms has the new nick; there, nobody was told of it.
    """
    kept = list(entries)
    for at, start in enumerate(entries):
        torn = entries[at - 1]
        if start.type != "start" or torn.type != "nick":
            continue
        renames = [*takewhile(partial(_is_same_rename, torn), reversed(entries[:at]))]
        ends = [*takewhile(lambda entry: entry.said.get("reason") == "crash", entries[at + 1 :])]
        own = [entry for entry in ends if entry.is_from(torn.said["conn"])]
        if len(renames) < sum(entry.type == "leave" for entry in own):
            kept = [entry for entry in kept if entry not in renames]
            for entry in own:
                kept[kept.index(entry)] = Entry(entry.line, {**entry.said, "nick": torn.said["nick"]})
    return kept


def _with_torn_ends_mended(entries: list[Entry]) -> list[Entry]:
    """Give the end of a connection that a kill tore apart one reason: that with which it was completed."""
    mended = list(entries)
    for at, start in enumerate(entries):
        torn = entries[at - 1]
        if start.type != "start" or torn.type != "leave" or torn.said["reason"] == "left":
            continue
        place = at - 1
        while _is_same_end(torn, entries[place]):
            mended[place] = Entry(entries[place].line, {**entries[place].said, "reason": "crash"})
            place -= 1
    return mended


def _is_same_end(leave: Entry, entry: Entry) -> bool:
    names = ("conn", "reason")
    return entry.type == "leave" and all(leave.said[name] == entry.said[name] for name in names)


def _is_same_rename(rename: Entry, entry: Entry) -> bool:
    names = ("conn", "nick", "new")
    return entry.type == "nick" and all(rename.said[name] == entry.said[name] for name in names)


class _Court:
    def __init__(self, transcript: Transcript, world: World) -> None:
        self.entries = transcript.entries
        self.lines = {entry.seq: entry.line for entry in self.entries}
        records = [from_line(entry.line) for entry in self.entries]
        # By life: what had happened when it ended. A number that is on no record may be given again after.
        starts = [entry.seq for entry in self.entries if entry.type == "start"]
        self.until = {
            life: next((seq - 1 for seq in starts if seq > ready), len(records))
            for life, ready in world.ready_at.items()
        }
        self.oracles = {life: Oracle(records[:end]) for life, end in self.until.items()}
        self.recorded = Counter(
            (self._identity(entry), entry.said["id"])
            for entry in self.entries
            if entry.type == "message" and "id" in entry.said
        )

    def _identity(self, entry: Entry) -> str:
        # Ids in the simulation begin with their client's number, and so with their session's.
        return str(entry.said["id"]).partition(".")[0]

    def judge_acks(self, client: JsonClient) -> None:
        for mark, seq in client.acked.items():
            assert 1 == self.recorded[f"{client.number}", mark], f"{mark} was acked and is not there once"
            assert json.loads(self.lines[seq])["id"] == mark
        for (number, mark), times in self.recorded.items():
            if number == f"{client.number}":
                assert 1 == times, f"{mark} is on record {times} times"
        assert {} == client.outbox, f"never acked: {[*client.outbox]}"

    def judge_connection(self, client: Client, connection: Connection) -> None:
        # Whom the server has ended and who then takes nothing for some seconds is not waited for.
        stayed = "shutdown" in self._reasons(connection)
        whole = not connection.cut and (stayed or client.patience == "quick")
        if isinstance(client, JsonClient):
            self._judge_json(client, connection, whole=whole)
            self._judge_order(connection)
        elif isinstance(client, TextClient):
            self._judge_text(connection, whole=whole)
            self._judge_said(connection)

    def _made_by(self, connection: Connection) -> list[Entry]:
        until = self.until[connection.life]
        return [entry for entry in self.entries[:until] if entry.said.get("conn") == connection.conn]

    def _reasons(self, connection: Connection) -> set[str | None]:
        return {entry.said.get("reason") for entry in self._made_by(connection)}

    # JSON lines.

    def _judge_json(self, client: JsonClient, connection: Connection, *, whole: bool) -> None:
        lines = bytes(connection.received).splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            assert not whole, f"it ends within a line: {lines[-1]!r}"
            lines.pop()
        first = next((at for at, line in enumerate(lines) if line.startswith(b"{")), len(lines))
        assert not [line for line in lines[first:] if not line.startswith(b"{")], "text after JSON"
        told = [json.loads(line) for line in lines[first:]]
        others = self._without_history(connection, list(zip(told, lines[first:], strict=True)))
        welcomes = [said for said, _ in others if said["type"] == "welcome"]
        got = [line for said, line in others if "at" in said]
        if not welcomes:
            assert [] == got, "records before any welcome"
            return
        (welcome,) = welcomes
        assert "welcome" == next(
            said["type"] for said, _ in others if said["type"] == "welcome" or "at" in said
        )
        listener = Listener(connection.conn, "json", began=welcome["seq"])
        if welcome["resumed"]:
            assert connection.since == welcome["seq"]
            listener.resumed_at, listener.since = welcome["head"], welcome["seq"]
            listener.rooms = frozenset(room.lower() for room in connection.rooms)
            listener.identity = identity_of(client.session)
        else:
            assert connection.since < 0 or connection.since > welcome["head"], "it should have been resumed"
        expected = [self.lines[record.seq] for record in self.oracles[connection.life].of(listener)]
        assert expected[: len(got)] == got, _difference(expected, got)
        if whole:
            assert expected == got, f"missing at the end: {expected[len(got) :]}"
            self._judge_answers(connection, [said for said, _ in others])
        self._judge_pings(others)

    def _without_history(self, connection: Connection, lines: list[Heard]) -> list[Heard]:
        others: list[Heard] = []
        pending: list[Heard] = []
        unanswered = {mark: asked for mark, asked in connection.asked.items() if asked["type"] == "history"}
        for said, line in lines:
            if said["type"] != "history_end":
                others.append((said, line))
                continue
            asked = unanswered.pop(said["id"])
            del others[begin_of(asked, said, others, self.entries, connection.seen[said["id"]]) :]
            pending.append((said, line))
        if connection.cut and unanswered:
            del others[begin_of_part(next(iter(unanswered.values())), others, self.entries) :]
        # A history that was cut before its end: its records lie before what was heard last.
        newest = 0
        kept = []
        for said, line in others:
            if "at" in said:
                if connection.cut and said["seq"] <= newest:
                    continue
                newest = said["seq"]
            kept.append((said, line))
        return kept + pending

    def _judge_answers(self, connection: Connection, told: list[dict[str, Any]]) -> None:
        if "shutdown" not in self._reasons(connection):
            # Commands that came after the end of the connection are not answered any more.
            return
        # What was said on an earlier connection comes again with the resumption; it answers nothing here.
        answers = [
            said for said in told if "id" in said and said.get("conn", connection.conn) == connection.conn
        ]
        answered = Counter(said["id"] for said in answers)
        for mark, asked in connection.asked.items():
            # A change of nick has a record for each room.
            assert answered[mark] == 1 or (asked["type"] == "nick" and answered[mark]), (
                f"{answered[mark]}: {asked}"
            )

    def _judge_pings(self, lines: list[tuple[dict[str, Any], bytes]]) -> None:
        reached = 0
        for said, _ in lines:
            if said["type"] == "ping":
                reached = max(reached, said["seq"])
            elif said["type"] == "welcome":
                # It hears nothing before.
                reached = 0
            elif "at" in said:
                assert said["seq"] > reached, f"a ping said {reached}, and then came {said}"

    def _judge_order(self, connection: Connection) -> None:
        recorded = [entry.said["id"] for entry in self._made_by(connection) if entry.type == "message"]
        sent = iter(connection.asked)
        assert all(mark in sent for mark in recorded), f"recorded in another order than said: {recorded}"
        for entry in self._made_by(connection):
            if entry.type == "message":
                assert connection.asked[entry.said["id"]]["text"] == entry.said["text"]

    # Plain text.

    def _judge_text(self, connection: Connection, *, whole: bool) -> None:
        lines = bytes(connection.received).splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            assert not whole, f"it ends within a line: {lines[-1]!r}"
            lines.pop()
        heard = self.oracles[connection.life].of(Listener(connection.conn, "text"))
        expected = [line for record in heard if (line := DIALECTS["text"].render(record, b""))]
        reached = 0
        for line in lines:
            if reached < len(expected) and line == expected[reached]:
                reached += 1
            else:
                due = expected[reached] if reached < len(expected) else "nothing"
                assert line.startswith(b"* "), f"{line!r} where {due!r} was due"
        if whole:
            assert reached == len(expected), f"missing: {expected[reached:]}"

    def _judge_said(self, connection: Connection) -> None:
        recorded = [
            entry.said["text"]
            for entry in self._made_by(connection)
            if entry.type == "message" and "room" in entry.said
        ]
        assert len(recorded) <= len(connection.said)
        for text, said in zip(recorded, connection.said, strict=False):
            assert re.sub(r"^u[0-9]+: ", "", text) == said, f"{said!r} is on record as {text!r}"


def _difference(expected: list[bytes], got: list[bytes]) -> str:
    at = next((at for at, line in enumerate(got) if expected[at : at + 1] != [line]), len(got))
    return f"at its record {at}: {got[at : at + 2]} where {expected[at : at + 2]} were due"
