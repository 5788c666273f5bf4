"""Styles: readable on their background, told apart, and nothing told by colour alone."""

from __future__ import annotations

import colorsys
import math
import re
import subprocess
import sys
from itertools import combinations

import pytest
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import _256_colors, _EscapeCodeCache
from prompt_toolkit.styles import Attrs, Style
from support.paths import ROOT
from support.waiting import DEADLINE

from chatsimples.screen.colours import NICK_COLOURS, background, colour_depth, nick_class, style_rules

BACKGROUNDS = ("dark", "light", "")
DEPTHS = (1, 4, 8, 24)
NICKS = [f"nick{number}" for number in range(NICK_COLOURS)]
BLACK, WHITE = "000000", "ffffff"

# A background, a colour that it may have, and the least contrast.
GROUNDS = [
    ("dark", BLACK, 4.5),
    ("dark", "1e1e1e", 4.5),
    ("dark", "282c34", 4.5),
    ("light", WHITE, 4.5),
    ("light", "fafafa", 4.5),
    ("", BLACK, 3.0),
    ("", WHITE, 3.0),
    ("", "1e1e1e", 3.0),
    ("", "fdf6e3", 3.0),
]


def parts(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)


def linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    red, green, blue = (linear(part) for part in parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def difference(one: str, other: str) -> float:
    """The distance in OKLab, https://bottosson.github.io/posts/oklab/"""

    def place(colour: str) -> tuple[float, float, float]:
        red, green, blue = (linear(part) for part in parts(colour))
        long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
        middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
        short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
        return (
            0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
            1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
            0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
        )

    return math.dist(place(one), place(other))


def attributes(bits: int, ground: str, style: str) -> Attrs:
    return Style.from_dict(style_rules(bits, ground)).get_attrs_for_style_str(style)


def colours(bits: int, ground: str) -> dict[str, str]:
    found = {name: re.findall(r"#([0-9a-f]{6})", rule) for name, rule in style_rules(bits, ground).items()}
    return {name: one[0] for name, one in found.items() if one}


def test_the_formula_is_the_standards() -> None:
    assert 21.0 == pytest.approx(contrast(BLACK, WHITE))
    assert 4.54 == pytest.approx(contrast("767676", WHITE), abs=0.01)
    assert 1.0 == pytest.approx(difference(BLACK, WHITE), abs=0.001)


@pytest.mark.parametrize("bits", [8, 24])
@pytest.mark.parametrize(("ground", "colour", "least"), GROUNDS)
def test_every_style_can_be_read_on_its_background(bits: int, ground: str, colour: str, least: float) -> None:
    found = colours(bits, ground)
    assert {"time", "mention", "problem", "private", *NICKS} <= found.keys()
    assert {} == {name: each for name, each in found.items() if contrast(each, colour) < least}


@pytest.mark.parametrize("bits", [8, 24])
@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_no_style_sets_the_background_or_uses_the_terminals_sixteen(bits: int, ground: str) -> None:
    # So the contrast with the background is known.
    rules = style_rules(bits, ground)
    assert {} == {name: rule for name, rule in rules.items() if re.search("bg:|ansi|#(?![0-9a-f]{6})", rule)}


@pytest.mark.parametrize(("ground", "colour", "least"), GROUNDS)
def test_what_a_terminal_of_256_colours_shows_can_be_read_too(ground: str, colour: str, least: float) -> None:
    codes = _EscapeCodeCache(ColorDepth.DEPTH_8_BIT)
    shown = {}
    for name in colours(8, ground):
        told = re.search(r"38;5;(\d+)", codes[attributes(8, ground, f"class:{name}")])
        assert told is not None, name
        number = int(told[1])
        assert 16 <= number, f"{name}: the terminal decides what its first sixteen look like"
        shown[name] = "{:02x}{:02x}{:02x}".format(*_256_colors.colors[number])
    assert {"time", "mention", "problem", "private", *NICKS} <= shown.keys()
    assert {} == {name: each for name, each in shown.items() if contrast(each, colour) < least}


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_colours_are_the_same_with_256_as_with_millions(ground: str) -> None:
    for colour in set(colours(24, ground).values()):
        assert parts(colour) == _256_colors.colors[_256_colors[parts(colour)]]


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("bits", [8, 24])
def test_nicks_differ_from_each_other_and_from_every_other_meaning(bits: int, ground: str) -> None:
    found = colours(bits, ground)
    kept = {found[name] for name in ("problem", "mention", "private", "time")}
    own = [found[nick] for nick in NICKS]
    assert NICK_COLOURS == len(set(own))
    assert set() == kept & set(own)
    apart = {(one, other): difference(one, other) for one, other in combinations(sorted({*own, *kept}), 2)}
    # The least that is seen side by side is about 0.02.
    assert {} == {pair: how_far for pair, how_far in apart.items() if how_far < 0.05}


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_no_nick_is_red(ground: str) -> None:
    found = colours(24, ground)
    hues = {nick: 360 * colorsys.rgb_to_hsv(*parts(found[nick]))[0] for nick in NICKS}
    assert {} == {nick: hue for nick, hue in hues.items() if not 25 <= hue <= 335}


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("bits", [4, 8, 24])
def test_no_nick_has_the_colour_of_a_problem_or_a_mention(bits: int, ground: str) -> None:
    kept = {attributes(bits, ground, f"class:{name}").color for name in ("problem", "mention", "unread")}
    assert set() == kept & {attributes(bits, ground, f"class:{nick}").color for nick in NICKS}


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_sixteen_colours_are_those_that_can_be_read_everywhere(ground: str) -> None:
    used = {
        word for rule in style_rules(4, ground).values() for word in rule.split() if word.startswith("ansi")
    }
    assert {"ansicyan", "ansired"} < used <= {
        "ansired", "ansigreen", "ansiblue", "ansimagenta", "ansicyan"
    }  # fmt: skip
    if ground != "light":
        assert all(
            attributes(4, ground, f"class:{nick}").bold
            for nick in NICKS
            if attributes(4, ground, f"class:{nick}").color == "ansiblue"
        )


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("bits", DEPTHS)
def test_nothing_is_told_by_colour_alone(bits: int, ground: str) -> None:
    def shape(name: str) -> tuple[object, ...]:
        found = attributes(bits, ground, f"class:{name}")
        return found.bold, found.underline, found.italic, found.reverse

    plain = (False, False, False, False)
    for name in ("own", "mention", "private", "problem", "unread", "heading", "pending", "question"):
        assert plain != shape(name), name
    assert shape("mention") not in {shape("own"), shape("private"), *map(shape, NICKS)}
    assert plain != shape("status.current") != shape("status.mention") != plain
    assert shape("completion") != shape("completion.current")


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("bits", DEPTHS)
def test_the_own_nick_in_a_text_is_bold_but_not_reversed(bits: int, ground: str) -> None:
    found = attributes(bits, ground, "class:text class:mention.word")
    assert (True, False) == (found.bold, found.reverse)


@pytest.mark.parametrize("ground", BACKGROUNDS)
@pytest.mark.parametrize("bits", DEPTHS)
def test_the_styles_are_those_that_are_used(bits: int, ground: str) -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "chatsimples").rglob("*.py")]
    used = {name for source in sources for name in re.findall(r"class:([a-z]+(?:\.[a-z]+)?)", source)}
    # Nicks have their numbers, and plain text has no style.
    used -= {"nick", "text"}
    known = style_rules(bits, ground).keys() - set(NICKS)
    if bits > 1:
        assert used == known
    else:
        # A style with nothing but a colour is none.
        assert used > known


