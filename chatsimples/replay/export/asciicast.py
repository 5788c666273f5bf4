"""asciicast v2, for asciinema: a recording of what ``replay play`` shows on a terminal."""

from __future__ import annotations

from itertools import islice

import msgspec

from chatsimples.chat.records import microseconds
from chatsimples.replay.export.job import ExportJob, Summary
from chatsimples.replay.export.output import OutputFile
from chatsimples.replay.narration.line_renderer import LineRenderer
from chatsimples.replay.recording.rhythm import limit_idle, speed_up, timed
from chatsimples.screen.escape_sequences import EscapeSequences

_COLOUR_BITS = 8


def write_asciicast(job: ExportJob, output: OutputFile) -> int:
    """Write the conversation as a recording, one event for each record; return how many they are."""
    found = job.summary()
    output.write(msgspec.json.encode(_header(job, found)) + b"\n")
    renderer = LineRenderer(job.translate, EscapeSequences(_COLOUR_BITS), "seconds", found.rooms)
    wanted = islice(job.conversation(), found.count)
    count = 0
    for due, (record, _) in speed_up(limit_idle(timed(wanted), job.settings.max_idle), job.settings.speed):
        text = "".join([f"{line}\r\n" for line in renderer.record(record)])
        output.write(msgspec.json.encode((round(due, 6), "o", text)) + b"\n")
        count += 1
    return count


def _header(job: ExportJob, found: Summary) -> dict[str, object]:
    return {
        "version": 2,
        "width": job.settings.width,
        "height": job.settings.height,
        "timestamp": microseconds(found.first.at) // 1_000_000 if found.first else 0,
        "title": job.title(found),
        "env": {"TERM": "xterm-256color"},
    }
