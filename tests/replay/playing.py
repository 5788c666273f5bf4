"""``replay play`` as people see it: a real process on a terminal of its own; and transcripts to be played."""

from __future__ import annotations

import termios
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from support.server import COMMAND
from support.terminals import TerminalProgram

from chatsimples.chat.records import Record, timestamp, to_line
from chatsimples.transcript.segments import GENESIS, Header, segment_name

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M6"
START = 1_795_100_400_000_000  # 2026-11-19T15:00:00Z
ENVIRONMENT = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC0", "NO_COLOR": ""}

LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1bOB"
HOME, END = "\x1b[H", "\x1b[4~"


def at(seconds: float) -> str:
    """Give a time so many seconds after three o'clock."""
    return timestamp(START + round(seconds * 1_000_000))


def said(seq: int, seconds: float, text: str, nick: str = "ana", room: str = "geral") -> Record:
    return Record(seq, at(seconds), "message", 1, nick, room=room, text=text)


def chat(moments: Iterable[float], room: str = "geral") -> list[Record]:
    """Give records, each with its seq as text (``n 1``), at these seconds."""
    return [said(seq, moment, f"n {seq}", room=room) for seq, moment in enumerate(moments, 1)]


def record_chat(folder: Path, records: Iterable[Record]) -> Path:
    """Write a transcript of one segment, without seals, whatever the records hold."""
    records = list(records)
    folder.mkdir(parents=True, exist_ok=True)
    version = 2 if any(each.limits for each in records) else 1
    header = Header(version=version, log=LOG, first_seq=records[0].seq, previous=GENESIS).encode()
    path = folder / segment_name(records[0].seq)
    path.write_bytes(header + b"".join(map(to_line, records)))
    return folder


class Playing(TerminalProgram):
    """A run of ``replay play`` on a terminal.

    Args:
        path: what is played.
        options: more of its command line.
        columns, rows: the terminal's size.
        through: a shell command line in which ``$PLAY`` stands for the run.
        environ: more of its environment.
    """

    def __init__(
        self,
        path: Path | str,
        *options: str,
        columns: int = 80,
        rows: int = 24,
        through: list[str] | None = None,
        environ: dict[str, str] | None = None,
    ) -> None:
        command = [*COMMAND, "replay", "play", str(path), "--lang", "en", *options]
        play = " ".join(command)
        command = [part.replace("$PLAY", play) for part in through] if through else command
        super().__init__(command, columns, rows, {**ENVIRONMENT, **(environ or {})})

    @property
    def attributes(self) -> list[Any]:
        """The terminal's attributes now."""
        return termios.tcgetattr(self.process.child_fd)

    @property
    def progress(self) -> str:
        return self.last_row

    def shows(self, *texts: str) -> None:
        """Take in until the last rows above the progress line end with these texts."""
        expected = list(texts)

        def shown() -> list[str]:
            return self.rows[:-1][-len(expected) :]

        self.sees(
            lambda: (
                all(row.endswith(text) for row, text in zip(shown(), expected, strict=True))
                if len(shown()) == len(expected)
                else False
            ),
            f"{expected}",
        )

    def press(self, *keys: str) -> None:
        self.process.send("".join(keys))

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        gone = max(0, self.screen.lines - rows)
        super().resize(columns, rows)
        # pyte takes rows away at the top, but leaves the cursor where it was on the screen.
        self.screen.cursor.y = max(0, self.screen.cursor.y - gone)
