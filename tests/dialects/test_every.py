"""What holds for every dialect, whatever bytes come."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import get_args

import pytest
from dialects.wire import (
    DEFAULT_LIMITS,
    DIALECTS,
    LIMITS,
    bytewise,
    ended,
    feed,
    hostile_bytes,
    paused,
    whole,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from support import websocket
from support.websocket import fragments

from chatsimples.chat import commands, effects
from chatsimples.chat.names import check_nick, check_room, check_text
from chatsimples.chat.records import Record, to_line
from chatsimples.dialects.every import DEFAULT_DIALECT, every_dialect
from chatsimples.dialects.websocket_frames import FRAMING_BYTES
from chatsimples.errors import Refusal

SPOKEN = ("text", "json", "websocket")


def all_commands(name: str, data: bytes) -> list[commands.Command]:
    parser = DIALECTS[name].parser(1)
    return feed(parser, whole(data)) + paused(parser) + paused(parser) + ended(parser)


def sent(name: str, data: bytes) -> bytes:
    """Return bytes as a client sends them: of one that has frames, in two."""
    return fragments(data, [len(data) // 2]) if name == "websocket" else data


def written(name: str, lines: bytes) -> bytes:
    """Return the lines in what was written to a socket."""
    return websocket.lines(lines) if name == "websocket" else lines


def lines_of(rendered: bytes) -> list[str]:
    """Return the lines, which must be text without any control character but their ends."""
    text = rendered.decode()
    assert "" == text or text.endswith("\n")
    lines = text.replace("\r\n", "\n").split("\n")[:-1]
    for line in lines:
        assert not [each for each in line if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp")], line
    return lines


def passes(check: Callable[[str, int], str], text: str, limit: int) -> bool:
    try:
        return bool(check(text, limit))
    except Refusal:
        return False


def names() -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from(["ana", "O'Neil", "João", "日本", "visitante-1"]), st.text(min_size=1, max_size=10)
    ).filter(lambda name: passes(check_nick, name, 10))


def texts() -> st.SearchStrategy[str]:
    return st.text(min_size=1, max_size=30).filter(lambda text: passes(check_text, text, 0))


def test_all_are_there_by_their_names() -> None:
    made = every_dialect(DEFAULT_LIMITS, str, lambda: "x" * 16)
    assert {"text", "json", "websocket", "http", "irc", "proxy", "tls"} == set(made)
    assert all(name == dialect.name for name, dialect in made.items())


@pytest.mark.parametrize(
    ("name", "capabilities"),
    [
        ("text", (False, False, False, False)),
        ("json", (True, True, True, True)),
        ("websocket", (True, True, True, True)),
        ("http", (True, False, False, False)),
        ("irc", (True, True, False, False)),
        ("proxy", (True, False, False, False)),
        ("tls", (True, False, False, False)),
    ],
)
def test_what_a_dialect_is_capable_of_can_be_asked(name: str, capabilities: tuple[bool, ...]) -> None:
    dialect = DIALECTS[name]
    assert capabilities == (dialect.registers, dialect.is_pinged, dialect.echoes, dialect.resumes)


def test_whoever_tells_nothing_speaks_a_dialect_in_which_nobody_has_to_register() -> None:
    assert not DIALECTS[DEFAULT_DIALECT].registers


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("text", b"* oi\n"),
        ("json", b""),
        ("websocket", b""),
        ("http", b""),
        ("irc", b":localhost NOTICE * :oi\r\n"),
        ("proxy", b""),
        ("tls", b""),
    ],
)
def test_a_notice_is_for_people(name: str, line: bytes) -> None:
    assert line == DIALECTS[name].notice("oi")


@pytest.mark.parametrize("name", sorted(DIALECTS))
@given(data=hostile_bytes)
def test_any_bytes_give_commands_that_can_travel_and_nothing_else(name: str, data: bytes) -> None:
    given = all_commands(name, data)
    assert all(isinstance(each, get_args(commands.Command)) for each in given)
    assert given == commands.unpack(commands.pack(given))


@pytest.mark.parametrize("name", SPOKEN)
@given(data=hostile_bytes)
def test_what_a_command_carries_has_passed_the_checks_of_names_and_texts(name: str, data: bytes) -> None:
    for each in all_commands(name, sent(name, data)):
        match each:
            case commands.Say():
                assert each.text == check_text(each.text, LIMITS.max_text)
                assert not each.room or each.room == check_room(each.room, LIMITS.max_name)
                assert not each.to or each.to == check_nick(each.to, LIMITS.max_name)
            case commands.SayAs():
                assert not each.text or each.text == check_text(each.text, LIMITS.max_text)
                assert not each.line or each.line == check_text(each.line, 0)
                assert each.nick == check_nick(each.nick, LIMITS.max_name)
            case commands.Hello():
                assert each.nick == check_nick(each.nick, LIMITS.max_name)
                assert all(room == check_room(room, LIMITS.max_name) for room in each.rooms)
                assert 16 <= len(each.session) <= 128
            case commands.Rename():
                assert each.nick == check_nick(each.nick, LIMITS.max_name)
            case commands.Join() | commands.Leave():
                assert each.room == check_room(each.room, LIMITS.max_name)
            case commands.History() | commands.Who():
                assert not each.room or each.room == check_room(each.room, LIMITS.max_name)
                assert not isinstance(each, commands.History) or 1 <= each.limit <= 1_000
        assert str(getattr(each, "id", "")).isprintable() or not getattr(each, "id", "")


@pytest.mark.parametrize("name", SPOKEN)
@given(data=hostile_bytes)
def test_every_refusal_is_told_in_clean_lines(name: str, data: bytes) -> None:
    for each in all_commands(name, sent(name, data)):
        if isinstance(each, commands.Fault):
            for dialect in DIALECTS.values():
                if dialect.name == "tls":
                    # It has numbers, and no lines.
                    continue
                told = dialect.reply(effects.Error(each.code, each.detail, each.id))
                lines = lines_of(written(dialect.name, told))
                assert lines
                if dialect.name in ("json", "websocket"):
                    assert each.code == json.loads(lines[0])["code"]


@pytest.mark.parametrize("name", sorted(DIALECTS))
@given(data=hostile_bytes)
def test_what_a_parser_holds_is_bounded_by_the_longest_line(name: str, data: bytes) -> None:
    parser = DIALECTS[name].parser(1)
    for piece in bytewise(data):
        feed(parser, [piece])
        assert parser.held <= LIMITS.max_line + FRAMING_BYTES


@pytest.mark.parametrize("name", sorted(DIALECTS))
@given(said=st.lists(texts(), max_size=5))
def test_what_is_framed_are_the_lines_that_were_rendered(name: str, said: list[str]) -> None:
    dialect = DIALECTS[name]
    records = [Record(1, "", "message", 7, "ana", room="x", text=text) for text in said]
    rendered = b"".join([dialect.render(record, to_line(record)) for record in records])
    assert rendered == written(name, bytes(dialect.frame(rendered)))
    assert rendered == written(name, bytes(dialect.frame(memoryview(rendered))))


@pytest.mark.parametrize("name", SPOKEN)
@given(nick=names(), other=names(), text=texts())
def test_a_message_is_one_clean_line(name: str, nick: str, other: str, text: str) -> None:
    for record in (
        Record(1, "", "message", 7, nick, room=other, text=text),
        Record(1, "", "message", 7, nick, to=other, to_conn=8, text=text),
    ):
        assert 1 == len(lines_of(DIALECTS[name].render(record, to_line(record))))


@given(nick=names(), other=names(), room=names(), text=texts())
def test_in_plain_text_nobody_can_pass_for_the_server_or_for_a_private_message(
    nick: str, other: str, room: str, text: str
) -> None:
    (said,) = lines_of(DIALECTS["text"].render(Record(1, "", "message", 7, nick, room=room, text=text), b""))
    assert not said.startswith(("* ", "["))
    (private,) = lines_of(
        DIALECTS["text"].render(Record(1, "", "message", 7, nick, to=other, to_conn=8, text=text), b"")
    )
    assert private.startswith("[")
    for record in (
        Record(1, "", "join", 7, nick, room=room),
        Record(1, "", "leave", 7, nick, room=room, reason="quit"),
        Record(1, "", "nick", 7, nick, room=room, new=other),
    ):
        (told,) = lines_of(DIALECTS["text"].render(record, b""))
        assert told.startswith("* ")


@given(st.lists(st.one_of(texts().map(lambda text: f"ana: {text}"), texts()), min_size=1, max_size=4))
def test_whoever_sends_lines_sends_just_these(lines: list[str]) -> None:
    assume(not any(line.startswith("/") for line in lines))
    given = all_commands("text", "".join(f"{line}\n" for line in lines).encode())
    said = [each.text if isinstance(each, commands.Say) else "" for each in given]
    assert [line if len(line.encode()) <= LIMITS.max_text else "" for line in lines] == said
