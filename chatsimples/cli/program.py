"""The command line: parse, call, exit code. What the commands do stands elsewhere."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import NoReturn

import click

from chatsimples import __version__
from chatsimples.cli.accounts import ACCOUNT, ACCOUNT_HELP, ADDRESS, ADDRESS_HELP, TOKEN, TOKEN_HELP
from chatsimples.cli.client import CLIENT
from chatsimples.cli.command import Command, CommandGroup
from chatsimples.cli.loadtest import LOAD_TEST
from chatsimples.cli.replay import REPLAY, REPLAY_HELP
from chatsimples.cli.server import SERVER
from chatsimples.cli.transcript import REDACT, VERIFY
from chatsimples.config.base import ENVIRONMENT_PREFIX
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import DOMAIN, LOCALE_FOLDER, N_, Translate, language, translator

# click's own words in help and errors, which it takes from gettext; here so that the catalogs have them.
CLICK_WORDS = (
    N_("Aborted!"),
    N_("Commands"),
    N_("Could not open file {filename!r}: {message}"),
    N_("Error: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Invalid value: {message}"),
    N_("Missing argument"),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("No such option: {name}"),
    N_("Option {name!r} does not take a value."),
    N_("Options"),
    N_("Show the version and exit."),
    N_("Show this message and exit."),
    N_("Try '{command} {option}' for help."),
    N_("Usage:"),
    N_("default: {default}"),
    N_("file"),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
)

COMMANDS = (SERVER, CLIENT, LOAD_TEST, VERIFY, REDACT)

GROUPS: dict[str, tuple[str, tuple[Command, ...]]] = {
    "account": (ACCOUNT_HELP, ACCOUNT),
    "token": (TOKEN_HELP, TOKEN),
    "address": (ADDRESS_HELP, ADDRESS),
    "replay": (REPLAY_HELP, REPLAY),
}
"""Commands that have commands of their own, with their help."""


def run() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage; never a traceback for a known error."""
    lang = _language(sys.argv[1:])
    set_click_language(lang)
    try:
        code = command_line(translator(lang)).main(prog_name="chatsimples", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ChatSimplesError as error:
        _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody to tell. Nothing may be flushed at exit.
        sys.stdout = None
        sys.exit(1)
    except OSError as error:
        sys.stdout = None
        _fail(str(error), 1)
    sys.exit(code or 0)


def command_line(translate: Translate) -> click.Group:
    """Make the command line, with its help in the language of ``translate``."""
    groups = [
        CommandGroup(name, own, translate, help=translate(text)) for name, (text, own) in GROUPS.items()
    ]
    group = CommandGroup(
        "chatsimples",
        COMMANDS,
        translate,
        groups,
        callback=_show_help,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        invoke_without_command=True,
        help=translate(N_("A chat server whose transcript is the chat: complete, exact, verifiable.")),
    )
    return click.version_option(__version__)(group)


@click.pass_context
def _show_help(context: click.Context) -> None:
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _fail(text: str, code: int) -> NoReturn:
    click.echo(f"chatsimples: {text}", err=True)
    sys.exit(code)


def _language(arguments: Sequence[str]) -> str:
    """Choose the language of help and errors, which are made before any option is parsed."""
    asked = os.environ.get(f"{ENVIRONMENT_PREFIX}_LANG", "")
    for argument, following in pairwise([*arguments, ""]):
        if argument == "--lang":
            asked = following
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return language(asked)


def set_click_language(lang: str) -> None:
    """Let click say its own words in a language."""
    # It asks gettext's global domain, and gettext the environment.
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain(DOMAIN, LOCALE_FOLDER)
    gettext.textdomain(DOMAIN)
