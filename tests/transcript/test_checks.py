"""What the lines of records must be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript.logs import AT, message, message_lines

from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, to_line
from chatsimples.transcript.checks import read_records
from chatsimples.transcript.segments import VERSION

PERSON: dict[str, Any] = {"conn": 1, "nick": "ana"}
REDACTED: dict[str, Any] = {
    "reason": "privacy", "seqs": "12,40-43", "old_log": "01KAQ3J5X5W9K3T0V2N8R7C4M6",
    "old_head": "0" * 64, "new_head": "9f" * 32,
}  # fmt: skip
FIRST: dict[str, Any] = {"dialect": "json", "identity": "9f86d081884c7d659a2feaa0c55ad015"}
LIMITS = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0)
OWNED = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0, guest_rooms="owned")


def record(kind: str, **fields: Any) -> Record:
    return Record(1, AT, kind, **fields)


EITHER = [
    record("stop"),
    record("join", **PERSON, room="geral"),
    record("join", **PERSON, room="geral", id="x", quiet=True),
    record("leave", **PERSON, room="geral", reason="quit", id="x", quiet=True),
    record("nick", **PERSON, new="bia"),
    record("nick", **PERSON, new="bia", room="geral", reason="reclaimed", id="x", quiet=True),
    record("message", **PERSON, room="geral", text='só "para" ti \\', id="a1"),
    record("message", **PERSON, to="bia", to_conn=2, text="👩‍🚀"),
    record("redaction", **REDACTED),
]
ONLY = {
    1: [
        record("start", server="chatsimples 0.1.0"),
        record("join", **PERSON, room="geral", id="x", quiet=True, **FIRST),
        record("join", **PERSON, room="geral", dialect="text"),
        record("nick", **PERSON, new="bia", **FIRST),
        record("message", **PERSON, room="geral", text="oi", id="a1", **FIRST),
        record("message", **PERSON, to="bia", to_conn=2, text="oi", **FIRST),
    ],
    2: [
        record("start", server="chatsimples 0.2.0", limits=LIMITS),
        record("start", server="chatsimples 0.2.0", limits=OWNED),
        record("role", **PERSON, room="x", role="voice", by="bia", by_conn=2, id="x"),
        record("role", **PERSON, room="x", role="operator", reason="made", by="ana", by_conn=1),
        record("hello", **PERSON, dialect="text"),
        record("hello", **PERSON, **FIRST),
        record("bye", **PERSON, reason="quit"),
        record("message", **PERSON, to="bia", to_conn=2, text="oi", identity="9f", to_identity="8e"),
        record("message", **PERSON, to="bia", to_conn=2, text="oi", to_identity="8e"),
    ],
}


@pytest.mark.parametrize(
    ("version", "good"), [(version, good) for version in ONLY for good in (*EITHER, *ONLY[version])]
)
def test_records_of_every_type_pass(version: int, good: Record) -> None:
    assert [good] == read_records(to_line(good), 1, version)


@pytest.mark.parametrize(
    ("version", "other"), [(version, other) for version in ONLY for other in ONLY[3 - version]]
)
def test_records_of_the_other_version_are_found(version: int, other: Record) -> None:
    with pytest.raises(ValueError, match="fields"):
        read_records(to_line(other), 1, version)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "bad",
    [
        record("start"),
        record("stop", server="chatsimples 0.1.0"),
        record("stop", limits=LIMITS),
        record("stop", **PERSON),
        record("hello", **PERSON),
        record("hello", nick="ana", dialect="text"),
        record("hello", **PERSON, room="geral", **FIRST),
        record("hello", **PERSON, identity="9f86"),
        record("bye", **PERSON),
        record("bye", **PERSON, room="geral", reason="quit"),
        record("join", **PERSON),
        record("join", nick="ana", room="geral"),
        record("join", conn=-1, nick="ana", room="geral"),
        record("join", **PERSON, room="geral", text="oi"),
        record("join", **PERSON, room="geral", identity="9f86"),
        record("leave", **PERSON, room="geral"),
        record("leave", **PERSON, room="geral", reason="quit", **FIRST),
        record("nick", **PERSON),
        record("message", **PERSON, text="oi"),
        record("message", **PERSON, room="geral"),
        record("message", **PERSON, room="geral", to="bia", to_conn=2, text="oi"),
        record("message", **PERSON, room="geral", text="oi", to_identity="9f86"),
        record("message", **PERSON, to="bia", text="oi"),
        record("message", **PERSON, to="bia", to_conn=-2, text="oi"),
        record("message", **PERSON, room="geral", text="oi", quiet=True),
        record("message", **PERSON, room="geral", text="oi", seqs="12"),
        record("stop", new_head="9f" * 32),
        record("role", **PERSON, role="voice", by="bia", by_conn=2),
        record("role", **PERSON, room="x", role="voice"),
        record("redaction"),
        record("redaction", **PERSON, **REDACTED),
        *(record("redaction", **{**REDACTED, field: ""}) for field in REDACTED),
        record("seal"),
        record(""),
    ],
)
def test_fields_that_do_not_fit_the_type_are_found(version: int, bad: Record) -> None:
    with pytest.raises(ValueError, match="fields"):
        read_records(to_line(bad), 1, version)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        *(("seqs", seqs) for seqs in ("0", "1,", "1--2", "a", "1, 2")),
        ("old_log", "01KAQ3J5X5W9K3T0V2N8R7C4M"),
        ("old_head", "0" * 63),
        ("new_head", "9F" * 32),
    ],
)
def test_a_redaction_that_does_not_tell_what_was_redacted_is_found(field: str, bad: str) -> None:
    with pytest.raises(ValueError, match="redacted"):
        wrong = Record(2, AT, "redaction", **{**REDACTED, field: bad})
        read_records(to_line(message(1)) + to_line(wrong), 1, VERSION)


GOOD = to_line(message(1))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\n", "one way"),
        (b"nonsense\n", "malformed"),
        (b"[" * 100_000 + b"\n", "."),
        (b'{"x":' + b"[" * 100_000 + b"\n", "nested too deeply"),
        (GOOD[:-2] + b"\n", "."),
        (GOOD[:-1], "one way"),
        (GOOD.replace(b'"seq":1', b'"seq": 1'), "one way"),
        (GOOD.replace(b'"oi"', b'"\\u006fi"'), "one way"),
        (GOOD.replace(b'"oi"', b'"oi","x":1'), "one way"),
        (GOOD.replace(b'"oi"', b'"oi","id":""'), "one way"),
        (GOOD.replace(b'"oi"', b'"\xff"'), "."),
        (GOOD.replace(b'"oi"', b'"a\\nb"'), "control"),
        (GOOD.replace(b'"oi"', b'"a\\\\\\u001b[2J"'), "control"),
        (GOOD.replace(b'"oi"', b'"\x7f"'), r"U\+007F"),
        (GOOD.replace(b'"oi"', '"\u202e"'.encode()), r"U\+202E"),
        (GOOD.replace(b'"seq":1', b'"seq":2'), "seq 2 where 1 was due"),
        (GOOD.replace(b"2026-11-22T", b"2026-11-22 "), "time"),
        (GOOD.replace(b"15:00:00", b"24:00:00"), "time"),
        (GOOD.replace(b".000000Z", b".000Z"), "time"),
        (GOOD.replace(b"11-22", b"02-30"), "day"),
    ],
)
def test_each_fault_of_a_line_is_told(line: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_records(line, 1, VERSION)


def test_a_block_of_lines_is_read_as_they_stand() -> None:
    expected = [message(seq) for seq in range(7, 10)]
    assert expected == read_records(message_lines(7, 9), 7, VERSION)


@pytest.mark.parametrize("missing", range(3))
def test_a_gap_in_a_block_is_found(missing: int) -> None:
    lines = message_lines(1, 4).splitlines(keepends=True)
    del lines[missing]
    with pytest.raises(ValueError, match="due"):
        read_records(b"".join(lines), 1, VERSION)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_text_passes_unless_it_is_forbidden_everywhere(text: str) -> None:
    forbidden = set("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    line = to_line(message(1, text))
    if forbidden & set(text):
        with pytest.raises(ValueError, match="forbidden"):
            read_records(line, 1, VERSION)
    else:
        assert [message(1, text)] == read_records(line, 1, VERSION)
