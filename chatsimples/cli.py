"""The command line: parse, call, exit code. What the commands do stands elsewhere."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from chatsimples import __version__
from chatsimples.config import ENVIRONMENT_PREFIX, ClientSettings, ServerSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import DOMAIN, LOCALE_FOLDER, N_, Translate, language, translator
from chatsimples.options import settings_options

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
    N_("env var: {var}"),
    N_("file"),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
)


def run() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage; never a traceback for a known error."""
    lang = _language(sys.argv[1:])
    _set_click_language(lang)
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
    _ = translate

    @click.group(
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        invoke_without_command=True,
        help=_("A chat server whose transcript is the chat: complete, exact, verifiable."),
    )
    @click.version_option(__version__)
    @click.pass_context
    def chatsimples(context: click.Context) -> None:
        if context.invoked_subcommand is None:
            click.echo(context.get_help())

    @chatsimples.command(help=_("Run the server. /sair on its terminal, Ctrl-C or SIGTERM stop it."))
    @settings_options(ServerSettings, "server", translate)
    def server(settings: ServerSettings) -> int:
        from chatsimples.server.supervisor import serve  # noqa: PLC0415 - only this command needs it

        return serve(settings)

    @chatsimples.command(help=_("Chat: on a terminal with an input line, in a pipe line by line."))
    @settings_options(ClientSettings, "client", translate)
    def client(settings: ClientSettings) -> int:
        from chatsimples.client.program import run as chat  # noqa: PLC0415 - only this command needs it

        return chat(settings)

    @chatsimples.command(
        help=_("Check a transcript: every seal, every record; say where the first damage is.")
    )
    @click.argument("path", type=click.Path(path_type=Path))
    def verify(path: Path) -> int:
        return _verify(path, translate)

    return chatsimples


def _verify(path: Path, translate: Translate) -> int:
    from chatsimples.transcript.verify import verify  # noqa: PLC0415 - only this command needs it

    _ = translate
    found = verify(path)
    numbers = msgspec.structs.asdict(found)
    if not found.ok:
        text = _(
            "{path}: the last {torn} bytes are an incomplete line, a torn write; "
            "the {records} records before it are whole"
        )
        _fail(text.format(path=path, **numbers), 1)
    text = _(
        "ok: {records} records ({first_seq} to {last_seq}), {seals} seals, {segments} segments, "
        "log {log}, head {head}"
    )
    click.echo(text.format(**numbers))
    if found.unsealed:
        click.echo(_("records at the end that no seal proves yet: {unsealed}").format(**numbers))
    return 0


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


def _set_click_language(lang: str) -> None:
    # click asks gettext's global domain, and gettext the environment.
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain(DOMAIN, LOCALE_FOLDER)
    gettext.textdomain(DOMAIN)
