"""How a state is written in parts that make one whole."""

from __future__ import annotations

import msgspec
import pytest
from support.paths import SNAPSHOTS

from chatsimples.chat.changes import Change
from chatsimples.chat.charters import SavedCharter
from chatsimples.chat.ids import Ids
from chatsimples.chat.limits import UNKNOWN_LIMITS, Limits
from chatsimples.chat.records import from_line
from chatsimples.chat.room_settings import RoomSettings
from chatsimples.chat.sanctions import Sanction
from chatsimples.chat.snapshots import (
    FORM,
    Saved,
    SavedConnection,
    SavedSession,
    array_head,
    bare,
    head,
    map_head,
    pack,
    read,
)
from chatsimples.chat.state import State

LIMITS = Limits(max_rooms=1, quiet_room=2, nick_hold=3.0)
CONNECTION = SavedConnection(
    7,
    "ana",
    "ana",
    "json",
    "A",
    False,
    {"sala": "Sala"},
    SavedSession(True, [], msgspec.Raw(Ids({"i": 4}).written())),
)
CHARTER = SavedCharter(
    "sala", "Sala", "ana", RoomSettings(secret=True), "proof", "of it", {"ana": "owner"}, ["conn 7"],
    [Sanction(("nick eva", "conn 9"), 5, 2, "eva", "ana")], [],
)  # fmt: skip


def in_parts(saved: Saved) -> bytes:
    parts = [
        head(saved.seq, saved.last_conn, saved.server, saved.limits),
        array_head(len(saved.connections)),
        *map(pack, saved.connections),
        array_head(len(saved.kept)),
    ]
    for generation in saved.kept:
        parts += [map_head(len(generation)), bare(generation)]
    parts += [array_head(len(saved.charters)), *map(pack, saved.charters)]
    return b"".join(parts)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300, 65_535, 65_536])
def test_what_is_written_in_parts_is_read_as_a_whole(count: int) -> None:
    kept = [{f"{number}": b"x" for number in range(count)}, {}]
    saved = Saved(FORM, 5, 9, "chatsimples 1", LIMITS, [CONNECTION], kept, [CHARTER])
    assert pack(saved) == pack(read(in_parts(saved)).saved)


def test_the_form_before_had_no_accounts_and_no_charters() -> None:
    connection = [7, "ana", "ana", "json", "A", False, {"sala": "Sala"}, None]
    saved, changes = read(pack([3, 5, 9, "chatsimples 1", LIMITS, [connection], [{"A": b"x"}]]))
    assert [] == changes
    assert [] == saved.charters
    assert [("ana", "", "")] == [(each.nick, each.account, each.role) for each in saved.connections]


def test_one_that_tells_changes_is_read_with_a_whole_one_behind_it() -> None:
    whole = Saved(FORM, 2, 7, "chatsimples 0", UNKNOWN_LIMITS, [], [{"B": b"b"}], [CHARTER])
    changes = [Change("B", 0, b""), Change("C", 1, b"c")]
    told = [
        head(5, 9, "chatsimples 1", LIMITS, whole=False),
        pack([CONNECTION]), pack(changes), pack([]),
    ]  # fmt: skip
    expected = Saved(FORM, 5, 9, "chatsimples 1", LIMITS, [CONNECTION], [{"B": b"b"}], [])
    read_again = read(b"".join(told) + in_parts(whole))
    assert (pack(expected), changes) == (pack(read_again.saved), read_again.changes)
    for without in (b"".join(told), b"".join(told) + in_parts(whole)[:-1]):
        with pytest.raises(ValueError):
            read(without)


def test_another_form_is_a_value_error() -> None:
    saved = Saved(6, 0, 0, "", UNKNOWN_LIMITS, [], [])  # type: ignore[arg-type] # another form
    with pytest.raises(ValueError):
        read(pack(saved))


def test_a_part_that_is_missing_is_a_value_error() -> None:
    whole = in_parts(Saved(FORM, 5, 9, "", LIMITS, [CONNECTION], [{"A": b"x"}]))
    for size in range(len(whole)):
        with pytest.raises(ValueError):
            read(whole[:size])


@pytest.mark.parametrize(
    ("name", "records"), [("form-3", "form-3"), ("form-4", "form-4"), ("form-4-changes", "form-4")]
)
def test_one_that_an_older_server_has_written_is_gone_on_with(name: str, records: str) -> None:
    lines = (SNAPSHOTS / f"{records}.jsonl").read_bytes().splitlines()
    restored, live = State(), State()
    restored.restore((SNAPSHOTS / f"{name}.bin").read_bytes())
    assert 0 < restored.seq < len(lines)
    for seq, line in enumerate(lines, 1):
        live.evolve(from_line(line))
        if seq > restored.seq:
            restored.evolve(from_line(line))
        if seq >= restored.seq:
            assert told_by_all_forms(live) == told_by_all_forms(restored), f"after record {seq}"


def told_by_all_forms(state: State) -> bytes:
    """Write a state without what older forms never told: when rooms and bans were made, who set a topic."""
    saved = read(state.snapshot()).saved
    for charter in saved.charters:
        charter.topic_by = charter.topic_at = charter.made_at = ""
        charter.bans = [msgspec.structs.replace(each, at=0) for each in charter.bans]
        charter.mutes = [msgspec.structs.replace(each, at=0) for each in charter.mutes]
    return pack(saved)
