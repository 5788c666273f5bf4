"""A judge of transcripts, written from docs/transcript.md and docs/protocol.md alone.

It shares no code with the product: its JSON is the standard library's, its seals and its idea of who hears
what are its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIELDS_IN_ORDER = [
    *("seq", "at", "type", "conn", "nick", "new", "room", "to", "to_conn", "text", "id"),
    *("reason", "quiet", "dialect", "identity", "to_identity", "server", "limits"),
    *("seqs", "old_log", "old_head", "new_head"),
    *("account", "role", "by", "by_conn", "by_account", "until", "settings"),
    *("kind", "tags", "part", "parts", "joined", "user", "realname"),
]
ENDING_REASONS = {
    "quit", "closed", "timeout", "kicked", "banned", "revoked", "replaced", "error", "switched", "shutdown",
    "crash",
}  # fmt: skip
REASONS = {"left", *ENDING_REASONS}
GOVERNING = {"topic", "set", "role", "invite", "ban", "unban", "mute"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEGMENT = re.compile(r"transcript-(\d{12})\.jsonl")


@dataclass(frozen=True)
class Entry:
    """A record: its line as it stands in the file, and what it says."""

    line: bytes
    said: dict[str, Any]

    @property
    def seq(self) -> int:
        return int(self.said["seq"])

    @property
    def type(self) -> str:
        return str(self.said["type"])

    def is_from(self, conn: int) -> bool:
        """Tell whether this connection did it."""
        return bool(self.said.get("conn") == conn)

    @property
    def is_of_server(self) -> bool:
        """Whether it tells what was done to somebody on the whole server."""
        return self.type in {"ban", "unban", "mute", "bye"} and "by" in self.said and "room" not in self.said

    def concerns(self, person: Person, rooms: Collection[str]) -> bool:
        """Tell whether someone in these rooms receives it."""
        if "to" in self.said:
            parties = {self.said["conn"], self.said["to_conn"]}
            identities = {self.said.get("identity"), self.said.get("to_identity")}
            return bool(person.connections & parties or (person.identity and person.identity in identities))
        if self.type == "announcement":
            return True
        if self.type in GOVERNING and "room" in self.said and not self.said.get("quiet", False):
            return self.said["room"] in rooms
        if person.conn in (self.said.get("conn"), self.said.get("by_conn")):
            return True
        return self.said.get("room") in rooms and not self.said.get("quiet", False)


@dataclass(frozen=True)
class Person:
    """Someone who receives records: by a connection, and by a session.

    ``connections`` are those that a private message may name: this one and, where messages do not tell whose
    they are (version 1), the earlier ones of the session.
    """

    conn: int
    connections: frozenset[int]
    identity: str = ""


@dataclass
class Transcript:
    """A transcript that has been read: its segments checked for form, chain and seals on the way."""

    log: str = ""
    version: int = 0
    entries: list[Entry] = field(default_factory=list)
    sealed_to: int = 0
    segments: list[Path] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path, *, growing: bool = False) -> Transcript:
        """Read a transcript and verify everything in it that is sealed.

        Args:
            folder: where its segments are.
            growing: a last line without its end is left out, as it may be in the middle of being written.

        Raises:
            AssertionError: it is not as docs/transcript.md says.
        """
        transcript = cls()
        seal = "0" * 64
        transcript.segments = segments_in(folder)
        for path in transcript.segments:
            data = path.read_bytes()
            if not data.endswith(b"\n"):
                assert growing, f"{path.name} ends within a line"
                assert path == transcript.segments[-1], f"{path.name} ends within a line"
                data = data[: data.rfind(b"\n") + 1]
            if data:
                seal = _Segment(path, transcript, seal).read(data, last=path == transcript.segments[-1])
        return transcript

    @property
    def last_seq(self) -> int:
        return self.entries[-1].seq if self.entries else 0

    def having(self, **fields: object) -> list[Entry]:
        """Return the records with these fields."""
        return [e for e in self.entries if fields.items() <= e.said.items()]

    def conn_of(self, nick: str) -> int:
        """Return the connection that had this nick last."""
        for entry in reversed(self.entries):
            if nick in (entry.said.get("new"), entry.said.get("nick")) and entry.type != "leave":
                return int(entry.said["conn"])
        raise AssertionError(f"nobody was ever called {nick}")

    def person(self, conn: int) -> Person:
        """Return whose connection it is, by the ``identity`` of its first record."""
        identity = next((e.said.get("identity", "") for e in self.entries if e.said.get("conn") == conn), "")
        older = {
            e.said["conn"]
            for e in self.entries
            if identity and e.type != "hello" and "dialect" in e.said and e.said.get("identity") == identity
        }
        return Person(conn, frozenset(older | {conn}), identity)

    def received_by(self, conn: int, after: int = 0) -> list[bytes]:
        """Return the lines that connection ``conn`` must have received when it began without ``since``."""
        rooms: set[str] = set()
        lines = []
        moderates = here = False
        for entry in self.entries:
            own = entry.is_from(conn)
            here = (own and entry.type == "hello") or (here and not (own and entry.type == "bye"))
            if entry.type == "announcement" and not here:
                continue
            if own and entry.type == "join":
                rooms.add(entry.said["room"])
            concerns = entry.concerns(Person(conn, frozenset({conn})), rooms)
            if entry.seq > after and (concerns or (moderates and entry.is_of_server)):
                lines.append(entry.line)
            if own and "role" in entry.said and "room" not in entry.said:
                moderates = entry.said["role"] in {"moderator", "admin"}
            if own and entry.type == "bye":
                moderates = False
            if own and entry.type == "leave":
                rooms.discard(entry.said["room"])
        return lines

    def since(self, seq: int, rooms: Iterable[str], conn: int, until: int = 1 << 62) -> list[bytes]:
        """Return the lines that ``conn`` must have received when it came with ``since`` and stayed."""
        person, heard = self.person(conn), set(rooms)
        return [e.line for e in self.entries if seq < e.seq <= until and e.concerns(person, heard)]

    def shown_to(self, conn: int) -> list[str]:
        """Return the lines ``nick: text`` that a plain-text connection must have been shown."""
        rooms: set[str] = set()
        lines = []
        for entry in self.entries:
            own, said = entry.is_from(conn), entry.said
            if own and entry.type == "join":
                rooms.add(said["room"])
            if entry.type == "message" and not own and said.get("room") in rooms:
                lines.append(f"{said['nick']}: {said['text']}")
            if own and entry.type == "leave":
                rooms.discard(said["room"])
        return lines

    def check(self, *, stopped: bool = False) -> None:
        """Check that the records tell a story that can be.

        Args:
            stopped: the server has stopped cleanly, so everything must be ended and sealed.
        """
        house = _House()
        for entry in self.entries:
            house.tell(entry)
        if stopped:
            assert "stop" == self.entries[-1].type
            assert self.last_seq == self.sealed_to
            house.is_empty("at the end of the transcript")


def segments_in(folder: Path) -> list[Path]:
    """Return a transcript's segments in order."""
    return sorted(path for path in folder.iterdir() if _SEGMENT.fullmatch(path.name))


