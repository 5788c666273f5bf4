"""The person's own editor, for a message longer than a line."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from chatsimples.i18n import Translate

_USUAL = ("editor", "nano", "vim", "vi")


class EditorError(Exception):
    """There is no editor, or it failed."""


def editor_command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the editor's command: ``$VISUAL``, ``$EDITOR`` or a usual one; [] if there is none."""
    for name in ("VISUAL", "EDITOR"):
        with contextlib.suppress(ValueError):
            if words := shlex.split(environ.get(name, "")):
                return words
    found = next((name for name in _USUAL if shutil.which(name, path=environ.get("PATH"))), "")
    return [found] if found else []


async def edit(text: str, translate: Translate) -> str:
    """Have a text edited; return it without the line's end that editors add.

    Raises:
        EditorError: there is no editor, no room for the text, it failed, or what it left behind is no text.
    """
    _ = translate
    command = editor_command()
    if not command:
        raise EditorError(_("there is no editor: set EDITOR to the one you like"))
    try:
        # A folder of its own, so that the files that editors leave beside it (copies, swap files) go too.
        with tempfile.TemporaryDirectory(prefix="chatsimples-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "message.txt"
            path.write_text(text, "utf-8", errors="replace")
            code = await _run([*command, str(path)])
            if code:
                why = _("the editor {name} ended with {code}; the text stays as it was")
                raise EditorError(why.format(name=command[0], code=code))
            return _read(path, translate)
    except OSError as error:
        why = _("the editor {name} can't be started: {why}")
        raise EditorError(why.format(name=command[0], why=error.strerror)) from None


async def _run(command: list[str]) -> int:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        # The terminal goes back to the shell, and two programs can't use it.
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        raise


def _read(path: Path, translate: Translate) -> str:
    _ = translate
    try:
        return path.read_text("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EditorError(_("what the editor left can't be read: {why}").format(why=error)) from None
