"""What the prompt and the status line show: the nick and the conversation, the connection, a question."""

from __future__ import annotations

from collections.abc import Callable

from chatsimples.client.dialogue.dialogue import Dialogue
from chatsimples.client.protocol.link import Link
from chatsimples.client.terminal.draft import Draft, Pasted
from chatsimples.client.terminal.lag import Lag
from chatsimples.client.terminal.status_line import Status, completions_line, status_line
from chatsimples.i18n import Translate
from chatsimples.screen.sanitize import sanitize
from chatsimples.screen.styled_text import StyledLine, cut

_BEHIND = 100


class BottomRows:
    """Makes the rows at the bottom of the screen.

    Args:
        dialogue: the person's dialogue.
        link: the connection.
        draft: what is typed.
        lag: how late records come.
        clock: the loop's, by which the link waits.
        translate: the language.

    Attributes:
        leaving: the person leaves.
        columns: of the screen.
        unprinted: lines that wait to be printed.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        link: Link,
        draft: Draft,
        lag: Lag,
        *,
        clock: Callable[[], float],
        translate: Translate,
    ) -> None:
        self.leaving = False
        self.columns = 0
        self.unprinted = 0
        self._dialogue = dialogue
        self._link = link
        self._draft = draft
        self._lag = lag
        self._clock = clock
        self._translate = translate

    def prompt(self) -> StyledLine:
        """Return what stands before the input."""
        if self._dialogue.core.nick_wanted:
            return [("class:prompt", self._translate("Your nick: "))]
        if self._dialogue.core.login_wanted:
            name = cut(sanitize(self._dialogue.core.account), max(8, self.columns // 2))
            asked = self._translate("Password of {name}: ") if name else self._translate("Password: ")
            return [("class:prompt", asked.format(name=name))]
        widest = max(8, self.columns // 4)
        nick = cut(sanitize(self._dialogue.core.nick), widest)
        here = cut(sanitize(self._dialogue.current.title), widest)
        return [("class:prompt", f"{nick} {here}> ")]

    def status(self) -> StyledLine:
        """Return the last row: a question about pasted lines, completions, or the status."""
        if self._draft.pasted is not None:
            return self._question(self._draft.pasted)
        labels, chosen = self._draft.offered
        if len(labels) > 1:
            return completions_line(labels, chosen, self.columns)
        status = Status(
            link=self._link.state,
            now=self._clock(),
            address=self._link.address,
            leaving=self.leaving,
            nick_wanted=self._dialogue.core.waits,
            behind=self._dialogue.core.records_behind,
            lag=self._lag.seconds(),
            unprinted=self.unprinted if self.unprinted > _BEHIND else 0,
            unconfirmed=len(self._dialogue.unconfirmed),
        )
        return status_line(status, self._dialogue.conversations, self.columns, self._translate)

    def _question(self, pasted: Pasted) -> StyledLine:
        text = self._translate("paste {number} lines? [a]ll [j]oined [n]o")
        question = text.format(number=len(pasted.lines))
        first = cut(sanitize(pasted.lines[0].strip()), self.columns - len(question) - 3)
        return [("class:question", f" {question} "), ("class:status", f" {first}")]
