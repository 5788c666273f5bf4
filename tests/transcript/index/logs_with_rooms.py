"""Logs whose records are for many rooms and connections, for tests of their index."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from transcript.logs import AT, open_log

from chatsimples.chat.records import Record, to_line
from chatsimples.transcript.index.keys import owner_keys, parted, spelling_key
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.writer import TranscriptWriter

ROOMS = ["geral", "Turma", "ÉTER", "éter", "Ωmega"]


def identity(number: int) -> str:
    """Return the identity of a session."""
    return f"{number:032x}"


def any_record(chance: random.Random, seq: int, rooms: list[str] | None = None) -> Record:
    """Return some record: for a room, quiet in one, private, or for its connection alone."""
    conn = chance.randint(1, 6)
    fields: dict[str, Any] = {}
    match chance.choice(
        ["message", "message", "message", "private", "join", "leave", "nick", "hello", "bye"]
    ):
        case "private":
            kind = "message"
            fields.update(to="bia", to_conn=chance.randint(1, 6), text="só para ti")
            fields.update(identity=identity(conn), to_identity=chance.choice(["", identity(7), identity(8)]))
        case "message":
            kind = "message"
            fields.update(room=chance.choice(rooms or ROOMS), text="x" * chance.randint(1, 300))
        case "join" | "leave" as kind:
            fields.update(room=chance.choice(rooms or ROOMS), quiet=chance.random() < 0.4)
            fields.update(reason="quit" if kind == "leave" else "")
        case "nick" as kind:
            fields.update(new="outra", room=chance.choice(["", *ROOMS]))
        case "hello" as kind:
            fields.update(dialect="json", identity=identity(conn))
        case kind:
            fields.update(reason="quit")
    return Record(seq, AT, kind, conn, f"n{conn}", **fields)


def append(writer: TranscriptWriter, index: LogIndex | None, records: list[Record]) -> None:
    """Append records, and note them in an index, as the broadcaster's journal does it."""
    start = writer.size
    lines = [to_line(record) for record in records]
    writer.append(b"".join(lines), records[-1].seq, len(records))
    if index is not None:
        index.note(writer.path, start, sum(map(len, lines)), records, lines)


def keys_of(record: Record) -> set[int]:
    """Return the keys of a record, which its block must have."""
    rooms, others = parted([record])
    return owner_keys(others) | {spelling_key(room) for room in rooms}


def write_log(
    folder: Path, chance: random.Random, index: LogIndex | None, *, segments: int = 4, each: int = 60
) -> list[Record]:
    """Make a log of some segments in batches; return its records. The last segment stays open."""
    writer = open_log(folder).writer
    records: list[Record] = []
    for number in range(segments):
        if number:
            writer.roll()
        left = each
        while left > 0:
            count = min(left, chance.choice([1, 1, 2, 7, 30]))
            first = writer.last_seq + 1
            batch = [any_record(chance, seq) for seq in range(first, first + count)]
            append(writer, index, batch)
            records += batch
            left -= count
    writer.close()
    return records
