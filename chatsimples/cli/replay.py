"""The commands under ``chatsimples replay``."""

from __future__ import annotations

from chatsimples.cli.command import Argument, Command
from chatsimples.config.replay import (
    CheckSettings,
    ExportSettings,
    PlaySettings,
    ReenactSettings,
    ServeSettings,
    StatsSettings,
)
from chatsimples.i18n import N_

RECORDING = Argument(name="path", metavar="PATH")
"""A transcript's folder, one of its files, or - for standard input."""

REPLAY_HELP = N_(
    "A recorded chat: played, proved, done again. PATH is a transcript's folder, one of its files, "
    "or - for standard input."
)

REPLAY = (
    Command(
        name="play",
        program="chatsimples.replay.play.program:play",
        short=N_("Play it in the terminal, as it went."),
        help=(
            N_(
                "Play it in the terminal, as it went. Space pauses, . steps, + and - change the speed, "
                "the arrow keys jump, q ends. Into a pipe it is printed plainly."
            ),
        ),
        settings=PlaySettings,
        example_setting=("speed", "4"),
        examples=(
            (
                N_("As it went, but no silence longer than two seconds"),
                "chatsimples replay play logs --max-idle 2",
            ),
            (
                N_("One room's afternoon, ten times as fast"),
                "chatsimples replay play logs --room turma --from 14:00 --speed 10",
            ),
            (N_("What ana said, as text"), "chatsimples replay play logs --nick ana | less"),
        ),
        argument=RECORDING,
        prints_a_result=True,
    ),
    Command(
        name="reenact",
        program="chatsimples.replay.reenact.program:reenact",
        short=N_("Do it again with a live server, and compare."),
        help=(
            N_(
                "Do it again with a live server: a connection for each recorded one, everything said "
                "again in the recorded order. Then the new record is compared with the old. Exit codes: 0 "
                "the same, 1 not the same. For a test of speed the server's --message-rate must be 0."
            ),
        ),
        settings=ReenactSettings,
        example_setting=("speed", "max"),
        examples=(
            (
                N_("Say all of it again to a server, as fast as it takes it"),
                "chatsimples replay reenact logs --port 5001 --speed max",
            ),
            (
                N_("And compare what the server wrote, to the last byte"),
                "chatsimples replay reenact logs --port 5001 --logs logs-of-5001",
            ),
        ),
        argument=RECORDING,
        prints_a_result=True,
    ),
    Command(
        name="check",
        program="chatsimples.replay.proof.check:check",
        short=N_("Prove it: the recorded commands through the rules."),
        help=(
            N_(
                "Prove it, without a server: the recorded commands go through the rules, and each record "
                "must come out again, byte for byte. The seals must hold, and joins and leaves balance."
            ),
        ),
        settings=CheckSettings,
        example_setting=("expect", "6f1c…"),
        examples=(
            (N_("Is every record what the rules say"), "chatsimples replay check logs"),
            (
                N_("And is all still there that was there yesterday"),
                "chatsimples replay check logs --expect 6f1c…",
            ),
        ),
        argument=RECORDING,
        prints_a_result=True,
    ),
    Command(
        name="export",
        program="chatsimples.replay.export.program:export",
        short=N_("Write it as a page, a text, a table or a recording."),
        help=(
            N_(
                "Write it as a web page that can be read, searched and played; as text; as a table (CSV); "
                "or as a recording for asciinema (asciicast v2)."
            ),
        ),
        settings=ExportSettings,
        example_setting=("format", "csv"),
        examples=(
            (N_("A page to read, search and play"), "chatsimples replay export logs --output chat.html"),
            (
                N_("A table for a spreadsheet"),
                "chatsimples replay export logs --format csv --output chat.csv",
            ),
            (
                N_("A recording for asciinema"),
                "chatsimples replay export logs --format asciicast --output chat.cast",
            ),
        ),
        argument=RECORDING,
        prints_a_result=True,
    ),
    Command(
        name="stats",
        program="chatsimples.replay.stats.program:stats",
        help=(N_("Who, where, when: messages per nick, room and hour."),),
        settings=StatsSettings,
        example_setting=("top", "20"),
        examples=(
            (N_("Who says most"), "chatsimples replay stats logs"),
            (N_("For a program"), "chatsimples replay stats logs --json | jq .nicks"),
        ),
        argument=RECORDING,
        prints_a_result=True,
    ),
    Command(
        name="serve",
        program="chatsimples.replay.serve.program:serve",
        short=N_("Be a server on which it goes on as it went."),
        help=(
            N_(
                "Be a server on which it goes on as it went. Any client can come and hear it; what "
                "clients say is refused. Ctrl-C and SIGTERM stop it."
            ),
        ),
        settings=ServeSettings,
        example_setting=("port", "5001"),
        examples=(
            (N_("Let others hear it as it went"), "chatsimples replay serve logs --port 5001"),
            (N_("From three o'clock on, then again"), "chatsimples replay serve logs --at 15:00 --loop"),
        ),
        argument=RECORDING,
    ),
)
