"""Records go into their conversations; only those that are to be seen at once become lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from client.unset import PREFERENCES

from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import SettingsChange
from chatsimples.client.dialogue.backlog import HELD_BACK
from chatsimples.client.dialogue.conversation_view import ConversationView
from chatsimples.client.dialogue.conversations import Conversation, Conversations
from chatsimples.client.dialogue.inbox import Inbox
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import RecordReceived
from chatsimples.client.rendering.dates import Dates
from chatsimples.client.rendering.renderer import Columns, Renderer
from chatsimples.client.requests.request import Destination
from chatsimples.client.storage.read_markers import ReadMarkers
from chatsimples.screen.styled_text import plain

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


class Receiving:
    """An inbox with two rooms, of which "geral" is in front."""

    def __init__(self, folder: Path) -> None:
        core = Core("ana", ["geral", "dev"])
        self.conversations = Conversations(["geral", "dev"])
        renderer = Renderer(str, Dates(UTC, lambda: NOW), Columns("off", 0))
        view = ConversationView(self.conversations, core, renderer, str)
        self.inbox = Inbox(
            core,
            self.conversations,
            view,
            markers=ReadMarkers(folder / "marks.json"),
            preferences=PREFERENCES,
            clock=lambda: 1_000.0,
        )
        self._seq = 0

    def receive(
        self, type_: str, /, room: str = "geral", nick: str = "bia", *, own: bool = False, **fields: Any
    ) -> list[str]:
        """Take a record; return the lines."""
        self._seq += 1
        at = f"2026-11-22T15:04:05.{fields.pop('micro', self._seq):06d}Z"
        record = Record(self._seq, at, type_, 1 if own else 2, nick, room=room, **fields)
        event = RecordReceived(record, own=own, past=False, command=None)
        return [plain(line) for line in self.inbox.record(event)]

    def find(self, **names: str) -> Conversation:
        found = self.conversations.find(Destination(**names))
        assert found is not None
        return found


@pytest.fixture
def receiving(tmp_path: Path) -> Receiving:
    return Receiving(tmp_path)


def test_a_message_in_front_is_shown_and_one_elsewhere_counted(receiving: Receiving) -> None:
    assert ["bia: a"] == receiving.receive("message", text="a")
    assert [] == receiving.receive("message", "dev", text="b")
    assert (1, 0) == (receiving.find(room="dev").unread, receiving.find(room="dev").mentions)
    assert not receiving.inbox.rang


def test_a_mention_elsewhere_is_shown_and_rings(receiving: Receiving) -> None:
    assert ["#dev bia: ana?"] == receiving.receive("message", "dev", text="ana?")
    assert (1, 1) == (receiving.find(room="dev").unread, receiving.find(room="dev").mentions)
    assert receiving.inbox.rang


def test_a_private_message_opens_its_conversation(receiving: Receiving) -> None:
    assert ["[bia → ana] oi"] == receiving.receive("message", "", to="ana", text="oi")
    assert 1 == receiving.find(to="bia").unread


def test_a_record_of_another_room_is_ignored(receiving: Receiving) -> None:
    assert [] == receiving.receive("message", "longe", text="a")
    assert 2 == len(receiving.conversations)


@pytest.mark.parametrize("kind", ["hello", "bye"])
@pytest.mark.parametrize("own", [False, True])
def test_the_arrival_and_the_end_of_a_connection_are_not_shown(
    receiving: Receiving, kind: str, own: bool
) -> None:
    assert [] == receiving.receive(kind, "", own=own)


def test_a_change_of_nick_is_shown_by_the_room_in_front(receiving: Receiving) -> None:
    shown = [receiving.receive("nick", room, new="eva", micro=7) for room in ("dev", "geral")]
    assert [[], ["* bia is now eva"]] == shown
    assert ["nick"] == [entry.record.type for entry in receiving.find(room="dev").entries]


@pytest.mark.parametrize(("own", "expected"), [(True, ["* you are now eva"]), (False, ["* bia is now eva"])])
def test_a_private_conversation_in_front_shows_it_once(
    receiving: Receiving, own: bool, expected: list[str]
) -> None:
    receiving.conversations.show(receiving.conversations.open(Destination(to="bia")))
    nick = "ana" if own else "bia"
    shown = [
        line
        for room in ("geral", "dev")
        for line in receiving.receive("nick", room, nick, own=own, new="eva", micro=7)
    ]
    assert expected == shown


def test_records_wait_for_a_rooms_first_messages_but_not_for_ever(receiving: Receiving) -> None:
    assert [] == receiving.receive("join", nick="ana", own=True)
    for number in range(HELD_BACK - 2):
        assert [] == receiving.receive("message", text=f"{number}")
    shown = receiving.receive("message", text="last")
    assert HELD_BACK == len(shown)
    assert ["* ana has entered #geral", "bia: 0"] == shown[:2]
    assert ["bia: and on"] == receiving.receive("message", text="and on")


# What people tell of themselves.


def test_who_is_away_is_told_in_the_room_in_front_once(receiving: Receiving) -> None:
    assert [] == receiving.receive("away", "dev", text="almoço", micro=1)
    assert ["* bia is away: almoço"] == receiving.receive("away", text="almoço", micro=1)
    assert 0 == receiving.find(room="dev").unread
    assert ["* bia gives their name as Bia Reis"] == receiving.receive("setname", realname="Bia Reis")


def test_ones_own_being_away_is_told_once_wherever_one_is(receiving: Receiving) -> None:
    receiving.receive("message", "", to="ana", text="oi")
    receiving.conversations.current = receiving.find(to="bia")
    told = [receiving.receive("away", room, "ana", own=True, text="já", micro=7) for room in ("geral", "dev")]
    assert [["* ana is away: já"], []] == told


def test_an_announcement_rings_and_is_told_wherever_one_is(receiving: Receiving) -> None:
    assert ["* caio to everybody: já volto"] == receiving.receive(
        "announcement", "", nick="", text="já volto", by="caio", by_conn=3
    )
    assert receiving.inbox.rang


def test_a_reaction_is_told_and_other_tags_are_not(receiving: Receiving) -> None:
    assert ["* bia reacts with 👍"] == receiving.receive("tags", tags={"+draft/react": "👍"})
    assert [] == receiving.receive("tags", tags={"+x": "y"})
    assert ["** bia acena"] == receiving.receive("message", text="acena", kind="action")


# What was done to govern.


def by(conn: int = 3, **fields: Any) -> dict[str, Any]:
    return {"by": "caio", "by_conn": conn, **fields}


def test_what_governs_the_room_in_front_is_shown_and_a_topic_is_kept(receiving: Receiving) -> None:
    shown = receiving.receive("topic", nick="", text="a prova", **by())
    assert ["* caio has set the topic of #geral: a prova"] == shown
    assert "a prova" == receiving.find(room="geral").topic
    assert ["* caio has muted bia in #geral"] == receiving.receive("mute", **by())
    assert ["* caio has removed bia from #geral: spam"] == receiving.receive(
        "leave", reason="kicked", text="spam", **by()
    )


def test_elsewhere_it_is_kept_unless_it_concerns_this_person(receiving: Receiving) -> None:
    assert [] == receiving.receive("mute", "dev", **by())
    assert 1 == len(receiving.find(room="dev").entries)
    assert ["* caio has muted ana in #dev"] == receiving.receive("mute", "dev", nick="ana", **by())
    assert receiving.inbox.rang
    assert 0 == receiving.find(room="dev").unread


def test_what_is_about_the_server_or_a_room_where_one_is_not_is_shown_here(receiving: Receiving) -> None:
    assert ["* caio invites ana into #longe: /entrar #longe"] == receiving.receive(
        "invite", "longe", nick="ana", quiet=True, **by()
    )
    assert ["* caio has removed bia from the server"] == receiving.receive("bye", "", reason="kicked", **by())
    assert [] == receiving.receive("bye", "", reason="quit")


def test_the_proof_of_a_key_is_not_shown(receiving: Receiving) -> None:
    proof, told = SettingsChange(key="k" * 32), SettingsChange(keyed=True)
    assert [] == receiving.receive("set", nick="", quiet=True, settings=proof, own=True, **by(1))
    assert ["* caio has changed #geral: with a key"] == receiving.receive(
        "set", nick="", settings=told, own=True, **by(1)
    )


def test_whoever_is_removed_from_a_room_has_left_it(receiving: Receiving) -> None:
    shown = receiving.receive("leave", "dev", nick="ana", own=True, reason="kicked", **by())
    assert ["* caio has removed ana from #dev"] == shown
    assert receiving.conversations.find(Destination(room="dev")) is None
