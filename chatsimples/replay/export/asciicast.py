"""asciicast v2, which asciinema plays: what ``replay play`` shows on a terminal, as a recording."""

from __future__ import annotations

from itertools import islice

import msgspec

from chatsimples.chat.records import microseconds
from chatsimples.replay.export.job import Job, Survey
from chatsimples.replay.export.target import Target
from chatsimples.replay.narration.lines import Lines
from chatsimples.replay.narration.looks import Looks
from chatsimples.replay.recording.rhythm import limit_idle, speed_up, timed

_COLOUR_BITS = 8


def write_asciicast(job: Job, target: Target) -> int:
    """Write the records as a recording, one event for each; return how many they are."""
    found = job.survey()
    target.write(msgspec.json.encode(_header(job, found)) + b"\n")
    shown = Lines(job.translate, Looks(_COLOUR_BITS), "seconds", found.rooms)
    wanted = islice(job.lines(), found.count)
    count = 0
    for due, (record, _) in speed_up(limit_idle(timed(wanted), job.settings.max_idle), job.settings.speed):
        text = "".join([f"{line}\r\n" for line in shown.record(record)])
        target.write(msgspec.json.encode((round(due, 6), "o", text)) + b"\n")
        count += 1
    return count


def _header(job: Job, found: Survey) -> dict[str, object]:
    return {
        "version": 2,
        "width": job.settings.width,
        "height": job.settings.height,
        "timestamp": microseconds(found.first.at) // 1_000_000 if found.first else 0,
        "title": job.title(found),
        "env": {"TERM": "xterm-256color"},
    }
