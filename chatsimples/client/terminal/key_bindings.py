"""Keys, bound to what they do with the draft and for the person."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from chatsimples.client.terminal.draft import Draft


class Handlers(msgspec.Struct, frozen=True):
    """What a person can cause.

    Attributes:
        enter: is given what was typed; returns true if it is dealt with, false if it stays to be corrected.
        leave: the person wants to leave.
        switch: they want the conversation of this number.
        command: they pressed the key of one of `chatsimples.client.terminal.keys.DEFAULTS`.
    """

    enter: Callable[[str], bool]
    leave: Callable[[], None]
    switch: Callable[[int], None]
    command: Callable[[str], None]


class DraftBindings:
    """Makes the bindings.

    Args:
        draft: what is typed.
        handlers: what the person can cause.
        clear: clears the screen.
        searching: tells whether the person searches in what was typed before.
    """

    def __init__(
        self,
        draft: Draft,
        handlers: Handlers,
        clear: Callable[[KeyPressEvent], None],
        searching: Callable[[], bool],
    ) -> None:
        self._draft = draft
        self._handlers = handlers
        self._clear = clear
        self._searching = Condition(searching)
        self._asking = Condition(lambda: draft.pasted is not None)

    def make(self, keys: Mapping[tuple[str, ...], str]) -> KeyBindings:
        """Return all bindings; ``keys`` tells which key sequence is for which command."""
        made = KeyBindings()
        for sequence, command in keys.items():
            self._bind_command(made, sequence, command)
        for number in range(1, 10):
            self._bind_switch(made, number)
        self._bind_editing(made)
        self._bind_answers(made)
        return made

    def _bind_editing(self, made: KeyBindings) -> None:
        draft, handlers = self._draft, self._handlers
        empty = Condition(lambda: not draft.text)
        free = ~self._asking

        @made.add("enter", filter=free & ~self._searching)
        def _enter(event: KeyPressEvent) -> None:  # noqa: ARG001 - the signature of a key's function
            if handlers.enter(draft.text):
                draft.entered()

        @made.add("c-c", filter=free)
        @made.add("c-d", filter=empty & free)
        def _leave(event: KeyPressEvent) -> None:  # noqa: ARG001
            handlers.leave()

        @made.add("c-z", filter=free)
        def _suspend(event: KeyPressEvent) -> None:
            event.app.suspend_to_background()

        @made.add("tab", filter=free)
        def _complete(event: KeyPressEvent) -> None:  # noqa: ARG001
            draft.complete()

        @made.add("s-tab", filter=free)
        def _complete_back(event: KeyPressEvent) -> None:  # noqa: ARG001
            draft.complete(-1)

        @made.add(":", filter=free & ~self._searching)
        def _colon(event: KeyPressEvent) -> None:  # noqa: ARG001
            draft.type_colon()

        @made.add(Keys.BracketedPaste, filter=free)
        def _paste(event: KeyPressEvent) -> None:
            draft.paste(event.data)

    def _bind_answers(self, made: KeyBindings) -> None:
        @made.add(Keys.Any, filter=self._asking, eager=True)
        def _answer(event: KeyPressEvent) -> None:
            self._answer(event.data.lower())

        @made.add(Keys.BracketedPaste, filter=self._asking, eager=True)
        def _paste_again(event: KeyPressEvent) -> None:
            """Take no answer from text that is pasted while the question stands."""

        for key in ("escape", "c-c", "c-d", "enter"):
            made.add(key, filter=self._asking, eager=True)(lambda _event: self._answer("n"))

    def _answer(self, key: str) -> None:
        """Do with pasted lines what the person chose: all (todas), joined (juntas), or none (não)."""
        if key in {"a", "t", "y", "s"}:
            text = self._draft.take_all()
            self._draft.replace(text)
            if self._handlers.enter(text):
                self._draft.entered()
        elif key == "j":
            self._draft.join_pasted()
        elif key == "n":
            self._draft.drop_pasted()

    def _bind_command(self, made: KeyBindings, sequence: tuple[str, ...], command: str) -> None:
        @made.add(*sequence, filter=~self._asking)
        def _command(event: KeyPressEvent) -> None:
            if command == "clear":
                self._clear(event)
            else:
                self._handlers.command(command)

    def _bind_switch(self, made: KeyBindings, number: int) -> None:
        @made.add("escape", str(number), filter=~self._asking)
        def _switch(event: KeyPressEvent) -> None:  # noqa: ARG001
            self._handlers.switch(number)
