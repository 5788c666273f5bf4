"""The client as a program: an application on a terminal, a filter in a pipe."""

from __future__ import annotations

import asyncio
import os
import sys

from chatsimples.chat.names import check_nick
from chatsimples.client.address import with_address
from chatsimples.client.logins import find_login, is_in_clear
from chatsimples.client.names import room_names
from chatsimples.client.pipe.application import PipeApplication
from chatsimples.client.protocol.core import Login
from chatsimples.config.client import ClientSettings
from chatsimples.errors import Refusal, SettingError, explain
from chatsimples.i18n import Translate, language, translator


def run(settings: ClientSettings, address: str = "") -> int:
    """Run the client until it leaves; return its exit code.

    Args:
        settings: the client's settings.
        address: where the server is, if that is said in one word.

    Raises:
        SettingError: the nick, the account, a room or the address can't be one, or a password is missing.
    """
    translate = translator(language(settings.lang))
    settings = with_address(settings, address, translate)
    rooms = _check_names(settings, translate)
    if on_terminal() and not settings.json:
        # Only a terminal needs its library; a pipe starts sooner without it.
        from chatsimples.client.terminal.application import TerminalApplication  # noqa: PLC0415

        login = find_login(settings, None, translate)
        _warn(settings, login, translate)

        async def on_screen() -> int:
            return await TerminalApplication(settings, rooms, translate, login).run()

        return asyncio.run(on_screen())
    login = find_login(settings, -1 if sys.stdin is None else sys.stdin.fileno(), translate)
    _warn(settings, login, translate)
    return asyncio.run(_in_pipe(settings, rooms, translate, login))


def on_terminal() -> bool:
    """Tell whether a person sits at both ends, at a terminal that can move its cursor."""
    if sys.stdin is None or sys.stdout is None or os.environ.get("TERM", "dumb") in ("", "dumb"):
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


async def _in_pipe(
    settings: ClientSettings, rooms: list[str], translate: Translate, login: Login | None
) -> int:
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    return await PipeApplication(settings, rooms, translate, **streams, login=login).run()


def _check_names(settings: ClientSettings, translate: Translate) -> list[str]:
    """Check the nick, if there is one; return the rooms."""
    try:
        if settings.nick:
            check_nick(settings.nick, 0)
        if settings.account:
            check_nick(settings.account, 0)
        return room_names(settings.room)
    except Refusal as refusal:
        raise SettingError(explain(refusal.code, refusal.detail, translate)) from None


def _warn(settings: ClientSettings, login: Login | None, translate: Translate) -> None:
    if login is not None and is_in_clear(settings) and sys.stderr is not None:
        text = translate("what proves your account travels in the clear to {host}: --tls hides it")
        sys.stderr.write(f"chatsimples: {text.format(host=settings.host)}\n")
