"""The client as a program: an application on a terminal, a filter in a pipe."""

from __future__ import annotations

import asyncio
import os
import sys

from chatsimples.chat.names import check_nick
from chatsimples.client.address import with_address
from chatsimples.client.names import room_names
from chatsimples.client.pipe.application import PipeApplication
from chatsimples.config.client import ClientSettings
from chatsimples.errors import Refusal, SettingError, explain
from chatsimples.i18n import Translate, language, translator


def run(settings: ClientSettings, address: str = "") -> int:
    """Run the client until it leaves; return its exit code.

    Args:
        settings: the client's settings.
        address: where the server is, if that is said in one word.

    Raises:
        SettingError: the nick, a room or the address can't be one.
    """
    translate = translator(language(settings.lang))
    settings = with_address(settings, address, translate)
    rooms = _check_names(settings, translate)
    if on_terminal() and not settings.json:
        # Only a terminal needs its library; a pipe starts sooner without it.
        from chatsimples.client.terminal.application import TerminalApplication  # noqa: PLC0415

        async def on_screen() -> int:
            return await TerminalApplication(settings, rooms, translate).run()

        return asyncio.run(on_screen())
    return asyncio.run(_in_pipe(settings, rooms, translate))


def on_terminal() -> bool:
    """Tell whether a person sits at both ends, at a terminal that can move its cursor."""
    if sys.stdin is None or sys.stdout is None or os.environ.get("TERM", "dumb") in ("", "dumb"):
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


async def _in_pipe(settings: ClientSettings, rooms: list[str], translate: Translate) -> int:
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    return await PipeApplication(settings, rooms, translate, **streams).run()


def _check_names(settings: ClientSettings, translate: Translate) -> list[str]:
    """Check the nick, if there is one; return the rooms."""
    try:
        if settings.nick:
            check_nick(settings.nick, 0)
        return room_names(settings.room)
    except Refusal as refusal:
        raise SettingError(explain(refusal.code, refusal.detail, translate)) from None
