"""Reading from any position, both ways, while more is written."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.effort import examples
from transcript.index.logs_with_rooms import ROOMS, append, identity, keys_of, write_log
from transcript.logs import AT, add, make_log, message, message_lines, open_log, record_lines

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, from_line, to_line
from chatsimples.errors import TranscriptDamagedError, UnreadableError
from chatsimples.transcript.index.keys import Keys, owner_key, room_key, spelling_key
from chatsimples.transcript.index.log_index import LogIndex
from chatsimples.transcript.reader import Cursor, Line, TranscriptReader
from chatsimples.transcript.segments import segment_name, segments


def read_on(cursor: Cursor, max_bytes: int = 1 << 16) -> list[bytes]:
    """Read to the end; return the lines."""
    got: list[bytes] = []
    while pairs := cursor.read(max_bytes):
        assert all(to_line(record) == line for record, line in pairs)
        assert pairs[-1][0].seq == cursor.seq
        got += [line for _, line in pairs]
    return got


def all_lines(last: int) -> list[bytes]:
    return message_lines(1, last).splitlines(keepends=True)


def test_a_line_is_a_record_and_its_bytes_and_a_cursor_tells_its_seq(tmp_path: Path) -> None:
    lines = make_log(tmp_path, 2)
    reader = TranscriptReader(tmp_path)
    cursor = reader.cursor(1)
    assert (tmp_path, 1) == (reader.path, cursor.seq)
    assert [(from_line(lines[1]), lines[1])] == cursor.read(1_000)
    assert 2 == cursor.seq


@pytest.mark.parametrize("max_bytes", [1, 100, 250, 1 << 20])
def test_a_cursor_gives_every_record_after_its_position_through_all_segments(
    tmp_path: Path, max_bytes: int
) -> None:
    expected = make_log(tmp_path, 3, 5, 2, unsealed=2)
    reader = TranscriptReader(tmp_path)
    for after in range(12):
        cursor = reader.cursor(after)
        assert after == cursor.seq
        assert expected[after:] == read_on(cursor, max_bytes)
        assert [] == cursor.read(max_bytes)
        assert 12 == cursor.seq


def test_no_more_is_read_than_asked_for(tmp_path: Path) -> None:
    make_log(tmp_path, 100)
    cursor = TranscriptReader(tmp_path).cursor(0)
    while pairs := cursor.read(1_000):
        assert sum(len(line) for _, line in pairs) <= 1_000


def test_a_line_longer_than_asked_for_is_read_whole(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 3, text="x" * 100_000)
    assert expected == read_on(TranscriptReader(tmp_path).cursor(0), 10)


def test_a_cursor_follows_what_is_written_and_into_new_segments(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    cursor = TranscriptReader(tmp_path).cursor(0)
    assert [] == cursor.read(1_000)
    for turn in range(6):
        new = add(writer, 3)
        if turn % 2:
            writer.seal()
        assert new == b"".join(read_on(cursor))
        if turn in {2, 3}:
            writer.roll()
            assert [] == cursor.read(1_000)
    add(writer, 2)
    writer.roll()
    add(writer, 2)
    assert message_lines(19, 22) == b"".join(read_on(cursor))
    writer.close()


def test_a_cursor_ahead_of_the_log_waits_for_its_record(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    add(writer, 2)
    cursor = TranscriptReader(tmp_path).cursor(5)
    assert [] == cursor.read(1_000)
    add(writer, 2)
    assert [] == cursor.read(1_000)
    writer.roll()
    assert [] == cursor.read(1_000)
    add(writer, 3)
    assert ([6, 7], 7) == ([record.seq for record, _ in cursor.read(1_000)], cursor.seq)
    writer.close()


def test_a_cursor_waits_for_a_log_that_is_not_begun(tmp_path: Path) -> None:
    cursor = TranscriptReader(tmp_path).cursor(0)
    assert [] == cursor.read(1_000)
    expected = make_log(tmp_path, 2)
    assert expected == read_on(cursor)


def test_cursors_from_different_places_share_blocks_that_are_parsed_once(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 400, 300)
    reader = TranscriptReader(tmp_path, blocks_kept=16)
    cursors = [reader.cursor(after) for after in range(0, 300, 3)]
    got: list[list[bytes]] = [[] for _ in cursors]
    # What was parsed once is the same list for every cursor.
    parsed: dict[int, list[Line]] = {}
    while any(len(lines) < 700 - 3 * number for number, lines in enumerate(got)):
        for lines, cursor in zip(got, cursors, strict=True):
            block, first = cursor.read_block(4_096)
            parsed[id(block)] = block
            lines += [line for _, line in block[first:]]
    for number, lines in enumerate(got):
        assert expected[3 * number :] == lines
    # Without the same cuts it would be a hundred times the log, on average three quarters of it.
    assert sum(len(line) for block in parsed.values() for _, line in block) < 12 * sum(map(len, expected))


def test_a_block_that_is_kept_parsed_is_not_given_once_its_bytes_have_changed(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    reader = TranscriptReader(tmp_path, blocks_kept=2)
    for turn in range(1, 5):
        add(writer, 3)
        for _ in range(2):
            assert all_lines(3 * turn) == read_on(reader.cursor(0))
    path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace("olá".encode(), b"oops"))
    changed = read_on(reader.cursor(0))
    assert record_lines(tmp_path) == changed
    reader.forget()
    assert changed == read_on(reader.cursor(0))
    writer.close()


def read_for(cursor: Cursor, keys: Keys) -> tuple[list[bytes], int]:
    """Read to the end of what is written; return the lines that are new, and in how many calls."""
    got: list[bytes] = []
    calls = 0
    while (found := cursor.read_for(keys)) is not None:
        lines, first = found
        got += [line for _, line in lines[first:]]
        calls += 1
    return got, calls


def is_for(record: Record, keys: Keys) -> bool:
    return bool(keys & keys_of(record))


@pytest.mark.parametrize("has_index", [True, False])
@pytest.mark.parametrize("of", [["geral"], ["éter"], ["Turma", 3], [1, identity(7)], ["nowhere"]])
def test_whoever_looks_for_something_finds_all_of_it_and_in_order(
    tmp_path: Path, of: list[str | int], *, has_index: bool
) -> None:
    index = LogIndex(600)
    chance = random.Random(str(of))
    records = write_log(tmp_path, chance, index if has_index else None)
    keys = frozenset(
        room_key(name_key(each)) if each in (*ROOMS, "nowhere") else owner_key(each) for each in of
    )
    wanted = [record for record in records if is_for(record, keys)]
    for _ in range(2):
        reader = TranscriptReader(tmp_path, 4, index)
        for after in range(0, len(records) + 2, 13):
            cursor = reader.cursor(after)
            got = [from_line(line) for line in read_for(cursor, keys)[0]]
            assert [record.seq for record in got] == sorted({record.seq for record in got})
            assert all(record.seq > after for record in got)
            assert [record for record in wanted if record.seq > after] == [
                record for record in got if is_for(record, keys)
            ]
            assert max(after, len(records)) == cursor.seq
            back = [record for block in reader.backwards_for(after, keys) for record, _ in reversed(block)]
            assert [record.seq for record in back] == sorted({record.seq for record in back}, reverse=True)
            assert [record for record in wanted if record.seq < after] == [
                record for record in reversed(back) if is_for(record, keys)
            ]
        # Once with the complete segments' indexes in memory, once with their files.
        while index.step():
            pass


def test_what_was_looked_for_may_change_on_the_way(tmp_path: Path) -> None:
    index = LogIndex(600)
    records = write_log(tmp_path, random.Random(2), index)
    cursor = TranscriptReader(tmp_path, index=index).cursor(0)
    keys = [frozenset([spelling_key(room)]) for room in ROOMS]
    got: list[int] = []
    expected: list[int] = []
    for turn in range(10_000):
        begin = cursor.seq
        found = cursor.read_for(keys[turn % len(keys)])
        expected += [
            record.seq for record in records[begin : cursor.seq] if is_for(record, keys[turn % len(keys)])
        ]
        if found is None:
            break
        lines, first = found
        got += [record.seq for record, _ in lines[first:]]
    assert set(expected) <= set(got)
    assert len(records) == cursor.seq


def test_what_is_written_later_is_found_by_one_who_waits_for_it(tmp_path: Path) -> None:
    index = LogIndex(600)
    writer = open_log(tmp_path).writer
    reader = TranscriptReader(tmp_path, index=index)
    cursor, other = reader.cursor(0), reader.cursor(0)
    geral, turma = frozenset([room_key("geral")]), frozenset([room_key("turma")])
    for turn in range(40):
        new = [message(writer.last_seq + 1), message(writer.last_seq + 2)]
        append(writer, index, new)
        if turn % 7 == 3:
            writer.seal()
        if turn % 10 == 9:
            writer.roll()
        assert [to_line(each) for each in new] == read_for(cursor, geral)[0][-2:]
        assert writer.last_seq == cursor.seq
        # For a room in which nothing is said, only the header of a new segment is read.
        assert ([], 2 if turn % 10 == 9 else 0) == read_for(other, turma)
        assert writer.last_seq == other.seq
    writer.close()


def test_little_is_read_for_a_room_in_which_little_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = LogIndex()
    writer = open_log(tmp_path).writer
    for number in range(5):
        for first in range(1, 5_001, 500):
            before = number * 5_000 + first
            append(writer, index, [message(seq) for seq in range(before, before + 500)])
        rare = Record(writer.last_seq, AT, "message", 1, "ana", room="turma", text="oi")
        if number == 2:
            append(writer, index, [msgspec.structs.replace(rare, seq=writer.last_seq + 1)])
            break
        writer.roll()
    while index.step():
        pass
    writer.close()
    size = sum(path.stat().st_size for path in segments(tmp_path))
    read: list[int] = []
    pread = os.pread

    def noted(fd: int, count: int, at: int) -> bytes:
        data = pread(fd, count, at)
        read.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", noted)
    reader = TranscriptReader(tmp_path, index=index)
    # Where a cursor begins is searched for by halving: some 30 kB.
    for room, most in (("turma", 110_000), ("nowhere", 40_000)):
        keys = frozenset([room_key(room)])
        for look in (
            lambda keys=keys: list(reader.backwards_for(writer.last_seq + 1, keys)),
            lambda keys=keys: read_for(reader.cursor(0), keys),
        ):
            read.clear()
            look()
            assert sum(read) < most < size / 10


def test_those_who_look_for_the_same_share_what_is_parsed(tmp_path: Path) -> None:
    index = LogIndex(2_000)
    records = write_log(tmp_path, random.Random(8), index)
    reader = TranscriptReader(tmp_path, 32, index)
    keys = frozenset([room_key("geral")])
    parsed: dict[int, list[Line]] = {}
    for after in range(0, 200, 7):
        cursor = reader.cursor(after)
        while (found := cursor.read_for(keys)) is not None:
            if found[0]:
                parsed[id(found[0])] = found[0]
    size = sum(path.stat().st_size for path in segments(tmp_path))
    assert len(parsed) <= size / 2_000 + 4
    # So do those who look back, but for the block in which they begin.
    for block in reader.backwards_for(len(records) + 1, keys):
        assert not block or id(block) in parsed


def test_backwards_for_a_room_ends_where_the_oldest_segments_are_taken_away(tmp_path: Path) -> None:
    records = write_log(tmp_path, random.Random(9), None)
    reader = TranscriptReader(tmp_path)
    blocks = reader.backwards_for(len(records) + 1, frozenset([room_key("geral")]))
    got = next(blocks)
    first, second, *_ = segments(tmp_path)
    first.unlink()
    second.unlink()
    got = [line for block in blocks for line in reversed(block)]
    assert 121 == got[-1][0].seq
    with pytest.raises(UnreadableError, match="No such file"):
        blocks = reader.backwards_for(len(records) + 1, frozenset([room_key("geral")]))
        next(blocks)
        segments(tmp_path)[0].rename(tmp_path / segment_name(1))
        list(blocks)


def test_an_incomplete_line_is_left_until_it_is_complete(tmp_path: Path) -> None:
    make_log(tmp_path, 2)
    cursor = TranscriptReader(tmp_path).cursor(0)
    line = message_lines(3, 3)
    with segments(tmp_path)[0].open("ab", buffering=0) as file:
        file.write(line[:40])
        assert 2 == len(read_on(cursor))
        assert [] == TranscriptReader(tmp_path).cursor(2).read(1_000)
        file.write(line[40:])
        assert [line] == read_on(cursor)


def test_a_segment_without_a_whole_header_is_not_entered_yet(tmp_path: Path) -> None:
    make_log(tmp_path, 2)
    cursor = TranscriptReader(tmp_path).cursor(0)
    read_on(cursor)
    path = tmp_path / segment_name(3)
    path.write_bytes(b'{"type":"transcript"')
    assert [] == cursor.read(1_000)
    path.unlink()
    writer = open_log(tmp_path).writer
    new = add(writer)
    assert [new] == read_on(cursor)
    writer.close()


def test_with_the_oldest_segments_taken_away_a_cursor_begins_with_what_is_there(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 3, 5, 2)
    (tmp_path / segment_name(1)).unlink()
    reader = TranscriptReader(tmp_path)
    assert expected[3:] == read_on(reader.cursor(0))
    assert expected[3:] == read_on(reader.cursor(2))
    assert expected[5:] == read_on(reader.cursor(5))


def test_a_single_segment_can_be_read_alone(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 3, 5, 2)
    reader = TranscriptReader(tmp_path / segment_name(4))
    assert expected[3:8] == read_on(reader.cursor(0))
    assert expected[5:8] == read_on(reader.cursor(5))
    assert expected[3:6] == [line for chunk in reader.backwards(7) for _, line in chunk]
    copy = tmp_path / "copy.jsonl"
    (tmp_path / segment_name(4)).rename(copy)
    assert expected[3:8] == read_on(TranscriptReader(copy).cursor(0))
    assert expected[5:8] == read_on(TranscriptReader(copy).cursor(5))


def test_a_cursor_holds_no_file_open(tmp_path: Path) -> None:
    make_log(tmp_path, 3, 5)
    before = len(list(Path("/dev/fd").iterdir()))
    reader = TranscriptReader(tmp_path)
    cursors = [reader.cursor(after) for after in range(8)]
    for cursor in cursors:
        cursor.read(1)
    chunks = reader.backwards(9, 1)
    next(chunks)
    assert before == len(list(Path("/dev/fd").iterdir()))


def test_a_position_in_a_large_segment_is_found_without_reading_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_log(tmp_path, 20_000)
    size = segments(tmp_path)[0].stat().st_size
    read: list[int] = []
    pread = os.pread

    def noted(fd: int, count: int, at: int) -> bytes:
        read.append(count)
        return pread(fd, count, at)

    monkeypatch.setattr(os, "pread", noted)
    [(record, _), *_] = TranscriptReader(tmp_path).cursor(12_345).read(500)
    assert 12_346 == record.seq
    assert sum(read) < size / 10


def test_backwards_gives_chunks_from_the_newest_to_the_beginning(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 30, 50, 20, unsealed=5)
    chunks = list(TranscriptReader(tmp_path).backwards(106, 1_000))
    assert len(chunks) > 10
    for chunk in chunks:
        assert sum(len(line) for _, line in chunk) <= 1_000
        assert all(to_line(record) == line for record, line in chunk)
    assert expected == [line for chunk in reversed(chunks) for _, line in chunk]


def test_backwards_begins_before_any_position(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 3, 5, 2)
    reader = TranscriptReader(tmp_path)
    for before in (*range(-1, 13), 10**15):
        got = [line for chunk in reversed(list(reader.backwards(before))) for _, line in chunk]
        assert expected[: max(before - 1, 0)] == got


def test_backwards_ends_where_the_oldest_segments_were_taken_away(tmp_path: Path) -> None:
    expected = make_log(tmp_path, 3, 5, 2)
    (tmp_path / segment_name(1)).unlink()
    reader = TranscriptReader(tmp_path)
    assert expected[3:] == [line for chunk in reversed(list(reader.backwards(11))) for _, line in chunk]
    assert [] == list(reader.backwards(3))


def test_backwards_goes_on_while_the_log_does(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    add(writer, 50)
    chunks = TranscriptReader(tmp_path).backwards(51, 500)
    got: list[bytes] = []
    for chunk in chunks:
        got = [line for _, line in chunk] + got
        add(writer, 2)
        if len(got) < 20:
            writer.roll()
    assert all_lines(50) == got
    writer.close()


def test_what_is_no_record_is_told_with_its_place(tmp_path: Path) -> None:
    make_log(tmp_path, 3, 5)
    path = segments(tmp_path)[1]
    data = path.read_bytes()
    path.write_bytes(data.replace(b'{"seq":6,"at"', b'{"seq":6,\x1b"at"'))
    place = (path, 4, data.index(b'{"seq":6,'))
    reader = TranscriptReader(tmp_path)
    for reading in (lambda: read_on(reader.cursor(0)), lambda: list(reader.backwards(9))):
        with pytest.raises(TranscriptDamagedError, match="no record") as raised:
            reading()
        assert place == (raised.value.path, raised.value.line, raised.value.offset)
        assert str(raised.value).isprintable()


def test_a_return_in_a_line_is_damage(tmp_path: Path) -> None:
    make_log(tmp_path, 3)
    path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b'{"seq":2,', b'{"seq":2,\r'))
    with pytest.raises(TranscriptDamagedError, match="no record"):
        read_on(TranscriptReader(tmp_path).cursor(0))


def unreadable(folder: Path) -> None:
    raise OSError(errno.EMFILE, "Too many open files", str(folder))


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        TranscriptReader(tmp_path / "none").cursor(0).read(100)
    with pytest.raises(UnreadableError, match="No such file"):
        list(TranscriptReader(tmp_path / "none").backwards(5))
    make_log(tmp_path, 3, 3)
    reader = TranscriptReader(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "listdir", unreadable)
        with pytest.raises(UnreadableError, match="Too many open files"):
            reader.cursor(0).read(100)
    cursor, chunks = reader.cursor(0), reader.backwards(7)
    cursor.read(1)
    next(chunks)
    segments(tmp_path)[0].unlink()
    with pytest.raises(UnreadableError, match="No such file"):
        cursor.read(100)
    with pytest.raises(UnreadableError, match="No such file"):
        next(chunks)


@settings(max_examples=examples(40))
@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    unsealed=st.integers(0, 5),
    text=st.text('aç☃"\\', min_size=1, max_size=400),
    max_bytes=st.integers(1, 20_000),
    data=st.data(),
)
def test_forwards_and_backwards_tell_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    counts: list[int],
    unsealed: int,
    text: str,
    max_bytes: int,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    expected = make_log(folder, *counts, text=text, unsealed=unsealed)
    at = data.draw(st.integers(0, len(expected) + 1))
    reader = TranscriptReader(folder)
    backwards = list(reader.backwards(at + 1, max_bytes))
    assert expected[:at] == [line for chunk in reversed(backwards) for _, line in chunk]
    assert expected[at:] == read_on(reader.cursor(at), max_bytes)
    assert expected == record_lines(folder)