class _Segment:
    """Reads one segment into a transcript."""

    def __init__(self, path: Path, transcript: Transcript, seal: str) -> None:
        self.path = path
        self.transcript = transcript
        self.seal = seal
        self.unsealed = hashlib.sha256(seal.encode())
        self.kind = ""

    def read(self, data: bytes, *, last: bool) -> str:
        """Read its lines, and return the last seal's hash."""
        for number, line in enumerate(data.splitlines(keepends=True), 1):
            place = f"{self.path.name}, line {number}"
            said = parse_strictly(line, place)
            self.kind = "header" if number == 1 else said["type"]
            if self.kind == "seal":
                self._check_seal(said, place)
                self.unsealed = hashlib.sha256(self.seal.encode())
                continue
            self.unsealed.update(line)
            if self.kind == "header":
                self._check_header(said, place)
            else:
                self._check_record(said, place)
                self.transcript.entries.append(Entry(line, said))
        assert last or self.kind == "seal", f"{self.path.name} has a successor but no seal at its end"
        return self.seal

    def _check_header(self, said: dict[str, Any], place: str) -> None:
        named = _SEGMENT.fullmatch(self.path.name)
        assert named, place
        assert "transcript" == said["type"], place
        assert said["version"] in {1, 2}, place
        assert self.transcript.version <= said["version"], f"{place}: back to an older version"
        self.transcript.version = said["version"]
        assert self.transcript.last_seq + 1 == said["first_seq"] == int(named[1]), place
        assert self.seal == said["previous"], f"{place}: not chained to the segment before"
        assert _ULID.fullmatch(said["log"]), place
        assert said["log"] == (self.transcript.log or said["log"]), f"{place}: another log"
        self.transcript.log = said["log"]

    def _check_seal(self, said: dict[str, Any], place: str) -> None:
        assert {"type", "seq", "sha256"} == said.keys(), place
        assert self.transcript.last_seq == said["seq"], place
        assert self.unsealed.hexdigest() == said["sha256"], f"{place}: the seal is broken"
        self.seal = said["sha256"]
        self.transcript.sealed_to = said["seq"]

    def _check_record(self, said: dict[str, Any], place: str) -> None:
        assert self.transcript.last_seq + 1 == said["seq"], f"{place}: seq is not dense"
        assert _TIME.fullmatch(said["at"]), place
        assert [name for name in FIELDS_IN_ORDER if name in said] == list(said), f"{place}: order of fields"


