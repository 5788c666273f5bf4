"""The page in a real browser: it can be read, searched and played, and runs nothing that people typed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.attacks import ATTACKS
from support.chromium import Browser, Page, running_browser

from chatsimples.chat.records import Record, timestamp
from chatsimples.config.replay import ExportSettings
from chatsimples.i18n import translator
from chatsimples.replay.export.html import SCRIPT, STYLE, write_html
from chatsimples.replay.export.job import ExportJob
from chatsimples.replay.export.output import OutputFile

# The browser may have to be installed first.
pytestmark = pytest.mark.timeout(330)

Opener = Callable[..., Page]

START = 1_795_348_800_000_000  # 2026-11-22T12:00:00Z
SECOND = 1_000_000


def said(
    seq: int, seconds: float, text: str, nick: str = "ana", room: str = "geral", *, to: str = ""
) -> Record:
    at = timestamp(START + int(seconds * SECOND))
    return Record(seq, at, "message", 1, nick, room="" if to else room, to=to, text=text)


def chat(count: int, seconds: float) -> list[Record]:
    """Make a chat in two rooms, with a message every so many seconds."""
    return [
        said(
            seq, (seq - 1) * seconds, f"mensagem {seq} {'longa ' * (seq % 40)}", room=("geral", "x")[seq % 2]
        )
        for seq in range(1, count + 1)
    ]


def exported(records: list[Record], lang: str = "en", **settings: Any) -> bytes:
    file = io.BytesIO()
    given = [(record, b"") for record in records]
    job = ExportJob(lambda: iter(given), ExportSettings(**settings), translator(lang))
    assert len(records) == write_html(job, OutputFile(file))
    return file.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Yield an opener of exported pages; at the end no page may have had an error."""
    pages: list[Page] = []

    def open_page(records: list[Record], **settings: Any) -> Page:
        path = tmp_path / f"chat-{len(pages)}.html"
        path.write_bytes(exported(records, **settings))
        pages.append(browser.page())
        pages[-1].call("Page.bringToFront")
        pages[-1].open(path.as_uri())
        pages[-1].run(
            "const row = (seq) => document.getElementById(`s${seq}`);"
            "const element = (id) => document.getElementById(id);"
            "const rows = [...document.querySelectorAll('#chat li')];"
            "const isVisible = (each) => each.checkVisibility();"
            "const visible = () => rows.filter(isVisible).map((each) => +each.id.slice(1));"
            "const change = (id, value) => { element(id).value = value;"
            " for (const type of ['input', 'change']) element(id).dispatchEvent(new Event(type)); };"
        )
        return pages[-1]

    yield open_page
    for page in pages:
        assert [] == page.errors
        assert [address for address in page.requests if not address.startswith("file:")] == []
        assert 1 == len(page.requests)


def visible(page: Page) -> Any:
    return page.run("visible()")


def hits(page: Page) -> Any:
    return page.run("element('hits').textContent")


def test_texts_of_people_do_not_run(opened: Opener) -> None:
    records = [said(seq, seq, text, nick=text, room=text) for seq, text in enumerate(ATTACKS, 1)]
    records += [
        said(seq, seq, text, nick=text, to=text) for seq, text in enumerate(ATTACKS, len(records) + 1)
    ]
    page = opened(records, title=" ".join(ATTACKS))
    page.run(
        "for (const each of document.querySelectorAll('#chat *')) each.dispatchEvent(new Event('mouseover'))"
    )
    assert page.run("window.ran === undefined")
    assert [*ATTACKS, *ATTACKS] == page.run("rows.map((each) => each.querySelector('bdi').textContent)")
    assert [*ATTACKS, *ATTACKS] == page.run("rows.map((each) => each.querySelector('b').textContent)")
    assert " ".join(ATTACKS) == page.run("document.querySelector('h1').textContent")
    assert " ".join(" ".join(ATTACKS).split()) == page.run("document.title")
    assert 1 == page.run("document.scripts.length")
    assert 0 == page.run("document.querySelectorAll('iframe, img, svg, [onmouseover], #chat style').length")


