"""Reading records in groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from chatsimples.chat.names import check_nick
from chatsimples.chat.records import Record
from chatsimples.chat.state import State
from chatsimples.replay.proof.reading import GroupReader, may_be_cut
from chatsimples.replay.proof.verdict import Taken, UnruledError
from chatsimples.transcript.redaction import MARKER

AT = "2026-11-22T15:00:00.000000Z"
LATER = "2026-11-22T15:00:01.000000Z"
START = Record(1, AT, "start", server="s")


class Pairs(GroupReader):
    """Takes any two records for a group, and notes what it is given."""

    def __init__(self) -> None:
        super().__init__(State(), lambda records, start: min(2, len(records) - start))
        self.running = True
        self.given: list[tuple[list[int], int]] = []

    def take_message(self, record: Record) -> Iterable[Taken]:
        self.given.append(([record.seq], 0))
        return (Taken(None, (record,)),)

    def take_group(self, group: Sequence[Record], following: Record | None) -> Iterable[Taken]:
        self.given.append(([each.seq for each in group], following.seq if following else 0))
        return (Taken(None, group),)


def joins(*seqs: int) -> list[Record]:
    return [Record(seq, AT, "join", 1, "ana", room="x") for seq in seqs]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_group_is_whole_however_its_records_come(size: int) -> None:
    records = [*joins(1, 2, 3, 4), Record(5, AT, "message", 1, "ana", room="x", text="oi")]
    reader = Pairs()
    for first in range(0, len(records), size):
        list(reader.feed(records[first : first + size]))
    list(reader.finish())
    assert [([1, 2], 3), ([3, 4], 5), ([5], 0)] == reader.given


def test_what_ends_the_records_may_be_cut_and_what_is_before_a_start() -> None:
    assert [True, True, False] == [may_be_cut(each) for each in (None, START, joins(2)[0])]


def test_the_server_must_be_running() -> None:
    reader = Pairs()
    reader.running = False
    with pytest.raises(UnruledError, match="a start is due"):
        list(reader.feed(joins(1, 2, 3)))


def test_records_of_one_command_have_one_time() -> None:
    reader = Pairs()
    reader.check_times(joins(1, 2))
    with pytest.raises(UnruledError, match="records 1 to 2"):
        reader.check_times([*joins(1), Record(2, LATER, "join", 1, "ana", room="y")])


def test_a_redaction_names_messages_without_their_text() -> None:
    gone = Record(1, AT, "message", 1, "ana", room="x", text=MARKER)
    reader = Pairs()
    list(reader.feed([gone, Record(2, AT, "redaction", seqs="1"), *joins(3, 4)]))
    assert 2 == reader.state.seq
    for seqs, why in (("1-2", "record 2"), ("x", "can't be read")):
        with pytest.raises(UnruledError, match=why):
            list(Pairs().feed([gone, Record(2, AT, "redaction", seqs=seqs), *joins(3, 4)]))


def test_a_redaction_names_whatever_else_has_lost_its_text() -> None:
    topic = Record(1, AT, "topic", room="x", text=MARKER, by="ana")
    reader = Pairs()
    list(reader.feed([topic, *joins(2), Record(3, AT, "redaction", seqs="1"), *joins(4, 5)]))
    assert 3 == reader.state.seq


def test_a_name_is_written_as_names_are() -> None:
    reader = Pairs()
    reader.check_name(check_nick, "ana")
    with pytest.raises(UnruledError, match="can be called a b"):
        reader.check_name(check_nick, "a b")
