"""The prompt names the nick and the conversation; the last row is a question, completions or the status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from client.protocol.test_link import NOBODY
from client.unset import PREFERENCES
from prompt_toolkit.history import InMemoryHistory

from chatsimples.client.dialogue.conversations import Conversations
from chatsimples.client.dialogue.dialogue import Dialogue
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.link import Link
from chatsimples.client.rendering.renderer import Renderer
from chatsimples.client.storage.read_markers import ReadMarkers
from chatsimples.client.terminal.bottom_rows import BottomRows
from chatsimples.client.terminal.completion import Scope
from chatsimples.client.terminal.draft import Draft
from chatsimples.client.terminal.lag import Lag
from chatsimples.screen.styled_text import plain, width


class Bottom:
    """The rows of a client that has not connected yet."""

    def __init__(self, folder: Path, nick: str = "ana", room: str = "geral") -> None:
        core = Core(nick, [room])
        link = Link(core, "here", 1, NOBODY, str)
        self.dialogue = Dialogue(
            core,
            Conversations([room]),
            link.address,
            Renderer(str),
            markers=ReadMarkers(folder / "marks.json"),
            preferences=PREFERENCES,
            translate=str,
        )
        self.draft = Draft(InMemoryHistory(), lambda: Scope(nicks=["bia", "beatriz"]))
        lag = Lag(lambda: 0.0)
        self.rows = BottomRows(self.dialogue, link, self.draft, lag, clock=lambda: 0.0, translate=str)
        self.rows.columns = 60

    @property
    def prompt(self) -> str:
        return plain(self.rows.prompt())

    @property
    def status(self) -> str:
        return plain(self.rows.status()).rstrip()


@pytest.fixture
def bottom(tmp_path: Path) -> Callable[..., Bottom]:
    async def make(*names: str) -> Bottom:
        # A link is made where its loop runs.
        return Bottom(tmp_path, *names)

    return lambda *names: asyncio.run(make(*names))


def test_the_prompt_names_the_nick_and_the_conversation(bottom: Callable[..., Bottom]) -> None:
    assert "ana #geral> " == bottom().prompt
    assert "Your nick: " == bottom("").prompt


def test_long_names_leave_room_for_the_draft(bottom: Callable[..., Bottom]) -> None:
    made = bottom("n" * 100, "\x1b" * 50)
    assert width([("", made.prompt)]) <= made.rows.columns // 2 + 3
    assert made.prompt.isprintable()


def test_the_status_is_there_usually(bottom: Callable[..., Bottom]) -> None:
    made = bottom()
    assert " connecting to here:1…  1:#geral" == made.status
    made.dialogue.core.say("oi", room="geral")
    assert "not sent yet: 1" in made.status
    made.rows.leaving = True
    assert " leaving…" == made.status[:9]


def test_completions_take_the_place_of_the_status(bottom: Callable[..., Bottom]) -> None:
    made = bottom()
    made.draft.buffer.insert_text("b")
    made.draft.complete()
    assert " bia  beatriz" == made.status


def test_pasted_lines_are_a_question(bottom: Callable[..., Bottom]) -> None:
    made = bottom()
    made.draft.paste("um\x1b\ndois")
    assert r" paste 2 lines? [a]ll [j]oined [n]o  um\x1b" == made.status
    made.rows.columns = 20
    assert made.status.startswith(" paste 2 lines?")
