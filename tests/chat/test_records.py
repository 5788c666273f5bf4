"""Records and their lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.records import (
    Record,
    from_line,
    microseconds,
    signal_line,
    timestamp,
    to_line,
    to_lines,
)


def test_a_message_line_has_the_documented_fields_in_the_documented_order() -> None:
    record = Record(
        121, "2026-11-22T15:00:00.123456Z", "message", 7, "ana", room="geral", text='só "para" ti', id="a1"
    )
    expected = (
        '{"seq":121,"at":"2026-11-22T15:00:00.123456Z","type":"message","conn":7,"nick":"ana","room":"geral",'
        '"text":"só \\"para\\" ti","id":"a1"}\n'
    )
    assert expected.encode() == to_line(record)


def test_a_redaction_line_has_the_documented_fields_in_the_documented_order() -> None:
    record = Record(
        126, "2026-11-22T15:00:00.123456Z", "redaction", reason="privacy", seqs="12,40-43",
        old_log="01KAQ3J5X5W9K3T0V2N8R7C4M6", old_head="a" * 64, new_head="b" * 64,
    )  # fmt: skip
    expected = (
        '{"seq":126,"at":"2026-11-22T15:00:00.123456Z","type":"redaction","reason":"privacy",'
        f'"seqs":"12,40-43","old_log":"01KAQ3J5X5W9K3T0V2N8R7C4M6","old_head":"{"a" * 64}",'
        f'"new_head":"{"b" * 64}"}}\n'
    )
    assert expected.encode() == to_line(record)


def test_a_signal_line_is_that_of_a_record_without_a_seq() -> None:
    signal = Record(
        7, "2026-11-22T15:00:00.123456Z", "signal", 7, "ana", room="x", tags={"+typing": "active"}
    )
    expected = (
        '{"at":"2026-11-22T15:00:00.123456Z","type":"signal","conn":7,"nick":"ana","room":"x",'
        '"tags":{"+typing":"active"}}\n'
    )
    assert expected.encode() == signal_line(signal)


def test_a_field_that_a_record_does_not_have_is_empty_and_not_written() -> None:
    record = Record(1, "", "stop")
    found = {name: getattr(record, name) for name in Record.__struct_fields__}
    numbers = {"conn": 0, "to_conn": 0, "quiet": False, "limits": None, "by_conn": 0, "settings": None}
    numbers |= {"tags": None, "part": 0, "parts": 0, "joined": False}
    assert {"seq": 1, "at": "", "type": "stop"} | dict.fromkeys(list(found)[3:], "") | numbers == found
    assert b'{"seq":1,"at":"","type":"stop"}\n' == to_line(record)


def test_a_record_can_neither_be_changed_nor_gain_a_field() -> None:
    for field in ("seq", "more"):
        with pytest.raises(AttributeError):
            setattr(Record(1, "", "stop"), field, 2)


text = st.text(st.characters(exclude_categories=["Cs"]))
records = st.builds(
    Record,
    seq=st.integers(1, 2**53), at=st.just("2026-11-22T15:00:00.000000Z"),
    type=st.sampled_from(["message", "join", "leave", "nick", "start", "stop", "redaction"]),
    conn=st.integers(0, 2**53), nick=text, new=text, room=text, to=text, to_conn=st.integers(0, 9), text=text,
    id=text, reason=text, quiet=st.booleans(), dialect=text, identity=text, server=text,
    seqs=text, old_log=text, old_head=text, new_head=text, kind=text,
    tags=st.none() | st.dictionaries(text, text), part=st.integers(0, 9), parts=st.integers(0, 9),
    joined=st.booleans(), user=text, realname=text,
)  # fmt: skip


@given(st.lists(records, max_size=5))
def test_lines_of_several_records_are_those_of_each(several: list[Record]) -> None:
    assert b"".join(map(to_line, several)) == to_lines(several)


@given(records)
def test_a_record_survives_its_line_and_makes_the_same_line_again(record: Record) -> None:
    line = to_line(record)
    assert record == from_line(line)
    assert line == to_line(from_line(line))
    assert 1 == line.count(b"\n")


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[1]", b'{"seq":1}', b"[" * 100_000, b'{"seq":"1","at":"","type":""}', b"\xff"]
)
def test_what_is_no_record_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        from_line(line)


@given(st.integers(0, 4_102_444_800_000_000))
def test_a_time_survives_being_written(instant: int) -> None:
    written = timestamp(instant)
    assert 27 == len(written)
    assert instant == microseconds(written)


def test_a_time_is_written_in_utc_with_six_decimals() -> None:
    assert "2026-11-22T15:00:00.000001Z" == timestamp(1_795_359_600_000_001)
