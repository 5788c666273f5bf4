"""``chatsimples server``."""

from __future__ import annotations

from chatsimples.cli.command import Command
from chatsimples.config.server import ServerSettings
from chatsimples.i18n import N_

SERVER = Command(
    name="server",
    program="chatsimples.server.supervisor:serve",
    help=(N_("Run the server. /sair on its terminal, Ctrl-C or SIGTERM stop it."),),
    settings=ServerSettings,
    example_setting=("message_rate", "5"),
    examples=(
        (N_("Let others on the network in"), "chatsimples server --host 0.0.0.0"),
        (
            N_("Keep the record elsewhere, and let no power cut lose any of it"),
            "chatsimples server --logs /var/lib/chatsimples --durability disk",
        ),
        (N_("Check the record"), "chatsimples verify logs"),
    ),
)
