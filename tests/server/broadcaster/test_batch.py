"""A batch: rendered at most once per room and dialect, and the same bytes for all who hear the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.hall import DIALECTS

from chatsimples.chat.records import Record, to_line
from chatsimples.server.broadcaster.batch import Batch

AT = "2026-11-22T15:00:00.000000Z"
TEXT, JSON = DIALECTS["text"], DIALECTS["json"]


class Counted:
    """A dialect that counts what it is made to render."""

    def __init__(self, dialect):
        self.name = dialect.name
        self.rendered = []
        self._render = dialect.render

    def render(self, record, line):
        self.rendered.append(record.seq)
        return self._render(record, line)


@pytest.fixture
def batch():
    """Give a batch of six messages, 11 to 16, in the rooms x, y, x, y, x and z."""
    batch = Batch(16)
    for index, room in enumerate("xyxyxz"):
        record = Record(11 + index, AT, "message", 1, "ana", room=room, text=f"frase {index}")
        batch.rooms.setdefault(room, []).append(index)
        batch.entries.append((record, to_line(record)))
    return batch


def written(dialect, batch, *indices):
    return b"".join(dialect.render(*batch.entries[index]) for index in indices)


@pytest.mark.parametrize("dialect", [TEXT, JSON], ids=["text", "json"])
def test_a_room_is_its_own_records_in_their_order(batch, dialect):
    assert (written(dialect, batch, 0, 2, 4), 16) == batch.chunk(dialect, ("x",))
    assert (written(dialect, batch, 5), 16) == batch.chunk(dialect, ("z",))


@pytest.mark.parametrize("dialect", [TEXT, JSON], ids=["text", "json"])
@pytest.mark.parametrize("keys", [("x", "y"), ("y", "x")], ids=" ".join)
def test_several_rooms_are_in_the_order_in_which_it_was_said(batch, dialect, keys):
    assert (written(dialect, batch, 0, 1, 2, 3, 4), 16) == batch.chunk(dialect, keys)


def test_for_json_a_record_is_the_very_line_of_the_transcript(batch):
    lines = batch.lines(JSON)
    assert [True] * 6 == [lines[index] is line for index, (_, line) in enumerate(batch.entries)]


def test_all_who_hear_the_same_share_the_bytes(batch):
    for dialect in (TEXT, JSON):
        for keys in (("x",), ("x", "y")):
            assert batch.chunk(dialect, keys) is batch.chunk(dialect, keys)


def test_dialects_and_rooms_do_not_share(batch):
    chunks = [batch.chunk(dialect, keys).data for dialect in (TEXT, JSON) for keys in (("x",), ("y",))]
    assert 4 == len({*chunks})


def test_each_record_is_rendered_once_however_often_it_is_asked_for(batch):
    counted = Counted(TEXT)
    for keys in (("x",), ("x", "y"), ("x", "y", "z"), ("y",), ("x",)):
        batch.chunk(counted, keys)
    batch.lines(counted)
    assert [11, 12, 13, 14, 15, 16] == sorted(counted.rendered)


def test_a_dialect_that_nobody_speaks_is_not_rendered(batch):
    counted = Counted(TEXT)
    batch.chunk(JSON, ("z",))
    assert [] == counted.rendered
    batch.chunk(counted, ("z",))
    assert [11, 12, 13, 14, 15, 16] == counted.rendered


def test_what_is_ones_own_stands_in_the_order_in_which_it_came(batch):
    batch.add_personal(7, b"reply")
    batch.entries.append(batch.entries[0])
    batch.add_personal(7, b"record", record=True)
    batch.add_personal(8)
    assert {7: [(6, False, b"reply"), (7, True, b"record")], 8: []} == batch.personal


@given(
    st.lists(st.sampled_from("xyz"), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=6),
    st.sets(st.sampled_from("xyz"), max_size=3),
)
def test_what_is_woven_is_what_looking_at_each_record_gives(said, own, heard):
    batch = Batch(len(said))
    expected = []
    for index in range(len(said) + 1):
        for number, (place, unheard) in enumerate(own):
            if place == index and not (unheard and index < len(said)):
                batch.add_personal(7, f"<{number}>".encode())
                expected.append(f"<{number}>".encode())
        if index == len(said):
            break
        room = said[index]
        record = Record(index + 1, AT, "message", 1, "ana", room=room, text=f"frase {index}")
        silent = room in heard and (index, True) in own
        if silent:
            batch.add_unheard(7)
        elif room in heard:
            expected.append(TEXT.render(record, b""))
        batch.rooms.setdefault(room, []).append(index)
        batch.entries.append((record, to_line(record)))
    batch.personal.setdefault(7, [])
    keys = tuple(key for key in batch.rooms if key in heard)
    assert b"".join(expected) == batch.woven(TEXT, keys, 7)


def test_weaving_renders_nothing_again(batch):
    dialect = Counted(TEXT)
    for conn in range(100):
        batch.add_personal(conn, b"* resposta\n")
        batch.woven(dialect, ("x", "y"), conn)
    assert [11, 12, 13, 14, 15, 16] == sorted(dialect.rendered)
