"""A caller's session: each message once, each record in its place, however connections end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from server.web.api.chats import GUEST, Chat, End, chatting

from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.session import ChatSession


async def _in_room(chat: Chat, room: str = "geral") -> tuple[End, Any]:
    """Welcome a session that wants to be in a room."""
    end = await chat.next()
    hello = await end.welcome()
    await end.admit(12)
    return end, hello


def test_it_says_hello_with_what_its_caller_is_known_by() -> None:
    async def use(session: ChatSession, chat: Chat) -> Any:
        return await (await chat.next()).next()

    assert {"type": "hello", "session": "s" * 32, "token": "cst_x", "rooms": []} == chatting(use)
    assert {"type": "hello", "session": "g" * 32, "nick": "rui", "rooms": []} == chatting(use, GUEST)


def test_a_message_is_acked_by_its_record() -> None:
    async def use(session: ChatSession, chat: Chat) -> tuple[Any, Any]:
        saying = asyncio.create_task(session.say("geral", "oi", "k"))
        end, _ = await _in_room(chat)
        told = await end.next()
        end.record("message", 12, conn=9, room="geral", text="x", id="k")
        end.record("message", 13, conn=7, room="geral", text="oi", id="k")
        return told, (await saying).heard.seq

    expected = {"type": "message", "room": "geral", "text": "oi", "id": "k"}
    assert (expected, 13) == chatting(use)


def test_what_is_not_acked_is_sent_again_in_order_by_the_same_session() -> None:
    async def use(session: ChatSession, chat: Chat) -> Any:
        sayings = [asyncio.create_task(session.say("geral", f"{n}", f"k{n}")) for n in range(3)]
        end, first = await _in_room(chat)
        for _ in sayings:
            await end.next()
        end.record("message", 13, conn=7, room="geral", text="0", id="k0")
        end.close()
        end = await chat.next()
        again = await end.welcome(8, seq=13, resumed=True)
        end.record("join", 15, conn=8, nick="ana", room="geral")
        told = [(await end.next())["id"] for _ in range(2)]
        end.say("duplicate", id="k1", seq=14)
        end.record("message", 16, conn=8, room="geral", text="2", id="k2")
        seqs = [(await each).heard.seq for each in sayings]
        return first["session"] == again["session"], again["since"], again["rooms"], told, seqs

    since = {"log": "LOG", "seq": 13}
    assert (True, since, ["geral"], ["k1", "k2"], [13, 14, 16]) == chatting(use)


def test_one_key_is_one_message_and_not_another_one() -> None:
    async def use(session: ChatSession, chat: Chat) -> tuple[list[int], str]:
        sayings = [asyncio.create_task(session.say("geral", "oi", "k")) for _ in range(2)]
        end, _ = await _in_room(chat)
        await end.next()
        with pytest.raises(RequestError) as failed:
            await session.say("geral", "outra", "k")
        end.record("message", 13, conn=7, room="geral", text="oi", id="k")
        return [(await each).heard.seq for each in sayings], failed.value.code

    assert ([13, 13], "key_used") == chatting(use)


def test_records_of_a_room_are_told_from_those_that_answer_a_question() -> None:
    async def use(session: ChatSession, chat: Chat) -> tuple[list[int], tuple[int, bytes]]:
        entering = asyncio.create_task(session.enter("geral"))
        end, _ = await _in_room(chat)
        recent = await entering
        recent.followers = 1
        asking = asyncio.create_task(session.past("geral", 0))
        asked = await end.next()
        end.record("message", 13, conn=9, room="geral", text="viva")
        end.record("message", 3, conn=9, room="geral", text="velha")
        end.record("message", 4, conn=7, room="geral", text="velha", id="x")
        end.say("history_end", room="geral", complete=True, id=asked["id"])
        past = [seq for seq, _ in (await asking).past]
        return past, recent.after(12, 10_000)

    past, (last, events) = chatting(use)
    assert ([3, 4], 13) == (past, last)
    assert [b"id: LOG/13"] == [each for each in events.split(b"\n") if each.startswith(b"id")]


def test_the_same_question_at_the_same_time_is_asked_once() -> None:
    async def use(session: ChatSession, chat: Chat) -> int:
        asking = [asyncio.create_task(session.past("geral", 5)) for _ in range(5)]
        end = await chat.next()
        await end.welcome()
        asked = await end.next()
        end.say("history_end", room="geral", complete=True, id=asked["id"])
        await asyncio.gather(*asking)
        second = asyncio.create_task(session.past("geral", 6))
        return int((await end.next())["after"]) + 0 * second.cancel()

    assert 6 == chatting(use)


def test_a_refusal_is_why_it_fails_and_the_session_goes_on() -> None:
    async def use(session: ChatSession, chat: Chat) -> tuple[str, str]:
        entering = asyncio.create_task(session.enter("x"))
        end = await chat.next()
        await end.welcome()
        asked = await end.next()
        end.say("error", code="room_closed", text="fechada", id=asked["id"])
        with pytest.raises(RequestError) as failed:
            await entering
        assert session.failed is None
        return failed.value.code, failed.value.text

    assert ("room_closed", "fechada") == chatting(use)


def test_a_hello_that_is_refused_ends_it_for_good() -> None:
    async def use(session: ChatSession, chat: Chat) -> str:
        asking = asyncio.create_task(session.ask({"type": "rooms"}))
        end = await chat.next()
        await end.next()
        end.say("error", code="login_failed", text="não")
        with pytest.raises(RequestError) as failed:
            await asking
        assert session.failed is failed.value
        return failed.value.code

    assert "login_failed" == chatting(use)


def test_an_account_that_is_here_already_gets_another_nick_of_its_own() -> None:
    async def use(session: ChatSession, chat: Chat) -> list[str]:
        end = await chat.next()
        nicks = []
        for _ in range(3):
            nicks.append((await end.next()).get("nick", ""))
            taken = nicks[-1] or "ana"
            end.say("error", code="nick_in_use", text="", detail={"nick": taken})
        return nicks

    assert ["", "ana.api", "ana.api2"] == chatting(use)


def test_whoever_is_removed_is_told_and_is_not_in_the_room() -> None:
    async def use(session: ChatSession, chat: Chat) -> tuple[str | None, bool]:
        entering = asyncio.create_task(session.enter("geral"))
        end, _ = await _in_room(chat)
        recent = await entering
        end.record("leave", 13, conn=7, room="geral", reason="kicked", by="bia")
        await recent.change()
        while recent.why_ended is None:
            await recent.change()
        return recent.why_ended, "geral" in session.rooms

    assert ("kicked", False) == chatting(use)


def test_its_predecessors_leave_is_not_its_own() -> None:
    async def use(session: ChatSession, chat: Chat) -> bool:
        entering = asyncio.create_task(session.enter("geral"))
        end, _ = await _in_room(chat)
        recent = await entering
        recent.followers = 1
        end.close()
        end = await chat.next()
        assert {"log": "LOG", "seq": 12} == (await end.next())["since"]
        end.say("welcome", nick="ana", log="LOG", seq=12, head=13, resumed=True)
        end.record("leave", 13, conn=7, room="geral", reason="crash")
        end.record("hello", 14, conn=8, nick="ana")
        end.record("join", 15, conn=8, nick="ana", room="geral")
        while session.position < 15:
            await recent.change()
        return "geral" in session.rooms

    assert chatting(use)


def test_another_log_begins_its_rooms_anew() -> None:
    async def use(session: ChatSession, chat: Chat) -> tuple[str | None, int, str]:
        entering = asyncio.create_task(session.enter("geral"))
        end, _ = await _in_room(chat)
        recent = await entering
        end.close()
        await (await chat.next()).welcome(1, log="OUTRO", seq=3)
        while recent.why_ended is None:
            await recent.change()
        return recent.why_ended, session.rooms["geral"].start, session.log

    assert ("gap", 3, "OUTRO") == chatting(use)


def test_rooms_that_nobody_needs_are_left() -> None:
    async def use(session: ChatSession, chat: Chat) -> Any:
        entering = asyncio.create_task(session.enter("geral"))
        end, _ = await _in_room(chat)
        recent = await entering
        session.leave_unused(recent.used)
        assert "geral" in session.rooms
        session.leave_unused(recent.used + 1)
        assert "geral" not in session.rooms
        return await end.next()

    assert {"type": "leave", "room": "geral"} == chatting(use)


def test_a_ping_is_answered() -> None:
    async def use(session: ChatSession, chat: Chat) -> Any:
        end = await chat.next()
        await end.welcome()
        end.say("ping", seq=11)
        return await end.next()

    assert {"type": "pong"} == chatting(use)


def test_who_is_closed_fails_all_that_wait() -> None:
    async def use(session: ChatSession, chat: Chat) -> str:
        asking = asyncio.create_task(session.ask({"type": "rooms"}))
        await asyncio.sleep(0)
        session.close()
        with pytest.raises(RequestError) as failed:
            await asking
        return failed.value.code

    assert "unavailable" == chatting(use)