def parse_strictly(line: bytes, place: str) -> dict[str, Any]:
    """Parse one line, which must be an object written in the one way in which records are written."""
    said = json.loads(line)
    assert isinstance(said, dict), place
    compact = json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"
    assert compact.encode() == line, f"{place}: not written in the one way"
    return said


class _House:
    """Who is where, told record by record; objects to what can't be."""

    def __init__(self) -> None:
        self.version = 1
        self.rooms: dict[int, set[str]] = defaultdict(set)
        self.nicks: dict[int, str] = {}
        self.identities: dict[int, str] = {}
        self.ended: set[int] = set()
        self.leaving: dict[int, str] = {}
        self.renaming: dict[tuple[int, str, str], set[str]] = defaultdict(set)
        self.crashed = False
        self.stopped = True

    def is_empty(self, when: str) -> None:
        inside = {self.nicks.get(conn, conn): rooms for conn, rooms in self.rooms.items() if rooms}
        assert {} == inside, f"{when} these are still in a room"
        # In version 1 nothing tells of the end of who is in no room.
        assert self.version == 1 or not self.nicks, f"{when} these are still there: {self.nicks}"

    def tell(self, entry: Entry) -> None:
        known: dict[str, Callable[[dict[str, Any], str], None]] = {
            "start": self._start,
            "stop": self._stop,
            "hello": self._hello,
            "bye": self._bye,
            "join": self._join,
            "leave": self._leave,
            "nick": self._nick,
            "message": self._message,
            "redaction": self._redaction,
            "login": self._login,
            **dict.fromkeys(("tags", "away", "setname"), self._tell),
            **dict.fromkeys((*GOVERNING, "announcement"), self._govern),
        }
        place = f"record {entry.seq} ({entry.line!r})"
        assert entry.type in known, place
        goes_on = entry.said.get("reason") == "crash" or entry.type == "start"
        # The server may be killed again while it records what the first kill ended.
        if self.crashed and not goes_on:
            self.is_empty(f"after the crash, at {place},")
            self.crashed = False
        assert entry.type in {"start", "redaction"} or not self.stopped, f"{place}: no start before it"
        if entry.type != "start":
            self._check_goes_on(entry, place)
        if "conn" in entry.said and entry.type != "hello":
            self._check_is_there(entry.said, place)
        known[entry.type](entry.said, place)

    def _check_goes_on(self, entry: Entry, place: str) -> None:
        """Check that nothing comes between the records of one command, but for a crash."""
        if self.version == 2 and self.leaving:
            assert entry.said.get("conn") in self.leaving, f"{place}: comes into the end of another"
        for conn, nick, new in self.renaming:
            change = (entry.said.get("conn"), entry.said.get("nick"), entry.said.get("new"))
            assert change == (conn, nick, new), f"{place}: comes into a change of nick"

    def _start(self, said: dict[str, Any], place: str) -> None:
        self.crashed, self.stopped = not self.stopped, False
        # Of what one command does, only the first records may be there when it was cut by a crash.
        self.leaving.clear()
        for conn, _, new in self.renaming:
            self._take(new, conn, place)
        self.renaming.clear()
        assert ("limits" in said) >= (self.version == 2), f"{place}: without its limits"
        if "limits" in said and self.version == 1:
            self.version = 2
            # Who is in a room gets its end now; who is in none had none in version 1.
            for conn in [conn for conn in self.nicks if not self.rooms[conn]]:
                del self.nicks[conn]

    def _hello(self, said: dict[str, Any], place: str) -> None:
        conn = said["conn"]
        assert 2 == self.version, place
        assert conn not in self.nicks, f"{place}: is there already"
        assert conn not in self.ended, f"{place}: had ended before"
        assert said["dialect"], place
        self.identities[conn] = said.get("identity", "")
        self._take(said["nick"], conn, place)

    def _bye(self, said: dict[str, Any], place: str) -> None:
        conn = said["conn"]
        assert said["reason"] in ENDING_REASONS, place
        assert set() == self.rooms[conn], f"{place}: is still in a room"
        assert self.leaving.pop(conn, said["reason"]) == said["reason"], f"{place}: left for another reason"
        del self.nicks[conn]
        if said["reason"] != "switched":
            self.ended.add(conn)

    def _stop(self, _: dict[str, Any], place: str) -> None:
        self.is_empty(f"at {place}")
        self.stopped = True

    def _check_is_there(self, said: dict[str, Any], place: str) -> None:
        conn = said["conn"]
        if self.version == 2:
            assert self.nicks.get(conn) == said["nick"], f"{place}: is not there under this nick"
            assert said["type"] in {"leave", "bye"} or conn not in self.leaving, f"{place}: while it ends"
            assert "dialect" not in said, f"{place}: only a hello carries a dialect"
            if said["type"] == "login":
                return
            parties = (conn, said["to_conn"]) if "to" in said else ()
            whose = [self.identities.get(party) for party in parties] or ["", ""]
            told = [said.get("identity", ""), said.get("to_identity", "")]
            assert whose == told, f"{place}: it says that it is of {told}"
            return
        if conn not in self.nicks:
            assert said["type"] in {"join", "message", "nick"}, place
            assert "dialect" in said, f"{place}: the first record of a connection carries its dialect"
            self._take(said["nick"], conn, place)
        else:
            assert self.nicks[conn] == said["nick"], f"{place}: the nick is another"
        if conn in self.ended:
            assert said["type"] == "leave", f"{place}: after the end of its connection"

    def _take(self, nick: str, conn: int, place: str) -> None:
        # In version 1 nothing tells of the end of a connection that is in no room, so those don't count.
        others = {
            name.casefold()
            for c, name in self.nicks.items()
            if c != conn and (self.version == 2 or self.rooms[c])
        }
        assert nick.casefold() not in others, f"{place}: two have this nick"
        self.nicks[conn] = nick

    def _join(self, said: dict[str, Any], place: str) -> None:
        assert said["room"] not in self.rooms[said["conn"]], f"{place}: is in the room already"
        self.rooms[said["conn"]].add(said["room"])

    def _leave(self, said: dict[str, Any], place: str) -> None:
        conn, reason = said["conn"], said["reason"]
        assert reason in REASONS, place
        assert said["room"] in self.rooms[conn], f"{place}: is not in the room"
        self.rooms[conn].discard(said["room"])
        if self.version == 2:
            # Whoever is removed from one room is still there.
            if reason in ENDING_REASONS and "by" not in said:
                assert self.leaving.setdefault(conn, reason) == reason, f"{place}: leaves for two reasons"
        elif reason == "switched":
            # From here on it is somebody else, on the same connection.
            del self.nicks[conn]
        elif reason in ENDING_REASONS:
            self.ended.add(conn)
        if conn in self.ended:
            assert reason in ENDING_REASONS, f"{place}: the connection had ended"

    def _nick(self, said: dict[str, Any], place: str) -> None:
        conn = said["conn"]
        if "room" in said:
            assert said["room"] in self.rooms[conn], f"{place}: is not in the room"
        else:
            assert set() == self.rooms[conn], f"{place}: has rooms"
        # One change of nick has a record for each room: all but the last still name the old nick.
        change = (conn, said["nick"], said["new"])
        self.renaming[change].add(said.get("room", ""))
        if self.renaming[change] >= self.rooms[conn]:
            del self.renaming[change]
            self._take(said["new"], conn, place)

    def _message(self, said: dict[str, Any], place: str) -> None:
        if "room" in said:
            assert said["room"] in self.rooms[said["conn"]], f"{place}: is not in the room"
        else:
            # In version 1 who is in no room and has said nothing yet is there without a record.
            unknown = said["to"] if self.version == 1 else None
            assert said["to"] == self.nicks.get(said["to_conn"], unknown), f"{place}: it went to another"
            assert said["to_conn"] not in self.ended, f"{place}: it went to one who had left"

    def _tell(self, said: dict[str, Any], place: str) -> None:
        if said["type"] == "tags":
            assert said["tags"], place
        if "room" in said:
            assert said["room"] in self.rooms[said["conn"]], f"{place}: is not in the room"

    def _login(self, said: dict[str, Any], place: str) -> None:
        assert said["account"], place
        assert said["role"], place
        self.identities[said["conn"]] = said.get("identity", self.identities[said["conn"]])

    def _govern(self, said: dict[str, Any], place: str) -> None:
        assert said["by"], place
        if "by_conn" in said:
            assert self.nicks.get(said["by_conn"]) == said["by"], f"{place}: is not there who did it"
            if "room" in said:
                assert said["room"] in self.rooms[said["by_conn"]], f"{place}: is not in the room who did it"
        if said["type"] == "invite":
            assert said["room"] not in self.rooms[said["conn"]], f"{place}: is in the room already"

    def _redaction(self, said: dict[str, Any], place: str) -> None:
        fields = {"seq", "at", "type", "reason", "seqs", "old_log", "old_head", "new_head"}
        assert fields == said.keys(), place
        assert _ULID.fullmatch(said["old_log"]), place
        assert all(_SHA256.fullmatch(said[name]) for name in ("old_head", "new_head")), place
        numbers = [int(number) for part in said["seqs"].split(",") for number in part.split("-")]
        assert sorted(numbers) == numbers, f"{place}: its seqs are not in order"
        assert numbers[-1] < said["seq"], f"{place}: redacts what came later"
