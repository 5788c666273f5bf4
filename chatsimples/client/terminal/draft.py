"""The draft: the input line, its completion with Tab, and text that is pasted into it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import History

from chatsimples.client.requests.parser import TAB, holds_secret
from chatsimples.client.terminal.completion import Completions, Scope, complete
from chatsimples.client.terminal.emoji_names import replace_before


class Pasted(msgspec.Struct, frozen=True):
    """Several pasted lines, until the person says what to do with them.

    Attributes:
        before, after: the draft around them.
        text: the lines.
        written: they come from an editor, and stand in the draft already.
    """

    before: str
    text: str
    after: str
    written: bool = False

    @property
    def lines(self) -> list[str]:
        """The lines that are not empty."""
        return [line for line in self.text.split("\n") if line.strip()]


class Draft:
    """The input line.

    Args:
        history: what was typed before.
        scope: returns what Tab can complete to.
        secret: tells whether what is typed is a password: it is not shown, and nowhere kept.
    """

    def __init__(
        self, history: History, scope: Callable[[], Scope], secret: Callable[[], bool] = lambda: False
    ) -> None:
        self.buffer = Buffer(multiline=False, history=history)
        self.pasted: Pasted | None = None
        self.secret = secret
        self._scope = scope
        self._offered: Completions | None = None
        self._chosen = 0
        self._made = ("", 0)
        self._origin = ("", 0)

    @property
    def text(self) -> str:
        """What has been typed."""
        return self.buffer.text

    @property
    def offered(self) -> tuple[list[str], int]:
        """The completions that Tab offers, for people, and which one stands in the line; none without Tab."""
        if self._offered is None or self._made != self._now():
            return [], 0
        return [each.label for each in self._offered.candidates], self._chosen

    def complete(self, step: int = 1) -> None:
        """Complete the word before the cursor; pressed again, by the next (or previous) candidate."""
        if self._offered is not None and self._made == self._now():
            self._chosen = (self._chosen + step) % len(self._offered.candidates)
        else:
            self._origin = self._now()
            self._offered = complete(*self._origin, self._scope())
            self._chosen = 0 if step > 0 else -1 % max(1, len(self._offered.candidates))
        if not self._offered.candidates:
            self._offered = None
            return
        text, cursor = self._origin
        insert = self._offered.candidates[self._chosen].text
        start = self._offered.start
        if insert.endswith(" ") and text[cursor : cursor + 1] == " ":
            insert = insert[:-1]
        self._set(text[:start] + insert + text[cursor:], start + len(insert))
        self._made = self._now()

    def type_colon(self) -> None:
        """Insert a colon; if it ends the name of an emoji, the emoji takes the name's place."""
        self.buffer.insert_text(":")
        found = replace_before(*self._now())
        if found is not None:
            start, emoji = found
            text, cursor = self._now()
            # As an edit of its own, so that undo restores the name.
            self.buffer.save_to_undo_stack()
            self._set(text[:start] + emoji + text[cursor:], start + len(emoji))

    def paste(self, data: str) -> None:
        """Insert pasted text; several lines wait in `pasted` until the person says what to do with them."""
        text = _normal(data)
        document = self.buffer.document
        pasted = Pasted(document.text_before_cursor, text, document.text_after_cursor)
        if len(pasted.lines) > 1:
            self.pasted = pasted
        else:
            # A line's end that was copied with the line neither sends it nor belongs to it.
            self.buffer.insert_text(pasted.lines[0] if pasted.lines else text.replace("\n", ""))

    def take_written(self, text: str) -> None:
        """Take over a text from an editor; for several lines the person is asked what to do with them."""
        written = Pasted("", _normal(text), "", written=True)
        self.replace("\n".join(written.lines))
        if len(written.lines) > 1:
            self.pasted = written

    def take_all(self) -> str:
        """Return the pasted lines with the draft around them, to be said one by one."""
        pasted, self.pasted = self.pasted, None
        if pasted is None:
            return self.text
        lines = "\n".join(pasted.lines)
        return f"{pasted.before}{lines}{pasted.after}"

    def join_pasted(self) -> None:
        """Insert the pasted lines as one line."""
        pasted, self.pasted = self.pasted, None
        if pasted is not None:
            if pasted.written:
                self.replace("")
            self.buffer.insert_text(" ".join(line.strip() for line in pasted.lines))

    def drop_pasted(self) -> None:
        """Insert nothing; the draft stays, also one that was written in an editor."""
        self.pasted = None

    def replace(self, text: str) -> None:
        """Replace the draft."""
        self._offered = None
        self._set(text, len(text))

    def entered(self) -> None:
        """Begin anew: what was typed is dealt with, and the up key finds it."""
        self._offered = None
        self.buffer.reset(append_to_history=self._is_kept())
        # The up key is to find it at once, not only after the next drawing.
        self.buffer.load_history_if_not_yet_loaded()

    def keep(self) -> None:
        """Keep an unfinished draft, for the up key in the next run."""
        if self._is_kept():
            self.buffer.append_to_history()

    def forget(self) -> None:
        """Begin anew: what was typed is kept nowhere."""
        self._offered = None
        self.buffer.reset()

    def _is_kept(self) -> bool:
        return bool(self.text.strip()) and not self.secret() and not holds_secret(self.text)

    def _now(self) -> tuple[str, int]:
        return self.buffer.text, self.buffer.cursor_position

    def _set(self, text: str, cursor: int) -> None:
        self.buffer.document = Document(text, cursor)


def _normal(text: str) -> str:
    """Return a text with one kind of line end and without tabs."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", TAB)
