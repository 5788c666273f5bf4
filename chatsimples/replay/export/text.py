"""Text: a line for each record, to be read, searched and printed."""

from __future__ import annotations

from chatsimples.chat.records import Record
from chatsimples.i18n import Translate
from chatsimples.replay.export.job import Job
from chatsimples.replay.export.target import Target
from chatsimples.replay.narration.happenings import day_and_time, happening
from chatsimples.replay.narration.visible import visible


def write_text(job: Job, target: Target) -> int:
    """Write the records as text; return how many they are."""
    count = 0
    for record, _ in job.lines():
        target.write(f"{text_line(record, job.translate)}\n".encode())
        count += 1
    return count


def text_line(record: Record, translate: Translate) -> str:
    """Write a record as a line, without a newline, whatever its texts hold."""
    parts = [" ".join(day_and_time(record.at))]
    if record.room and record.type in {"message", "nick"}:
        parts.append(f"#{visible(record.room)}")
    if record.type != "message":
        parts.append(f"* {happening(record, translate)}")
    else:
        receiver = f" → {visible(record.to)}" if record.to else ""
        parts.append(f"{visible(record.nick)}{receiver}: {visible(record.text)}")
    return "  ".join(parts)
