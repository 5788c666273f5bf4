"""The commands under ``chatsimples replay``, and ``chatsimples redact``: parse, call, exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from chatsimples.cli.options import settings_options
from chatsimples.config.replay import (
    CheckSettings,
    ExportSettings,
    PlaySettings,
    RedactSettings,
    ReenactSettings,
    ServeSettings,
    StatsSettings,
)
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate, translator

Examples = Sequence[tuple[str, str]]
Epilog = Callable[[type[Any], str, str, Examples], str]
"""Writes what stands below a command's options, from its settings, one of them with a value, and examples."""

PLAY_EXAMPLES = (
    (N_("As it went, but no silence longer than two seconds"), "chatsimples replay play logs --max-idle 2"),
    (
        N_("One room's afternoon, ten times as fast"),
        "chatsimples replay play logs --room turma --from 14:00 --speed 10",
    ),
    (N_("What ana said, as text"), "chatsimples replay play logs --nick ana | less"),
)
REENACT_EXAMPLES = (
    (
        N_("Say all of it again to a server, as fast as it takes it"),
        "chatsimples replay reenact logs --port 5001 --speed max",
    ),
    (
        N_("And compare what the server wrote, to the last byte"),
        "chatsimples replay reenact logs --port 5001 --logs logs-of-5001",
    ),
)
CHECK_EXAMPLES = (
    (N_("Is every record what the rules say"), "chatsimples replay check logs"),
    (
        N_("And is all still there that was there yesterday"),
        "chatsimples replay check logs --expect 6f1c…",
    ),
)
EXPORT_EXAMPLES = (
    (N_("A page to read, search and play"), "chatsimples replay export logs --output chat.html"),
    (
        N_("A table for a spreadsheet"),
        "chatsimples replay export logs --format csv --output chat.csv",
    ),
    (
        N_("A recording for asciinema"),
        "chatsimples replay export logs --format asciicast --output chat.cast",
    ),
)
STATS_EXAMPLES = (
    (N_("Who says most"), "chatsimples replay stats logs"),
    (N_("For a program"), "chatsimples replay stats logs --json | jq .nicks"),
)
SERVE_EXAMPLES = (
    (N_("Let others hear it as it went"), "chatsimples replay serve logs --port 5001"),
    (N_("From three o'clock on, then again"), "chatsimples replay serve logs --at 15:00 --loop"),
)
REDACT_EXAMPLES = (
    (
        N_("Take out what message 4711 says"),
        "chatsimples redact logs --seq 4711 --reason privacy --output redacted",
    ),
)


def add_replay(group: click.Group, translate: Translate, epilog: Epilog) -> None:
    """Add the commands to the command line.

    Args:
        group: the whole command line.
        translate: gives the help's language.
        epilog: writes what stands below a command's options.
    """
    _ = translate
    path = click.argument("path", metavar="PATH")

    @group.group(
        help=_(
            "A recorded chat: played, proved, done again. PATH is a transcript's folder, one of its files, "
            "or - for standard input."
        )
    )
    def replay() -> None:
        pass

    @replay.command(
        short_help=_("Play it in the terminal, as it went."),
        help=_(
            "Play it in the terminal, as it went. Space pauses, . steps, + and - change the speed, the arrow "
            "keys jump, q ends. Into a pipe it is printed plainly."
        ),
        epilog=epilog(PlaySettings, "speed", "4", PLAY_EXAMPLES),
    )
    @path
    @settings_options(PlaySettings, translate)
    def play(settings: PlaySettings, path: str) -> int:
        from chatsimples.replay.play.program import play as run  # noqa: PLC0415 - only this command needs it

        return run(path, settings, chosen(settings.lang))

    @replay.command(
        short_help=_("Do it again with a live server, and compare."),
        help=_(
            "Do it again with a live server: a connection for each recorded one, everything said again in "
            "the recorded order. Then the new record is compared with the old. Exit codes: 0 the same, 1 not "
            "the same. For a test of speed the server's --message-rate must be 0."
        ),
        epilog=epilog(ReenactSettings, "speed", "max", REENACT_EXAMPLES),
    )
    @path
    @settings_options(ReenactSettings, translate)
    def reenact(settings: ReenactSettings, path: str) -> int:
        from chatsimples.replay.reenact.program import reenact as run  # noqa: PLC0415 - only this command needs it

        return run(path, settings, chosen(settings.lang))

    @replay.command(
        short_help=_("Prove it: the recorded commands through the rules."),
        help=_(
            "Prove it, without a server: the recorded commands go through the rules, and each record must "
            "come out again, byte for byte. The seals must hold, and joins and leaves balance."
        ),
        epilog=epilog(CheckSettings, "expect", "6f1c…", CHECK_EXAMPLES),
    )
    @path
    @settings_options(CheckSettings, translate)
    def check(settings: CheckSettings, path: str) -> int:
        from chatsimples.replay.proof.check import check as run  # noqa: PLC0415 - only this command needs it

        return run(path, settings, chosen(settings.lang))

    @replay.command(
        short_help=_("Write it as a page, a text, a table or a recording."),
        help=_(
            "Write it as a web page that can be read, searched and played; as text; as a table (CSV); or as "
            "a recording for asciinema (asciicast v2)."
        ),
        epilog=epilog(ExportSettings, "format", "csv", EXPORT_EXAMPLES),
    )
    @path
    @settings_options(ExportSettings, translate)
    def export(settings: ExportSettings, path: str) -> int:
        from chatsimples.replay.export.program import export as run  # noqa: PLC0415 - only this command needs it

        return run(path, settings, chosen(settings.lang))

    @replay.command(
        help=_("Who, where, when: messages per nick, room and hour."),
        epilog=epilog(StatsSettings, "top", "20", STATS_EXAMPLES),
    )
    @path
    @settings_options(StatsSettings, translate)
    def stats(settings: StatsSettings, path: str) -> int:
        try:
            from chatsimples.replay.stats.program import stats as run  # noqa: PLC0415 - only this command needs it
        except ModuleNotFoundError as error:
            text = _("replay stats needs {module}; install it with: pip install 'chatsimples[replay]'")
            raise ChatSimplesError(text.format(module=error.name)) from None
        return run(path, settings, chosen(settings.lang))

    @replay.command(
        short_help=_("Be a server on which it goes on as it went."),
        help=_(
            "Be a server on which it goes on as it went. Any client can come and hear it; what clients say "
            "is refused. Ctrl-C and SIGTERM stop it."
        ),
        epilog=epilog(ServeSettings, "port", "5001", SERVE_EXAMPLES),
    )
    @path
    @settings_options(ServeSettings, translate)
    def serve(settings: ServeSettings, path: str) -> int:
        from chatsimples.replay.serve.program import serve as run  # noqa: PLC0415 - only this command needs it

        return run(path, settings, chosen(settings.lang))

    @group.command(
        short_help=_("Take out what a message says, and keep the proof."),
        help=_(
            "Write a new log in which the text of some messages is gone, and a record says so and names the "
            "old log's and the new log's heads. Nothing is changed in place: remove the old log yourself."
        ),
        epilog=epilog(RedactSettings, "reason", "privacy", REDACT_EXAMPLES),
    )
    @click.argument("path", type=click.Path(path_type=Path), metavar="PATH")
    @settings_options(RedactSettings, translate)
    def redact(settings: RedactSettings, path: Path) -> int:
        from chatsimples.replay.redact import redact as run  # noqa: PLC0415 - only this command needs it

        return run(path, settings, chosen(settings.lang))

    def chosen(lang: str) -> Translate:
        return translator(lang) if lang else translate
