"""Keys are read as people write them, do what they should, and can't take away what nobody can do without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyBindings, KeyPress
from prompt_toolkit.keys import Keys

from chatsimples.client.terminal.keys import DEFAULTS, bindings, key_sequence
from chatsimples.errors import SettingError

PARTS = st.sampled_from(
    [
        *("ctrl-", "c-", "alt-", "meta-", "m-", "shift-", "s-", "next=", "help=", "editor=", "=", ",", " "),
        *("right", "tab", "enter", "escape", "f1", "f25", "space", "pageup", "x", "a", "1", "-", "é"),
        *("<", "any>", "İ", "\x1b"),
    ]
)
WRITTEN = st.one_of(st.lists(PARTS, max_size=6).map("".join), st.text(st.characters(), max_size=12))


def arriving(data: str) -> tuple[str, ...]:
    """Give the keys that a terminal's bytes are read as."""
    pressed: list[KeyPress] = []
    parser = Vt100Parser(pressed.append)
    parser.feed_and_flush(data)
    return tuple(key.key.value if isinstance(key.key, Keys) else key.key for key in pressed)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("f1", ("f1",)),
        ("pageup", ("pageup",)),
        ("ctrl-n", ("c-n",)),
        ("c-n", ("c-n",)),
        ("alt-right", ("escape", "right")),
        ("meta-right", ("escape", "right")),
        ("m-a", ("escape", "a")),
        ("alt--", ("escape", "-")),
        ("alt-<", ("escape", "<")),
        ("alt-0", ("escape", "0")),
        ("alt-enter", ("escape", "c-m")),
        ("shift-right", ("s-right",)),
        ("s-right", ("s-right",)),
        ("ctrl-space", ("c-@",)),
        ("ctrl-x ctrl-e", ("c-x", "c-e")),
        ("ctrl-x a", ("c-x", "a")),
        ("  Ctrl-X   ALT-Right ", ("c-x", "escape", "right")),
    ],
)
def test_a_key_is_read_as_people_write_it(written: str, expected: tuple[str, ...]) -> None:
    assert expected == key_sequence(written)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("f1", "\x1bOP"),
        ("f5", "\x1b[15~"),
        ("pageup", "\x1b[5~"),
        ("ctrl-n", "\x0e"),
        ("ctrl-space", "\x00"),
        ("alt-right", "\x1b[1;3C"),
        ("alt-a", "\x1ba"),
        ("shift-right", "\x1b[1;2C"),
        ("ctrl-x ctrl-e", "\x18\x05"),
    ],
)
def test_a_key_is_the_sequence_that_a_terminal_sends(written: str, sent: str) -> None:
    assert arriving(sent) == key_sequence(written)


@pytest.mark.parametrize(
    "written",
    ["", " ", "banana", "ctrl-", "ctrl-banana", "alt-", "alt-banana", "shift-a", "f25", "f0", "ab", "c--"],
)
def test_an_unknown_key_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        key_sequence(written)


@pytest.mark.parametrize(
    "written",
    [
        *("enter", "ctrl-m", "ctrl-j", "ctrl-c", "ctrl-d", "ctrl-z", "escape", "tab", "ctrl-i", "shift-tab"),
        *("a", "A", "7", ":", "/", "space", "é", "a ctrl-x", "alt-1", "alt-9"),
    ],
)
def test_a_key_that_can_not_be_spared_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        key_sequence(written)


@pytest.mark.parametrize("event", [key.value for key in Keys if key.value.startswith("<")])
@pytest.mark.parametrize("form", ["{}", "alt-{}", "ctrl-x {}"])
def test_an_event_that_is_no_key_is_refused(event: str, form: str) -> None:
    with pytest.raises(ValueError):
        key_sequence(form.format(event))


@pytest.mark.parametrize("setting", ["", " ", ",", " , ,"])
def test_without_a_setting_the_defaults_hold(setting: str) -> None:
    expected = {key_sequence(key): what for what, keys in DEFAULTS.items() for key in keys}
    assert expected == bindings(setting, str)
    assert sorted(DEFAULTS) == sorted(expected.values())


def test_an_own_key_takes_the_place_of_the_default() -> None:
    made = bindings("next=ctrl-n, help = f2", str)
    assert [("c-n",)] == [key for key, what in made.items() if what == "next"]
    assert [("f2",)] == [key for key, what in made.items() if what == "help"]
    assert "previous" == made["escape", "left"]
    assert len(DEFAULTS) == len(made)


def test_one_thing_can_have_several_keys() -> None:
    made = bindings("next=ctrl-n,next=f5", str)
    assert {("c-n",), ("f5",)} == {key for key, what in made.items() if what == "next"}


@pytest.mark.parametrize("what", [what for what in DEFAULTS if what != "help"])
def test_an_own_key_may_be_the_default_of_another_command(what: str) -> None:
    assert what == bindings(f"{what}=f1", str)["f1",]


@pytest.mark.parametrize("setting", ["next=f5,help=f5", "help=f5,next=f5"])
def test_of_two_own_things_with_one_key_the_later_has_it(setting: str) -> None:
    assert setting.split(",")[1].removesuffix("=f5") == bindings(setting, str)["f5",]


@pytest.mark.parametrize(
    "setting", ["next", "next ctrl-n", "=ctrl-n", "nothing=f2", "Next=f2", "ctrl-n=next"]
)
def test_an_unreadable_pair_is_an_error_that_names_the_commands(setting: str) -> None:
    with pytest.raises(SettingError) as refused:
        bindings(f"help=f3,{setting}", str)
    names = "next, previous, urgent, earlier, help, editor, clear"
    assert f"keys: {setting!r} is not one of {names}, then = and a key" == str(refused.value)


@pytest.mark.parametrize("key", ["", "ctrl-banana", "enter", "{key}", "\x1b[A", "a=b"])
def test_an_unknown_key_is_shown_so_that_it_can_be_read(key: str) -> None:
    with pytest.raises(SettingError) as refused:
        bindings(f"help=f3,next={key}", str)
    assert f"keys: there is no key {key!r} (as in alt-right, ctrl-n, f2, pageup)" == str(refused.value)


def test_a_refusal_is_in_the_persons_language() -> None:
    for setting, text in (("x", "{pair} {names}"), ("next=x", "{key}")):
        with pytest.raises(SettingError) as refused:
            bindings(setting, lambda _, text=text: f"língua: {text}")  # type: ignore[misc]
        assert str(refused.value).startswith("língua: 'x'")


@given(WRITTEN)
def test_any_text_is_a_key_that_can_be_bound_or_none(written: str) -> None:
    try:
        sequence = key_sequence(written)
    except ValueError:
        return
    KeyBindings().add(*sequence)(lambda event: None)
    assert len(sequence[0]) > 1
    assert not any(key.startswith("<") and len(key) > 1 for key in sequence)


@given(WRITTEN)
def test_any_setting_is_taken_or_refused_in_one_line(written: str) -> None:
    try:
        made = bindings(written, str)
    except SettingError as error:
        assert str(error).isprintable()
    else:
        assert set(made.values()) <= set(DEFAULTS)
