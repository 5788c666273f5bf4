"""HTML: one page that needs nothing else, to be read, searched and played.

All records stand in the page as markup. So every browser and screen reader can read, print and search it
without a script, and shows it while it is still being loaded. Records outside the view are neither laid out
nor painted (`content-visibility`), for which they stand in lists of a few hundred. The script only hides and
shows rows.

All that people wrote is escaped, none of it is part of a script or a style, and the page's policy allows the
one script and the one style in it by their hashes, and no request.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from itertools import islice

from chatsimples.i18n import N_, Translate
from chatsimples.replay.export.html_assets import script, style_sheet
from chatsimples.replay.export.html_rows import PRIVATE, Rows
from chatsimples.replay.export.job import ExportJob, Summary
from chatsimples.replay.export.output import OutputFile
from chatsimples.replay.narration.times import day_and_time, zone
from chatsimples.replay.recording.rhythm import timed

STYLE = style_sheet()
SCRIPT = script()

_KEYS = (
    (N_("Space"), N_("play, pause")),
    (".", N_("one record")),
    ("← →", N_("10 seconds back, forward")),
    ("+ -", N_("quicker, slower")),
    ("/", N_("search")),
    ("Esc", N_("all records")),
)


def write_html(job: ExportJob, output: OutputFile) -> int:
    """Write the records as a page; return how many they are."""
    found = job.summary()
    output.write(_top(job.title(found), found, job.translate).encode())
    rows = Rows(found.rooms, job.translate)
    count = 0
    for seconds, (record, _) in timed(islice(job.conversation(), found.count)):
        output.write(rows.row(record, seconds).encode())
        count += 1
    output.write((rows.end() + _bottom(found, job.translate)).encode())
    return count


def _top(title: str, found: Summary, _: Translate) -> str:
    policy = (
        f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # Babel finds no texts within f-strings.
    search, room, hits = escape(_("Search")), escape(_("Room")), escape(_("found: {count}"))
    # "en" is the code of the language of these texts; translated, it is that of the page's.
    language = escape(_("en"))
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p>{escape(_period(found, _))}</p>
</header>
<form id="finder" role="search" hidden>
<label>{search} <input id="search" type="search" autocomplete="off" spellcheck="false"></label>
<label>{room} <select id="room">{_rooms(found, _)}</select></label>
<output id="hits" data-text="{hits}"></output>
</form>
<main id="chat" tabindex="-1">
"""


def _bottom(found: Summary, _: Translate) -> str:
    keys = "".join(f"<dt>{escape(_(key))}</dt><dd>{escape(_(meaning))}</dd>" for key, meaning in _KEYS)
    player, speed, fastest = escape(_("Player")), escape(_("Speed")), escape(_("max"))
    skip, keys_title = escape(_("skip silences")), escape(_("Keys"))
    play, pause, position = escape(_("Play")), escape(_("Pause")), escape(_("Position"))
    return f"""</main>
<form id="player" class="player" aria-label="{player}" hidden>
<button id="play" class="play" type="button" aria-keyshortcuts="Space" \
data-play="{play}" data-pause="{pause}">{play}</button>
<input id="position" type="range" min="0" max="1000" value="1000" aria-label="{position}" \
data-duration="{round(found.seconds * 1000)}">
<time id="clock" class="clock"></time>
<span id="count" class="shown"></span>
<label>{speed} <select id="speed" data-max="{fastest}"></select></label>
<label><input id="skip" type="checkbox" checked> {skip}</label>
<details><summary>{keys_title}</summary><dl>{keys}</dl></details>
</form>
<script type="module">{SCRIPT}</script>
</body>
</html>
"""


def _period(found: Summary, _: Translate) -> str:
    count = _("records: {count}").format(count=found.count)
    if found.first is None or found.last is None:
        return count
    first, last = (" ".join(day_and_time(record.at)) for record in (found.first, found.last))
    return f"{first} \u2013 {last} ({zone(found.first.at)}) \u00b7 {count}"


def _rooms(found: Summary, _: Translate) -> str:
    options = [("", _("all"), found.count)]
    options += [(str(room.number), f"#{room.name}", room.count) for room in found.rooms.values()]
    if found.private:
        options.append((PRIVATE, _("private messages"), found.private))
    return "".join(
        f'<option value="{value}">{escape(name)} ({count})</option>' for value, name, count in options
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
