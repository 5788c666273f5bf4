"""Transcripts for tests: made with the package's own writer, judged by tests/support as well."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from chatsimples.chat.records import Record, to_line
from chatsimples.transcript.checkpoints import save_checkpoint
from chatsimples.transcript.json_checkpoints import json_checkpoint_name, json_digest
from chatsimples.transcript.recovery import Recovery, recover
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segments import GENESIS, Header, segment_name, segments
from chatsimples.transcript.writer import TranscriptWriter

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
OTHER_LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M7"
AT = "2026-11-22T15:00:00.000000Z"
UNSAID = "what no record tells"


class Sink:
    """A RecordSink whose state is all the lines that it was told; counts what it was told since it began."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.replayed = 0
        self.restored = 0

    @property
    def told(self) -> list[bytes]:
        """The lines, as they stand in the transcript."""
        return [line.encode() for line in self.lines]

    def restore(self, checkpoint: bytes) -> None:
        self.lines = json.loads(checkpoint)
        self.restored += 1

    def replay(self, record: Record) -> None:
        self.lines.append(to_line(record).decode())
        self.replayed += 1

    def snapshot(self) -> bytes:
        return json.dumps(self.lines).encode()


def message(seq: int, text: str = "oi") -> Record:
    return Record(seq, AT, "message", 1, "ana", room="geral", text=text)


def message_lines(first: int, last: int, text: str = "oi") -> bytes:
    return b"".join(to_line(message(seq, text)) for seq in range(first, last + 1))


def add(writer: TranscriptWriter, count: int = 1, text: str = "oi") -> bytes:
    """Append messages; return their lines."""
    last = writer.last_seq + count
    data = message_lines(writer.last_seq + 1, last, text)
    writer.append(data, last, count)
    return data


def open_log(folder: Path, sink: Sink | None = None, **options: Any) -> Recovery:
    how = {"durability": "os", "segment_size": 1 << 20, "lock_timeout": 0.0, **options}
    return recover(folder, rules=sink or Sink(), new_log=lambda: LOG, **how)


def recovered(folder: Path, **options: Any) -> Sink:
    """Recover and close; return what the rules were told."""
    sink = Sink()
    open_log(folder, sink, **options).writer.close()
    return sink


def checkpoint(folder: Path) -> bytes:
    """Return the state of a `Sink` that was told every record in the folder."""
    return json.dumps([line.decode() for line in record_lines(folder)]).encode()


def roll(writer: TranscriptWriter, folder: Path) -> None:
    """Begin a segment, and write the checkpoint of its beginning."""
    writer.roll()
    save_checkpoint(folder, writer.anchor(), checkpoint(folder))


def save_json_checkpoint(folder: Path, header: Header, state: bytes) -> None:
    """Write a checkpoint as versions before this one have done it."""
    told = {
        "seq": header.first_seq, "previous": header.previous, "sha256": json_digest(header, state),
        "state": msgspec.Raw(state),
    }  # fmt: skip
    (folder / json_checkpoint_name(header.first_seq)).write_bytes(msgspec.json.encode(told) + b"\n")


def record_lines(folder: Path) -> list[bytes]:
    lines = (line for path in segments(folder) for line in path.read_bytes().splitlines(keepends=True))
    return [line for line in lines if line.startswith(b'{"seq":')]


def make_log(folder: Path, *counts: int, text: str = "oi", unsealed: int = 0) -> list[bytes]:
    """Make a transcript with a segment of so many records each; return the records' lines.

    Args:
        unsealed: records to leave without a seal at the end of the last segment, in addition.
    """
    writer = open_log(folder).writer
    for number, count in enumerate(counts):
        if number:
            roll(writer, folder)
        add(writer, count, text)
    writer.close()
    if unsealed:
        with segments(folder)[-1].open("ab") as file:
            file.write(message_lines(writer.last_seq + 1, writer.last_seq + unsealed, text))
    return record_lines(folder)


def files_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return what each file holds, and when it was changed last."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def make_version_1_log(folder: Path, *counts: int) -> list[bytes]:
    """Make a transcript of version 1 with a segment of so many records each; return the records' lines.

    Beside each segment but the first is a checkpoint, which tells of `UNSAID` too. The last may have none.
    """
    folder.mkdir(exist_ok=True)
    chain = Chain(GENESIS)
    last = 0
    for count in counts:
        header = Header(version=1, log=LOG, first_seq=last + 1, previous=chain.head)
        if last:
            state = [UNSAID, *(line.decode() for line in record_lines(folder))]
            save_json_checkpoint(folder, header, json.dumps(state).encode())
        lines = message_lines(last + 1, last + count)
        last += count
        chain = Chain(header.previous)
        chain.update(header.encode() + lines)
        seal = chain.seal(last) if count else b""
        (folder / segment_name(header.first_seq)).write_bytes(header.encode() + lines + seal)
    return record_lines(folder)


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file grow above ``size`` bytes: writes become short, then fail with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
