"""Commands are written as JSON lines."""

from __future__ import annotations

import pytest

from chatsimples.client.protocol.commands import Command, Hello, Position, to_line

WRITTEN: dict[bytes, Command | Hello] = {
    b'{"type":"hello","nick":"ana","rooms":[],"session":"s"}': Hello("hello", "ana", [], "s"),
    b'{"type":"hello","nick":"ana","rooms":["geral"],"session":"s","since":{"log":"L","seq":0}}': Hello(
        "hello", "ana", ["geral"], "s", Position("L", 0)
    ),
    b'{"type":"message","id":"1","room":"geral","text":"oi"}': Command("message", "1", "geral", text="oi"),
    b'{"type":"message","id":"1","to":"bia","text":"oi"}': Command("message", "1", to="bia", text="oi"),
    b'{"type":"nick","id":"1","nick":"bia"}': Command("nick", "1", nick="bia"),
    b'{"type":"history","id":"1","room":"geral","before":9,"limit":5}': Command(
        "history", "1", "geral", before=9, limit=5
    ),
    b'{"type":"history","id":"1","room":"geral","limit":5,"after":0,"all":true}': Command(
        "history", "1", "geral", limit=5, after=0, all=True
    ),
    b'{"type":"who","id":"1","room":"geral","after":"ana"}': Command("who", "1", "geral", after="ana"),
}


@pytest.mark.parametrize("line", WRITTEN)
def test_fields_that_do_not_apply_are_left_out(line: bytes) -> None:
    assert line + b"\n" == to_line(WRITTEN[line])
