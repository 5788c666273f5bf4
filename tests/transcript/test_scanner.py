"""Where damage is found, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from transcript.logs import LOG, OTHER_LOG, add, make_log, message_lines, open_log

from chatsimples.chat.records import Record
from chatsimples.errors import TranscriptDamagedError
from chatsimples.transcript import scanner as scanner_module
from chatsimples.transcript.checks import read_records
from chatsimples.transcript.scanner import Scanner, Take, without_torn_header
from chatsimples.transcript.seals import Chain
from chatsimples.transcript.segments import GENESIS, Header, segment_name, segments


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a transcript of three segments: records 1-3, 4-6, 7-9."""
    make_log(tmp_path, 3, 3, 3)
    return tmp_path


def scan(folder: Path, take: Take | None = None) -> Scanner:
    scanner = Scanner()
    paths = segments(folder)
    for path in paths:
        scanner.scan(path, last=path == paths[-1], take=take)
    return scanner


def change(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert 1 == data.count(old)
    path.write_bytes(data.replace(old, new))


def reseal(path: Path) -> None:
    """Give a segment with one seal at its end a seal that fits what is in it."""
    data = path.read_bytes()
    sealed = data[: data.rindex(b'{"type":"seal"')]
    header = Header.decode(sealed[: sealed.index(b"\n") + 1])
    chain = Chain(header.previous)
    chain.update(sealed)
    path.write_bytes(sealed + chain.seal(header.first_seq + sealed.count(b"\n") - 2))


def test_a_scan_adds_up_what_is_there(log: Path) -> None:
    found = scan(log)
    assert (LOG, 9, 3, 9, 3, 0, 0) == (
        found.log, found.last_seq, found.segments, found.records, found.seals, found.unsealed, found.torn,
    )  # fmt: skip
    assert (segments(log)[-1], 7) == (found.path, found.first_seq)
    assert found.path.stat().st_size == found.size


@pytest.mark.parametrize("block_bytes", [1, 7, 100, 1 << 20])
def test_a_scan_gives_all_records_in_order_whatever_it_reads_at_a_time(
    log: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(scanner_module, "BLOCK_BYTES", block_bytes)
    taken: list[Record] = []
    scan(log, taken.extend)
    assert list(range(1, 10)) == [record.seq for record in taken]


def test_the_chain_goes_on_from_the_end(tmp_path: Path) -> None:
    make_log(tmp_path, 3, unsealed=2)
    found = scan(tmp_path)
    data = found.path.read_bytes()
    seal = data.index(b'{"type":"seal"')
    end = data.index(b"\n", seal) + 1
    chain = Chain(GENESIS)
    chain.update(data[:seal])
    assert data[seal:end] == chain.seal(3)
    chain.update(data[end:])
    assert (2, chain.seal(5)) == (found.unsealed, found.chain.seal(5))


Damage = Callable[[Path], object]


def changed(old: bytes, new: bytes) -> Damage:
    return lambda folder: change(segments(folder)[1], old, new)


def append_to(number: int, data: bytes) -> Damage:
    return lambda folder: segments(folder)[number].open("ab").write(data)


def cut_seal(folder: Path) -> None:
    path = segments(folder)[1]
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b'{"type":"seal"')])


def swap(folder: Path) -> None:
    path = segments(folder)[1]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))


def zero(folder: Path) -> None:
    segments(folder)[1].write_bytes(bytes(200))


CASES = [
    ("a changed field name", changed(b'"seq":5,', b'"sek":5,'), 1, 3, "record"),
    ("a changed digit", changed(b'"seq":5,"at":"2026', b'"seq":5,"at":"2027'), 1, 5, "lines 1 to 4"),
    ("a changed seq", changed(b'{"seq":5,', b'{"seq":6,'), 1, 3, "seq 6 where 5 was due"),
    ("lines that changed places", swap, 1, 2, "seq 5 where 4 was due"),
    ("a changed seal", changed(b'seal","seq":6', b'seal","seq":7'), 1, 5, "the seal does not fit"),
    ("a seal that is none", changed(b'{"type":"seal"', b'{"type":"seel"'), 1, 5, "record"),
    ("no seal", cut_seal, 1, 5, "its last seal is missing, though another segment follows"),
    ("a torn middle", append_to(1, b'{"seq":7'), 1, 6, "not complete, though another segment follows"),
    ("a record too many", append_to(1, message_lines(7, 7)), 1, 7, "its last seal is missing"),
    ("another log", changed(LOG.encode(), OTHER_LOG.encode()), 1, 1, "the log is"),
    ("another version", changed(b'"version":2', b'"version":3'), 1, 1, "version"),
    ("an older version", changed(b'"version":2', b'"version":1'), 1, 1, "the version is 1"),
    ("another first seq", changed(b'"first_seq":4', b'"first_seq":5'), 1, 1, "not as in the name"),
    ("nothing but zeros", zero, 1, 1, "its header is not there"),
]  # fmt: skip


