"""Text: a line for each record, to be read, searched and printed."""

from __future__ import annotations

from chatsimples.chat.records import Record
from chatsimples.i18n import Translate
from chatsimples.replay.export.job import ExportJob
from chatsimples.replay.export.output import OutputFile
from chatsimples.replay.narration.descriptions import describe
from chatsimples.replay.narration.times import day_and_time
from chatsimples.screen.sanitize import sanitize
from chatsimples.words.kinds import author, separator

_OF_ROOMS = frozenset({"message", "nick", "away", "setname", "tags"})


def write_text(job: ExportJob, output: OutputFile) -> int:
    """Write the conversation as text; return how many records it has."""
    count = 0
    for record, _ in job.conversation():
        output.write(f"{text_line(record, job.translate)}\n".encode())
        count += 1
    return count


def text_line(record: Record, translate: Translate) -> str:
    """Return a record's line, without a newline; whatever its texts hold, it is safe to show."""
    parts = [" ".join(day_and_time(record.at))]
    if record.room and record.type in _OF_ROOMS:
        parts.append(f"#{sanitize(record.room)}")
    if record.type != "message":
        parts.append(f"* {describe(record, translate)}")
    else:
        by = author(sanitize(record.nick), record.kind)
        head = f"{by} → {sanitize(record.to)}: " if record.to else by + separator(record.kind)
        parts.append(head + sanitize(record.text))
    return "  ".join(parts)
