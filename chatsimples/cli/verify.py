"""What ``chatsimples verify`` says."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import Translate
from chatsimples.transcript.verify import verify


def run(path: Path, translate: Translate) -> int:
    """Check a transcript and say what it holds; give the exit code.

    Raises:
        ChatSimplesError: it is damaged, its end is torn, or it can't be read.
    """
    _ = translate
    found = verify(path)
    numbers = msgspec.structs.asdict(found)
    if not found.ok:
        text = _(
            "{path}: the last {torn} bytes are an incomplete line, a torn write; "
            "the {records} records before it are whole"
        )
        raise ChatSimplesError(text.format(path=path, **numbers))
    text = _(
        "ok: {records} records ({first_seq} to {last_seq}), {seals} seals, {segments} segments, "
        "log {log}, head {head}"
    )
    click.echo(text.format(**numbers))
    if found.unsealed:
        click.echo(_("records at the end that no seal proves yet: {unsealed}").format(**numbers))
    return 0
