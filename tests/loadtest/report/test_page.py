"""The page says all that a report says, to people, and loads nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadtest.reports import (
    ENGLISH,
    PHASE,
    REPORT,
    RUN,
    STEPS,
    changed,
    of,
    tree,
    words,
)

from chatsimples.loadtest.report.page import page, save
from chatsimples.loadtest.results import (
    Checks,
    Connecting,
    Generator,
    Latency,
    Phase,
    ProcessUse,
    Ramp,
    Report,
    Run,
)


@pytest.mark.parametrize(
    "figure",
    [
        "32.2 M/s",
        "998/s",
        "3.87 GB/s",
        "1.23 ms",
        "4.57 ms",
        "8.91 ms",
        "1.54 s",
        "63 MB",
        "88 %",
        "17.3",
        "3.21 s",
        "0.45 ms",
        "67.8 ms",
        "10 000",
        "3 000 000",
        "21 MB",
        "42 MB",
        "12 %",
        "76 %",
        "55 %",
        "33 MB",
        "0.321 ms",
        "2.22 ms",
        "Z80 at 4 MHz",
        "64 kB",
        "2026-11-23 15:00:01 UTC",
        "chatsimples: 0.1.0",
    ],
)
def test_every_figure_of_a_report_is_on_the_page(figure: str) -> None:
    assert figure in words(tree(REPORT))


def test_the_verdict_and_the_doubts_come_before_the_figures_and_the_settings_last() -> None:
    generator = msgspec.structs.replace(PHASE.generator, bottleneck="its CPU was at 99 %")
    phases = [msgspec.structs.replace(PHASE, offered=step.offered, generator=generator) for step in STEPS]
    run = changed(RUN, phases=phases, ramp=Ramp(20.0, STEPS, 4000, reached=True))
    body = tree(of(run, changed(run, target="redis"))).find("body")
    assert body is not None
    marked = [each for each in body.iter() if each.tag in {"h1", "h2"} or "word" in each.get("class", "")]
    assert [
        "h1",
        "word good",
        "word warn",
        "word warn",
        "chatsimples",
        "Compared",
        "Plots",
        "Ramp",
        "What was delivered",
        "Processes",
        "Settings",
        "Machine",
    ] == [each.get("class") or (each.text if each.tag == "h2" else each.tag) for each in marked]


def test_a_report_without_anything_measured_is_a_page_all_the_same() -> None:
    nothing = Phase(0, 0, 0, 0, 0, 0, 0, 0, Latency(), [], [], Generator([]))
    run = Run("chatsimples", "", 1, Connecting(0, 0, 0, 0), [nothing], Checks())
    said = words(tree(of(run)))
    assert "nothing was measured" in said
    assert "p99.9" not in said
    assert "nan" not in said.split()


HOSTILE = (
    "</style></title><script>alert('1')</script><img src=\"http://evil.example/\">&amp;\x00\x1b[31m\ud800"
)


def test_hostile_texts_are_shown_and_not_obeyed() -> None:
    checks = Checks(2, 1, lost=1, first=HOSTILE)
    use = [ProcessUse(HOSTILE, 1.0, 1)]
    phase = msgspec.structs.replace(PHASE, server=use, generator=Generator(use, bottleneck=HOSTILE))
    run = changed(RUN, target=HOSTILE, version=HOSTILE * 9, checks=checks, phases=[phase])
    report = Report(HOSTILE, {HOSTILE: HOSTILE}, {HOSTILE: HOSTILE}, [run, RUN])
    names = {each.tag for each in tree(report).iter()}
    assert set() == names & {"script", "img"}
    assert "<script>alert('1')</script>" in words(tree(report))
    page(report, translate=ENGLISH).encode("utf-8")


@given(text=st.text(min_size=1))
def test_any_text_in_a_report_leaves_the_page_well_formed(text: str) -> None:
    run = changed(RUN, target=text, version=text, checks=Checks(1, 0, lost=1, first=text))
    assert "html" == tree(Report(text, {text: text}, {text: text}, [run])).tag


class Loads(HTMLParser):
    """Collects what a browser would load, and what it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe", "object", "embed", "base", "use", "image"}:
            self.found.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "srcset", "style", "xlink:href"} or name.startswith("on"):
                self.found.append(f"{name}={value}")


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    text = page(REPORT, translate=ENGLISH)
    loads = Loads()
    loads.feed(text)
    assert [] == loads.found
    assert [] == re.findall(r"https?://|@import|url\(", text)


def test_every_text_of_the_page_goes_through_the_translation() -> None:
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return f"⟦{text}⟧"

    phases = [msgspec.structs.replace(PHASE, offered=step.offered) for step in STEPS]
    ramp = changed(RUN, phases=phases, ramp=Ramp(20.0, STEPS, 4000, reached=True))
    text = page(of(ramp, changed(ramp, target="redis")), translate=translate)
    body = ET.fromstring(text.removeprefix("<!DOCTYPE html>")).find("body")
    assert body is not None
    headings = [each.text or "" for name in ("h2", "th", "dt") for each in body.iter(name)]
    own = {
        "chatsimples",
        "redis",
        "p50",
        "p99",
        *REPORT.settings,
        *REPORT.machine,
        "acceptor",
        "broadcaster",
        "reader 1",
    }
    untranslated = [each for each in headings if not each.startswith("⟦") and each not in own]
    assert [] == [each for each in untranslated if not re.fullmatch(r"[\d.]+\u00a0?k?/s", each)]
    assert all(asked)
    assert '<html lang="⟦en⟧">' in text


def test_the_page_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    save(REPORT, path, ENGLISH)
    assert page(REPORT, translate=ENGLISH) == path.read_text("utf-8")
    with pytest.raises(OSError):
        save(REPORT, tmp_path / "nowhere" / "report.html", ENGLISH)
