"""Messages of several lines, as clients send them: a batch of lines (IRCv3 draft/multiline)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chatsimples.chat.commands import MOST_LINES, Command, Line, Lines, Say
from chatsimples.chat.lines import check_lines
from chatsimples.chat.names import check_text
from chatsimples.chat.tags import check_tags
from chatsimples.errors import Refusal
from chatsimples.irc import faults, texts
from chatsimples.irc.asking import Asker
from chatsimples.irc.marks import Mark
from chatsimples.irc.message import Message
from chatsimples.irc.server import Bounds

BATCH_TYPE: Final = "draft/multiline"
"""What such a batch is called."""

CONCAT: Final = "draft/multiline-concat"
"""The tag of a line that goes on in the line of the one before it."""

INVALID: Final = "MULTILINE_INVALID"
INVALID_TARGET: Final = "MULTILINE_INVALID_TARGET"
MAX_BYTES: Final = "MULTILINE_MAX_BYTES"
MAX_LINES: Final = "MULTILINE_MAX_LINES"

_TALKING = frozenset({"PRIVMSG", "NOTICE"})


class Multiline:
    """One batch.

    Args:
        mark: of the line that has begun it.
        tags: those of it that are for other clients.

    Attributes:
        is_refused: whether it was; then what else is in it means nothing.
    """

    # A connection has one at a time, for as long as it sends it.
    __slots__ = ("_bounds", "_lines", "_mark", "_size", "_tags", "_verb", "is_refused", "reference", "target")

    def __init__(self, mark: Mark, tags: Mapping[str, str], bounds: Bounds) -> None:
        self.reference = mark.params[0][1:]
        self.target = mark.params[2] if len(mark.params) > 2 else ""  # noqa: PLR2004 - reference, type, target
        self.is_refused = False
        self._mark = mark
        self._tags = dict(tags)
        self._bounds = bounds
        self._verb = ""
        self._lines: list[Line] = []
        self._size = -1

    def refuse(self, code: str = INVALID, *context: str) -> Mark:
        """Refuse the batch; return the mark of the answer."""
        self.is_refused = True
        return refusal(self._mark.label, code, *context)

    def add(self, message: Message) -> Mark | None:
        """Add a line; return the mark of the answer if it does not belong here: the batch is refused then."""
        if self.is_refused and message.tags["batch"] == self.reference:
            return None
        wrong = self._wrong(message)
        if wrong:
            return self.refuse(*wrong)
        self._verb = message.command
        self._lines.append(Line(message.params[1], CONCAT in message.tags))
        return None

    def _wrong(self, message: Message) -> tuple[str, ...]:
        """Return what is wrong with a line, as the answer tells it; nothing if it belongs here."""
        command, params, tags, _ = message
        joined = CONCAT in tags
        if tags.get("batch") != self.reference or len(params) != 2:  # noqa: PLR2004 - target and text
            return (INVALID,)
        if params[0] != self.target:
            return (INVALID_TARGET, self.target, *_shown(params[0]))
        if command != (self._verb or command) or (joined and not (params[1] and self._lines)):
            return (INVALID,)
        if len(self._lines) == MOST_LINES:
            return (MAX_LINES, str(MOST_LINES))
        most = texts.most_bytes(self._bounds)
        self._size += 1 + len(params[1].encode())
        return (MAX_BYTES, str(most)) if self._size > most else ()

    def ended(self, asker: Asker) -> tuple[Mark, tuple[Command, ...]]:
        """Return the mark of the message, and the message; nothing if there is none in it."""
        if not any(line.text.strip() for line in self._lines):
            return self.refuse(), ()
        mark = Mark(self._verb, (self.target,), self._mark.label)
        try:
            return mark, (self._message(asker),)
        except Refusal as refused:
            return mark, (asker.fault_for(refused, self.target),)

    def _message(self, asker: Asker) -> Command:
        room, to = asker.target(self.target)
        tags = check_tags(self._tags) if self._tags else None
        first = texts.read_text(self._lines[0].text)
        kind = "action" if first.action else "notice" if self._verb == "NOTICE" else ""
        if len(self._lines) == 1:
            return Say(asker.conn, check_text(first.text, 0), room, to, kind=kind, tags=tags)
        lines = [
            Line(first.text, joined=False),
            *[Line(texts.plain(text), joined) for text, joined in map(_fields, self._lines[1:])],
        ]
        return Lines(asker.conn, check_lines(lines, self._bounds.max_text), room, to, kind=kind, tags=tags)


def refusal(label: str, code: str = INVALID, *context: str) -> Mark:
    """Return the mark of the answer to a batch that is no message, or to a line of none."""
    return Mark("BATCH", (code, *context), label, faults.BAD_BATCH)


def is_within(message: Message) -> bool:
    """Tell whether a line is one of a batch."""
    return "batch" in message.tags and message.command in _TALKING


def _fields(line: Line) -> tuple[str, bool]:
    return line.text, line.joined


def _shown(word: str) -> tuple[str, ...]:
    return (word,) if word and " " not in word and not word.startswith(":") else ()
