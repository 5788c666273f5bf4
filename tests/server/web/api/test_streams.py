"""Streams of a room's records."""

from __future__ import annotations

import asyncio
import json

import pytest
from server.web.api.chats import Chat, End, chatting

from chatsimples.server.web.api import streams
from chatsimples.server.web.api.recent import Recent
from chatsimples.server.web.api.session import ChatSession
from chatsimples.server.web.api.streams import Following, Position, read_position


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LOG/7", Position("LOG", 7)),
        (" LOG/0 ", Position("LOG", 0)),
        ("7", None),
        ("/7", None),
        ("LOG/", None),
        ("LOG/-1", None),
        ("LOG/٣", None),
        ("LOG/" + 30 * "9", None),
    ],
)
def test_a_position_is_a_log_and_a_seq(text: str, expected: Position | None) -> None:
    assert expected == read_position(text)


async def _entered(session: ChatSession, chat: Chat) -> tuple[Recent, End]:
    entering = asyncio.create_task(session.enter("geral"))
    end = await chat.next()
    await end.welcome()
    await end.admit(12)
    return await entering, end


def _seqs(told: bytes) -> list[int]:
    return [json.loads(line[6:])["seq"] for line in told.split(b"\n") if line.startswith(b"data: ")]


def test_a_stream_begins_with_its_position_and_goes_on_to_its_end() -> None:
    async def use(session: ChatSession, chat: Chat) -> list[bytes]:
        recent, end = await _entered(session, chat)
        told = []
        async for part in Following(session, recent, None).events():
            told.append(part)
            if len(told) == 1:
                assert 1 == recent.followers
                end.record("message", 13, conn=9, room="geral", text="oi")
            else:
                recent.end("kicked")
        assert 0 == recent.followers
        return told

    first, record, last = chatting(use)
    assert first.startswith(b"retry: 2000\nid: LOG/12\nevent: position\n")
    assert [13] == _seqs(record)
    assert b'event: end\ndata: {"code":"kicked"}\n\n' == last


def test_what_is_in_no_memory_is_looked_up_and_then_shared() -> None:
    async def use(session: ChatSession, chat: Chat) -> tuple[list[int], int]:
        recent, end = await _entered(session, chat)
        parts = Following(session, recent, Position("LOG", 2)).events()
        await anext(parts)
        getting = asyncio.ensure_future(anext(parts))
        asked = await end.next()
        assert (2, True) == (asked["after"], asked["all"])
        for seq in (3, 5):
            end.record("message", seq, conn=9, room="geral", text="velha")
        end.record("join", 12, conn=7, room="geral")
        end.say("history_end", room="geral", complete=True, id=asked["id"])
        seqs = _seqs(await getting)
        other = Following(session, recent, Position("LOG", 3)).events()
        await anext(other)
        assert [5, 12] == _seqs(await anext(other))
        return seqs, recent.start

    assert ([3, 5, 12], 2) == chatting(use)


def test_a_page_after_the_other_is_looked_up() -> None:
    async def use(session: ChatSession, chat: Chat) -> list[int]:
        recent, end = await _entered(session, chat)
        parts = Following(session, recent, Position("LOG", 2)).events()
        await anext(parts)
        seqs: list[int] = []
        for seq, complete in ((3, False), (5, True)):
            getting = asyncio.ensure_future(anext(parts))
            asked = await end.next()
            end.record("message", seq, conn=9, room="geral", text="velha")
            end.say("history_end", room="geral", complete=complete, after=seq, id=asked["id"])
            seqs += [asked["after"], *_seqs(await getting)]
        return seqs

    assert [2, 3, 3, 5] == chatting(use)


def test_a_room_that_may_not_be_read_ends_the_stream() -> None:
    async def use(session: ChatSession, chat: Chat) -> bytes:
        recent, end = await _entered(session, chat)
        parts = Following(session, recent, Position("LOG", 2)).events()
        await anext(parts)
        getting = asyncio.ensure_future(anext(parts))
        asked = await end.next()
        end.say("error", code="room_closed", text="", id=asked["id"])
        return await getting

    assert b"room_closed" in chatting(use)


def test_a_position_of_another_log_is_where_the_room_is_now() -> None:
    async def use(session: ChatSession, chat: Chat) -> bytes:
        recent, _ = await _entered(session, chat)
        return await anext(Following(session, recent, Position("OUTRO", 2)).events())

    assert b'{"log":"LOG","seq":12,"resumed":false}' in chatting(use)


def test_silence_is_told_by_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT", 0.01)

    async def use(session: ChatSession, chat: Chat) -> bytes:
        recent, _ = await _entered(session, chat)
        parts = Following(session, recent, None).events()
        await anext(parts)
        return await anext(parts)

    assert b": \n\n" == chatting(use)
