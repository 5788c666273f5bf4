"""Any place of an excerpt is found by bisection: the same as by reading all of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from replay.playing import at, chat, record_chat, said

from chatsimples.chat.records import to_line
from chatsimples.replay.play.excerpt import Excerpt
from chatsimples.replay.recording.selection import selection
from chatsimples.replay.recording.source import lines
from chatsimples.transcript.segments import GENESIS, Header, segment_name

COUNT = 2_000


def excerpt(folder: Path, begin: str = "", end: str = "", room: str = "", nick: str = "") -> Excerpt:
    return Excerpt(folder, selection(begin, end, room, nick, str))


def seqs(played: Excerpt, start: int | None = None) -> list[int]:
    blocks = played.blocks(played.first if start is None else start)
    return [record.seq for block in blocks for record, _ in block]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three segments of a chat in which times rise unevenly, and often not at all."""
    made = tmp_path_factory.mktemp("chat")
    chance = random.Random(7)
    moment, records = 0.0, []
    for seq in range(1, COUNT + 1):
        moment += chance.choice([0, 0, 0.5, 1, 30])
        room = "rare" if seq % 400 == 0 else "geral"
        records.append(said(seq, moment, "x" * chance.randrange(1, 300), chance.choice(["ana", "bia"]), room))
    for first in (1, 700, 1400):
        part = [record for record in records if first <= record.seq < first + 700]
        header = Header(log="01KAQ3J5X5W9K3T0V2N8R7C4M6", first_seq=first, previous=GENESIS).encode()
        (made / segment_name(first)).write_bytes(
            header + b"".join(map(to_line, part[: 699 if first == 1 else 700]))
        )
    return made


PLACES = ["", "1", "2", "699", "700", "1337", "2000", "2001", *(at(n * 997) for n in range(-1, 12))]


@pytest.mark.parametrize("begin", PLACES)
@pytest.mark.parametrize("end", ["", "1", "1400", at(3000), at(-1)])
def test_it_holds_the_records_of_a_selection(folder: Path, begin: str, end: str) -> None:
    chosen = selection(begin, end, "", "", str)
    expected = [record.seq for record, _ in chosen.select(lines(folder, chosen.after))]
    made = Excerpt(folder, chosen)
    assert expected == seqs(made)
    assert (not expected) == made.is_empty
    if expected:
        assert (expected[0], expected[-1]) == (made.first, made.last)
        times = {record.seq: record.at for record, _ in lines(folder)}
        assert (times[expected[0]], times[expected[-1]]) == (made.begins, made.ends)


@pytest.mark.parametrize(("room", "nick"), [("rare", ""), ("", "bia"), ("rare", "bia"), ("none", "")])
def test_records_that_are_not_selected_are_left_out(folder: Path, room: str, nick: str) -> None:
    chosen = selection("", "", room, nick, str)
    expected = [record.seq for record, _ in chosen.select(lines(folder))]
    assert expected == seqs(Excerpt(folder, chosen))


def test_a_time_is_found_at_the_first_record_that_has_it(folder: Path) -> None:
    made = excerpt(folder)
    every = [record for record, _ in lines(folder)]
    for record in every[::37]:
        assert next(each.seq for each in every if each.at >= record.at) == made.seq_at(record.at)
    assert COUNT + 1 == made.seq_at(at(10**6))
    assert 1 == made.seq_at(at(-1))


def test_records_before_a_place_are_found_backwards(folder: Path) -> None:
    made = excerpt(folder)
    assert [1997, 1998] == [record.seq for record, _ in made.before(1999, 2)]
    assert [1, 2] == [record.seq for record, _ in made.before(3, 9)]
    assert [698, 699, 700, 701] == [record.seq for record, _ in made.before(702, 4)]
    assert [] == made.before(1, 5)
    assert [] == made.before(100, 0)
    rare = excerpt(folder, begin="500", room="rare")
    assert [800, 1200] == [record.seq for record, _ in rare.before(1599, 5)]


def test_the_rooms_at_its_beginning_are_known(folder: Path) -> None:
    assert {"geral", "rare"} == excerpt(folder).rooms()
    assert {"rare"} == excerpt(folder, room="Rare").rooms()
    assert {"geral", "rare"} == excerpt(folder, room="geral,rare,none").rooms()


def test_records_that_are_written_later_are_no_part_of_it(tmp_path: Path) -> None:
    made = record_chat(tmp_path / "chat", chat([0, 1, 2]))
    before = excerpt(made)
    with (made / segment_name(1)).open("ab") as file:
        file.write(to_line(said(4, 3, "later")))
    assert [1, 2, 3] == seqs(before)
    assert [1, 2, 3, 4] == seqs(excerpt(made))


def test_a_log_whose_oldest_segments_were_taken_away_begins_later(tmp_path: Path) -> None:
    made = record_chat(tmp_path / "chat", [said(seq, seq, "x") for seq in range(501, 511)])
    assert (501, 510) == (excerpt(made).first, excerpt(made).last)
    assert list(range(505, 511)) == seqs(excerpt(made, begin="505"))
    assert list(range(501, 511)) == seqs(excerpt(made, begin="5"))


def test_a_log_with_no_record_is_empty(tmp_path: Path) -> None:
    header = Header(log="01KAQ3J5X5W9K3T0V2N8R7C4M6", first_seq=1, previous=GENESIS).encode()
    (tmp_path / segment_name(1)).write_bytes(header)
    made = excerpt(tmp_path)
    assert made.is_empty
    assert [] == seqs(made)
    assert set() == made.rooms()