def test_the_policy_stops_any_other_script(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "chat.html"
    path.write_bytes(exported(chat(3, 1)).replace(b"mensagem 2", b"<script>window.ran = 1</script>"))
    page = browser.page()
    page.open(path.as_uri())
    assert page.run("document.scripts.length === 2 && window.ran === undefined")
    assert [error for error in page.errors if "Content Security Policy" in error]


def test_everything_is_there_from_the_beginning(opened: Opener) -> None:
    records = chat(30, 1)
    page = opened(records)
    assert [record.seq for record in records] == visible(page)
    assert "30 / 30" == page.run("element('count').textContent")
    assert "Play" == page.run("element('play').textContent")
    assert "Sunday, November 22, 2026" == page.run("document.querySelector('h2').textContent")


def test_it_plays_in_order_and_to_the_end(opened: Opener) -> None:
    page = opened(chat(40, 0.25))
    page.run(
        "const seen = []; const look = () => { const now = visible();"
        " seen.push(now.some((seq, index) => seq !== index + 1) ? 'not in order' : now.length);"
        " requestAnimationFrame(look); };"
        "change('speed', '10'); element('play').click(); look();"
    )
    page.wait_until("element('play').textContent === 'Play'")
    seen = page.run("seen")
    assert seen == sorted(seen)
    assert 1 == seen[0]
    assert 40 == seen[-1]
    assert len(set(seen)) > 3
    assert "1000" == page.run("element('position').value")


def test_the_view_and_the_clock_follow_the_playback(opened: Opener) -> None:
    page = opened(chat(600, 1))
    page.run("change('speed', 'max'); element('play').click();")
    page.wait_until("element('count').textContent === '600 / 600'")
    page.wait_until("row(600).getBoundingClientRect().bottom <= innerHeight")
    assert list(range(1, 601)) == visible(page)
    assert page.run("element('clock').textContent.endsWith(row(600).firstChild.textContent)")


def test_it_pauses_goes_on_and_steps(opened: Opener) -> None:
    page = opened(chat(50, 1))
    page.press(".")
    assert [1] == visible(page)
    page.press(".")
    page.press(".")
    assert [1, 2, 3] == visible(page)
    assert page.run("element('clock').textContent.endsWith(row(3).firstChild.textContent)")
    page.run("change('speed', '5')")
    page.press(" ")
    page.wait_until("visible().length > 5")
    page.press(" ")
    assert "Play" == page.run("element('play').textContent")
    paused = visible(page)
    page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert paused == visible(page)
    page.run("change('position', 500)")
    assert 25 == len(visible(page))
    page.press("ArrowLeft")
    assert 15 == len(visible(page))
    page.press("ArrowRight")
    assert 25 == len(visible(page))


def test_a_long_silence_is_skipped_on_request(opened: Opener) -> None:
    page = opened([said(1, 0, "a"), said(2, 80_000, "b"), said(3, 80_001, "c")])
    page.run("change('speed', '10'); element('play').click();")
    page.wait_until("element('play').textContent === 'Play'")
    assert [1, 2, 3] == visible(page)
    page.run("element('skip').click(); element('play').click();")
    page.wait_until("element('clock').textContent.slice(-5) > row(1).firstChild.textContent.slice(-5)")
    assert [1] == visible(page)


def test_the_scrubber_follows_the_recorded_time(opened: Opener) -> None:
    page = opened([said(1, 0, "a"), said(2, 10, "b"), said(3, 90, "c"), said(4, 100, "d")])
    for place, expected in (
        (500, [1, 2]),
        (0, [1]),
        (100, [1, 2]),
        (899, [1, 2]),
        (900, [1, 2, 3]),
        (1000, [1, 2, 3, 4]),
    ):
        page.run(f"change('position', {place})")
        assert expected == visible(page)
    page.run("element('position').focus()")
    page.press("Home")
    assert [1] == visible(page)
    page.press("ArrowRight")
    assert [1] == visible(page)
    assert "1" == page.run("element('position').value")
    page.press("End")
    assert [1, 2, 3, 4] == visible(page)
    assert page.run("element('position').getAttribute('aria-valuetext') === element('clock').textContent")


def test_a_room_can_be_chosen(opened: Opener) -> None:
    records = [*chat(6, 1), said(7, 6, "psst", to="bia"), Record(8, timestamp(START + 7 * SECOND), "stop")]
    page = opened(records)
    names = ["all (8)", "#x (3)", "#geral (3)", "private messages (1)"]
    assert names == page.run("[...element('room').options].map((each) => each.textContent)")
    found = []
    for index in range(4):
        page.run(f"change('room', element('room').options[{index}].value)")
        found.append((visible(page), hits(page)))
    assert [
        ([1, 2, 3, 4, 5, 6, 7, 8], ""),
        ([1, 3, 5], "found: 3"),
        ([2, 4, 6], "found: 3"),
        ([7], "found: 1"),
    ] == found


def test_a_search_ignores_accents_and_case_and_marks_what_it_finds(opened: Opener) -> None:
    records = [
        said(1, 0, "Exercício ÉPICO"),
        said(2, 1, "nada"),
        said(3, 90_000, "o exerci\u0301cio, o EXERCICIO"),
        said(4, 90_001, "oi", nick="exercício"),
    ]
    page = opened(records)
    page.press("/")
    page.call("Input.insertText", text="exercicio")
    page.wait_until("element('hits').textContent")
    assert ([1, 3, 4], "found: 3") == (visible(page), hits(page))
    page.wait_until("CSS.highlights.get('hit')?.size === 4")
    marked = page.run("[...CSS.highlights.get('hit')].map(String)")
    assert ["Exercício", "exerci\u0301cio", "EXERCICIO", "exercício"] == marked
    page.press("Escape")
    assert ([1, 2, 3, 4], "") == (visible(page), hits(page))
    assert page.run("!CSS.highlights.has('hit')")


def test_search_room_and_player_go_together(opened: Opener) -> None:
    page = opened(chat(300, 1))
    page.run("change('room', '0'); change('search', 'mensagem 2')")
    page.wait_until("element('hits').textContent === 'found: 55'")
    expected = [seq for seq in range(1, 301, 2) if str(seq).startswith("2")]
    assert expected == visible(page)
    page.run("change('position', 100)")
    assert [21, 23, 25, 27, 29] == visible(page)
    assert "found: 5" == hits(page)
    page.run("change('search', 'mensagem 29')")
    page.wait_until("element('hits').textContent === 'found: 1'")
    page.run("change('search', 'mensagem 2')")
    page.wait_until("element('hits').textContent === 'found: 5'")
    page.run("change('position', 1000)")
    assert "found: 55" == hits(page)


def test_a_day_without_a_hit_is_hidden(opened: Opener) -> None:
    page = opened([said(1, 0, "a"), said(2, 90_000, "b")])
    assert 2 == page.run("[...document.querySelectorAll('h2')].filter(isVisible).length")
    page.run("change('search', 'b')")
    page.wait_until("element('hits').textContent")
    assert 1 == page.run("[...document.querySelectorAll('h2')].filter(isVisible).length")


def test_a_link_to_a_record_shows_it_among_the_others(opened: Opener) -> None:
    page = opened(chat(600, 1))
    page.run("change('position', 100); change('search', 'mensagem 1');")
    page.wait_until("element('hits').textContent")
    page.run("location.hash = '#s300'")
    page.wait_until("row(300).checkVisibility() && !element('hits').textContent")
    page.wait_until("((box) => box.top >= 0 && box.bottom <= innerHeight)(row(300).getBoundingClientRect())")
    assert list(range(1, 301)) == visible(page)


def test_a_page_may_be_empty(opened: Opener) -> None:
    page = opened([])
    page.press(" ")
    page.press(".")
    page.press("ArrowLeft")
    assert "0 / 0" == page.run("element('count').textContent")


def test_every_control_has_a_name(opened: Opener) -> None:
    page = opened(chat(3, 1))
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    named = {
        node["role"]["value"]: node["name"]["value"]
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in {"button", "slider", "searchbox", "checkbox", "combobox"}
    }
    assert {"button": "Play", "slider": "Position", "searchbox": "Search", "checkbox": "skip silences"} == {
        role: name for role, name in named.items() if role != "combobox"
    }
    assert "Speed" == named["combobox"]


def test_without_a_script_everything_can_be_read() -> None:
    page = exported(chat(10, 1)).decode()
    rows = re.findall(r"<li [^>]*>", page)
    assert 10 == len(rows)
    assert not [row for row in rows if "hidden" in row]
    # What would do nothing is not shown.
    assert 2 == len(re.findall(r"<form [^>]*hidden>", page))


def test_its_own_words_are_in_the_language_of_the_setting() -> None:
    assert b'<html lang="en">' in exported(chat(1, 1))
    assert b'<html lang="pt">' in exported(chat(1, 1), lang="pt")


def test_the_script_and_the_style_end_where_they_should() -> None:
    assert "</" not in SCRIPT.lower()
    assert "</" not in STYLE
    assert "<!--" not in SCRIPT


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_on_its_background(scheme: str) -> None:
    rule = {"light": r"^:root \{(.*)\}$", "dark": r"dark\) \{ :root:not\(\[data-scheme\]\) \{(.*)\} \}$"}[
        scheme
    ]
    [variables] = re.findall(rule, STYLE, re.MULTILINE)
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", variables))
    pairs = [
        (f"nick{number}", ground) for number in range(10) for ground in ("ground", "bar", "private-ground")
    ]
    pairs += [(ink, ground) for ink in ("ink", "calm", "accent") for ground in ("ground", "bar")]
    pairs += [
        ("pink", "private-ground"),
        ("hit-ink", "hit"),
        ("ground", "accent"),
        ("calm", "private-ground"),
    ]
    low = {}
    for pair in pairs:
        darker, brighter = sorted(luminance(colours[name]) for name in pair)
        # https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
        if (brighter + 0.05) / (darker + 0.05) < 4.5:
            low[pair] = (brighter + 0.05) / (darker + 0.05)
    assert {} == low
