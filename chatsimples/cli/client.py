"""``chatsimples client``."""

from __future__ import annotations

from chatsimples.cli.command import Argument, Command
from chatsimples.cli.options import user_file
from chatsimples.config.client import ClientSettings
from chatsimples.i18n import N_

_SHORT = N_("Chat: on a terminal with an input line, in a pipe line by line.")

CLIENT = Command(
    name="client",
    program="chatsimples.client.program:run",
    short=_SHORT,
    help=(
        _SHORT,
        N_(
            "On a terminal, what is said appears above the line in which you type. Enter says it, Tab "
            "completes names, /ajuda (or /help) shows the commands and keys, /sair (or /quit) "
            "leaves. When the connection is lost, the client comes back by itself and misses nothing."
        ),
        N_(
            "In a pipe, each line of the input is said or is a command, and what is heard is printed. "
            "At the end of the input it leaves, once all is on record. Exit codes: 0 all was said, 1 "
            "something was not, 2 wrong usage."
        ),
    ),
    settings=ClientSettings,
    example_setting=("nick_width", "12"),
    examples=(
        (
            N_("Join a server elsewhere, with a nick and two rooms"),
            "chatsimples client --host 192.0.2.7 --nick ana --room geral,turma",
        ),
        (
            N_("Join a server by TLS, at an address that tells all of it"),
            "chatsimples client chatsimples+tls://chat.example.org:5443/turma",
        ),
        (
            N_("Say one thing from a script, or fail if the server is not there"),
            "echo ready | chatsimples client --nick robot --once",
        ),
        (
            N_("Say every new line of a file"),
            "tail -f app.log | chatsimples client --nick app",
        ),
        (
            N_("Write down what is said, and say nothing"),
            "chatsimples client --nick ear --stay </dev/null >>chat.txt",
        ),
        (
            N_("Give it to a program, here the texts alone"),
            "chatsimples client --json | jq -r 'select(.type == \"message\").text'",
        ),
    ),
    argument=Argument(name="address", metavar="[ADDRESS]", default=""),
    own_file=user_file,
)
