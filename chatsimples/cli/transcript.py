"""``chatsimples verify`` and ``chatsimples redact``, which take a transcript that a server has written."""

from __future__ import annotations

from pathlib import Path

import click

from chatsimples.cli.command import Argument, Command
from chatsimples.config.replay import RedactSettings
from chatsimples.i18n import N_

LOG = Argument(name="path", metavar="PATH", type=click.Path(path_type=Path))
"""A transcript's folder, or one of its files."""

VERIFY = Command(
    name="verify",
    program="chatsimples.cli.verify:run",
    short=N_("Check a transcript: every seal, every record."),
    help=(N_("Check a transcript: every seal, every record; say where the first damage is."),),
    argument=LOG,
    prints_a_result=True,
)

REDACT = Command(
    name="redact",
    program="chatsimples.replay.redact:redact",
    short=N_("Take out what a message says, and keep the proof."),
    help=(
        N_(
            "Write a new log in which the text of some messages is gone, and a record says so and "
            "names the old log's and the new log's heads. Nothing is changed in place: remove the old "
            "log yourself."
        ),
    ),
    settings=RedactSettings,
    example_setting=("reason", "privacy"),
    examples=(
        (
            N_("Take out what message 4711 says"),
            "chatsimples redact logs --seq 4711 --reason privacy --output redacted",
        ),
    ),
    argument=LOG,
    prints_a_result=True,
)
