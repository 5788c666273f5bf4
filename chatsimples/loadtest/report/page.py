"""A load test's report as one HTML page that needs nothing else: no script, font or picture.

The verdict comes first, then what casts doubt on the figures, then the figures, and the settings at the end.
Nothing reaches the page unescaped: it is put together by `element`, which escapes what is not markup.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from chatsimples.i18n import Translate
from chatsimples.loadtest.drawing.frame import PAGE_STYLE
from chatsimples.loadtest.drawing.markup import Markup, element
from chatsimples.loadtest.report.checks import checks_table, verdicts, warnings
from chatsimples.loadtest.report.figures import comparison, tiles
from chatsimples.loadtest.report.plots import plots_of
from chatsimples.loadtest.report.tables import named, process_tables, ramp_tables
from chatsimples.loadtest.results import Report


def save(report: Report, path: Path, translate: Translate) -> None:
    """Write the page of a report.

    Raises:
        OSError: the file can't be written.
    """
    path.write_text(page(report, translate=translate), "utf-8")


def page(report: Report, *, translate: Translate) -> str:
    """Make the page of a report, of at least one run, in the language of ``translate``."""
    _ = translate
    title = _("Load test: {targets}").format(targets=", ".join(report.targets))
    body = [
        _header(report, title, _),
        *verdicts(report, _),
        *warnings(report, _),
        tiles(report, _),
        *comparison(report, _),
        *plots_of(report, _),
        *ramp_tables(report, _),
        checks_table(report, _),
        process_tables(report, _),
        element("h2", _("Settings")),
        named(report.settings, _),
        element("h2", _("Machine")),
        named(report.machine, _),
    ]
    # "en" is the code of the language of these texts; translated, it is that of the page's.
    lang = _("en")
    head = (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\" />\n"
    )
    style = f"<style>\n{PAGE_STYLE}</style>"
    return (
        f"{head}{element('title', title)}\n{style}\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _header(report: Report, title: str, _: Translate) -> Markup:
    try:
        when = datetime.fromisoformat(report.at).strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    except ValueError:
        when = report.at
    versions = [
        element("div", f"{target}: {version}")
        for target in report.targets
        for version in dict.fromkeys(run.version for run in report.of(target) if run.version)
    ]
    return element(
        "header",
        element("h1", title),
        element("p", when, class_="faint"),
        element("div", *versions, class_="faint"),
    )