@pytest.mark.parametrize("ground", BACKGROUNDS)
def test_without_colours_there_are_none(ground: str) -> None:
    rules = style_rules(1, ground)
    assert [] == [name for name, rule in rules.items() if re.search(r"#|ansi|bg:", rule)]


def test_a_nicks_colour_is_the_same_everywhere_and_always() -> None:
    expected = {
        "ana": "nick9",
        "bia": "nick1",
        "João": "nick8",
        "visitante-1": "nick1",
    }
    assert expected == {nick: nick_class(nick) for nick in expected}
    assert nick_class("joão") == nick_class("JOÃO")
    program = "from chatsimples.screen.colours import nick_class; print(nick_class('ana'))"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            encoding="utf-8",
            timeout=DEADLINE,
            check=True,
        )
        assert "nick9" == done.stdout.strip()


@pytest.mark.parametrize("nick", ["", "a b", "\x1b[31m", "\ud800", "☃", "x" * 10_000])
def test_any_nick_has_a_colour(nick: str) -> None:
    assert nick_class(nick) in NICKS


def test_all_colours_are_used() -> None:
    assert NICK_COLOURS == len({nick_class(f"pessoa{number}") for number in range(200)})


@pytest.mark.parametrize(
    ("expected", "setting", "environ"),
    [
        (1, "off", {"TERM": "xterm-256color", "COLORTERM": "truecolor"}),
        (4, "16", {"TERM": "xterm-256color"}),
        (8, "256", {"TERM": "xterm"}),
        (24, "true", {"TERM": "xterm"}),
        (24, "true", {"TERM": "xterm", "NO_COLOR": "1"}),
        (24, "auto", {"TERM": "xterm-256color", "COLORTERM": "truecolor"}),
        (24, "auto", {"TERM": "xterm", "COLORTERM": "24bit"}),
        (8, "auto", {"TERM": "xterm-256color"}),
        (8, "auto", {"TERM": "screen.xterm-256color", "COLORTERM": "truecolor", "STY": "1.pts-0"}),
        (24, "auto", {"TERM": "screen-256color", "COLORTERM": "truecolor", "TMUX": "/tmp/tmux,1,0"}),
        (4, "auto", {"TERM": "xterm"}),
        (4, "auto", {"TERM": "linux"}),
        (4, "auto", {"TERM": "xterm", "COLORTERM": "1"}),
        (1, "auto", {"TERM": "xterm-256color", "NO_COLOR": "1"}),
        (8, "auto", {"TERM": "xterm-256color", "NO_COLOR": ""}),
        (1, "auto", {"TERM": "dumb", "COLORTERM": "truecolor"}),
        (1, "auto", {"TERM": "vt100"}),
        (1, "auto", {}),
        (8, "on", {"TERM": "xterm-256color", "NO_COLOR": "1"}),
        (4, "on", {"TERM": "dumb"}),
        (4, "on", {}),
    ],
)
def test_the_setting_comes_first_and_then_the_environment(
    expected: int, setting: str, environ: dict[str, str]
) -> None:
    assert expected == colour_depth(setting, environ)


@pytest.mark.parametrize(("expected", "setting"), [(1, "auto"), (1, "off"), (8, "on"), (24, "true")])
def test_elsewhere_than_on_a_terminal_there_are_colours_only_on_request(expected: int, setting: str) -> None:
    assert expected == colour_depth(setting, {"TERM": "xterm-256color"}, terminal=False)


@pytest.mark.parametrize(
    ("expected", "setting", "colours"),
    [
        ("dark", "dark", "0;15"),
        ("light", "light", "15;0"),
        ("dark", "auto", "15;0"),
        ("dark", "auto", "7;default;8"),
        ("dark", "auto", "6"),
        ("light", "auto", "0;15"),
        ("light", "auto", "0;default;7"),
        ("light", "auto", "0;9"),
        ("", "auto", "15;default"),
        ("", "auto", ""),
        ("", "auto", "0;16"),
        ("", "auto", "0;-1"),
        ("", "auto", "0;²"),
    ],
)
def test_the_background_is_what_the_setting_or_the_terminal_says(
    expected: str, setting: str, colours: str
) -> None:
    assert expected == background(setting, {"COLORFGBG": colours})


def test_without_a_word_from_the_terminal_the_background_is_unknown() -> None:
    assert "" == background("auto", {})
