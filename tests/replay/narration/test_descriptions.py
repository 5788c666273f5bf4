"""Records in words."""

from __future__ import annotations

import pytest

from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import SettingsChange
from chatsimples.replay.narration.descriptions import describe, is_conversation

AT = "2026-11-22T23:30:00.123456Z"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Record(1, AT, "start", server="chatsimples 9"), "the server starts: chatsimples 9"),
        (Record(1, AT, "stop"), "the server stops"),
        (Record(1, AT, "join", 1, "ana", room="geral"), "ana has entered #geral"),
        (Record(1, AT, "nick", 1, "ana", "eva", room="geral"), "ana is now eva"),
        (Record(1, AT, "leave", 1, "ana", room="geral", reason="quit"), "ana has left #geral"),
        (Record(1, AT, "leave", 1, "ana", room="geral", reason="kicked"), "ana was removed from #geral"),
        (
            Record(1, AT, "leave", 1, "ana", room="geral", reason="timeout"),
            "ana has left #geral: no sign of life",
        ),
        (
            Record(1, AT, "leave", 1, "ana", room="geral", reason="kicked", text="spam", by="bia"),
            "bia has removed ana from #geral: spam",
        ),
        (
            Record(1, AT, "topic", room="geral", text="a {prova}", by="bia"),
            "bia has set the topic of #geral: a {prova}",
        ),
        (
            Record(1, AT, "mute", 1, "ana", until="never", by="bia"),
            "bia has muted ana on the server until never",
        ),
        (
            Record(1, AT, "redaction", reason="privacy", seqs="3,5-7"),
            "the text of these messages was taken out: 3,5-7 (privacy)",
        ),
        (Record(1, AT, "of tomorrow", 1, "ana", text="{x}"), "of tomorrow ana {x}"),
    ],
)
def test_each_type_of_record_has_its_words(record: Record, expected: str) -> None:
    assert expected == describe(record, str)


def test_a_forged_record_is_sanitized() -> None:
    evil = "\x1b[2J{room}\u202e\n\u3164"
    shown = r"\x1b[2J{room}\u202e\n\u3164"
    assert f"{shown} has entered #{shown}" == describe(Record(1, AT, "join", 1, evil, room=evil), str)
    assert shown == describe(Record(1, AT, evil), str)
    ban = Record(1, AT, "ban", 1, evil, room=evil, text=evil, by=evil, until=evil)
    text = f"{shown} has banned {shown} from #{shown} until {shown}: {shown}"
    assert text == describe(ban, str)


@pytest.mark.parametrize("kind", ["hello", "bye"])
def test_a_connections_arrival_and_end_are_no_part_of_the_conversation(kind: str) -> None:
    assert not is_conversation(Record(1, AT, kind, 1, "ana"))


def test_a_removal_from_the_server_is_a_part_of_it_and_the_proof_of_a_key_none() -> None:
    assert is_conversation(Record(1, AT, "bye", 1, "ana", reason="kicked", by="bia"))
    proof = SettingsChange(key="k" * 32)
    assert not is_conversation(Record(1, AT, "set", room="x", quiet=True, settings=proof, by="bia"))
    assert is_conversation(Record(1, AT, "set", room="x", settings=SettingsChange(keyed=True), by="bia"))


@pytest.mark.parametrize("kind", ["start", "stop", "join", "leave", "nick", "message", "redaction", "x"])
def test_every_other_record_is_part_of_the_conversation(kind: str) -> None:
    assert is_conversation(Record(1, AT, kind, 1, "ana"))
