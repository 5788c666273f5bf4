"""A new log without the texts of some messages."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.transcript import Transcript
from transcript.logs import AT, LOG, OTHER_LOG, add, file_size_limit, files_in, make_log, open_log, roll

from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, from_line, timestamp, to_line
from chatsimples.errors import TornEndError, TranscriptDamagedError, UnfitSeqError, UnwritableError
from chatsimples.transcript.checkpoints import load_checkpoint
from chatsimples.transcript.redaction import MARKER, Redacted, format_seqs, parse_seqs, redact
from chatsimples.transcript.segments import Header, segment_name, segments
from chatsimples.transcript.verify import verify

pytestmark = pytest.mark.usefixtures("without_sync")

NOW = 1_795_359_600_000_001
SECRET = "o segredo 4711"
LIMITS = Limits(max_rooms=1, quiet_room=2, nick_hold=3.0)


def run(source: Path, target: Path, seqs: str, reason: str = "privacy", log: str = OTHER_LOG) -> Redacted:
    target.mkdir(exist_ok=True)
    paths = segments(source) if source.is_dir() else [source]
    copied: list[int] = []
    done = redact(paths, target, parse_seqs(seqs), reason=reason, log=log, now=NOW, copied=copied.append)
    assert done.records == sum(copied) + 1
    return done


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    make_log(folder, 5, 4, 3, text=SECRET)
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new"


def expected_lines(lines: list[bytes], gone: Collection[int]) -> list[bytes]:
    records = map(from_line, lines)
    return [
        to_line(record) if record.seq not in gone else to_line(record).replace(
            json.dumps(record.text, ensure_ascii=False).encode(), b'"%b"' % MARKER.encode()
        )
        for record in records
    ]  # fmt: skip


def test_all_is_as_it_was_but_the_texts_that_go(source: Path, target: Path) -> None:
    before = files_in(source)
    old = Transcript.read(source)
    done = run(source, target, "2,5-7,12")
    new = Transcript.read(target)
    expected = expected_lines([entry.line for entry in old.entries], {2, 5, 6, 7, 12})
    assert expected == [entry.line for entry in new.entries[:-1]]
    assert (5, 13, OTHER_LOG, new.log) == (done.messages, done.records, new.log, done.log)
    assert new.last_seq == new.sealed_to
    assert before == files_in(source)


def test_the_last_record_says_what_was_done(source: Path, target: Path) -> None:
    done = run(source, target, "5,2", reason="pedido da ana")
    record = from_line(Transcript.read(target).entries[-1].line)
    seals = [json.loads(line)["sha256"] for line in seal_lines(target)]
    expected = Record(
        13, timestamp(NOW), "redaction", reason="pedido da ana", seqs="2,5",
        old_log=LOG, old_head=verify(source).head, new_head=seals[-2],
    )  # fmt: skip
    assert expected == record
    assert seals[-1] == done.head == verify(target).head


def seal_lines(folder: Path) -> list[bytes]:
    lines = (line for path in segments(folder) for line in path.read_bytes().splitlines())
    return [line for line in lines if line.startswith(b'{"type":"seal"')]


def test_segments_begin_where_they_began(source: Path, target: Path) -> None:
    run(source, target, "1")
    assert [path.name for path in segments(source)] == [path.name for path in segments(target)]


def test_many_records_are_sealed_now_and_then(tmp_path: Path, target: Path) -> None:
    writer = open_log(tmp_path / "old").writer
    for _ in range(5):
        add(writer, 500)
        writer.seal()
    writer.close()
    run(tmp_path / "old", target, "2400")
    assert [1_000, 2_000, 2_500, 2_501] == [json.loads(line)["seq"] for line in seal_lines(target)]


def test_a_text_that_goes_is_nowhere_in_the_new_log(source: Path, target: Path) -> None:
    run(source, target, "1-12")
    assert [] == [name for name, (data, _) in files_in(target).items() if SECRET.encode() in data]


def test_private_messages_keep_all_but_their_text(tmp_path: Path, target: Path) -> None:
    record = Record(
        2, AT, "message", 1, "ana", to="bia", to_conn=2, text=SECRET, id="x", identity="9f", to_identity="8e"
    )
    writer = open_log(tmp_path / "old").writer
    writer.append(to_line(Record(1, AT, "start", server="s", limits=LIMITS)) + to_line(record), 2, 2)
    writer.close()
    run(tmp_path / "old", target, "2")
    expected = {**json.loads(to_line(record)), "text": MARKER}
    assert expected == Transcript.read(target).entries[1].said


def test_an_end_that_is_not_sealed_has_the_head_that_its_seal_would_have(
    tmp_path: Path, target: Path
) -> None:
    make_log(tmp_path / "old", 3, unsealed=2)
    data = segments(tmp_path / "old")[0].read_bytes()
    place = data.index(b'{"type":"seal"')
    last_seal = json.loads(data[place : data.index(b"\n", place)])["sha256"]
    unsealed = data[data.index(b"\n", place) + 1 :]
    done = run(tmp_path / "old", target, "4")
    assert hashlib.sha256(last_seal.encode() + unsealed).hexdigest() == done.old_head
    assert verify(tmp_path / "old").head == last_seal != done.old_head


def test_a_redacted_log_can_be_redacted_again_and_the_heads_followed(
    source: Path, target: Path, tmp_path: Path
) -> None:
    first = run(source, target, "3")
    second = run(target, tmp_path / "newer", "4,6", log=LOG)
    told = [entry.said for entry in Transcript.read(tmp_path / "newer").having(type="redaction")]
    assert [(LOG, first.old_head), (OTHER_LOG, first.head)] == [(t["old_log"], t["old_head"]) for t in told]
    assert [(13, "3"), (14, "4,6")] == [(t["seq"], t["seqs"]) for t in told]
    assert verify(tmp_path / "newer").head == second.head
    texts = [e.said["text"] for e in Transcript.read(tmp_path / "newer").having(type="message")]
    assert {3, 4, 6} == {seq for seq, text in enumerate(texts, 1) if text == MARKER}


def test_a_log_is_gone_on_with_after_its_redaction(source: Path, target: Path) -> None:
    run(source, target, "3")
    writer = open_log(target).writer
    add(writer, 2)
    writer.close()
    new = Transcript.read(target)
    assert (15, 15) == (new.last_seq, new.sealed_to)
    assert OTHER_LOG == new.log


def test_a_part_that_begins_later_keeps_what_was_known_before_it(source: Path, target: Path) -> None:
    segments(source)[0].unlink()
    with pytest.raises(UnfitSeqError) as raised:
        run(source, target, "5,7")
    assert (5, "", 6) == (raised.value.seq, raised.value.kind, raised.value.first)
    run(source, target, "7")
    path = segments(target)[0]
    header = Header.decode(path.read_bytes().splitlines(keepends=True)[0])
    state = load_checkpoint(target, header)
    assert segment_name(6) == path.name
    assert state == load_checkpoint(source, Header.decode(segments(source)[0].open("rb").readline()))
    assert state
    assert 13 == verify(target).last_seq


def test_one_file_and_an_empty_last_segment_are_copied(source: Path, target: Path, tmp_path: Path) -> None:
    alone = tmp_path / "class-of-tuesday.jsonl"
    alone.write_bytes(segments(source)[0].read_bytes())
    assert 6 == run(alone, target, "1").records
    writer = open_log(source).writer
    roll(writer, source)
    writer.close()
    assert 13 == run(source, tmp_path / "other", "12").records
    assert 4 == len(segments(tmp_path / "other"))


def test_what_was_written_beside_messages_goes_as_well(tmp_path: Path, target: Path) -> None:
    by: dict[str, Any] = {"by": "ana", "by_conn": 1, "by_account": "ana"}
    records = [
        Record(1, AT, "start", server="s", limits=LIMITS),
        Record(2, AT, "topic", room="x", text=SECRET, **by),
        Record(3, AT, "ban", 2, "bia", room="x", text=SECRET, **by),
        Record(4, AT, "mute", 2, "bia", room="x", text=SECRET, **by),
        Record(5, AT, "leave", 2, "bia", room="x", text=SECRET, reason="kicked", **by),
        Record(6, AT, "bye", 2, "bia", text=SECRET, reason="kicked", **by),
        Record(7, AT, "announcement", text=SECRET, **by),
        Record(8, AT, "message", 1, "ana", room="x", text=SECRET, kind="action"),
        Record(9, AT, "message", 1, "ana", room="x", text=SECRET, part=1, parts=2),
        Record(10, AT, "topic", room="x", **by),
        Record(11, AT, "message", 1, "ana", room="x", text=SECRET, tags={"+x": SECRET}),
        Record(12, AT, "tags", 1, "ana", room="x", tags={"+draft/react": SECRET, "+draft/reply": "L/8"}),
    ]
    writer = open_log(tmp_path / "old").writer
    for record in records:
        writer.append(to_line(record), record.seq, 1)
    writer.close()
    assert 10 == run(tmp_path / "old", target, "2-9,11-12").messages
    assert [] == [name for name, (data, _) in files_in(target).items() if SECRET.encode() in data]
    expected = expected_lines([to_line(record) for record in records[:10]], range(2, 10))
    written = [line for path in segments(target) for line in path.read_bytes().splitlines(keepends=True)]
    *of_texts, message, reaction, _ = [line for line in written if line.startswith(b'{"seq":')]
    assert expected == of_texts
    assert {"+x": MARKER} == from_line(message).tags
    assert ("", dict.fromkeys(["+draft/react", "+draft/reply"], MARKER)) == (
        from_line(reaction).text, from_line(reaction).tags,
    )  # fmt: skip
    with pytest.raises(UnfitSeqError) as raised:
        run(tmp_path / "old", tmp_path / "other", "10")
    assert (10, "topic") == (raised.value.seq, raised.value.kind)


@pytest.mark.parametrize(
    ("seqs", "seq", "kind"), [("1", 1, "start"), ("2-4", 3, "join"), ("2,6-9", 6, ""), ("9", 9, "")]
)
def test_a_seq_of_no_message_is_told(tmp_path: Path, target: Path, seqs: str, seq: int, kind: str) -> None:
    kinds = ["start", "message", "join", "message", "message"]
    fields: dict[str, dict[str, Any]] = {
        "start": {"server": "s", "limits": LIMITS},
        "message": {"conn": 1, "nick": "ana", "room": "geral", "text": "oi"},
        "join": {"conn": 2, "nick": "bia", "room": "geral"},
    }
    writer = open_log(tmp_path / "old").writer
    for number, each in enumerate(kinds, 1):
        writer.append(to_line(Record(number, AT, each, **fields[each])), number, 1)
    writer.close()
    with pytest.raises(UnfitSeqError) as raised:
        run(tmp_path / "old", target, seqs)
    assert (seq, kind) == (raised.value.seq, raised.value.kind)
    assert kind or (1, 5) == (raised.value.first, raised.value.last)


def test_damage_anywhere_is_told_with_its_place(source: Path, target: Path, chance: random.Random) -> None:
    for path in segments(source):
        whole = path.read_bytes()
        broken = bytearray(whole)
        # Without its last line's end, a transcript would only be torn.
        place = chance.randrange(len(whole) - 1)
        broken[place] ^= 1 << chance.randrange(7)
        path.write_bytes(broken)
        with pytest.raises(TranscriptDamagedError) as raised:
            run(source, target, "1,12")
        # A seal or header of the segment behind may be what tells it.
        assert raised.value.path in segments(source)
        path.write_bytes(whole)
        for each in target.iterdir():
            each.unlink()


@pytest.mark.parametrize("end", [b'{"seq":13', b"x"])
def test_a_torn_end_is_told(source: Path, target: Path, end: bytes) -> None:
    path = segments(source)[-1]
    with path.open("ab") as file:
        file.write(end)
    with pytest.raises(TornEndError) as raised:
        run(source, target, "1")
    assert (path, len(end)) == (raised.value.path, raised.value.size)


def test_a_disk_that_takes_no_more_is_told(tmp_path: Path, target: Path) -> None:
    make_log(tmp_path / "old", 900)
    with file_size_limit(50_000), pytest.raises(UnwritableError):
        run(tmp_path / "old", target, "1")


@given(st.lists(st.integers(1, 60), min_size=1), st.randoms(use_true_random=False))
def test_seqs_are_read_as_they_were_written(seqs: list[int], chance: random.Random) -> None:
    parts = [f"{seq}" if chance.random() < 0.5 else f" {seq}-{seq + 2}" for seq in seqs]
    expected = {int(p) for part in parts for p in expand(part)}
    read = parse_seqs(",".join(parts))
    assert sorted(expected) == [seq for part in read for seq in part]
    assert read == parse_seqs(format_seqs(read))


def expand(part: str) -> range:
    first, _, last = part.strip().partition("-")
    return range(int(first), int(last or first) + 1)


def test_seqs_are_written_shortly() -> None:
    assert "12,40-43" == format_seqs(parse_seqs("43, 12,40-41,41-42,12"))
    assert [range(1, 10**15)] == parse_seqs(f"1-{10**15 - 1}")


@pytest.mark.parametrize(
    "text", ["", ",", "0", "1,", "-1", "1-", "4-3", "a", "1;2", "1 2", "1-2-3", "٣", "1.5", "1" * 17]
)
def test_what_are_no_seqs_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        parse_seqs(text)


def test_of_chats_at_random_only_the_texts_that_were_named_go(tmp_path: Path, chance: random.Random) -> None:
    for number in range(10):
        counts = [chance.randrange(1, 40) for _ in range(chance.randrange(1, 4))]
        source = tmp_path / f"{number}"
        lines = make_log(
            source, *counts, text=chance.choice([SECRET, "x", '"\\']), unsealed=chance.randrange(3)
        )
        gone = set(chance.sample(range(1, len(lines) + 1), chance.randrange(1, len(lines) + 1)))
        target = tmp_path / f"{number}-new"
        run(source, target, ",".join(map(str, gone)))
        new = Transcript.read(target)
        assert expected_lines(lines, gone) == [entry.line for entry in new.entries[:-1]]
        assert new.last_seq == verify(target).last_seq == len(lines) + 1
