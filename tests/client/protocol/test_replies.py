"""Each line from the server is read as its record or reply."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.effects import (
    Duplicate,
    HistoryEnd,
    Members,
    Ping,
    Pong,
    RoomList,
    RoomSize,
    Status,
    TurnTimes,
)
from chatsimples.chat.records import Record, to_line
from chatsimples.client.protocol.replies import Error, ServerLimits, Welcome, read_line

AT = "2026-11-22T15:00:00.123456Z"

LINES = {
    b'{"type":"welcome","nick":"ana","log":"L","seq":3,"session":"s","resumed":true,"head":9,"server":"x",'
    b'"notice":"n"}': Welcome("ana", "L", 3, "s", True, 9, "x", "n"),
    b'{"type":"welcome","nick":"ana","log":"L","seq":3}': Welcome("ana", "L", 3),
    b'{"type":"members","room":"geral","members":["ana"],"count":1}': Members("geral", ["ana"], 1),
    b'{"type":"rooms","rooms":[{"room":"geral","members":3}]}': RoomList([RoomSize("geral", 3)]),
    b'{"type":"history_end","room":"geral","complete":false,"before":7}': HistoryEnd("geral", False, 7),
    b'{"type":"status","uptime":1.5,"seq":9,"connections":{"json":2},"records":8,"deliveries":16,"bytes":99,'
    b'"turns":{"count":5,"busy":0.1,"p50_ms":1.0,"p99_ms":2.0,"max_ms":3.0,"over_20_ms":0,"histogram":[[1.0,5]]},'
    b'"backlog":7,"catching_up":1,"queue":2,"rss":3}': Status(
        1.5, 9, {"json": 2}, 8, 16, 99, TurnTimes(5, 0.1, 1.0, 2.0, 3.0, 0, [(1.0, 5)]), 7, 1, 2, 3
    ),
    b'{"type":"history_end","room":"geral","complete":false,"after":7}': HistoryEnd(
        "geral", complete=False, after=7
    ),
    b'{"type":"ping","seq":5}': Ping(5),
    b'{"type":"pong"}': Pong(),
    b'{"type":"duplicate","id":"a","seq":4}': Duplicate("a", 4),
    b'{"type":"error","code":"flood","text":"\xc3\xa9"}': Error("flood", "é"),
    b'{"type":"message","seq":1,"at":"x","nick":"a"}': Record(1, "x", "message", nick="a"),
    b'{"seq":1,"at":"x","type":"leave","nick":"a"}': Record(1, "x", "leave", nick="a"),
    b'{"seq":1,"at":"x","type":"hello","conn":3,"nick":"a"}': Record(1, "x", "hello", 3, "a"),
    b'{"seq":1,"at":"x","type":"bye","conn":3,"nick":"a"}': Record(1, "x", "bye", 3, "a"),
    b'{"type":"welcome","nick":"ana","log":"L","seq":3,"limits":{"max_line":9,"max_text":8,"x":1}}': Welcome(
        "ana", "L", 3, limits=ServerLimits(9, 8, 0)
    ),
    b'{"type":"from the future"}': None,
    b'{"seq":1,"at":"x","type":"from the future"}': None,
    b'{"seq":1,"at":"x","type":"start","server":"never sent"}': None,
}


@pytest.mark.parametrize("line", LINES)
def test_each_line_has_its_record_or_reply(line: bytes) -> None:
    assert LINES[line] == read_line(line)


@given(st.builds(Record, seq=st.integers(1, 1 << 60), type=st.sampled_from(["message", "join"])))
def test_every_record_is_read_as_it_was_written(record: Record) -> None:
    assert record == read_line(to_line(record).rstrip(b"\n"))


@given(st.one_of(st.binary(), st.binary().map(lambda rest: b'{"type":"' + rest)))
def test_any_other_line_is_a_value_error(line: bytes) -> None:
    with suppress(ValueError):
        read_line(line)
