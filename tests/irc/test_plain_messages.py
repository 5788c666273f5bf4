"""The short way of what most lines are, beside the long one of all lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.commands import Say
from chatsimples.irc.asking import Asker
from chatsimples.irc.commands import said
from chatsimples.irc.message import parse
from chatsimples.irc.plain_messages import START, read_plain
from chatsimples.irc.server import Bounds

BOUNDS = Bounds(max_text=430, max_name=32)


@pytest.mark.parametrize(
    ("line", "room", "text"),
    [
        (b"PRIVMSG #x :oi", "x", "oi"),
        (b"PRIVMSG #x :oi\r", "x", "oi"),
        (b"PRIVMSG #x :" + b"x" * 428 + b"\r", "x", "x" * 428),
        (b"PRIVMSG #x ::) a : b", "x", ":) a : b"),
        ("PRIVMSG #caf\u00e9 :ol\u00e1".encode(), "caf\u00e9", "ol\u00e1"),
    ],
)
def test_a_text_for_one_channel_is_read_at_once(line: bytes, room: str, text: str) -> None:
    assert (room, text) == read_plain(line, BOUNDS, 440)


@pytest.mark.parametrize(
    "line",
    [
        b"PRIVMSG #x",
        b"PRIVMSG #x :",
        b"PRIVMSG #x :  ",
        b"PRIVMSG #x oi",
        b"PRIVMSG #x,#y :oi",
        b"PRIVMSG #x  :oi",
        b"PRIVMSG #x y :oi",
        b"PRIVMSG # :oi",
        b"PRIVMSG #x :\x02bold",
        b"PRIVMSG #x :\x01ACTION dances\x01",
        b"PRIVMSG #x :\xff",
        b"PRIVMSG #\xff :oi",
        b"PRIVMSG #x :" + b"x" * 431,
        b"PRIVMSG #longer :" + b"x" * 424,
        b"PRIVMSG #" + b"x" * 33 + b" :oi",
    ],
)
def test_everything_else_is_for_whoever_reads_all_lines(line: bytes) -> None:
    assert read_plain(line, BOUNDS, 440) is None


@given(channel=st.text(max_size=40), text=st.text(max_size=450))
def test_what_is_read_is_what_the_long_way_reads(channel: str, text: str) -> None:
    line = f"PRIVMSG #{channel} :{text}".replace("\n", " ").encode()
    assert line.startswith(START)
    plain = read_plain(line, BOUNDS, 440)
    if plain is not None:
        _, params, _, _ = parse(line.decode().rstrip("\r"))
        assert said(Asker(1, BOUNDS), *params) == Say(1, plain[1], plain[0])
