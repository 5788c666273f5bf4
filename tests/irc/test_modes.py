"""The modes of channels and users."""

from __future__ import annotations

import pytest
from irc.writers import record

from chatsimples.chat.room_settings import RoomSettings, SettingsAsked, SettingsChange
from chatsimples.irc import capabilities, modes
from chatsimples.irc.modes import Change


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("+i", [Change("i", adds=True)]),
        ("i-m", [Change("i", adds=True), Change("m", adds=False)]),
        ("+ov ana bia", [Change("o", adds=True, given="ana"), Change("v", adds=True, given="bia")]),
        ("-k+l * 5", [Change("k", adds=False, given="*"), Change("l", adds=True, given="5")]),
        ("-l+n 5", [Change("l", adds=False), Change("n", adds=True)]),
        ("b", [Change("b", adds=True)]),
        ("+Zb x!*@*", [Change("Z", adds=True), Change("b", adds=True, given="x!*@*")]),
        ("+-", []),
    ],
)
def test_changes_are_read_with_their_parameters(line: str, changes: list[Change]) -> None:
    assert changes == modes.read(line.split(" "))


def test_no_more_are_read_than_are_told_to_be_taken() -> None:
    assert modes.MOST == len(modes.read(["i" * 100]))


def test_a_change_knows_what_is_missing_and_what_it_asks_for() -> None:
    assert ["o", "k", "l"] == [each.letter for each in modes.read(["+iobkl"]) if each.lacks]
    assert [] == [each.letter for each in modes.read(["-ikl"]) if each.lacks]
    assert ["b", "e"] == [each.letter for each in modes.read(["be"]) if each.asks]


def test_every_setting_that_a_mode_is_exists_with_both_its_values() -> None:
    for flag in modes.FLAGS.values():
        assert flag.on != flag.off
        assert {flag.on, flag.off} >= {getattr(RoomSettings(), flag.setting)}
        assert SettingsAsked(**{flag.setting: flag.on})  # type: ignore[arg-type] # by its name
        assert flag.meaning


def test_the_letters_are_each_of_one_kind() -> None:
    lists, keyed, limited, flags = modes.channel_modes().split(",")
    letters = [*lists, *keyed, *limited, *flags, *modes.ROLES]
    assert len(letters) == len(set(letters))
    assert all(map(modes.is_known, letters))
    assert not modes.is_known("Z")


def test_how_a_room_is_set_is_told_by_letters() -> None:
    assert ("+nt",) == modes.told(RoomSettings(), keyed=False)
    settings = RoomSettings(outsiders=True, topic_by="members", secret=True, limit=9)
    assert ("+kls", "*", "9") == modes.told(settings, keyed=True)
    assert ("+",) == modes.told(RoomSettings(outsiders=True, topic_by="members"), keyed=False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (SettingsChange(invite_only=True, moderated=False), "+i-m"),
        (SettingsChange(outsiders=False), "+n"),
        (SettingsChange(topic_by="members"), "-t"),
        (SettingsChange(keyed=True), "+k *"),
        (SettingsChange(keyed=False), "-k *"),
        (SettingsChange(limit=5), "+l 5"),
        (SettingsChange(limit=0), "-l"),
    ],
)
def test_a_change_of_settings_is_told_by_letters(change: SettingsChange, told: str) -> None:
    assert told == modes.told_record(record("set", settings=change, by="ana"))


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("role", {"role": "operator"}, "+o bia"),
        ("role", {"role": "voice", "nick": "", "account": "rui"}, "+v rui"),
        ("role", {"role": "owner", "reason": "founded"}, ""),
        ("ban", {}, "+b bia!*@*"),
        ("ban", {"nick": "", "account": "rui"}, "+b a:rui"),
        ("unban", {"nick": "b*"}, "-b b*!*@*"),
        ("mute", {}, "+b m:bia!*@*"),
        ("mute", {"reason": "lifted"}, "-b m:bia!*@*"),
        ("exempt", {}, "+e bia!*@*"),
        ("exempt", {"reason": "lifted"}, "-e bia!*@*"),
        ("admit", {"nick": "", "account": "rui"}, "+I a:rui"),
    ],
)
def test_what_happens_to_somebody_is_told_by_letters(kind: str, fields: dict[str, object], told: str) -> None:
    assert told == modes.told_record(record(kind, by="ana", **fields))


def test_the_proof_of_a_key_is_told_nobody() -> None:
    assert "" == modes.told_record(record("set", settings=SettingsChange(key="p" * 32), quiet=True))


def test_a_user_hears_wallops_unless_they_will_not() -> None:
    assert "w" == modes.of_user(0)
    assert "" == modes.of_user(capabilities.NO_WALLOPS)
