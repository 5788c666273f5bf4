"""The settings are described once, completely, and the reference page says the same."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from chatsimples.config import ClientSettings, ServerSettings, Settings, describe, make_settings
from chatsimples.errors import SettingError

ROOT = Path(__file__).parent.parent
CLASSES = Settings.__constraints__


def test_settings_are_made_only_of_what_can_be() -> None:
    assert 1 == make_settings(ServerSettings, {"workers": 1}).workers
    for values in ({"workers": 0}, {"worker": 1}, {"ping_timeout": float("nan")}):
        with pytest.raises(SettingError):
            make_settings(ServerSettings, values)


def test_every_setting_is_described() -> None:
    for cls in CLASSES:
        described = describe(cls)
        assert list(cls.__struct_encode_fields__) == [each.name for each in described]
        assert [] == [each.name for each in described if not each.help]
        assert [] == [each.name for each in described if each.kind in {int, float} and each.high is None]


def test_choices_stand_in_the_order_in_which_they_are_written() -> None:
    choices = {each.name: each.choices for each in describe(ClientSettings) if each.choices}
    assert ("", "en", "pt") == choices["lang"]
    assert ("minutes", "seconds", "off") == choices["times"]
    assert ("auto", "off", "16", "256", "true") == choices["colors"]


def test_the_reference_page_is_up_to_date() -> None:
    script = ROOT / "scripts" / "make_settings_doc.py"
    specification = importlib.util.spec_from_file_location("make_settings_doc", script)
    assert specification is not None
    assert specification.loader is not None
    made = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(made)
    assert made.page() == made.PAGE.read_text("utf-8")
