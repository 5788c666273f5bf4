"""The settings of a room, as they are typed and as they are told."""

from __future__ import annotations

import pytest

from chatsimples.chat.room_settings import MOST_MEMBERS, RoomSettings, SettingsAsked, SettingsChange
from chatsimples.errors import Refusal
from chatsimples.i18n import translator
from chatsimples.words.settings import (
    SETTINGS,
    read_settings,
    setting_name,
    setting_words,
    told_settings,
    value_words,
)


def test_every_setting_has_its_words() -> None:
    assert set(SettingsAsked.__struct_fields__) == set(SETTINGS)
    for lang in ("pt", "en"):
        assert list(SETTINGS) == [setting_name(word) for word in setting_words(lang)]


@pytest.mark.parametrize(
    "word", ["só-convidados", "so-convidados", "SO-CONVIDADOS", "invite-only", "invite_only", "Invite_Only"]
)
def test_a_settings_name_is_read_without_accents_and_case(word: str) -> None:
    assert "invite_only" == setting_name(word)


@pytest.mark.parametrize("lang", ["pt", "en"])
def test_every_value_that_is_offered_is_understood(lang: str) -> None:
    offered = [(word, value) for word in setting_words(lang) for value in value_words(word, lang)]
    assert 16 == len(offered)
    for word, value in offered:
        name = setting_name(word)
        assert getattr(read_settings(f"{word} {value}"), name) in {True, False, "operators", "members"}
    assert () == value_words("cor", lang)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("moderated on", SettingsAsked(moderated=True)),
        ("moderada não secreta sim", SettingsAsked(moderated=False, secret=True)),
        ("limit=20 key=a=b", SettingsAsked(limit=20, key="a=b")),
        ("limite não", SettingsAsked(limit=0)),
        (f"limit {MOST_MEMBERS}", SettingsAsked(limit=MOST_MEMBERS)),
        ("chave -", SettingsAsked(key="")),
        ("chave Abre-te", SettingsAsked(key="Abre-te")),
        ("quem-convida membros", SettingsAsked(inviters="members")),
        ("inviters operators", SettingsAsked(inviters="operators")),
        ("quem-muda-o-topico membros", SettingsAsked(topic_by="members")),
    ],
)
def test_settings_are_pairs(typed: str, asked: SettingsAsked) -> None:
    assert asked == read_settings(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "cor azul", "moderated", "moderated=", "moderated talvez", f"limit {MOST_MEMBERS + 1}", "limit -1",
        "limit ٣", f"limit {'9' * 5_000}", "inviters todos", "=on", "moderated on limit",
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_its_name(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_settings(typed)
    assert "bad_request" == refused.value.code


def test_a_change_tells_all_that_it_sets() -> None:
    change = SettingsChange(secret=True, moderated=False, limit=20, keyed=True, inviters="operators")
    told = "everybody may speak, secret, at most 20 people, only operators invite, with a key"
    assert told == told_settings(change, str)
    assert "sem chave" == told_settings(SettingsChange(keyed=False), translator("pt"))


def test_of_a_rooms_settings_those_are_told_that_are_not_as_everywhere() -> None:
    assert "" == told_settings(RoomSettings(), str)
    settings = RoomSettings(invite_only=True, inviters="members", limit=2)
    told = "by invitation only, at most 2 people, members may invite, with a key"
    assert told == told_settings(settings, str, keyed=True)
