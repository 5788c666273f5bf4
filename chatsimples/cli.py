"""The command line: parse, call, exit code. What the commands do stands elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from chatsimples import __version__
from chatsimples.config import ClientSettings, ServerSettings, settings_options
from chatsimples.errors import ChatSimplesError


def run() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage; never a traceback for a known error."""
    try:
        code = chatsimples.main(standalone_mode=False)
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
    sys.exit(code or 0)


def _fail(text: str, code: int) -> None:
    click.echo(f"chatsimples: {text}", err=True)
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="chatsimples")
def chatsimples() -> None:
    """A chat server whose transcript is the chat: complete, exact, verifiable."""


@chatsimples.command()
@settings_options(ServerSettings, "server")
def server(settings: ServerSettings) -> int:
    """Run the server. /sair on its terminal, Ctrl-C or SIGTERM stop it."""
    from chatsimples.server.supervisor import serve  # noqa: PLC0415 - only this command needs it

    return serve(settings)


@chatsimples.command()
@settings_options(ClientSettings, "client")
def client(settings: ClientSettings) -> int:
    """Chat: on a terminal with an input line, in a pipe line by line."""
    from chatsimples.client.program import run as chat  # noqa: PLC0415 - only this command needs it

    return chat(settings)


@chatsimples.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def verify(path: Path) -> int:
    """Check a transcript: every seal, every record; say where the first damage is."""
    from chatsimples.transcript.verify import verify as check  # noqa: PLC0415 - only this command needs it

    found = check(path)
    if found.torn:
        click.echo(
            f"chatsimples: {path}: the last {found.torn} bytes are an incomplete line, a torn write; "
            f"the {found.records} records before it are whole",
            err=True,
        )
        return 1
    unsealed = f", the last {found.unsealed} not sealed yet" if found.unsealed else ""
    click.echo(
        f"ok: {found.records} records ({found.first_seq} to {found.last_seq}{unsealed}), "
        f"{found.seals} seals, {found.segments} segments, log {found.log}, head {found.head}"
    )
    return 0
