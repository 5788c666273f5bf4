"""What is written to one client: numerics with its nick, and the answer to a request as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatsimples.chat.records import Record
from chatsimples.errors import explain
from chatsimples.i18n import Translate
from chatsimples.irc import capabilities
from chatsimples.irc.marks import Mark
from chatsimples.irc.message import format_tags
from chatsimples.irc.replies.records import Line, RecordWriter
from chatsimples.irc.server import Server
from chatsimples.irc.texts import LONGEST_LINE, filled, fit

NOBODY = "*"
"""What a client is called that is not registered."""

_BATCH = "answer"
_INNER = "within"


class Writer:
    """Gathers the lines of an answer.

    Args:
        server: the server.
        style: the capabilities of whoever reads it.
        records: writes records in that style.
        translate: into the language of people.
        nick: of whoever reads it; empty if it is not registered.
    """

    def __init__(
        self, server: Server, style: int, records: RecordWriter, translate: Translate, nick: str
    ) -> None:
        self.server = server
        self.style = style
        self.nick = nick or NOBODY
        self.translate = translate
        self._records = records
        self._lines: list[Line] = []
        self._delivered: list[Line] = []
        self._is_deferred = False
        self._batch = ""

    def defer(self) -> None:
        """Write nothing now, as the answer comes later."""
        self._is_deferred = True

    def begin(self, kind: str, *params: str) -> None:
        """Put what follows, up to `end`, into a batch, for those who know batches."""
        if self.style & capabilities.BATCH:
            self.say(" ".join(("BATCH", f"+{_INNER}", kind, *params)))
            self._batch = f"batch={_INNER}"

    def end(self) -> None:
        """End the batch."""
        if self._batch:
            self._batch = ""
            self.say(f"BATCH -{_INNER}")

    def numeric(self, number: str, *params: str, text: str | None = None) -> None:
        """Add a numeric with its parameters, and a text as the last one."""
        last = () if text is None else (f":{text}",)
        self.say(" ".join((number, self.nick, *params, *last)))

    def numeric_lists(self, number: str, *params: str, words: Iterable[str], between: str = " ") -> None:
        """Add a numeric as often as is needed to tell all words, as many in each as there is room for."""
        head = " ".join((f":{self.server.name}", number, self.nick, *params, ":"))
        room = LONGEST_LINE - 2 - len(head.encode())
        self.add([Line(head + line) for line in filled(words, room, between)])

    def say(self, text: str) -> None:
        """Add a line from the server."""
        self.add([Line(fit(f":{self.server.name} {text}"))])

    def say_as(self, source: str, text: str) -> None:
        """Add a line from somebody."""
        self.add([Line(fit(f":{source} {text}"))])

    def fail(self, command: str, code: str, *context: str, text: str) -> None:
        """Add a refusal that has no numeric: a standard reply to those who know them, else a notice."""
        if self.style & capabilities.STANDARD_REPLIES:
            self.say(" ".join(("FAIL", command, code.upper(), *context, f":{text}")))
        else:
            self.say(f"NOTICE {self.nick} :{command}: {text}")

    def refuse(self, command: str, code: str, *context: str, text: str) -> None:
        """Add a standard reply to those who have asked for something that has no other refusals."""
        self.say(" ".join(("FAIL", command, code, *context, f":{text}")))

    def explained(self, code: str, detail: dict[str, str]) -> str:
        """Return what a refusal means, for people."""
        return explain(code, detail, self.translate)

    def record(self, record: Record, *, alone: bool = False) -> None:
        """Add a record; ``alone`` if the lines of its message that belong to it are not all told.

        What somebody has said to themselves comes, and comes back to those who hear themselves.
        """
        lines = self._records.write(record, alone=alone)
        is_for_oneself = bool(record.to) and record.to_conn == record.conn
        if not is_for_oneself or self.style & capabilities.ECHO_MESSAGE:
            self.add(lines)
        if is_for_oneself:
            self._delivered += lines

    def add(self, lines: Sequence[Line]) -> None:
        """Add lines."""
        if self._batch:
            lines = [Line(text, _added(self._batch, tags)) for text, tags in lines]
        self._lines += lines

    def written(self) -> bytes:
        """Return all of it as it goes to the socket."""
        return join(self._lines)

    def labelled(self, mark: Mark) -> bytes:
        """Return all of it as the answer to a request, with its label if it has one."""
        return self._with_label(mark) + join(self._delivered)

    def _with_label(self, mark: Mark) -> bytes:
        if not mark.label or self._is_deferred:
            return self.written()
        label = format_tags({"label": mark.label})
        lines = self._lines
        if is_batch(lines):
            # The label is that of the batch.
            return join([Line(lines[0].text, _added(label, lines[0].tags)), *lines[1:]])
        if not lines:
            return join([Line(f":{self.server.name} ACK", label)])
        if len(lines) == 1:
            return join([Line(lines[0].text, _added(label, lines[0].tags))])
        begin = Line(f":{self.server.name} BATCH +{_BATCH} labeled-response", label)
        inside = [Line(each.text, _added(f"batch={_BATCH}", each.tags)) for each in lines]
        return join([begin, *inside, Line(f":{self.server.name} BATCH -{_BATCH}")])


def join(lines: Iterable[Line]) -> bytes:
    """Write lines as they go to the socket."""
    return "".join([f"@{tags} {text}\r\n" if tags else f"{text}\r\n" for text, tags in lines]).encode()


def is_batch(lines: Sequence[Line]) -> bool:
    """Tell whether lines are one batch, from its beginning to its end."""
    if len(lines) <= 1:
        return False
    begins = lines[0].text.split(" ", 3)
    return begins[1:2] == ["BATCH"] and lines[-1].text.split(" ", 3)[1:] == ["BATCH", f"-{begins[2][1:]}"]


def _added(tag: str, tags: str) -> str:
    # What belongs to a batch within the answer does not belong to the answer itself.
    if tags.startswith("batch="):
        return tags
    return f"{tag};{tags}" if tags else tag
