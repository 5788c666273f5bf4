"""The command line: parse, call, exit code. What the commands do stands elsewhere."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from chatsimples import __version__
from chatsimples.cli.options import settings_options, user_file
from chatsimples.cli.replay import add_replay
from chatsimples.config.base import ENVIRONMENT_PREFIX, Settings, describe
from chatsimples.config.client import ClientSettings
from chatsimples.config.loadtest import LoadTestSettings
from chatsimples.config.server import ServerSettings
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

SERVER_EXAMPLES = (
    (N_("Let others on the network in"), "chatsimples server --host 0.0.0.0"),
    (
        N_("Keep the record elsewhere, and let no power cut lose any of it"),
        "chatsimples server --logs /var/lib/chatsimples --durability disk",
    ),
    (N_("Check the record"), "chatsimples verify logs"),
)
CLIENT_EXAMPLES = (
    (
        N_("Join a server elsewhere, with a nick and two rooms"),
        "chatsimples client --host 192.0.2.7 --nick ana --room geral,turma",
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
)
LOAD_TEST_EXAMPLES = (
    (N_("What can this machine's server deliver to 1,000 readers"), "chatsimples load-test --clients 1000"),
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
)
"""What an example of the help does, to be translated, and its command line: at most 74 characters."""


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

    @chatsimples.command(
        help=_("Run the server. /sair on its terminal, Ctrl-C or SIGTERM stop it."),
        epilog=_epilog(ServerSettings, "message_rate", "5", SERVER_EXAMPLES, translate),
    )
    @settings_options(ServerSettings, translate)
    def server(settings: ServerSettings) -> int:
        from chatsimples.server.supervisor import serve  # noqa: PLC0415 - only this command needs it

        return serve(settings)

    short = _("Chat: on a terminal with an input line, in a pipe line by line.")
    terminal = _(
        "On a terminal, what is said appears above the line in which you type. Enter says it, Tab completes "
        "names, /ajuda (or /help) shows the commands and keys, /sair (or /quit) leaves. When the connection "
        "is lost, the client comes back by itself and misses nothing."
    )
    pipe = _(
        "In a pipe, each line of the input is said or is a command, and what is heard is printed. At the end "
        "of the input it leaves, once all is on record. Exit codes: 0 all was said, 1 something was not, 2 "
        "wrong usage."
    )

    @chatsimples.command(
        short_help=short,
        help=f"{short}\n\n{terminal}\n\n{pipe}",
        epilog=_epilog(ClientSettings, "nick_width", "12", CLIENT_EXAMPLES, translate),
    )
    @settings_options(ClientSettings, translate, user_file)
    def client(settings: ClientSettings) -> int:
        from chatsimples.client.program import run as chat  # noqa: PLC0415 - only this command needs it

        return chat(settings)

    load_short = _("Load a server, check all that it delivers, and measure.")
    load_long = _(
        "Starts a server of its own (or takes --port), opens readers and senders, and loads it: at a rate, "
        "each message's latency counted from when it was due, or with all it takes. What was lost, came "
        "twice or out of order is told, and then the exit code is 1. Options after -- go to the test's own "
        "server. One that runs already limits each connection's rate: for a test, set --message-rate to 0."
    )

    @chatsimples.command(
        "load-test",
        short_help=load_short,
        help=f"{load_short}\n\n{load_long}",
        epilog=_epilog(LoadTestSettings, "clients", "500", LOAD_TEST_EXAMPLES, translate),
    )
    @settings_options(LoadTestSettings, translate)
    @click.argument("server_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- SERVER_OPTIONS]")
    def load_test(settings: LoadTestSettings, server_options: tuple[str, ...]) -> int:
        try:
            from chatsimples.loadtest.program import run as load  # noqa: PLC0415 - only this command needs it
        except ModuleNotFoundError as error:
            text = _("the load test needs {module}; install it with: pip install 'chatsimples[loadtest]'")
            raise ChatSimplesError(text.format(module=error.name)) from None

        chosen = translator(settings.lang) if settings.lang else translate
        return load(settings, server_options, chosen)

    @chatsimples.command(
        short_help=_("Check a transcript: every seal, every record."),
        help=_("Check a transcript: every seal, every record; say where the first damage is."),
    )
    @click.argument("path", type=click.Path(path_type=Path))
    def verify(path: Path) -> int:
        return _verify(path, translate)

    add_replay(chatsimples, translate, partial(_epilog, translate=translate))
    return chatsimples


def _epilog(
    cls: type[Settings], name: str, value: str, examples: Sequence[tuple[str, str]], translate: Translate
) -> str:
    """Write what stands below a command's options: where else settings come from, and examples."""
    _ = translate
    variable = next(each.variable for each in describe(cls) if each.name == name)
    settings = _(
        "What an option sets can also be set in the environment ({variable}={value}) or in the TOML file "
        "({name} = {value}). The command line wins, then the environment, then the file."
    ).format(variable=variable, name=name, value=value)
    # After a line with \b, click leaves the lines as they are.
    lines: list[str] = ["\b", _("Examples:")]
    for meaning, command in examples:
        lines += [f"  {_(meaning)}:", f"    {command}"]
    return "\n".join([settings, "", *lines])


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
