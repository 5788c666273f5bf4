"""``chatsimples load-test``."""

from __future__ import annotations

import click

from chatsimples.cli.command import Argument, Command
from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.i18n import N_

_SHORT = N_("Load a server, check all that it delivers, and measure.")

LOAD_TEST = Command(
    name="load-test",
    program="chatsimples.loadtest.program:run",
    short=_SHORT,
    help=(
        _SHORT,
        N_(
            "Starts a server of its own (or takes --port), opens readers and senders, and loads it: "
            "at a rate, each message's latency counted from when it was due, or with all it takes. "
            "What was lost, came twice or out of order is told, and then the exit code is 1. Options "
            "after -- go to the test's own server. One that runs already limits each connection's "
            "rate: for a test, set --message-rate to 0."
        ),
    ),
    settings=LoadTestSettings,
    example_setting=("clients", "500"),
    examples=(
        (
            N_("What can this machine's server deliver to 1,000 readers"),
            "chatsimples load-test --clients 1000",
        ),
        (
            N_("How late are messages at 1,000 a second, as a page with plots"),
            "chatsimples load-test --rate 1000 --seconds 30 --html result.html",
        ),
        (N_("Where is the knee"), "chatsimples load-test --clients 200 --ramp --ramp-p99 20"),
        (
            N_("Against Redis, five rounds, the server as it is run elsewhere"),
            "chatsimples load-test --against redis --runs 5 -- --durability disk",
        ),
        (
            N_("Ten times as fast as a recorded day"),
            "chatsimples load-test --workload logs --speed 10",
        ),
    ),
    argument=Argument(name="server_options", metavar="[-- SERVER_OPTIONS]", type=click.UNPROCESSED, count=-1),
    lacking=N_("the load test needs {module}; install it with: pip install 'chatsimples[loadtest]'"),
)