@pytest.mark.parametrize("records", [True, False])
@pytest.mark.parametrize(
    ("damage", "segment", "line", "why"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_damage_is_found_at_its_place(
    log: Path, *, damage: Damage, segment: int, line: int, why: str, records: bool
) -> None:
    damage(log)
    path = segments(log)[segment]
    with pytest.raises(TranscriptDamagedError, match=why) as raised:
        scan(log, (lambda _: None) if records else None)
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    assert (path, line) == (raised.value.path, raised.value.line)
    assert len(b"".join(lines[: line - 1])) == raised.value.offset


def test_a_missing_segment_is_found_at_the_next_one(log: Path) -> None:
    (log / segment_name(4)).unlink()
    with pytest.raises(TranscriptDamagedError, match="first_seq is 7 where 4 was due") as raised:
        scan(log)
    assert (log / segment_name(7), 1, 0) == (raised.value.path, raised.value.line, raised.value.offset)


def test_the_oldest_segments_may_be_missing(log: Path) -> None:
    (log / segment_name(1)).unlink()
    found = scan(log)
    assert (9, 6, 2) == (found.last_seq, found.records, found.segments)


def test_a_segment_that_was_changed_and_sealed_again_breaks_the_chain(log: Path) -> None:
    path = log / segment_name(4)
    change(path, b'"seq":5,"at":"2026-11-22', b'"seq":5,"at":"2026-11-23')
    reseal(path)
    with pytest.raises(TranscriptDamagedError, match="previous is not the sha256") as raised:
        scan(log)
    assert log / segment_name(7) == raised.value.path


def test_a_first_segment_must_begin_the_chain(tmp_path: Path) -> None:
    header = Header(log=LOG, first_seq=1, previous="ab" * 32)
    (tmp_path / segment_name(1)).write_bytes(header.encode() + message_lines(1, 2))
    with pytest.raises(TranscriptDamagedError, match="64 zeros"):
        scan(tmp_path)


def test_a_bad_line_under_a_good_seal_is_found_where_records_are_asked_for(log: Path) -> None:
    path = log / segment_name(7)
    change(path, b'{"seq":8,', b'{"seq": 8,')
    reseal(path)
    assert 9 == scan(log).last_seq
    with pytest.raises(TranscriptDamagedError, match="one way") as raised:
        scan(log, lambda _: None)
    assert (path, 3) == (raised.value.path, raised.value.line)


def test_with_several_seals_the_place_is_counted_from_the_beginning_of_the_file(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    for _ in range(3):
        add(writer, 1000)
    writer.close()
    path = segments(tmp_path)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    number = next(i for i, line in enumerate(lines) if line.startswith(b'{"seq":2500,'))
    lines[number] = lines[number].replace(b'"nick"', b'"nock"')
    path.write_bytes(b"".join(lines))
    with pytest.raises(TranscriptDamagedError) as raised:
        scan(tmp_path)
    assert (number + 1, len(b"".join(lines[:number]))) == (raised.value.line, raised.value.offset)


def test_reasons_never_hold_control_characters(log: Path) -> None:
    change(segments(log)[0], b'"seq":2,', b'"seq":"\x1b[2J\x07",')
    with pytest.raises(TranscriptDamagedError) as raised:
        scan(log)
    assert str(raised.value).isprintable()


def test_a_file_that_reads_differently_each_time_is_told_as_that(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[bytes] = []

    def unsteady(lines: bytes, first_seq: int, version: int) -> list[Record]:
        calls.append(lines)
        if len(calls) == 1:
            raise ValueError("once")
        return read_records(lines, first_seq, version)

    monkeypatch.setattr(scanner_module, "read_records", unsteady)
    with pytest.raises(TranscriptDamagedError, match="differently each time"):
        scan(log, lambda _: None)


def test_a_file_that_becomes_shorter_while_it_is_read_is_told_too(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = segments(log)[0]

    def shorten(lines: bytes, first_seq: int, version: int) -> None:
        os.truncate(path, 0)
        raise ValueError("once")

    monkeypatch.setattr(scanner_module, "read_records", shorten)
    with pytest.raises(TranscriptDamagedError, match="differently each time"):
        scan(log, lambda _: None)


def test_only_a_short_file_without_newline_is_a_torn_header(log: Path) -> None:
    paths = segments(log)
    assert (paths, None) == without_torn_header(paths)
    whole = paths[-1].read_bytes()
    header = whole.index(b"\n") + 1
    for size in range(header):
        paths[-1].write_bytes(whole[:size])
        assert (paths[:-1], paths[-1]) == without_torn_header(paths)
    paths[-1].write_bytes(whole[:header])
    assert (paths, None) == without_torn_header(paths)
    paths[-1].write_bytes(bytes(header + 1))
    assert (paths, None) == without_torn_header(paths)
    assert ([], None) == without_torn_header([])


def test_each_segment_is_given_when_it_was_checked_and_a_torn_header_is_counted(log: Path) -> None:
    paths = segments(log)
    last = paths[-1].read_bytes()
    scanner = Scanner()
    checked = [(path, scanner.segments, scanner.last_seq) for path in scanner.scan_each(paths)]
    assert [(paths[0], 1, 3), (paths[1], 2, 6), (paths[2], 3, 9)] == checked
    assert (0, paths[2]) == (scanner.torn, scanner.path)
    paths[2].write_bytes(last[:20])
    scanner = Scanner()
    assert paths[:2] == list(scanner.scan_each(paths))
    assert (20, paths[2], 2) == (scanner.torn, scanner.path, scanner.segments)
    scanner = Scanner()
    assert [] == list(scanner.scan_each(paths[2:]))
    assert (20, 0) == (scanner.torn, scanner.segments)


def test_a_head_that_is_sought_is_found_at_its_seal(log: Path) -> None:
    heads = {}
    for path in segments(log):
        scanner = Scanner()
        scanner.scan(path, last=True)
        heads[scanner.chain.head] = scanner.last_seq
    for head, seq in {**heads, GENESIS: 0, "f" * 64: -1}.items():
        scanner = Scanner(head)
        assert 3 == len(list(scanner.scan_each(segments(log))))
        assert seq == scanner.sought_seq


def test_reading_can_begin_at_an_anchor_and_end_before_a_byte(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    anchors = []
    for count in (3, 4, 5):
        add(writer, count)
        anchors.append(writer.anchor())
    writer.close()
    path = segments(tmp_path)[0]
    for start in (None, *anchors):
        for end in (0, anchors[2].offset, anchors[1].offset):
            if start is not None and end and end < start.offset:
                continue
            read: list[int] = []
            told: list[Record] = []
            scanner = Scanner(pause=read.append)
            scanner.scan(path, last=True, take=told.extend, start=start, end=end)
            first = start.seq + 1 if start else 1
            last = anchors[1].seq if end == anchors[1].offset else 12
            assert list(range(first, last + 1)) == [record.seq for record in told]
            reached = anchors[1] if last == 7 else anchors[2]
            assert (reached.offset, reached.head, 0) == (scanner.size, scanner.chain.head, scanner.unsealed)
            assert reached.offset - (start.offset if start else 0) == sum(read)


def test_the_ends_of_a_segment_tell_what_reading_it_tells(tmp_path: Path) -> None:
    make_log(tmp_path, 3, 4, 5)
    skimmed, scanned = Scanner(), Scanner()
    for path in segments(tmp_path):
        skimmed.skim(path)
        scanned.scan(path, last=False)
        assert (scanned.log, scanned.version, scanned.first_seq, scanned.last_seq, scanned.chain.head) == (
            skimmed.log, skimmed.version, skimmed.first_seq, skimmed.last_seq, skimmed.chain.head
        )  # fmt: skip
        assert (scanned.size, scanned.segments, 0) == (skimmed.size, skimmed.segments, skimmed.records)


def test_a_line_is_counted_from_the_beginning_of_its_segment_wherever_reading_began(tmp_path: Path) -> None:
    writer = open_log(tmp_path).writer
    add(writer, 3)
    anchor = writer.anchor()
    add(writer, 4)
    writer.close()
    path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b'"seq":6,', b'"seq":7,'))
    for start in (None, anchor):
        with pytest.raises(TranscriptDamagedError) as raised:
            Scanner().scan(path, last=True, start=start)
        # The header, three records, a seal; this is the third record behind it.
        assert 8 == raised.value.line
