"""``chatsimples replay export``: what of a transcript is wanted, written in another form."""

from __future__ import annotations

import sys
from collections.abc import Callable

from chatsimples.config.replay import ExportSettings
from chatsimples.i18n import Translate
from chatsimples.replay.export.asciicast import write_asciicast
from chatsimples.replay.export.csv import write_csv
from chatsimples.replay.export.html import write_html
from chatsimples.replay.export.job import ExportJob
from chatsimples.replay.export.output import OutputFile, open_output
from chatsimples.replay.export.text import write_text
from chatsimples.replay.recording.selection import selection
from chatsimples.replay.recording.source import lines, opened

_WRITERS: dict[str, Callable[[ExportJob, OutputFile], int]] = {
    "html": write_html,
    "text": write_text,
    "csv": write_csv,
    "asciicast": write_asciicast,
}
_LARGE_PAGE = 50_000_000


def export(path: str, settings: ExportSettings, translate: Translate) -> int:
    """Write a transcript in another form, and say on stderr how many records that were.

    Args:
        path: a folder, a file, or ``-`` for standard input.
        settings: what is wanted, in which form, and where to.
        translate: the language of what it says, and of a page's own words.

    Returns:
        The exit code.

    Raises:
        ChatSimplesError: there is no transcript, it can't be read, or the file can't be written.
    """
    _ = translate
    chosen = selection(settings.begin, settings.end, settings.room, settings.nick, translate)
    with opened(path, translate) as source:
        job = ExportJob(lambda: chosen.select(lines(source, chosen.after)), settings, translate)
        with open_output(settings.output, source, translate) as output:
            count = _WRITERS[settings.format](job, output)
        print(_("records written: {count}").format(count=count), file=sys.stderr)  # noqa: T201 - for the person
    if settings.format == "html" and output.size > _LARGE_PAGE:
        text = _(
            "the page has {size} MB, which takes a browser long; --from, --to and --room make it smaller"
        )
        print(text.format(size=round(output.size / 1_000_000)), file=sys.stderr)  # noqa: T201
    return 0
