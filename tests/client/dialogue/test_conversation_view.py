"""The conversation in front has a heading, its days have rules, and unread messages begin with one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chatsimples.chat.records import Record
from chatsimples.client.dialogue.conversation_view import ConversationView
from chatsimples.client.dialogue.conversations import Conversations, Entry
from chatsimples.client.protocol.core import Core
from chatsimples.client.rendering.dates import Dates
from chatsimples.client.rendering.renderer import Columns, Renderer
from chatsimples.client.requests.request import Destination
from chatsimples.screen.styled_text import StyledLine, plain

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def said(seq: int, text: str, *, day: int = 22, room: str = "geral") -> Entry:
    at = f"2026-11-{day}T15:04:{seq % 60:02d}.000000Z"
    return Entry(Record(seq, at, "message", 1, "bia", room=room, text=text), own=False)


def texts(lines: list[StyledLine]) -> list[str]:
    return [plain(line) for line in lines]


@pytest.fixture
def conversations() -> Conversations:
    return Conversations(["geral", "dev"])


@pytest.fixture
def view(conversations: Conversations) -> ConversationView:
    renderer = Renderer(str, Dates(UTC, lambda: NOW), Columns("off", 0))
    return ConversationView(conversations, Core("ana"), renderer, str)


def test_another_day_begins_with_a_rule(view: ConversationView) -> None:
    assert ["bia: a"] == texts(view.entry(said(1, "a")))
    assert ["── Saturday, November 21, 2026 ──", "bia: b"] == texts(view.entry(said(2, "b", day=21)))
    assert ["bia: c"] == texts(view.entry(said(3, "c", day=21)))


def test_unread_messages_begin_with_a_rule(view: ConversationView) -> None:
    shown = view.entries([said(1, "a"), said(2, "b"), said(3, "c")], 2, said(1, "a").record.at)
    assert ["bia: a", "── new since 15:04 ──", "bia: b", "bia: c"] == texts(shown)


def test_a_conversation_comes_to_the_front_with_what_is_unread(
    view: ConversationView, conversations: Conversations
) -> None:
    dev = conversations.find(Destination(room="dev"))
    assert dev is not None
    for seq in range(1, 21):
        dev.entries.append(said(seq, f"m{seq}", room="dev"))
    dev.read_seq, dev.read_at = 18, said(18, "").record.at
    dev.unread = 2
    shown = texts(view.show(dev))
    assert ["── #dev ──", "bia: m11"] == shown[:2]
    assert ["bia: m18", "── new since 15:04 ──", "bia: m19", "bia: m20"] == shown[-4:]
    assert (dev, 0, 20) == (conversations.current, dev.unread, dev.read_seq)
    assert [] == view.show(dev)
    assert [] == view.show(None)


def test_unread_messages_that_are_not_kept_are_counted(
    view: ConversationView, conversations: Conversations
) -> None:
    dev = conversations.find(Destination(room="dev"))
    assert dev is not None
    dev.entries.append(said(9, "m9"))
    dev.unread = 4
    assert "* new messages that are not shown here: 3; /historico shows them" in texts(view.show(dev))
    assert 9 == dev.oldest


def test_closing_the_conversation_in_front_shows_another(
    view: ConversationView, conversations: Conversations
) -> None:
    bia = conversations.open(Destination(to="bia"))
    assert [] == view.close(bia)
    view.show(conversations.open(Destination(to="bia")))
    assert ["── #geral ──"] == texts(view.close(conversations.current))


def test_earlier_messages_stand_between_two_rules(
    view: ConversationView, conversations: Conversations
) -> None:
    shown = view.earlier(conversations.current, [said(1, "a")], complete=True)
    assert [
        "── #geral ── earlier ──",
        "bia: a",
        "* nothing was said in #geral before",
        "── #geral ── now ──",
    ] == texts(shown)
    assert [] == view.earlier(conversations.current, [], complete=False)


def test_a_backlog_that_is_too_long_says_so(view: ConversationView) -> None:
    shown = view.backlog([], [said(2, "b")], said(1, "a").record.at, more=True)
    assert ["* there is more that is new: PgUp or /historico", "── new since 15:04 ──", "bia: b"] == texts(
        shown
    )
